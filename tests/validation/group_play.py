"""What happens to groups when ties are lost, people come, ties are chance, or only some have been asked."""

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from sklearn.metrics import adjusted_mutual_info_score  # type: ignore[import-untyped]

from shopfloor.analysis import AcceptedGroups, Communities, Ties, combine_ties, find_communities
from shopfloor.analysis.consensus.belonging import CORE
from shopfloor.analysis.consensus.chance import rewirer
from shopfloor.analysis.consensus.company import Company, gather_company
from shopfloor.analysis.consensus.holding import Held, Options, hold_groups, look_inside
from shopfloor.analysis.consensus.matching import match_groups
from shopfloor.analysis.consensus.progress import Steps
from shopfloor.analysis.consensus.telling import FEWEST_ASKED, Heard, tell_groups
from shopfloor.analysis.naming import name_groups
from shopfloor.settings import DEFAULT_QUESTION, TieSettings
from tests.analysis.build import workplace
from tests.validation.group_networks import GroupNetwork, planted

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


def agreement(one: IntArray, other: IntArray) -> float:
    """Return the adjusted mutual information; people in no group (-1) stand alone."""
    return float(adjusted_mutual_info_score(_alone(one), _alone(other)))


def agreement_with_known(known: IntArray, found: IntArray) -> float:
    """Agreement among the people of whom it is known where they belong."""
    return agreement(known[known >= 0], found[known >= 0])


def _alone(labels: IntArray) -> IntArray:
    alone: IntArray = np.where(labels < 0, -1 - np.arange(len(labels)), labels)
    return alone


def company_of(network: GroupNetwork) -> Company:
    """Return the network as the company of people that groups are held of."""
    everybody = np.ones(network.n_people, dtype=bool)
    layers = tuple(ties for ties in network.layers if ties.n_ties)
    return Company(workplace(network.n_people), everybody, layers, (), TieSettings())


def hold(network: GroupNetwork, n_nulls: int) -> Held:
    """Find and test the groups of a network."""
    return hold_groups(company_of(network), network.keys, Options(n_nulls=n_nulls))


def divide(network: GroupNetwork, remembered: IntArray | None = None) -> Communities:
    """Find the groups of a network, untested."""
    return find_communities(combine_ties(list(network.layers)), network.keys, remembered=remembered)


@dataclass(frozen=True)
class Change:
    """What became of groups.

    Attributes
    ----------
    ami : float
        Of the groups before and after.
    moved : float
        Share of people whose group has another name than before, or none, or one at last.
    n_core, n_core_moved : int
        People of the core before, and of them those moved.
    """

    ami: float
    moved: float
    n_core: int
    n_core_moved: int


def compare(keys: list[str], before: Communities, after: IntArray) -> Change:
    """Compare groups before and after; names are kept as the program keeps them."""
    old = before.membership
    accepted = AcceptedGroups({key: int(group) for key, group in zip(keys, old, strict=True) if group >= 0})
    members = [{keys[i] for i in np.flatnonzero(after == group)} for group in range(int(after.max(initial=-1)) + 1)]
    ids = np.array([*match_groups(accepted, members, keys), -1])[after]
    moved, core = ids != old, before.belonging >= CORE
    return Change(agreement(old, after), float(moved.mean()), int(core.sum()), int(moved[core].sum()))


@lru_cache(maxsize=32)
def _before(network_name: str, network: "_ById") -> Communities:  # noqa: ARG001 - the name is for readers of the cache
    return divide(network.network)


@dataclass(frozen=True)
class _ById:
    """A network that counts as the same only where it is the same object."""

    network: GroupNetwork

    def __hash__(self) -> int:
        return id(self.network)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _ById) and other.network is self.network


def before_of(network: GroupNetwork) -> Communities:
    """Return the groups of the whole network, found once."""
    return _before(network.name, _ById(network))


def lose_ties(network: GroupNetwork, seed: int, share: float = 0.1) -> dict[str, Change]:
    """Lose a share of the tied pairs; compare groups found anew without and with what was accepted."""
    rng = np.random.default_rng([seed, 1])
    pairs = combine_ties(list(network.layers))
    lost = {
        (int(pairs.source[i]), int(pairs.target[i]))
        for i in rng.choice(pairs.n_ties, round(share * pairs.n_ties), replace=False)
    }
    layers = tuple(_without(ties, lost) for ties in network.layers)
    fewer, before = replace(network, layers=layers), before_of(network)
    return {
        word: compare(network.keys, before, divide(fewer, remembered).membership)
        for word, remembered in (("first", None), ("accepted", before.membership))
    }


def _without(ties: Ties, lost: set[tuple[int, int]]) -> Ties:
    ends = zip(
        np.minimum(ties.source, ties.target).tolist(), np.maximum(ties.source, ties.target).tolist(), strict=True
    )
    kept = np.array([pair not in lost for pair in ends], dtype=bool)
    return replace(ties, source=ties.source[kept], target=ties.target[kept], strength=ties.strength[kept])


