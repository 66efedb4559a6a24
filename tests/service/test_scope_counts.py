"""Every number that somebody reads who sees some units, against counts made by hand from the files as they came."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import networkx as nx
import pandas as pd
import pytest

from shopfloor import OpenStore, find_groups, open_store, rank_people
from shopfloor.analysis import LAYERS, find_holes
from shopfloor.errors import NotFoundError
from shopfloor.service.answers import find_person, find_ties
from shopfloor.service.exporting import prepare_export
from shopfloor.service.importing import ImportOptions, import_files
from shopfloor.service.viewer import Viewer
from tests.service.team import Campaign, draw_campaign, load

PASSPHRASE = "four random test words"
UNIT = "Paint"
ORGANIZER = Viewer("Olga", frozenset({"organizer"}), (UNIT,))


@dataclass(frozen=True)
class ByHand:
    """What the files of a campaign say, read without Shopfloor."""

    campaign: Campaign

    @property
    def hers(self) -> list[str]:
        """Who is in the unit."""
        return sorted(person for person, unit in self.campaign.unit_of.items() if unit == UNIT)

    @property
    def answers(self) -> dict[str, set[str]]:
        """Whom everybody asked named; nobody is asked twice."""
        names = {words[1]: person for person, words in self.campaign.own_words.items()}
        talks = self.campaign.files["conversations"]
        return {
            person: {names.get(text, text) for text in named.split("; ")} - {"none"}
            for person, named in zip(talks["person_id"], talks["named"], strict=True)
        }

    def namers(self, person: str, *, inside: bool) -> set[str]:
        """Who named her, of the unit or of the others."""
        return {namer for namer, named in self.answers.items() if person in named and (namer in self.hers) == inside}

    def could(self, person: str) -> int:
        """How many of the unit were asked and could have named her."""
        return len((self.answers.keys() & set(self.hers)) - {person})

    def graph(self) -> "nx.Graph[str]":
        """Return who of the unit named whom of it, without direction."""
        graph: nx.Graph[str] = nx.Graph()
        graph.add_nodes_from(self.hers)
        graph.add_edges_from((one, other) for one in self.hers for other in self.namers(one, inside=True))
        return graph


@pytest.fixture(scope="module", params=[1, 2, 3], ids="campaign {}".format)
def by_hand(request: pytest.FixtureRequest) -> ByHand:
    campaign = draw_campaign(request.param, 30)
    jobs = campaign.files["assignments"]
    jobs.loc[::3, "shift"] = "Night"
    jobs.loc[::5, "crew"] = ""
    return ByHand(campaign)


@pytest.fixture(scope="module")
def owner(by_hand: ByHand, template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenStore]:
    path = tmp_path_factory.mktemp("counted") / "team.store"
    path.write_bytes(template.read_bytes())
    with open_store(path, passphrase=PASSPHRASE) as store:
        load(store, by_hand.campaign)
        yield store


@pytest.fixture
def seen(owner: OpenStore) -> OpenStore:
    return owner.seen_by(ORGANIZER)


def test_namings_are_of_those_asked_inside_and_those_from_outside_stand_apart(seen: OpenStore, by_hand: ByHand) -> None:
    ranking = rank_people(seen)
    rows = ranking.rows.set_index("person_id")
    assert sorted(rows.index) == by_hand.hers
    assert rows["named_by_outside"].sum(), "somebody outside names somebody inside, or this shows nothing"
    for person, row in rows.iterrows():
        inside, outside = by_hand.namers(str(person), inside=True), by_hand.namers(str(person), inside=False)
        assert (row["named_by"], row["named_by_outside"]) == (len(inside | outside), len(outside))
        assert row["named_share"] == pytest.approx(len(inside) / by_hand.could(str(person)))
        assert row["n_departments_naming"] == bool(inside)
    assert ranking.about["is_part"] is True


def test_a_share_ranks_by_the_namings_inside(seen: OpenStore, by_hand: ByHand) -> None:
    rows = rank_people(seen, measure="named_share").rows.set_index("person_id")
    for person, score in rows["score"].items():
        assert score == pytest.approx(len(by_hand.namers(str(person), inside=True)) / by_hand.could(str(person)))


def test_a_person_is_named_by_some_of_those_asked_inside_and_by_some_outside(seen: OpenStore, by_hand: ByHand) -> None:
    for person in by_hand.hers:
        inside, outside = by_hand.namers(person, inside=True), by_hand.namers(person, inside=False)
        named_by = find_person(seen, person)[0].named_by
        assert (named_by["n"], named_by["n_outside"]) == (len(inside | outside), len(outside))
        assert named_by["n_asked"] == by_hand.could(person)
        assert named_by["departments"] == ([{"unit": UNIT, "n": len(inside)}] if inside else [])
        assert sum(shift["n"] for shift in named_by["shifts"]) == len(inside)
        assert {one["person_id"] for one in named_by["people"] if not one["is_outside"]} == inside
        assert sum(one["is_outside"] for one in named_by["people"]) == len(outside)


def test_coverage_holes_and_talks_are_of_the_unit_alone(seen: OpenStore, by_hand: ByHand) -> None:
    asked = by_hand.answers.keys() & set(by_hand.hers)
    workplace = seen.workplace()
    for about in (rank_people(seen).about, find_groups(seen).about, find_ties(seen).about):
        coverage = about["coverage"]
        assert (coverage["n_people"], coverage["n_asked"]) == (len(by_hand.hers), len(asked))
        assert coverage["n_talked_to"] == coverage["n_conversations"] == len(asked)
        assert coverage["n_named_nobody"] == sum(not by_hand.answers[person] for person in asked)
        assert [unit["department"] for unit in coverage["departments"]] == [UNIT]
    hole = find_holes(workplace).iloc[0]
    assert (hole["unit"], hole["n_people"], hole["n_asked"]) == (UNIT, len(by_hand.hers), len(asked))
    assert set(workplace.people["person_id"].iloc[workplace.asked["person"]]) == asked
    assert set(workplace.people["person_id"].iloc[workplace.conversations["person"]]) == asked


def test_paths_are_followed_among_the_people_of_the_unit(seen: OpenStore, by_hand: ByHand) -> None:
    graph = by_hand.graph()
    expected = {
        "betweenness": nx.betweenness_centrality(graph),
        "closeness": {k: v / (len(graph) - 1) for k, v in nx.harmonic_centrality(graph).items()},
        "core": nx.core_number(graph),
    }
    for measure, values in expected.items():
        rows = rank_people(seen, measure=measure, as_if_complete=True).rows
        assert dict(zip(rows["person_id"], rows["score"], strict=True)) == pytest.approx(values)


def test_whom_they_named_outside_counts_as_theirs(seen: OpenStore, by_hand: ByHand) -> None:
    rows = rank_people(seen, measure="out_degree").rows.set_index("person_id")
    for person, score in rows["score"].items():
        answer = by_hand.answers.get(str(person))
        assert pd.isna(score) if answer is None else score == len(answer)


def test_days_beside_people_outside_count_as_much_as_they_do_for_all(seen: OpenStore, owner: OpenStore) -> None:
    whole = rank_people(owner, "worked_with").rows.set_index("person_id")["score"]
    mine = rank_people(seen, "worked_with").rows.set_index("person_id")["score"]
    assert mine.to_dict() == pytest.approx(whole.loc[mine.index].to_dict())


def test_ties_with_people_outside_are_listed_without_a_name_and_counted(seen: OpenStore, by_hand: ByHand) -> None:
    pairs = {(namer, named) for namer, each in by_hand.answers.items() for named in each}
    hers = set(by_hand.hers)
    found = find_ties(seen)
    across = found.rows["from_name"].eq("someone outside your units") ^ found.rows["to_name"].eq(
        "someone outside your units"
    )
    assert len(found.rows) == sum(bool({one, other} & hers) for one, other in pairs)
    assert found.about["n_outside"] == across.sum() == sum((one in hers) != (other in hers) for one, other in pairs)


def test_groups_are_of_the_unit_and_their_sizes_are_of_the_people_seen(seen: OpenStore, by_hand: ByHand) -> None:
    for layer in (None, *LAYERS):
        found = find_groups(seen, layer)
        members = [key for each in found.rows["members"] for key in each]
        assert sorted([*members, *found.in_no_group]) == by_hand.hers
        assert found.rows["n_members"].tolist() == [len(each) for each in found.rows["members"]]


def test_somebody_outside_is_not_a_person_to_open(seen: OpenStore) -> None:
    people = seen.workplace().people
    aliases = people["person_id"][people["kind"] == "outside"]
    assert len(aliases)
    for alias in aliases:
        with pytest.raises(NotFoundError, match="outside your units"):
            find_person(seen, alias)


def test_files_taken_out_make_no_worker_of_anybody_outside(
    seen: OpenStore, by_hand: ByHand, template: Path, tmp_path: Path
) -> None:
    prepared = prepare_export(seen, tmp_path / "out", extra=["all"])
    assert prepared.holdings.counts["people"] == prepared.holdings.counts["names"] == len(by_hand.hers)
    files = [(path.name, path) for path in prepare_export(seen, tmp_path / "out", extra=["all"]).write()]
    other = tmp_path / "other.store"
    other.write_bytes(template.read_bytes())
    with open_store(other, passphrase=PASSPHRASE) as store:
        import_files(store, [file for file in files if file[0].endswith(".csv")], ImportOptions())
        assert sorted(store.workplace().people["person_id"]) == by_hand.hers
        mine = {key: len(by_hand.namers(key, inside=True)) for key in by_hand.hers}
        rows = rank_people(store).rows
        assert dict(zip(rows["person_id"], rows["named_by"], strict=True)) == mine


def test_a_graph_taken_out_counts_people_without_a_name_apart(seen: OpenStore, by_hand: ByHand, tmp_path: Path) -> None:
    counts = prepare_export(seen, tmp_path / "ties.graphml").holdings.counts
    n_outside = int(seen.workplace().people["kind"].eq("outside").sum())
    assert (counts["people"], counts["people without a name"]) == (len(by_hand.hers), n_outside)


def test_a_part_is_never_said_to_be_complete(template: Path, tmp_path: Path) -> None:
    campaign = draw_campaign(1)
    talks = campaign.files["conversations"]
    hers = [person for person, unit in campaign.unit_of.items() if unit == UNIT]
    missing = [
        {"conversation_id": f"t-{key}", "held_on": "2026-03-01", "person_id": key, "named": "none", "organizer": "O"}
        for key in sorted(set(hers) - set(talks["person_id"]))
    ]
    campaign.files["conversations"] = pd.concat([talks, pd.DataFrame(missing)])
    path = tmp_path / "all.store"
    path.write_bytes(template.read_bytes())
    with open_store(path, passphrase=PASSPHRASE) as store:
        load(store, campaign)
        about = rank_people(store.seen_by(ORGANIZER)).about
        assert about["coverage"]["share_asked"] == 1
        assert about["title"] == "Most named so far"


def test_who_sees_everybody_has_nobody_outside(owner: OpenStore) -> None:
    ranking = rank_people(owner)
    assert ranking.about["is_part"] is False
    assert ranking.rows["named_by_outside"].sum() == 0
    assert find_ties(owner).about["n_outside"] == 0
