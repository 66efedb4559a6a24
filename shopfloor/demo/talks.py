"""The conversations of the made-up campaign: whom organizers reached, when, and what was answered."""

from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
import pandas as pd

from shopfloor.demo.arrays import (
    Bools,
    Days,
    Floats,
    Ints,
    Names,
    blank,
    draw_weighted,
    hits,
    iso,
    number_ids,
    say,
    texts,
)
from shopfloor.demo.network import Namings
from shopfloor.demo.workforce import CAMPAIGN_START, DEPARTMENTS, SHIFTS, Workforce

LAST_TALK: Final = date(2026, 11, 16)
"""Day of the newest conversation."""

_TALKED_SHARE: Final = 0.36
_ASKED_SHARE: Final = 0.93
_UNREACHED_SHIFT: Final = 0.16
_UNREACHED_DEPARTMENT: Final = 0.10
_PEOPLE_PER_ORGANIZER: Final = 50
_STAFF: Final = ("Dana Whitcombe", "Luis Ferrand", "Aisha Brandt", "Tom Okello", "Noor Halvorsen", "Grace Imada")
_AGAIN_SHARE: Final = 0.2
_WEEKEND: Final = 5
_CHANNELS: Final = ("at work", "phone", "house visit", "coffee", "meeting")
_ISSUES: Final = (
    "staffing", "heat", "schedules", "pay", "line speed", "overtime notice", "broken equipment", "breaks", "favoritism",
    "health insurance",
)  # fmt: skip
_ASKS: Final = ("come to Thursday's meeting", "sign the petition", "wear the button", "bring a coworker", "draw a map")
_NOTES: Final = (
    "Best reached after the shift.",
    "Wants to see what others do first.",
    "Asked how dues work; bring the sheet.",
    "Knows the schedule of the whole line.",
    "Prefers text messages.",
    "Offered to show the break room map.",
    "Short on time, come back on a Friday.",
    "Was in a union at an earlier job.",
)
_DESCRIPTIONS: Final = ("the tall one on forklifts", "somebody in the yard, nights", "the new lead on line two")
_ID, _NAME, _SHORT, _MISSPELLED, _DESCRIBED = range(5)
_FORM_SHARES: Final = (0.86, 0.06, 0.035, 0.03, 0.015)


@dataclass(frozen=True, slots=True, repr=False)
class Campaign:
    """Who organizes, whom they talked to, and where everybody stands in truth.

    `organizers` are written as an id (a worker, her position in `organizer_person`) or a name (staff, -1);
    `support` is a latent score, larger = more for the union; `talked` are positions of people.
    """

    organizers: Names
    organizer_person: Ints
    support: Floats
    talked: Ints


def start_campaign(rng: np.random.Generator, workforce: Workforce) -> Campaign:
    """Return who organizes and whom they reach: unevenly, nights and cold storage hardly at all."""
    weight = np.exp(rng.normal(0, 0.3, workforce.n))
    weight[workforce.shift == SHIFTS.index("night")] *= _UNREACHED_SHIFT
    weight[workforce.department == DEPARTMENTS.index("Cold Storage")] *= _UNREACHED_DEPARTMENT
    weight[workforce.is_supervisor | workforce.is_new] = 0.0
    weight[workforce.has_left] *= 0.4
    talked = draw_weighted(rng, weight, round(workforce.n * _TALKED_SHARE))
    organizers, organizer_person = _find_organizers(rng, workforce, talked)
    return Campaign(organizers, organizer_person, _draw_support(rng, workforce), talked)


def conversations(rng: np.random.Generator, workforce: Workforce, campaign: Campaign, namings: Namings) -> pd.DataFrame:
    """Return the conversations file, oldest first."""
    person, held_on, is_first = _schedule(rng, workforce, campaign.talked)
    n = len(person)
    is_asked = rng.random(n) < np.where(is_first, _ASKED_SHARE, 0.15)
    asked, named = _answers(rng, workforce, namings, person, is_asked)
    stands = campaign.support[person] + rng.normal(0, 0.35, n)
    ask = rng.choice(texts(_ASKS), n)
    follow_up_on = held_on + rng.integers(5, 22, n)
    frame = pd.DataFrame(
        {
            "conversation_id": number_ids("C", n),
            "held_on": iso(held_on),
            "organizer": campaign.organizers[pick_organizers(rng, workforce, campaign, person)],
            "person_id": workforce.ids[person],
            "channel": rng.choice(texts(_CHANNELS), n, p=(0.46, 0.2, 0.16, 0.12, 0.06)),
            "asked": asked,
            "named": named,
            "assessment": blank(written_assessments(stands), hits(rng, n, 0.66)),
            "issues": _draw_issues(rng, n),
            "ask": blank(ask, hits(rng, n, 0.6)),
            "answer": "",
            "follow_up_on": blank(iso(follow_up_on), hits(rng, n, 0.35)),
            "notes": blank(rng.choice(texts(_NOTES), n), hits(rng, n, 0.3)),
        }
    )
    frame["answer"] = blank(say(stands, maybe=-0.5, yes=0.4), frame["ask"].to_numpy() != "")
    return frame


def pick_organizers(rng: np.random.Generator, workforce: Workforce, campaign: Campaign, person: Ints) -> Ints:
    """Return the organizer (position in the campaign's list) for each person; no worker organizes herself."""
    n_organizers = len(campaign.organizers)
    turn = len(DEPARTMENTS) * rng.integers(0, n_organizers, len(person))
    organizer = (workforce.department[person] + workforce.region[person] + turn) % n_organizers
    is_self = campaign.organizer_person[organizer] == person
    return np.where(is_self, (organizer + 1) % n_organizers, organizer)