def add_people(network: GroupNetwork, seed: int, share: float = 0.05) -> dict[str, Change]:
    """Have a share of the people come later; compare the groups of those who were there before and after."""
    rng = np.random.default_rng([seed, 2])
    n_new = max(round(share * network.n_people), 1)
    there = np.ones(network.n_people, dtype=bool)
    there[rng.choice(network.n_people, n_new, replace=False)] = False
    keys = [key for key, is_there in zip(network.keys, there, strict=True) if is_there]
    earlier = [ties.subset(there) for ties in network.layers]
    before = find_communities(combine_ties(earlier), keys)
    remembered = np.full(network.n_people, -1, dtype=np.int64)
    remembered[there] = before.membership
    return {
        word: compare(keys, before, divide(network, memory).membership[there])
        for word, memory in (("first", None), ("accepted", remembered))
    }


def any_solid_by_chance(network: GroupNetwork, seed: int, n_nulls: int = 39) -> bool:
    """Rewire the network and say whether any group of what chance made counts as solid."""
    ties = rewirer(combine_ties(list(network.layers)), 10_000 + seed)(seed)
    return bool(hold(replace(network, layers=(ties,)), n_nulls).solid.any())


def ask_some(network: GroupNetwork, seed: int, share: float, scheme: str) -> BoolArray:
    """Draw who has been asked: ``random``, or ``units`` one after the other."""
    rng = np.random.default_rng([seed, 3])
    order = rng.permutation(network.n_people)
    if scheme == "units":
        place = rng.permutation(int(network.unit.max(initial=-1)) + 2)
        order = order[np.argsort(place[network.unit[order]], kind="stable")]
    asked = np.zeros(network.n_people, dtype=bool)
    asked[order[: max(round(share * network.n_people), 1)]] = True
    return asked


def told_by(ties: Ties, asked: BoolArray) -> Ties:
    """Return what the people asked tell of a layer; ties without direction each of the two can tell."""
    if not ties.is_directed:
        source = np.concatenate([ties.source, ties.target])
        target, strength = np.concatenate([ties.target, ties.source]), np.tile(ties.strength, 2)
        by_pair = np.lexsort((target, source))
        ties = replace(
            ties, source=source[by_pair], target=target[by_pair], strength=strength[by_pair], is_directed=True
        )
    kept = asked[ties.source]
    return replace(ties, source=ties.source[kept], target=ties.target[kept], strength=ties.strength[kept])


def tell_partly(network: GroupNetwork, seed: int, share: float, scheme: str, n_nulls: int = 39) -> dict[str, Any]:
    """Ask some and judge what is told by the groups of the whole network.

    Returns
    -------
    dict
        ``n_told``, ``n_told_right``, ``n_placed``, ``n_placed_right``, ``n_people``, ``is_map`` (groups at all),
        ``ami`` with the groups of the whole network.
    """
    asked, full = ask_some(network, seed, share, scheme), before_of(network).membership
    partial = replace(network, layers=tuple(told_by(ties, asked) for ties in network.layers))
    counts = {"n_people": network.n_people, "n_told": 0, "n_told_right": 0, "n_placed": 0, "n_placed_right": 0}
    if asked.mean() < FEWEST_ASKED:
        return {**counts, "is_map": False, "ami": 0.0}
    found = divide(partial).membership
    right = _right(found, full)
    counts |= {"n_placed": int((found >= 0).sum()), "n_placed_right": int(right.sum())}
    held = hold(partial, n_nulls)
    if held.communities is not None:
        n_ties = np.bincount(np.concatenate([held.ties.source, held.ties.target]), minlength=network.n_people)
        heard = Heard(asked, network.unit)
        words = tell_groups(found, held.communities.belonging, n_ties, held.solid, heard)
        told = np.array([word == "told" for word in words], dtype=bool)
        counts |= {"n_told": int(told.sum()), "n_told_right": int((told & right).sum())}
    return {**counts, "is_map": held.communities is not None, "ami": agreement(full, found)}


def _right(found: IntArray, full: IntArray) -> BoolArray:
    """Say who is in the group that hers is: groups are paired so that the sum of the overlaps is largest."""
    groups, fulls = range(int(found.max(initial=-1)) + 1), range(int(full.max(initial=-1)) + 1)
    overlap = np.array(
        [
            [((found == one) & (full == two)).sum() / ((found == one) | (full == two)).sum() for two in fulls]
            for one in groups
        ]
    ).reshape(len(groups), len(fulls))
    partner = np.full(len(groups) + 1, -2, dtype=np.int64)
    rows, columns = linear_sum_assignment(overlap, maximize=True)
    partner[rows] = columns
    right: BoolArray = (found >= 0) & (partner[found] == full)
    return right


