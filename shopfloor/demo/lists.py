"""The list of people and the history of their job assignments, as files."""

from typing import Final

import numpy as np
import pandas as pd

from shopfloor.demo import firms
from shopfloor.demo.arrays import Bools, Ints, Names, blank, hits, iso, rank_within, texts
from shopfloor.demo.names import ORIGINS, plain_letters
from shopfloor.demo.workforce import AS_OF, DEPARTMENTS, JOB_CLASSES, SHIFTS, STREETS, Workforce

_LINES_PER_AREA: Final = 100
_FIRST_AREA: Final = 202
_LAST_AREA: Final = 999
_SERVICE_CODE: Final = 11
_TWO_JOBS_DAYS: Final = 200
_THREE_JOBS_DAYS: Final = 900
_HOURS_A_DAY: Final = 5.4


def people(rng: np.random.Generator, workforce: Workforce) -> pd.DataFrame:
    """Return the people file; some cells are empty, as in every list."""
    n = workforce.n
    job_place = rng.integers(0, len(JOB_CLASSES[0]), n)
    job = np.where(workforce.is_supervisor, "Supervisor", texts(JOB_CLASSES)[workforce.department, job_place])
    languages = texts([origin.language for origin in ORIGINS])[workforce.origin]
    return pd.DataFrame(
        {
            "person_id": workforce.ids,
            "name": workforce.names.full,
            "preferred_name": workforce.names.preferred,
            "department": texts(DEPARTMENTS)[workforce.department],
            "job_class": job,
            "shift": texts(SHIFTS)[workforce.shift],
            "crew": workforce.crew_names[workforce.crew],
            "language": blank(np.where(hits(rng, n, 0.2), "English", languages), hits(rng, n, 0.9)),
            "hired_on": blank(iso(workforce.hired_on), hits(rng, n, 0.94)),
            "left_on": iso(workforce.left_on),
            "is_supervisor": np.where(workforce.is_supervisor, "yes", "no"),
            "union_membership": blank(_memberships(rng, n), ~workforce.is_supervisor),
            "phone": _phones(rng, n, hits(rng, n, 0.7)),
            "email": _mails(workforce.names.full, hits(rng, n, 0.45)),
            "address": _addresses(rng, workforce.street, hits(rng, n, 0.8)),
        }
    )


def assignments(rng: np.random.Generator, workforce: Workforce) -> pd.DataFrame:
    """Return the assignments file: the crew of today, and one or two crews before it for who has been there longer."""
    days = (_last_days(workforce) - workforce.hired_on).astype(np.int64)
    n_jobs = 1 + (days > _TWO_JOBS_DAYS) * hits(rng, workforce.n, 0.5)
    n_jobs = n_jobs + (days > _THREE_JOBS_DAYS) * hits(rng, workforce.n, 0.3)
    person = np.repeat(np.arange(workforce.n), n_jobs)
    place = rank_within(person)
    is_last = place == n_jobs[person] - 1
    started, ended = _split_tenure(rng, days[person], person, n_jobs)
    hired_on = workforce.hired_on[person]
    crew = np.where(is_last, workforce.crew[person], _earlier_crews(rng, workforce, person))
    first = np.unique(workforce.crew, return_index=True)[1][crew]
    is_open = is_last & np.isnat(workforce.left_on)[person]
    employer = firms.draw_employers(rng, workforce.department[first])
    job = texts(JOB_CLASSES)[workforce.department[first], rng.integers(0, len(JOB_CLASSES[0]), len(person))]
    hours = np.rint((ended - started) * _HOURS_A_DAY)
    return pd.DataFrame(
        {
            "assignment_id": _assignment_ids(workforce.ids, person, place),
            "person_id": workforce.ids[person],
            "employer": np.where(
                hits(rng, len(person), 0.05), firms.employer_names(employer), firms.employer_ids(employer)
            ),
            "worksite": workforce.worksite_names[workforce.worksite[first]],
            "crew": workforce.crew_names[crew],
            "shift": texts(SHIFTS)[workforce.shift[first]],
            "job_class": np.where(is_last & workforce.is_supervisor[person], "Supervisor", job),
            "foreman": _foremen(rng, workforce, crew, person),
            "started_on": iso(hired_on + started),
            "ended_on": iso(np.where(is_open, np.datetime64("NaT"), hired_on + ended)),
            "hours": blank(texts([str(int(value)) for value in hours]), ~is_open & hits(rng, len(person), 0.5)),
        }
    )


