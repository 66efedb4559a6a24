"""What the program finds in published networks, beside what is known to be true of them.

Each finding carries the values that the tests assert and the words that ``docs/validation.md`` prints.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sklearn.metrics import adjusted_mutual_info_score, roc_auc_score  # type: ignore[import-untyped]

from shopfloor.analysis import Groups, bridging_ties, combine_ties, find_groups, project_ties, rank_people
from shopfloor.workplace import Workplace
from tests.validation.published import read


@dataclass(frozen=True)
class Finding:
    """One line of the table.

    Attributes
    ----------
    network, known, found, difference : str
        Which data, what is known to be true of it, what the program finds, and where the two differ (empty: nowhere).
    values : dict
        What was found, for tests.
    """

    network: str
    known: str
    found: str
    difference: str
    values: dict[str, Any]


def agreement(division: pd.Series, groups: Groups) -> float:
    """Return the adjusted mutual information of a known division and the groups; people in none stand alone."""
    alone = -1 - np.arange(len(groups.membership))
    return float(adjusted_mutual_info_score(division, np.where(groups.membership < 0, alone, groups.membership)))


def scores(workplace: Workplace, layer: str, measure: str | None = None, **options: Any) -> "pd.Series[float]":
    """Scores by name, best first."""
    return rank_people(workplace, layer, measure=measure, **options).rows.set_index("name")["score"]


def names(workplace: Workplace, person_ids: list[str]) -> list[str]:
    """Names of people, in the order of their names."""
    people = workplace.people.set_index("person_id")["name"]
    return sorted(people[person_ids])


def strike_between() -> Finding:
    """Who stands between the groups of the strike."""
    ranked = scores(read("strike"), "told", "betweenness")
    shown = ", ".join(f"{name} {ranked[name]:.2f}" for name in ("Bob", "Norm", "Sam", "Wendle"))
    return Finding(
        "Strike (Michael 1997)",
        "Bob and Norm were the informal leaders through whom the strike ended; Sam and Wendle, the union's "
        "negotiators, did not get the proposals through",
        f"betweenness: {shown}",
        "",
        {str(name): score for name, score in ranked.items()},
    )


def strike_bridges() -> Finding:
    """Which ties hold the groups of the strike together."""
    picture = read("strike")
    groups = find_groups(picture, "told")
    bridges = bridging_ties(project_ties(picture, "told"), np.maximum(groups.membership, 0) - 1)
    name = picture.people["name"]
    pairs = {frozenset((name[one], name[two])) for one, two in zip(bridges["source"], bridges["target"], strict=True)}
    shown = "; ".join(sorted("-".join(sorted(pair)) for pair in pairs))
    bridging = scores(picture, "told", "bridging")
    unique = ", ".join(f"{name} {score:.0f}" for name, score in bridging.head(5).items())
    return Finding(
        "Strike (Michael 1997)",
        "the Spanish-speaking are tied in by Alejandro and Bob, young and old English by Bob and Norm (and by Ozzie, "
        "Karl's father)",
        f"ties on which two groups hang: {shown}; pairs of different groups that meet in one person alone: {unique}",
        "Karl-Ozzie is not listed: with only two ties, one of them to his son, Ozzie is in no group. Sam ties in a "
        "small fourth group, which is part of the old English",
        {"bridges": pairs, "bridging": bridging.to_dict()},
    )


def strike_groups() -> Finding:
    """Whether the groups of the strike are those of language and age."""
    picture = read("strike")
    groups = find_groups(picture, "told")
    ami = agreement(picture.people["department"], groups)
    known = picture.people["department"].groupby(groups.membership).nunique()
    return Finding(
        "Strike (Michael 1997)",
        "three groups: 4 Spanish-speaking, 9 young and 11 old English-speaking",
        f"groups of {_sizes(groups)}, {len(groups.in_no_group)} person in none, agreement {ami:.2f}; solid: "
        f"{_solid(groups)}",
        "the old English come out as two groups. With 38 ties the English groups are right and still not solid: chance "
        "makes groups as tight as they are in one try of ten",
        {"ami": ami, "n_mixed": int((known.drop(-1) > 1).sum()), "solid": _solid(groups)},
    )


def karate_leaders() -> Finding:
    """Whether both leaders of the karate club come first."""
    picture = read("karate")
    measures = ("degree", "strength", "closeness", "betweenness", "pagerank")
    first = {measure: set(scores(picture, "told", measure).head(2).index) for measure in measures}
    katz = list(scores(picture, "told", "katz").index[:5])
    return Finding(
        "Karate club (Zachary 1977)",
        "the club split around two leaders, Mr Hi and John A",
        f"the two are first and second by {', '.join(measures)}",
        f"not by Katz: it ranks Mr Hi at place {katz.index('Mr Hi') + 1}, below people tied to both camps",
        first,
    )


def karate_split() -> Finding:
    """Whether the split of the karate club is found."""
    picture = read("karate")
    groups = find_groups(picture, resolution=0.5)
    is_hi = picture.people["department"].eq("faction 1").to_numpy()
    wrong = min(int(((groups.membership == one) != is_hi)[groups.membership > 0].sum()) for one in (1, 2))
    n_none = len(groups.in_no_group)
    n_default = len(find_groups(picture).rows)
    return Finding(
        "Karate club (Zachary 1977)",
        "34 people split into 16 and 18",
        f"at resolution 0.5 two groups of {_sizes(groups)}: {wrong} people in the wrong one, {n_none} in none",
        f"at the default resolution 1.0 there are {n_default} groups, each inside one camp",
        {"n_groups": len(groups.rows), "n_wrong": wrong, "n_none": n_none},
    )


def wiring_cliques() -> Finding:
    """Whether the cliques of the wiring room are found and outsiders are left out."""
    picture = read("wiring")
    groups = find_groups(picture)
    members = [names(picture, row) for row in groups.rows["members"]]
    outside = names(picture, groups.in_no_group)
    unsure = names(picture, _not_told(groups))
    return Finding(
        "Bank wiring room (Roethlisberger and Dickson 1939)",
        "a front clique W1, W3, W4, S1, I1 (W2 at its edge), a back clique W7, W8, W9, S4 (W6 at its edge); W5, S2 "
        "and I3 outside both",
        f"from games and help: {'; '.join(', '.join(part) for part in members)}, both solid; not told of "
        f"{', '.join(unsure)}; in none: {', '.join(outside)}",
        "W5 is put with the front; the next two lines say why he is left there. S2 helped one man and is placed beside "
        "him, but a single tie is not told",
        {"groups": members, "outside": outside, "unsure": unsure, "solid": _solid(groups)},
    )


def wiring_friends() -> Finding:
    """Whether friendship alone leaves the outsiders out."""
    picture = read("wiring")
    groups = find_groups(picture, "named", question="friendship")
    members = [names(picture, row) for row in groups.rows["members"]]
    outside = names(picture, groups.in_no_group)
    unsure = names(picture, _not_told(groups))
    return Finding(
        "Bank wiring room (Roethlisberger and Dickson 1939)",
        "the same cliques; the men at the edges and outside had no friend in the room",
        f"from friendship alone: {'; '.join(', '.join(part) for part in members)}; not told of {', '.join(unsure)}; in "
        f"none: {', '.join(outside)}",
        "13 friendships: groups of chance are as tight, so none is solid and none is told",
        {"groups": members, "outside": outside, "solid": _solid(groups)},
    )


def wiring_depth() -> Finding:
    """How deep in their groups the men of the wiring room are who might be left out."""
    picture = read("wiring")
    groups = find_groups(picture)
    layers = [project_ties(picture, layer) for layer in ("named", "told")]
    strength = combine_ties(layers).adjacency().toarray()
    inside = strength * (groups.membership[:, None] == groups.membership[None, :])
    share = pd.Series(inside.sum(axis=1) / np.maximum(strength.sum(axis=1), 1e-9), index=picture.people["name"])
    partners = pd.Series((strength > 0).sum(axis=1), index=share.index)
    partners_inside = pd.Series((inside > 0).sum(axis=1), index=share.index)
    shown = "; ".join(
        f"{name} {partners_inside[name]} of {partners[name]} partners, {share[name]:.0%} of the strength"
        for name in ("W5", "W4", "S1", "W6")
    )
    return Finding(
        "Bank wiring room (Roethlisberger and Dickson 1939)",
        "W5 played with the front and belonged to neither clique",
        f"by games and help, inside their own groups: {shown}",
        "a share of ties that leaves W5 out leaves out W4, who is of the front's core, and W6 as well: W5 is deeper in "
        "than either. A test of each man's ties against chance (5 %, same numbers of ties) would leave out 10 of the "
        "12 men placed here and 23 of 32 in the karate club. Antagonism made W5 an outsider (8 of 13 men, but only 2 "
        "of the 6 of the front); counted against closeness in the modularity, at equal or double weight, it still "
        "leaves him better placed with the front than alone. So the rule stays as it is",
        {"share": share.to_dict()},
    )


def _not_told(groups: Groups) -> list[str]:
    """Of whom in a group it cannot be told yet."""
    people = groups.people
    return list(people["person_id"][people["certainty"] == "cannot tell yet"])


def _solid(groups: Groups) -> str:
    return f"{int((groups.rows['certainty'] == 'solid').sum())} of {len(groups.rows)}"


def managers_advice() -> Finding:
    """Whether those asked for advice are the formal heads."""
    picture = read("managers")
    is_head = picture.people["job_class"].isin(["level 1", "level 2"])
    values = {
        f"{measure} {question}": _auc(picture, is_head, question, measure)
        for question in ("listens_to", "friendship")
        for measure in ("named_by", "pagerank")
    }
    return Finding(
        "High-tech managers (Krackhardt 1987)",
        "the president and four vice presidents are known; advice is asked of them, friendship is another matter",
        f"a head outranks another manager with probability {values['named_by listens_to']:.2f} by namings for advice, "
        f"{values['pagerank listens_to']:.2f} by PageRank; by friendship {values['named_by friendship']:.2f} and "
        f"{values['pagerank friendship']:.2f}",
        "being head and being a friend do not go together, by counts: formal rank is not natural standing",
        values,
    )


def managers_groups() -> Finding:
    """Whether departments show in advice and friendship."""
    picture = read("managers")
    found = {
        question: find_groups(picture, "named", question=question).about for question in ("listens_to", "friendship")
    }
    chances = {question: about["chance"] for question, about in found.items()}
    return Finding(
        "High-tech managers (Krackhardt 1987)",
        "four departments",
        "no groups: chance makes ties as divided as those of advice with probability "
        f"{chances['listens_to']:.2f}, those of friendship with {chances['friendship']:.2f}",
        "nearly half of all possible askings happen: the program says that there are no groups to be seen",
        {question: about["verdict"] for question, about in found.items()},
    )


def law_advice() -> Finding:
    """Whether those sought for advice are the partners."""
    picture = read("law")
    is_partner = picture.people["job_class"].eq("status 1")
    values = {measure: _auc(picture, is_partner, "listens_to", measure) for measure in ("named_by", "pagerank")}
    n_partners = int(rank_people(picture).rows["job_class"].head(12).eq("status 1").sum())
    return Finding(
        "Law firm (Lazega 2001)",
        "36 partners and 35 associates",
        f"of the 12 most sought for advice {n_partners} are partners; a partner outranks an associate with "
        f"probability {values['named_by']:.2f} by namings, {values['pagerank']:.2f} by PageRank",
        "",
        {**values, "n_partners": n_partners},
    )


def law_groups() -> Finding:
    """Whether office and practice show in the ties of the law firm."""
    picture = read("law")
    groups = find_groups(picture)
    people = picture.people
    divisions = {
        "office": people["department"],
        "practice": people["crew"],
        "both": people["department"] + people["crew"],
        "status": people["job_class"],
    }
    values = {name: agreement(division, groups) for name, division in divisions.items()}
    return Finding(
        "Law firm (Lazega 2001)",
        "three offices, two practices, partners and associates",
        f"{len(groups.rows)} groups from advice and co-work, {_solid(groups)} solid; agreement with "
        + ", ".join(f"{name} {value:.2f}" for name, value in values.items()),
        "the smallest office (4 people) has no group of its own; status divides nobody",
        {**values, "solid": _solid(groups)},
    )


def office_departments() -> Finding:
    """Whether departments show in face-to-face contacts."""
    picture = read("office")
    groups = find_groups(picture)
    ami = agreement(picture.people["department"], groups)
    return Finding(
        "Office contacts InVS13 (Genois et al. 2015)",
        "five departments of 34, 26, 15, 13 and 4 people",
        f"groups {', '.join(groups.rows['name'])} of {_sizes(groups)}, {_solid(groups)} solid; agreement {ami:.2f}",
        "the department of 4 has no group of its own",
        {"ami": ami, "names": groups.rows["name"].tolist(), "solid": _solid(groups)},
    )


def _auc(picture: Workplace, is_known: pd.Series, question: str, measure: str) -> float:
    ranked = scores(picture, "named", measure, question=question)
    return float(roc_auc_score(is_known, ranked[picture.people["name"]]))


def _sizes(groups: Groups) -> str:
    return " + ".join(str(size) for size in groups.rows["n_members"])


FINDINGS: tuple[Callable[[], Finding], ...] = (
    strike_between,
    strike_bridges,
    strike_groups,
    karate_leaders,
    karate_split,
    wiring_cliques,
    wiring_friends,
    wiring_depth,
    managers_advice,
    managers_groups,
    law_advice,
    law_groups,
    office_departments,
)
"""All findings, in the order of the table."""
