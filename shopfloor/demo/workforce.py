"""Who works where: departments, shifts, worksites, crews and dates; the skeleton of the made-up workplace."""

from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np

from shopfloor.demo.arrays import Bools, Days, Ints, Names, label, rank_within, texts
from shopfloor.demo.names import PeopleNames, draw_names, draw_origins
from shopfloor.demo.social import Group, plant_groups

AS_OF: Final = date(2026, 11, 20)
"""The day the demo plays on: a few days after its newest conversation."""

CAMPAIGN_START: Final = date(2026, 6, 22)
"""Day of the first conversation."""

DEPARTMENTS: Final = ("Processing", "Packing", "Cold Storage", "Shipping", "Maintenance", "Sanitation")
SHIFTS: Final = ("day", "evening", "night")
JOB_CLASSES: Final = (
    ("Line operator", "Cutter", "Line operator"),
    ("Packer", "Machine tender", "Packer"),
    ("Selector", "Forklift driver", "Selector"),
    ("Loader", "Forklift driver", "Yard driver"),
    ("Mechanic", "Electrician", "Refrigeration technician"),
    ("Cleaner", "Cleaner", "Lead cleaner"),
)
PLACES: Final = ("Tarnbrook Plant", "Cold Store", "Rail Dock")
STREETS: Final = (
    "Alder Row", "Brickkiln Lane", "Cannery Street", "Dray Road", "Eelpot Close", "Foundry Hill", "Gantry Way",
    "Hopper Street", "Icehouse Lane", "Jetty Road", "Kettle Court", "Lockgate Street",
)  # fmt: skip

_DEPARTMENT_SHARES: Final = (0.22, 0.25, 0.18, 0.17, 0.07, 0.11)
_SHIFT_SHARES: Final = (0.45, 0.33, 0.22)
_PLACE_OF_DEPARTMENT: Final = np.array([0, 0, 1, 2, 0, 0])
_PEOPLE_PER_PLANT: Final = 260
_PEOPLE_PER_REGION: Final = 420
_CREW_SIZE: Final = 11
_LED_CREW_SIZE: Final = 5
_LEFT_SHARE: Final = 0.04
_NEW_SHARE: Final = 0.03


@dataclass(frozen=True, slots=True, repr=False)
class Workforce:
    """The people by position 0 .. n-1, and what holds them together; -1 and NaT where there is nothing.

    `crew` numbers crews across the workplace; `crew_foreman`, `crew_names` and `crew_shift` are by crew.
    A `region` is a part of the workplace small enough for people to know of one another.
    """

    ids: Names
    names: PeopleNames
    origin: Ints
    department: Ints
    shift: Ints
    region: Ints
    worksite: Ints
    worksite_names: Names
    crew: Ints
    crew_names: Names
    crew_foreman: Ints
    is_supervisor: Bools
    hired_on: Days
    left_on: Days
    street: Ints
    groups: tuple[Group, ...]
    group: Ints

    @property
    def n(self) -> int:
        """Number of people."""
        return len(self.ids)

    @property
    def has_left(self) -> Bools:
        """Whether each person's last day is past."""
        return ~np.isnat(self.left_on)

    @property
    def is_new(self) -> Bools:
        """Whether each person came after the first conversation."""
        return self.hired_on >= np.datetime64(CAMPAIGN_START)


def build_workforce(rng: np.random.Generator, ids: Names) -> Workforce:
    """Return people in departments, shifts, crews and planted groups.

    Parameters
    ----------
    rng : numpy.random.Generator
        Seeded.
    ids : numpy.ndarray of str
        Person ids.
    """
    n = len(ids)
    department = rng.permutation(_spread(n, _DEPARTMENT_SHARES))
    shift = rng.permutation(_spread(n, _SHIFT_SHARES))
    region = rng.integers(0, max(1, round(n / _PEOPLE_PER_REGION)), n)
    worksite, worksite_names = _place_people(rng, department, region)
    crew = label(worksite, department, shift, _split_crews(worksite, department, shift))
    is_supervisor, crew_foreman = _pick_supervisors(rng.permutation(n), crew, department)
    hired_on, left_on = _draw_dates(rng, n, is_supervisor)
    origin = draw_origins(rng, department)
    street = rng.integers(0, len(STREETS), n)
    groups = plant_groups(rng, origin, shift, region, ~is_supervisor)
    group = np.full(n, -1, dtype=np.int64)
    for number, planted in enumerate(groups):
        group[planted.members] = number
        if planted.kind == "rides_with":
            street[planted.members] = street[planted.members[0]]
    return Workforce(
        ids=ids,
        names=draw_names(rng, origin),
        origin=origin,
        department=department,
        shift=shift,
        region=region,
        worksite=worksite,
        worksite_names=worksite_names,
        crew=crew,
        crew_names=_name_crews(crew, department, shift),
        crew_foreman=crew_foreman,
        is_supervisor=is_supervisor,
        hired_on=hired_on,
        left_on=left_on,
        street=street,
        groups=groups,
        group=group,
    )


