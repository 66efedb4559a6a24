"""Generated workplaces for the tests of the map: made-up people whose true counts the tests work out by themselves."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shopfloor.dashboard.map_data import MapData, build_map_data
from shopfloor.settings import DEFAULT_QUESTION
from shopfloor.workplace import Provenance, Workplace

GIVEN = ["Abena", "Ben", "Denise", "Farid", "Imani", "Inês", "Kofi", "Lena", "Luis", "Mei", "Pavel", "Rita", "Rosa"]
FAMILY = ["Adeyemi", "Barrantes", "Castro", "Delgado", "Haddad", "Nakai", "Novak", "Ochoa", "Phạm", "Soto", "Truong"]
DEPARTMENTS = ["Packing", "Freezer", "Dock", "Receiving", "Returns", "Maintenance", "Sanitation", "Drivers"]
SHIFTS = ["days", "swing", "nights"]


@dataclass(frozen=True)
class PlainTies:
    """The least that the map needs of ties."""

    source: NDArray[np.int64]
    target: NDArray[np.int64]
    strength: NDArray[np.float64]


def generated_people(n: int, rng: np.random.Generator, n_departments: int) -> pd.DataFrame:
    names = [f"{GIVEN[rng.integers(len(GIVEN))]} {FAMILY[rng.integers(len(FAMILY))]}" for _ in range(n)]
    share = rng.dirichlet(np.full(n_departments, 3.0))
    departments = rng.choice(n_departments, n, p=share)
    known = rng.random(n) < 0.97
    return pd.DataFrame(
        {
            "person_id": [f"{i:05d}" for i in range(n)],
            "name": names,
            "kind": "worker",
            "department": [_department(d) if k else None for d, k in zip(departments, known, strict=True)],
            "shift": [SHIFTS[s] if s < 3 else None for s in rng.choice(4, n, p=[0.5, 0.28, 0.2, 0.02])],
            "crew": [f"crew {c}" for c in rng.integers(1, 9, n)],
            "job_class": "packer",
            "language": "en",
            "union_membership": None,
            "is_supervisor": rng.random(n) < 0.05,
            "has_left": rng.random(n) < 0.04,
            "hired_on": pd.NaT,
            "left_on": pd.NaT,
        }
    )


def _department(number: int) -> str:
    return DEPARTMENTS[number] if number < len(DEPARTMENTS) else f"Line {number}"


def generated_workplace(n: int, *, seed: int = 1, n_departments: int = 8, talked: float = 0.4) -> Workplace:
    rng = np.random.default_rng(seed)
    people = generated_people(n, rng, n_departments)
    reached = np.flatnonzero(rng.random(n) < talked)
    asked = reached[rng.random(len(reached)) < 0.7]
    source, target = tied_pairs(people, rng, per_person=3, namers=asked)
    day = pd.Timestamp("2026-11-21")
    stand = reached[rng.random(len(reached)) < 0.85]
    return Workplace(
        people=people,
        asked=pd.DataFrame({"person": asked, "question": DEFAULT_QUESTION, "held_on": day}),
        namings=pd.DataFrame({"namer": source, "named": target, "question": DEFAULT_QUESTION, "held_on": day}),
        conversations=pd.DataFrame({"person": reached, "held_on": day}),
        connections=pd.DataFrame(),
        assignments=pd.DataFrame(),
        assessments=pd.DataFrame(
            {"person": stand, "assessment": rng.choice([1, 2, 3, 4, 5], len(stand), p=[0.18, 0.32, 0.28, 0.14, 0.08])}
        ),
        participations=pd.DataFrame(),
        provenance=Provenance(revision=1, as_of=date(2026, 11, 22), known_at=None, version="0"),
    )


def tied_pairs(
    people: pd.DataFrame, rng: np.random.Generator, *, per_person: int, namers: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Ties of namers, four in five inside the department, with a few people everybody goes to."""
    codes = people["department"].fillna("").astype("category").cat.codes.to_numpy()
    pull = rng.pareto(1.3, len(people)) + 0.2
    pairs = set()
    for namer in namers:
        inside = rng.random() < 0.8
        pool = np.flatnonzero(codes == codes[namer]) if inside else np.arange(len(people))
        weights = pull[pool] / pull[pool].sum()
        pairs |= {(int(namer), int(other)) for other in rng.choice(pool, per_person, p=weights) if other != namer}
    ordered = np.array(sorted(pairs), dtype=np.int64).reshape(-1, 2)
    return ordered[:, 0], ordered[:, 1]


def generated_ties(workplace: Workplace, *, seed: int = 1, told_per_person: float = 0.8) -> dict[str, PlainTies]:
    rng = np.random.default_rng(seed)
    n = len(workplace.people)
    tellers = np.flatnonzero(rng.random(n) < told_per_person / 2)
    told = tied_pairs(workplace.people, rng, per_person=2, namers=tellers)
    named = workplace.namings["namer"].to_numpy(np.int64), workplace.namings["named"].to_numpy(np.int64)
    return {
        "named": PlainTies(*named, np.ones(len(named[0]))),
        "told": PlainTies(*told, np.ones(len(told[0]))),
    }


def generated_map(n: int = 400, *, seed: int = 1, n_departments: int = 8, group_by: str = "department") -> MapData:
    workplace = generated_workplace(n, seed=seed, n_departments=n_departments)
    return build_map_data(workplace, generated_ties(workplace, seed=seed), group_by=group_by)