def _memberships(rng: np.random.Generator, n: int) -> Names:
    return rng.choice(texts(["", "card signed", "member"]), size=n, p=(0.72, 0.19, 0.09))


def _phones(rng: np.random.Generator, n: int, has_phone: Bools) -> Names:
    """Return numbers kept free for fiction, 555-0100 to 555-0199 of each area, no two alike."""
    areas = [code for code in range(_FIRST_AREA, _LAST_AREA + 1) if code % 100 != _SERVICE_CODE]
    numbers = iter(rng.permutation(min(len(areas) * _LINES_PER_AREA, 2 * n)).tolist())
    phones = []
    for has in has_phone:
        area, line = divmod(next(numbers), _LINES_PER_AREA) if has else (0, 0)
        phones.append(f"{areas[area]}-555-01{line:02d}" if has else "")
    return texts(phones)


def _mails(full: Names, has_mail: Bools) -> Names:
    mails = []
    for number, (name, has) in enumerate(zip(full, has_mail, strict=True), start=1):
        words = [plain_letters(word) for word in name.replace(".", "").split()]
        mails.append(f"{words[0]}.{words[-1]}{number}@example.org" if has else "")
    return texts(mails)


def _addresses(rng: np.random.Generator, street: Ints, has_address: Bools) -> Names:
    houses = rng.integers(1, 240, len(street))
    rows = zip(houses, street, has_address, strict=True)
    return texts([f"{house} {STREETS[place]}" if has else "" for house, place, has in rows])


def _last_days(workforce: Workforce) -> np.ndarray:
    return np.where(workforce.has_left, workforce.left_on, np.datetime64(AS_OF))


def _split_tenure(rng: np.random.Generator, days: Ints, person: Ints, n_jobs: Ints) -> tuple[Ints, Ints]:
    """Return first and last day of each assignment, in days since hiring; one ends the day before the next starts."""
    place = rank_within(person)
    share = (place + rng.uniform(-0.3, 0.3, len(person))) / n_jobs[person]
    started = np.where(place == 0, 0, np.rint(share * days)).astype(np.int64)
    ended = days.copy()
    is_followed = np.flatnonzero(place < n_jobs[person] - 1)
    ended[is_followed] = started[is_followed + 1] - 1
    return started, ended


def _earlier_crews(rng: np.random.Generator, workforce: Workforce, person: Ints) -> Ints:
    """Return a crew for an earlier assignment: now and then anywhere, mostly that of somebody in the department."""
    order = np.argsort(workforce.department, kind="stable")
    sizes = np.bincount(workforce.department)
    starts = np.cumsum(sizes) - sizes
    department = workforce.department[person]
    mate = order[starts[department] + (rng.random(len(person)) * sizes[department]).astype(np.int64)]
    stranger = rng.integers(0, workforce.n, len(person))
    return workforce.crew[np.where(hits(rng, len(person), 0.75), mate, stranger)]


def _assignment_ids(ids: Names, person: Ints, place: Ints) -> Names:
    return texts([f"A{ids[who][1:]}-{number + 1}" for who, number in zip(person, place, strict=True)])


def _foremen(rng: np.random.Generator, workforce: Workforce, crew: Ints, person: Ints) -> Names:
    foreman = workforce.crew_foreman[crew]
    by_name = hits(rng, len(crew), 0.05)
    written = np.where(by_name, workforce.names.full[foreman], workforce.ids[foreman])
    return blank(written, (foreman >= 0) & (foreman != person))
