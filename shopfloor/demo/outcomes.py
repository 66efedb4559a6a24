"""What else the made-up campaign knows: told connections, assessments, a petition, a button day and a vote."""

from datetime import date, timedelta
from typing import Final

import numpy as np
import pandas as pd

from shopfloor.demo.arrays import Bools, Days, Ints, Names, blank, hits, iso, number_ids, say, texts
from shopfloor.demo.talks import LAST_TALK, Campaign, pick_organizers, shift_weekends, written_assessments
from shopfloor.demo.workforce import CAMPAIGN_START, DEPARTMENTS, Workforce
from shopfloor.records import FILES

_STEPS: Final = (
    ("Heat petition", "petition", "sign", date(2026, 9, 10), 0.34, 0.5),
    ("Heat petition", "petition", "deliver", date(2026, 9, 24), 0.12, -0.4),
    ("Button day", "button day", "wear", date(2026, 10, 15), 0.38, 0.1),
)
_VOTE: Final = ("Straw vote", date(2026, 11, 5))
_BASES: Final = ("list work", "seen at the button day", "signed a card", "spoke up at a meeting", "coworker says")
_CHANCE_KINDS: Final = (("family", 0.02), ("neighbor", 0.025), ("coworker", 0.05))
_CONFLICT_SHARE: Final = 0.02
_REPORTS_SHARE: Final = 0.12


def connections(rng: np.random.Generator, workforce: Workforce, campaign: Campaign) -> pd.DataFrame:
    """Return the connections file: part of the ties inside planted groups, and others told in passing."""
    person, other, kind = _told_pairs(rng, workforce)
    n = len(person)
    days = (LAST_TALK - CAMPAIGN_START).days
    said_on = shift_weekends(rng, np.datetime64(CAMPAIGN_START) + 7 + rng.integers(0, days - 7, n))
    said_by = campaign.organizers[rng.integers(0, len(campaign.organizers), n)]
    page = texts([f"notebook p. {number}" for number in rng.integers(1, 90, n)])
    return pd.DataFrame(
        {
            "connection_id": number_ids("K", n),
            "person_id": workforce.ids[person],
            "other_id": workforce.ids[other],
            "kind": kind,
            "said_by": blank(np.where(hits(rng, n, 0.3), workforce.ids[person], said_by), hits(rng, n, 0.92)),
            "said_on": iso(said_on),
            "strength": blank(rng.choice(texts(["0.5", "1", "2"]), n), (kind != "reports_to") & hits(rng, n, 0.35)),
            "confidence": blank(rng.choice(texts(["0.5", "0.8", "1"]), n), hits(rng, n, 0.5)),
            "reference": blank(page, hits(rng, n, 0.3)),
        }
    )


def assessments(rng: np.random.Generator, workforce: Workforce, campaign: Campaign) -> pd.DataFrame:
    """Return the assessments file: second looks at some who were talked to, and people seen but never talked to."""
    is_talked = np.zeros(workforce.n, dtype=bool)
    is_talked[campaign.talked] = True
    chance = np.where(is_talked, 0.22, 0.09) * ~workforce.is_supervisor * ~workforce.is_new
    person = np.flatnonzero(rng.random(workforce.n) < chance)
    n = len(person)
    assessed_on = np.datetime64(date(2026, 9, 1)) + rng.integers(0, 75, n)
    assessed_on = _not_after_leaving(workforce, person, shift_weekends(rng, assessed_on))
    frame = pd.DataFrame(
        {
            "person_id": workforce.ids[person],
            "assessment": written_assessments(campaign.support[person] + rng.normal(0, 0.4, n)),
            "assessed_on": iso(assessed_on),
            "assessed_by": campaign.organizers[pick_organizers(rng, workforce, campaign, person)],
            "basis": blank(rng.choice(texts(_BASES), n), hits(rng, n, 0.85)),
        }
    )
    return frame.sort_values(["assessed_on", "person_id"], kind="stable", ignore_index=True)


def actions(rng: np.random.Generator, workforce: Workforce, campaign: Campaign) -> pd.DataFrame:
    """Return the actions file: two steps of a petition and a button day by person, a secret vote by department."""
    rows = [_step(rng, workforce, campaign, step) for step in _STEPS]
    table = pd.concat([*rows, _vote(rng, workforce, campaign)], ignore_index=True)
    return table.reindex(columns=list(FILES["actions"].columns)).fillna("")


