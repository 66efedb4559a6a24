"""Social groups that hold: closer among themselves than chance makes people, and the same tomorrow as today."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shopfloor.analysis.bridges import link_groups
from shopfloor.analysis.consensus.chance import SURE
from shopfloor.analysis.consensus.communities import MIN_MEMBERS, N_COPIES, N_RUNS, RESOLUTIONS
from shopfloor.analysis.consensus.company import TOGETHER, Company, gather_company
from shopfloor.analysis.consensus.holding import Held, Options, hold_groups, look_inside, n_steps
from shopfloor.analysis.consensus.matching import AcceptedGroups, accept, match_groups
from shopfloor.analysis.consensus.progress import Progress, Steps
from shopfloor.analysis.consensus.telling import FEWEST_ASKED, Heard
from shopfloor.analysis.group_tables import Mapped, list_groups, list_inner, list_people
from shopfloor.analysis.ties import LAYERS
from shopfloor.analysis.workforce import count_known, describe_cut, know_people, select_unit, select_workforce
from shopfloor.errors import UsageError
from shopfloor.settings import DEFAULT_QUESTION, GROUP_NAME_ATTRIBUTES, TieSettings
from shopfloor.workplace import Workplace

GROUPS: Final = "groups"
NO_GROUPS: Final = "no groups here"
TOO_FEW_ASKED: Final = "too few asked"
NO_TIES: Final = "no ties"

_FROM_ASKING = frozenset({"named", "talked"})


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Groups:
    """Groups of people, how sure they are, and how they were found.

    Attributes
    ----------
    about : dict
        ``title``, ``verdict``: ``groups``, ``no groups here`` (chance makes maps as divided as this one),
        ``too few asked`` (the ties come from asking, and less than a fifth were asked) or ``no ties``; ``chance`` (of
        the map, None where it was not tested), ``n_nulls``; ``method``, ``layer`` (None: all combined), ``layers``
        (those that had ties), ``question``, ``parameters``, ``seed``, ``revision``, ``as_of``, ``known_at``,
        ``version``, ``is_part``, ``modularity``, ``n_groups``, ``n_solid``, ``n_told``, ``n_in_no_group``,
        ``n_remembered`` (people of the accepted result that had a say), ``is_provisional``, ``depends_on_asking``,
        ``coverage`` (see `shopfloor.analysis.workforce.count_known`).
    rows : pandas.DataFrame
        One row a group, largest first: ``group_id``, ``name``, ``named_by`` (attributes, accepted, letter),
        ``neutral_name`` (for lists that may tell no attribute), ``n_members``, ``members`` (list of person_id, in
        order), ``certainty`` (``solid`` or ``not solid``), ``chance`` (how often chance makes a group as tight,
        0 .. 1), ``belonging`` (mean, 0 .. 1), ``n_core``, ``n_told``, ``is_provisional``, ``n_talked_to``,
        ``share_talked_to`` (0 .. 1), ``n_asked``, ``departments`` (the three largest as a list of ``department``,
        ``n_members``), ``chart``, ``chart_unit``, ``n_in_unit``, ``n_unit``, ``share_across`` (see `against_chart`).
    people : pandas.DataFrame
        One row a person of the workforce: ``person_id``, ``group_id`` (NA: none), ``belonging`` (share of runs in
        which she is with her group, 0 .. 1, NaN in none), ``role`` (core, member, edge), ``certainty`` (``told``,
        ``cannot tell yet``, ``in no group yet``), ``reason`` (why it is not told, see `tell_groups`),
        ``second_group_id``, ``second_share`` (where she belongs to a second one), ``n_ties``, ``n_ties_inside``,
        ``participation`` (NaN under three ties), ``n_only_broker`` (pairs of people of different groups who meet in
        her alone), ``is_cut`` (without her the ties fall apart).
    links : pandas.DataFrame
        One row a pair of groups with ties between: ``group_id``, ``other_group_id``, ``n_ties``, ``n_links``,
        ``link``, ``hinges`` (person_id), see `link_groups`.
    inner : pandas.DataFrame
        Groups inside groups, a second level that never replaces the first: ``group_id``, ``inner_id`` (``3.1``),
        ``name``, ``n_members``, ``members``, ``certainty``, ``chance``, ``belonging``.
    membership : numpy.ndarray
        int64, shape (n_people,): the group_id of each person of the workplace, -1 for none or outside the workforce.
    in_no_group : list of str
        person_id of the workforce's people who are in no group yet.
    accepted : AcceptedGroups or None
        What these groups were matched to.
    """

    about: dict[str, Any]
    rows: pd.DataFrame
    people: pd.DataFrame
    links: pd.DataFrame
    inner: pd.DataFrame
    membership: NDArray[np.int64]
    in_no_group: list[str]
    accepted: AcceptedGroups | None = None

    def __repr__(self) -> str:
        """Give counts only."""
        return f"Groups({len(self.rows)} groups, {len(self.in_no_group)} people in none)"

    def to_frame(self) -> pd.DataFrame:
        """Return a copy of the rows."""
        return self.rows.copy()

    def accept(self) -> AcceptedGroups:
        """Return what is to be kept once somebody accepts these groups: ids, names by attributes, retired groups."""
        named = self.rows[self.rows["named_by"] != "letter"]
        return accept(
            self.accepted,
            dict(zip(self.rows["group_id"], self.rows["members"], strict=True)),
            dict(zip(named["group_id"], named["name"], strict=True)),
        )


def find_groups(  # noqa: PLR0913 - the options of the command, all but two by keyword
    workplace: Workplace,
    layer: str | None = None,
    *,
    question: str = DEFAULT_QUESTION,
    unit: str | None = None,
    resolution: float = 1.0,
    seed: int = 0,
    min_size: int = MIN_MEMBERS,
    include: Collection[str] = (),
    name_by: Sequence[str] = GROUP_NAME_ATTRIBUTES,
    settings: TieSettings | None = None,
    accepted: AcceptedGroups | None = None,
    levels: int = 2,
    progress: Progress | None = None,
) -> Groups:
    """Find the social groups of the workforce.

    Parameters
    ----------
    workplace : Workplace
        The people and facts, cut at a date.
    layer : str, optional
        One of `shopfloor.analysis.LAYERS`; all that have ties, combined, where none is said (see `combine_ties`).
    question : str
        The naming question, for ``named``.
    unit : str, optional
        Only people of this department, shift or crew, and the ties among them.
    resolution : float
        Above 0; larger gives more and smaller groups.
    seed : int
        The same seed and facts give the same groups, whatever the order of the facts.
    min_size : int
        Fewer people are no group; 2 or more.
    include : collection of str
        ``supervisors``, ``left``: they may then be members, and their ties count.
    name_by : sequence of str
        Columns of ``workplace.people`` that groups may be named after.
    settings : TieSettings, optional
        How ties are derived.
    accepted : AcceptedGroups, optional
        A result of the same layers that somebody accepted: it has a say of a quarter, and ids and names stay.
    levels : {2, 1}
        1: look for no groups inside groups, which takes more than half of the time.
    progress : callable, optional
        Told how many steps are done, of how many; raises to stop.

    Returns
    -------
    Groups
        Ordered by size, then by the smallest person_id. Found in what people said *so far*. Without groups where the
        ties are no more divided than chance makes them, or where they come from asking and less than a fifth of the
        people were asked.

    Raises
    ------
    UsageError
        Unknown layer, question, unit, inclusion or attribute; resolution or min_size out of range.

    Notes
    -----
    See `shopfloor.analysis.consensus`: a consensus of `N_RUNS` Leiden runs on noisy copies of the ties, groups tested
    against networks dealt by chance, with `n_nulls` of them. What it holds up to is measured in docs/validation.md.
    """
    _check(workplace, resolution, min_size, name_by)
    members = select_workforce(workplace, include)
    if unit is not None:
        members &= select_unit(workplace, unit)
    settings = settings or TieSettings()
    company = gather_company(workplace, members, [layer] if layer else LAYERS, question, settings)
    options, heard = Options(resolution, seed, min_size), _hear(workplace, company, question)
    mapped, inside = _map(company, question, options, heard, accepted, levels, progress)
    names = mapped.name(name_by, dict(accepted.names) if accepted else {})
    people = list_people(mapped)
    rows = list_groups(mapped, names, people)
    membership = np.full(len(members), -1, dtype=np.int64)
    membership[members] = mapped.group_ids()
    about = {
        "title": "Groups so far",
        "verdict": _verdict(company, heard, mapped.held),
        **_describe_method(mapped.held),
        "layer": layer,
        "layers": [ties.layer for ties in company.layers],
        "question": question,
        "parameters": {
            "unit": unit,
            "resolution": resolution,
            "min_size": min_size,
            "include": sorted(include),
            "name_by": list(name_by),
            "half_life_days": settings.half_life_days,
            "max_group": settings.max_group,
        },
        "seed": seed,
        **describe_cut(workplace),
        **_count(rows, people, accepted),
        "is_provisional": mapped.heard is not None and mapped.heard.is_uneven(),
        "depends_on_asking": mapped.heard is not None,
        "coverage": count_known(workplace, members, question),
    }
    in_no_group = people["person_id"][people["group_id"].isna()].tolist()
    links, inner = _list_links(mapped), list_inner(mapped, inside, name_by)
    return Groups(about, rows, people, links, inner, membership, in_no_group, accepted)


def _check(workplace: Workplace, resolution: float, min_size: int, name_by: Sequence[str]) -> None:
    if not resolution > 0:
        raise UsageError(f"resolution must be above 0, not {resolution}")
    if min_size < 2:  # noqa: PLR2004 - two people are the smallest group
        raise UsageError(f"min_size must be 2 or more, not {min_size}")
    for attribute in name_by:
        if attribute not in workplace.people.columns or attribute in {"person_id", "name"}:
            raise UsageError(f"groups cannot be named by {attribute!r}: use {', '.join(GROUP_NAME_ATTRIBUTES)}")


def _hear(workplace: Workplace, company: Company, question: str) -> Heard | None:
    """Return who was asked, where ties come from asking."""
    if not any(ties.layer == "named" for ties in company.layers):
        return None
    asked = know_people(workplace, question)["was_asked"].to_numpy(dtype=bool)[company.members]
    units = workplace.people["department"][company.members].astype("category")
    return Heard(asked, units.cat.codes.to_numpy().astype(np.int64))


def _is_too_little(company: Company, heard: Heard | None) -> bool:
    from_asking = all(ties.layer in _FROM_ASKING for ties in company.layers)
    return heard is not None and from_asking and heard.share < FEWEST_ASKED


def _map(
    company: Company,
    question: str,
    options: Options,
    heard: Heard | None,
    accepted: AcceptedGroups | None,
    levels: int,
    progress: Progress | None,
) -> tuple[Mapped, dict[int, Held]]:
    people = company.workplace.people
    persons = np.flatnonzero(company.members)
    keys: list[str] = people["person_id"].iloc[persons].tolist()
    if _is_too_little(company, heard):
        company = replace(company, layers=(), stays=())
    steps = Steps(n_steps(len(persons), options), progress)
    then = accepted.groups if accepted else {}
    remembered = np.array([then.get(key, -1) for key in keys], dtype=np.int64)
    held = hold_groups(company, keys, options, remembered=remembered, steps=steps)
    inside = look_inside(company, keys, held, options, steps) if levels > 1 else {}
    n_groups = len(held.chances)
    mapped = Mapped(company.workplace, question, persons, held, list(range(1, n_groups + 1)), heard)
    if accepted is None:
        return mapped, inside
    found = [set(people["person_id"].iloc[mapped.members(group)]) for group in range(n_groups)]
    ids = match_groups(accepted, found, keys)
    return Mapped(company.workplace, question, persons, held, ids, heard), inside


def _verdict(company: Company, heard: Heard | None, held: Held) -> str:
    if not company.layers:
        return NO_TIES
    if _is_too_little(company, heard):
        return TOO_FEW_ASKED
    return NO_GROUPS if held.chance > SURE else GROUPS


def _describe_method(held: Held) -> dict[str, Any]:
    has_clique_layers = ", ".join(TOGETHER)
    return {
        "method": (
            f"consensus of {N_RUNS} Leiden runs ({N_COPIES} noisy copies at resolutions "
            f"{' and '.join(str(value) for value in RESOLUTIONS)}); chance: {held.n_nulls} networks with ties rewired, "
            f"people dealt anew for {has_clique_layers}"
        ),
        "chance": held.chance if held.n_nulls else None,
        "n_nulls": held.n_nulls,
        "modularity": held.communities.modularity if held.communities else 0.0,
    }


def _count(rows: pd.DataFrame, people: pd.DataFrame, accepted: AcceptedGroups | None) -> dict[str, int]:
    remembered = set(accepted.groups) if accepted else set()
    return {
        "n_groups": len(rows),
        "n_solid": int((rows["certainty"] == "solid").sum()),
        "n_told": int((people["certainty"] == "told").sum()),
        "n_in_no_group": int(people["group_id"].isna().sum()),
        "n_remembered": int(people["person_id"].isin(remembered).sum()),
    }


def _list_links(mapped: Mapped) -> pd.DataFrame:
    links = link_groups(mapped.held.ties, mapped.membership)
    person_ids = mapped.workplace.people["person_id"].to_numpy()[mapped.persons]
    ids = np.array([*mapped.ids, -1], dtype=np.int64)
    links["group_id"] = ids[links["group"].to_numpy(dtype=np.int64)]
    links["other_group_id"] = ids[links["other_group"].to_numpy(dtype=np.int64)]
    links["hinges"] = [[str(person_ids[person]) for person in people] for people in links["hinges"]]
    return links[["group_id", "other_group_id", "n_ties", "n_links", "link", "hinges"]]