def written_assessments(stands: Floats) -> Names:
    """Return 1 (leads for us) .. 5 (against us) as text from the latent score."""
    return texts([str(value) for value in 1 + np.digitize(-stands, (-1.0, -0.25, 0.45, 1.1))])


def shift_weekends(rng: np.random.Generator, days: Days) -> Days:
    """Return the days, most Saturdays and Sundays moved to the Friday before."""
    weekday = (days.astype("datetime64[D]").astype(np.int64) + 3) % 7
    moves = (weekday >= _WEEKEND) & hits(rng, len(days), 0.7)
    return days - np.where(moves, weekday - 4, 0)


def _find_organizers(rng: np.random.Generator, workforce: Workforce, talked: Ints) -> tuple[Names, Ints]:
    n_organizers = max(4, round(workforce.n / _PEOPLE_PER_ORGANIZER))
    n_staff = min(len(_STAFF), n_organizers // 2)
    stay = talked[~workforce.has_left[talked]]
    workers = rng.permutation(stay)[: n_organizers - n_staff]
    written = texts([*_STAFF[:n_staff], *workforce.ids[workers]])
    order = rng.permutation(len(written))
    return written[order], np.concatenate([np.full(n_staff, -1), workers])[order]


def _draw_support(rng: np.random.Generator, workforce: Workforce) -> Floats:
    """Support leans with crew and group, so that it is not spread by chance alone."""
    crew = rng.normal(0, 0.45, len(workforce.crew_names))[workforce.crew]
    group = np.append(rng.normal(0.15, 0.4, len(workforce.groups)), 0.0)[workforce.group]
    return np.asarray(crew + group + rng.normal(0.1, 0.75, workforce.n) - 1.2 * workforce.is_supervisor)


def _schedule(rng: np.random.Generator, workforce: Workforce, talked: Ints) -> tuple[Ints, Days, Bools]:
    """Return person, day and whether it was the first talk with her, by day; the campaign gathers speed."""
    start, span = np.datetime64(CAMPAIGN_START), (LAST_TALK - CAMPAIGN_START).days
    held_on = start + np.rint(span * rng.beta(1.4, 1.0, len(talked))).astype(np.int64)
    held_on = np.minimum(shift_weekends(rng, held_on), _last_chance(workforce, talked))
    again = np.flatnonzero(rng.random(len(talked)) < _AGAIN_SHARE)
    later = shift_weekends(rng, held_on[again] + rng.integers(10, 45, len(again)))
    is_possible = later <= _last_chance(workforce, talked[again])
    person = np.concatenate([talked, talked[again][is_possible]])
    days = np.concatenate([held_on, later[is_possible]])
    is_first = np.arange(len(person)) < len(talked)
    days[np.argmax(np.where(is_first & ~workforce.has_left[person], days, start))] = np.datetime64(LAST_TALK)
    order = np.lexsort([person, days])
    return person[order], days[order], is_first[order]


def _last_chance(workforce: Workforce, person: Ints) -> Days:
    return np.where(workforce.has_left[person], workforce.left_on[person] - 1, np.datetime64(LAST_TALK))


def _draw_issues(rng: np.random.Generator, n: int) -> Names:
    counts = rng.choice(4, size=n, p=(0.2, 0.4, 0.27, 0.13))
    order = np.argsort(rng.random((n, len(_ISSUES))), axis=1)
    return texts(["; ".join(_ISSUES[place] for place in row[:count]) for row, count in zip(order, counts, strict=True)])


def _answers(
    rng: np.random.Generator, workforce: Workforce, namings: Namings, person: Ints, is_asked: Bools
) -> tuple[Names, Names]:
    """Return the cells `asked` and `named`; who was asked answers what the full network says."""
    written = _write_mentions(rng, workforce, namings.named)
    start = np.searchsorted(namings.namer, person, side="left")
    end = np.searchsorted(namings.namer, person, side="right")
    in_carpool = _riders(workforce)
    asks_rides = rng.random(len(person)) < np.where([who in in_carpool for who in person], 0.6, 0.08)
    says_none = hits(rng, len(person), 0.7)
    asked, named = [], []
    for row, who in enumerate(person.tolist()):
        answer = "; ".join(written[start[row] : end[row]])
        if not is_asked[row]:
            answer = ""
        elif asks_rides[row]:
            answer = f"listens_to = {answer or 'none'} | rides_with = {in_carpool.get(who, 'none')}"
        elif not answer and says_none[row]:
            answer = "none"
        named.append(answer)
        asked.append("listens_to" if is_asked[row] and not answer else "")
    return texts(asked), texts(named)


def _riders(workforce: Workforce) -> dict[int, str]:
    """Return whom each rider of a carpool rides with, as she would say it."""
    riders: dict[int, str] = {}
    for group in workforce.groups:
        if group.kind == "rides_with":
            for member in group.members.tolist():
                riders[member] = "; ".join(workforce.ids[other] for other in group.members if other != member)
    return riders


def _write_mentions(rng: np.random.Generator, workforce: Workforce, named: Ints) -> Names:
    """Return each named person as it was noted: mostly her id, else her name, part of it, or less."""
    form = rng.choice(len(_FORM_SHARES), size=len(named), p=_FORM_SHARES)
    full = workforce.names.full[named]
    preferred = workforce.names.preferred[named]
    short = np.where(preferred != "", preferred, workforce.names.first[named])
    misspelled = texts([f"{name[:-2]}{name[-1]}{name[-2]}" for name in full])
    described = rng.choice(texts(_DESCRIPTIONS), size=len(named))
    forms = np.stack([workforce.ids[named], full, short, misspelled, described])
    return np.asarray(forms[form, np.arange(len(named))])
