"""Interviewing played on a network whose truth is known: hide the answers of those not asked, predict, compare."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaln

from shopfloor.analysis.certainty import LIKELY, SURE, NamingData, naming_data, rank_namings
from tests.validation.naming_networks import NamingNetwork

SCHEMES = ("random", "sociable", "dept", "dept2", "snowball", "snow2")
"""At random; people with many ties more likely earlier; unit after unit; two of each unit, then so; the most named
next, one in ten at random; two of each unit, then so."""

NEEDS_UNITS = frozenset({"dept", "dept2", "snow2"})
SHARES = (0.10, 0.15, 0.25, 0.40, 0.60, 0.80)
RANDOM_STEP = 0.1

Numbers = NDArray[np.int64]
Floats = NDArray[np.float64]


def ask(network: NamingNetwork, scheme: str, share: float, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Say who is asked: bool, shape (n_people,)."""
    n_people = network.n_people
    n_asked = max(1, round(share * n_people))
    first: list[int] = []
    if scheme in {"dept2", "snow2"}:
        first = _two_of_each(network.attributes[0], rng)[:n_asked]
    if scheme == "random":
        order = rng.permutation(n_people)
    elif scheme == "sociable":
        ties = network.namings.sum(axis=0) + network.namings.sum(axis=1) + 1.0
        order = np.argsort(rng.exponential(size=n_people) / ties)
    elif scheme in {"dept", "dept2"}:
        unit = network.attributes[0]
        turn = rng.permutation(unit.max() + 2)[unit]
        order = np.lexsort((rng.random(n_people), turn))
    else:
        return _snowball(network, first, n_asked, rng)
    order = np.concatenate([np.array(first, dtype=np.int64), order[~np.isin(order, first)]])
    asked = np.zeros(n_people, dtype=np.bool_)
    asked[order[:n_asked]] = True
    return asked


def _two_of_each(unit: Numbers, rng: np.random.Generator) -> list[int]:
    shuffled = rng.permutation(len(unit))
    firsts = [shuffled[unit[shuffled] == code][:2] for code in range(unit.max() + 1)]
    return [int(person) for turn in (0, 1) for some in firsts for person in some[turn : turn + 1]]


def _snowball(network: NamingNetwork, first: list[int], n_asked: int, rng: np.random.Generator) -> NDArray[np.bool_]:
    asked = np.zeros(network.n_people, dtype=np.bool_)
    asked[first] = True
    while asked.sum() < n_asked:
        heard = network.namings[asked].sum(axis=0) + rng.random(network.n_people)
        if rng.random() < RANDOM_STEP:
            heard = rng.random(network.n_people)
        asked[np.argmax(np.where(asked, -1.0, heard))] = True
    return asked


def heard(network: NamingNetwork, asked: NDArray[np.bool_]) -> NamingData:
    """Return what is known when so many have been asked."""
    namer, named = np.nonzero(network.namings & asked[:, None])
    return naming_data(asked=asked, namer=namer, named=named, attributes=network.attributes, close=network.close)


def rewired(network: NamingNetwork, rng: np.random.Generator) -> NamingNetwork:
    """Make everybody name others by chance, as many of her own unit and of others as before: nobody leads."""
    namings = np.zeros_like(network.namings)
    unit = network.attributes[0] if network.has_units else np.full(network.n_people, -1)
    for person in range(network.n_people):
        others = np.arange(network.n_people) != person
        own = others & (unit == unit[person]) & (unit[person] >= 0)
        for part in (own, others & ~own):
            n_named = int(network.namings[person, part].sum())
            namings[person, rng.choice(np.flatnonzero(part), n_named, replace=False)] = True
    return NamingNetwork(network.title, namings, network.attributes, network.close)


def ranks_of(counts: Numbers) -> Numbers:
    """Rank: 1 + the number of people with strictly larger counts."""
    return np.asarray(1 + (counts[None, :] > counts[:, None]).sum(axis=1), dtype=np.int64)


@dataclass(frozen=True)
class Answer:
    """What one method says: intervals and probabilities where it has any, and an order of people."""

    order: Numbers
    low: Numbers | None = None
    high: Numbers | None = None
    p_top: Floats | None = None
    words: NDArray[np.str_] | None = None


