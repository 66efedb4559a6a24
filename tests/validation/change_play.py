"""Two pictures of one workplace where nothing changed, or where it is known what did, and what is told of it."""

from dataclasses import replace
from typing import Any, Final

import numpy as np

from shopfloor.analysis import find_groups, find_standing
from shopfloor.analysis.group_changes import find_bridge_changes, find_group_changes
from shopfloor.analysis.leader_changes import find_leader_changes
from shopfloor.demo import make_workplace
from shopfloor.workplace import Workplace
from tests.analysis.build import workplace
from tests.validation.naming_networks import NamingNetwork

N_PLANT: Final = 80
LEADER: Final = 7
BEFORE: Final = 0.1


def published(network: NamingNetwork) -> Workplace:
    """Return a published network as a workplace where everybody was asked."""
    columns = ("department", "shift", "job_class")
    people = [
        {name: f"{name} {codes[i]}" for name, codes in zip(columns, network.attributes, strict=False) if codes[i] >= 0}
        for i in range(network.n_people)
    ]
    namings = {i: np.flatnonzero(row).tolist() for i, row in enumerate(network.namings)}
    close = [{"person": int(one), "other": int(two)} for one, two in network.close]
    return workplace(people, namings=namings, connections=close)


def made_up(n_people: int, seed: int) -> Workplace:
    """Return a made-up workplace where everybody was asked and answered what is true."""
    made = make_workplace(n_people, seed)
    keys = sorted(made.truth.leaders)
    at = {key: i for i, key in enumerate(keys)}
    known = made.tables["people"].set_index("person_id")
    people = [
        {"person_id": key, **{name: known[name][key] for name in ("department", "shift", "crew")}} for key in keys
    ]
    namings: dict[int, list[int]] = {i: [] for i in range(len(keys))}
    for namer, named in made.truth.namings.itertuples(index=False):
        if namer in at and named in at:
            namings[at[namer]].append(at[named])
    return workplace(people, namings=namings)


def only(picture: Workplace, answered: np.ndarray[Any, np.dtype[np.bool_]]) -> Workplace:
    """Return a picture with the answers of some people."""
    return replace(
        picture,
        asked=picture.asked[answered[picture.asked["person"].to_numpy()]],
        namings=picture.namings[answered[picture.namings["namer"].to_numpy()]],
    )


def deal(picture: Workplace, share: float, seed: int) -> tuple[Workplace, Workplace]:
    """Deal the answers of a share of people at random into two pictures."""
    draw = np.random.default_rng(seed).random(len(picture.people))
    return only(picture, draw < share / 2), only(picture, (draw >= share / 2) & (draw < share))


def leaders_by_chance(picture: Workplace, share: float, seed: int) -> dict[str, int]:
    """Say of how many leaders it is told that they moved, and of how many the places alone do not meet."""
    before, after = deal(picture, share, seed)
    then, now = find_standing(before, seed=seed), find_standing(after, seed=seed)
    leaders, _, counts = find_leader_changes(before, after, then, now)
    apart = (now.ranks.rank_high < then.ranks.rank_low) | (then.ranks.rank_high < now.ranks.rank_low)
    leading = np.isin(then.ranks.word, ("sure", "likely")) | np.isin(now.ranks.word, ("sure", "likely"))
    return {"told": len(leaders), "compared": int(counts["n_compared"]), "apart": int((apart & leading).sum())}


def groups_by_chance(picture: Workplace, seed: int) -> dict[str, int]:
    """Say how many changes of groups and bridges are told between two halves of the answers."""
    before, after = deal(picture, 1.0, seed)
    then, now = find_groups(before, seed=seed), find_groups(after, seed=seed)
    return {
        "groups": len(find_group_changes(before, after, then, now)),
        "bridges": len(find_bridge_changes(before, after, then, now)),
        "solid": min(int(found.about["n_solid"]) for found in (then, now)),
    }


def risen(after: float, seed: int) -> bool:
    """Say whether it is told that somebody rose whom 10 % named, and now a share of `after` of as many others."""
    rng = np.random.default_rng(seed)
    order = rng.permutation(np.delete(np.arange(N_PLANT), LEADER))
    people = [{"department": f"Dept {i % 4}"} for i in range(N_PLANT)]
    pictures = []
    for asked, share in ((order[:30], BEFORE), (order[30:60], after)):
        namings = {}
        for person in asked.tolist():
            named = set(rng.choice(N_PLANT, 3, replace=False).tolist()) - {LEADER, person}
            namings[person] = sorted(named | ({LEADER} if rng.random() < share else set()))
        pictures.append(workplace(people, namings=namings))
    before, now = pictures
    leaders, _, _ = find_leader_changes(before, now, find_standing(before, seed=seed), find_standing(now, seed=seed))
    return bool(leaders["change"].eq("up").to_numpy()[leaders["person_id"].eq(f"P{LEADER:04d}").to_numpy()].any())