def _spread(n: int, shares: tuple[float, ...]) -> Ints:
    return np.searchsorted(np.cumsum(shares) * n, np.arange(n) + 0.5).clip(max=len(shares) - 1).astype(np.int64)


def _place_people(rng: np.random.Generator, department: Ints, region: Ints) -> tuple[Ints, Names]:
    """Return worksites: one cold store and one dock a region, and plants, of which it may have several."""
    place = _PLACE_OF_DEPARTMENT[department]
    n_plants = max(2, round(len(region) / (int(region.max()) + 1) / _PEOPLE_PER_PLANT))
    plant = np.where(place == 0, rng.integers(0, n_plants, len(region)), 0)
    worksite = label(region, place, plant)
    first = np.unique(worksite, return_index=True)[1]
    number = region[first] * n_plants + plant[first] + 1
    names = [
        f"{PLACES[kind]} {plant_number if kind == 0 else area + 1}"
        for kind, plant_number, area in zip(place[first], number, region[first], strict=True)
    ]
    return worksite, texts(names)


def _split_crews(worksite: Ints, department: Ints, shift: Ints) -> Ints:
    cell = label(worksite, department, shift)
    sizes = np.bincount(cell)
    n_crews = np.maximum(1, np.rint(sizes / _CREW_SIZE).astype(np.int64))
    return rank_within(cell) % n_crews[cell]


def _pick_supervisors(order: Ints, crew: Ints, department: Ints) -> tuple[Bools, Ints]:
    """Return who supervises, and each crew's foreman; small crews go with another crew of their department."""
    sizes = np.bincount(crew)
    is_led = sizes >= min(_LED_CREW_SIZE, sizes.max())
    first = order[np.unique(crew[order], return_index=True)[1]]
    crew_foreman = np.where(is_led, first, -1)
    is_supervisor = np.zeros(len(crew), dtype=bool)
    is_supervisor[first[is_led]] = True
    for number in range(len(DEPARTMENTS)):
        leads = first[is_led & (department[first] == number)]
        if len(leads):
            crew_foreman[~is_led & (department[first] == number)] = leads[0]
    return is_supervisor, crew_foreman


def _name_crews(crew: Ints, department: Ints, shift: Ints) -> Names:
    first = np.unique(crew, return_index=True)[1]
    number = rank_within(department[first], shift[first]) + 1
    rows = zip(department[first], shift[first], number, strict=True)
    return texts([f"{DEPARTMENTS[unit]} {SHIFTS[time]} {count}" for unit, time, count in rows])


def _draw_dates(rng: np.random.Generator, n: int, is_supervisor: Bools) -> tuple[Days, Days]:
    """Return first and last days; a few came during the campaign, a few others left during it."""
    start = np.datetime64(CAMPAIGN_START)
    years = np.minimum(rng.exponential(4.5, n), 22) + is_supervisor * 1.5
    hired_on = start - 14 - (years * 365).astype("timedelta64[D]")
    chance = rng.random(n)
    is_new = (chance < _NEW_SHARE) & ~is_supervisor
    hired_on = np.where(is_new, start + rng.integers(5, 100, n), hired_on)
    has_left = (chance > 1 - _LEFT_SHARE) & ~is_supervisor
    left_on = np.where(has_left, start + rng.integers(20, 140, n), np.datetime64("NaT"))
    return hired_on, left_on