def raw_count(data: NamingData, rng: np.random.Generator) -> Answer:
    """Most named so far, equal ones in random order."""
    count = np.bincount(data.named, minlength=data.n_people)
    return Answer(np.lexsort((rng.random(data.n_people), -count)))


def raw_pagerank(data: NamingData, rng: np.random.Generator) -> Answer:
    """PageRank of the namings heard, damping .85; people who named nobody pass on to all; equal ones at random."""
    table = np.zeros((data.n_people, data.n_people))
    table[data.namer, data.named] = 1.0
    total = table.sum(axis=1)
    score = np.full(data.n_people, 1.0 / data.n_people)
    for _ in range(100):
        given = np.divide(score, total, out=np.zeros(data.n_people), where=total > 0)
        score = 0.85 * (table.T @ given + score[total == 0].sum() / data.n_people) + 0.15 / data.n_people
    return Answer(np.lexsort((rng.random(data.n_people), -np.round(score, 12))))


def link_model(data: NamingData, k: int, seed: int) -> Answer:
    """Return what the program says: intervals, probabilities and words."""
    found = rank_namings(data, k=k, seed=seed)
    return Answer(found.listed(data.n_people), found.rank_low, found.rank_high, found.p_top, found.word)


def beta_binomial(data: NamingData, k: int, rng: np.random.Generator, n_draws: int = 200) -> Answer:
    """Complete counts from one Beta distribution of shares, fitted to all people: the simpler method."""
    count = np.bincount(data.named, minlength=data.n_people)
    chances = data.asked.sum() - data.asked
    a, b = _fit_beta(count, chances)
    share = rng.beta(a + count, b + chances - count, (n_draws, data.n_people))
    missing = data.n_people - 1 - chances
    drawn = count + rng.binomial(missing, share)
    ranks = np.array([ranks_of(row) for row in drawn])
    p_top = (ranks <= k).mean(axis=0)
    low, high = np.quantile(ranks, 0.05, axis=0, method="lower"), np.quantile(ranks, 0.95, axis=0, method="higher")
    return Answer(np.lexsort((-drawn.mean(axis=0), -p_top)), low, high, p_top)


def _fit_beta(count: Numbers, chances: Numbers) -> tuple[float, float]:
    """Return a and b of the largest marginal likelihood on a grid."""
    mean = (count.sum() + 0.5) / (chances.sum() + 1.0)
    size = np.exp(np.linspace(np.log(0.5), np.log(500.0), 60))
    a, b = (mean * size)[:, None], ((1 - mean) * size)[:, None]
    logs = (betaln(a + count, b + chances - count) - betaln(a, b)).sum(axis=1)
    best = int(np.argmax(logs))
    return float(a[best, 0]), float(b[best, 0])


def score(answer: Answer, network: NamingNetwork) -> dict[str, float]:
    """Compare an answer with the truth.

    Returns
    -------
    dict
        ``precision`` and ``precision_10``: share of the k (10) listed who are truly among the top k (10). Where there
        are intervals: ``covered`` (share of people whose true rank lies inside), ``covered_top`` (of those truly
        among the top k), ``covered_listed`` (of the k listed), ``width`` ((high - low) / n_people, mean), ``brier``
        (mean squared error of the probability of being among the top k). Where there are words: ``sure``,
        ``sure_wrong``, ``likely``, ``likely_wrong``: how many people.
    """
    true, k = ranks_of(network.namings.sum(axis=0)), network.k
    top = true <= k
    found = {
        "precision": float(top[answer.order[:k]].mean()),
        "precision_10": float((true <= 10)[answer.order[:10]].mean()),
    }
    if answer.low is not None and answer.high is not None and answer.p_top is not None:
        covered = (answer.low <= true) & (true <= answer.high)
        found |= {
            "covered": float(covered.mean()),
            "covered_top": float(covered[top].mean()),
            "covered_listed": float(covered[answer.order[:k]].mean()),
            "width": float((answer.high - answer.low).mean() / network.n_people),
            "brier": float(((answer.p_top - top) ** 2).mean()),
        }
    if answer.words is not None:
        for word in (SURE, LIKELY):
            said = answer.words == word
            found |= {word: float(said.sum()), f"{word}_wrong": float((said & ~top).sum())}
    return found