def move_some(seed: int, n_movers: int = 8) -> dict[str, int]:
    """Have people of a made-up workplace change group; count those whose new group is seen with what was accepted.

    Returns
    -------
    dict
        ``n_movers`` who had been found in their old group, ``n_seen`` of them now found in their new one, without
        (``first``) and with the groups accepted before (``accepted``).
    """
    network, rng = planted(seed, inside=0.8), np.random.default_rng([seed, 4])
    group, ties = network.known["planted"], network.layers[0]
    movers = rng.choice(network.n_people, n_movers, replace=False)
    later = group.copy()
    later[movers] = (group[movers] + 1 + rng.integers(0, int(group.max()), n_movers)) % (int(group.max()) + 1)
    moved = _ties_of_movers(ties, movers, later, rng)
    before = divide(network)
    counts = {"n_movers": 0, "first": 0, "accepted": 0}
    home, there = _home_of(before.membership, group), {}
    for word, remembered in (("first", None), ("accepted", before.membership)):
        after = divide(replace(network, layers=(moved,)), remembered).membership
        there[word] = after == _home_of(after, later)[later]
    was_home = before.membership[movers] == home[group[movers]]
    counts["n_movers"] = int(was_home.sum())
    for word, is_there in there.items():
        counts[word] = int((is_there[movers] & was_home).sum())
    return counts


def _home_of(found: IntArray, group: IntArray) -> IntArray:
    """Return the group found in which most of each planted group are; -2 for none."""
    homes = []
    for number in range(int(group.max()) + 1):
        own = found[(group == number) & (found >= 0)]
        homes.append(int(np.bincount(own).argmax()) if len(own) else -2)
    return np.array(homes, dtype=np.int64)


def _ties_of_movers(ties: Ties, movers: IntArray, later: IntArray, rng: np.random.Generator) -> Ties:
    """Give each mover ties to people of the new group instead of her old ties."""
    is_mover = np.zeros(ties.n_people, dtype=bool)
    is_mover[movers] = True
    kept = ~is_mover[ties.source] & ~is_mover[ties.target]
    pairs = set(zip(ties.source[kept].tolist(), ties.target[kept].tolist(), strict=True))
    for person in movers.tolist():
        n_ties = max(int(((ties.source == person) | (ties.target == person)).sum()), 4)
        mates = np.flatnonzero((later == later[person]) & ~is_mover)
        others = np.flatnonzero((later != later[person]) & ~is_mover)
        n_own = min(round(0.8 * n_ties), len(mates))
        chosen = [*rng.choice(mates, n_own, replace=False), *rng.choice(others, n_ties - n_own, replace=False)]
        pairs |= {(min(person, int(other)), max(person, int(other))) for other in chosen}
    ends = np.array(sorted(pairs), dtype=np.int32)
    return Ties("told", ties.n_people, ends[:, 0], ends[:, 1], np.ones(len(ends)), is_directed=False)


def split_uniform(seed: int, n_people: int = 40) -> bool:
    """Say whether one even group of a made-up workplace is falsely taken for several inside."""
    rng = np.random.default_rng([seed, 5])
    group = np.arange(3 * n_people) // n_people
    one, two = np.triu_indices(3 * n_people, 1)
    odds = np.where(group[one] == group[two], 0.25, 0.01)
    tied = rng.random(len(one)) < odds
    ends = np.column_stack([one[tied], two[tied]]).astype(np.int32)
    ties = Ties("told", 3 * n_people, ends[:, 0], ends[:, 1], np.ones(len(ends)), is_directed=False)
    network = GroupNetwork("uniform", (ties,), group, {})
    company, options = company_of(network), Options(n_nulls=39)
    held = hold_groups(company, network.keys, options)
    return bool(look_inside(company, network.keys, held, options, Steps(1)))


def crews_by_chance(seed: int, *, are_friends: bool) -> dict[str, bool]:
    """Deal 60 people to crews of six for eight weeks; ``are_friends``: ten circles keep together in four weeks of five.

    Returns
    -------
    dict
        Whether any group is solid: ``crews`` by dealing people to crews, ``pairs`` by rewiring the ties that they make.
    """
    rng = np.random.default_rng([seed, 6])
    rows = []
    for week in range(8):
        circle = np.arange(60) // 6
        crew = rng.permutation(10)[circle] if are_friends else rng.permutation(60) // 6
        strays = rng.random(60) < 0.2
        crew[strays] = rng.permutation(crew[strays])
        day = np.datetime64("2026-05-04") + 7 * week
        rows += [
            {"person": p, "crew": f"{week}-{c}", "started_on": str(day), "ended_on": str(day + 4)}
            for p, c in enumerate(crew.tolist())
        ]
    place = workplace(60, assignments=rows)
    everybody = np.ones(60, dtype=bool)
    company = gather_company(place, everybody, ["worked_with"], DEFAULT_QUESTION, TieSettings())
    as_pairs = replace(company, layers=(replace(company.layers[0], layer="told"),), stays=())
    keys = place.people["person_id"].tolist()
    return {
        word: bool(hold_groups(each, keys, Options(n_nulls=39)).solid.any())
        for word, each in (("crews", company), ("pairs", as_pairs))
    }


def name_by_chance(seed: int) -> bool:
    """Deal attributes at random to the people of a made-up workplace; say whether any group is named after them."""
    rng = np.random.default_rng([seed, 8])
    people = pd.DataFrame({name: rng.integers(0, n, 84).astype(str) for name, n in (("department", 4), ("shift", 3))})
    groups = {number + 1: list(range(12 * number, 12 * number + 12)) for number in range(7)}
    return any(name.named_by == "attributes" for name in name_groups(people, groups, list(people.columns)).values())