def _told_pairs(rng: np.random.Generator, workforce: Workforce) -> tuple[Ints, Ints, Names]:
    parts = [*_group_pairs(rng, workforce), *_chance_pairs(rng, workforce), _reports(rng, workforce)]
    person = np.concatenate([part[0] for part in parts])
    other = np.concatenate([part[1] for part in parts])
    kind = texts([part[2] for part in parts for _ in part[0]])
    is_real = person != other
    return person[is_real], other[is_real], kind[is_real]


def _group_pairs(rng: np.random.Generator, workforce: Workforce) -> list[tuple[Ints, Ints, str]]:
    """Of a group, a chain through part of it is told: what an organizer hears, not the whole picture."""
    parts = []
    for group in workforce.groups:
        members = rng.permutation(group.members)[: max(2, round(len(group.members) * 0.6))]
        parts.append((members[:-1], members[1:], group.kind))
    return parts


def _chance_pairs(rng: np.random.Generator, workforce: Workforce) -> list[tuple[Ints, Ints, str]]:
    n = workforce.n
    parts = []
    for kind, share in _CHANCE_KINDS:
        person = rng.integers(0, n, max(1, round(n * share)))
        parts.append((person, _crewmates(rng, workforce, person), kind))
    person = rng.integers(0, n, max(1, round(n * _CONFLICT_SHARE)))
    parts.append((person, _crewmates(rng, workforce, person), "conflict"))
    return parts


def _crewmates(rng: np.random.Generator, workforce: Workforce, person: Ints) -> Ints:
    """Return for each person somebody next to her in the list of her crew (herself if she is alone in it)."""
    order = np.argsort(workforce.crew, kind="stable")
    sizes = np.bincount(workforce.crew)
    starts = np.cumsum(sizes) - sizes
    crew = workforce.crew[person]
    return np.asarray(order[starts[crew] + (rng.random(len(person)) * sizes[crew]).astype(np.int64)])


def _reports(rng: np.random.Generator, workforce: Workforce) -> tuple[Ints, Ints, str]:
    foreman = workforce.crew_foreman[workforce.crew]
    person = np.flatnonzero((foreman >= 0) & hits(rng, workforce.n, _REPORTS_SHARE))
    return person, foreman[person], "reports_to"


def _step(
    rng: np.random.Generator, workforce: Workforce, campaign: Campaign, step: tuple[str, str, str, date, float, float]
) -> pd.DataFrame:
    action, kind, name, held_on, share, ease = step
    chance = np.full(workforce.n, share * 0.5)
    chance[campaign.talked] = share * 1.7
    person = np.flatnonzero(_could_act(workforce, held_on) & (rng.random(workforce.n) < chance))
    n = len(person)
    stands = campaign.support[person] + ease
    said = say(stands + rng.normal(0, 0.4, n), maybe=-0.5, yes=0.2)
    did = np.where(stands + rng.normal(-0.1, 0.7, n) > 0, "yes", "no")
    return pd.DataFrame(
        {
            "action": action,
            "held_on": held_on.isoformat(),
            "kind": kind,
            "step": name,
            "person_id": workforce.ids[person],
            "asked_by": campaign.organizers[pick_organizers(rng, workforce, campaign, person)],
            "said": blank(said, hits(rng, n, 0.85)),
            "did": blank(did, hits(rng, n, 0.95)),
        }
    )


def _vote(rng: np.random.Generator, workforce: Workforce, campaign: Campaign) -> pd.DataFrame:
    action, held_on = _VOTE
    can_vote = _could_act(workforce, held_on)
    takes_part = can_vote & (campaign.support + rng.normal(0.3, 0.8, workforce.n) > 0)
    units = len(DEPARTMENTS)
    return pd.DataFrame(
        {
            "action": action,
            "held_on": held_on.isoformat(),
            "kind": "vote",
            "step": "vote",
            "unit": texts(DEPARTMENTS),
            "n_eligible": _count(workforce.department, can_vote, units),
            "n_did": _count(workforce.department, takes_part, units),
        }
    )


def _could_act(workforce: Workforce, held_on: date) -> Bools:
    day = np.datetime64(held_on)
    is_gone = workforce.has_left & (workforce.left_on <= day)
    return ~workforce.is_supervisor & ~is_gone & (workforce.hired_on < day)


def _count(unit: Ints, counted: Bools, n_units: int) -> Names:
    return texts([str(number) for number in np.bincount(unit[counted], minlength=n_units)])


def _not_after_leaving(workforce: Workforce, person: Ints, days: Days) -> Days:
    last = np.where(workforce.has_left[person], workforce.left_on[person] - 1, np.datetime64(LAST_TALK + timedelta(1)))
    return np.minimum(days, last)
