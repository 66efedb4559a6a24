from pathlib import Path

import pytest

from tests.validation import findings
from tests.validation.published import read

DOCS = Path(__file__).resolve().parents[2] / "docs"


def test_in_the_strike_bob_and_norm_are_ahead_of_the_negotiators() -> None:
    between = findings.strike_between().values
    assert min(between["Bob"], between["Norm"]) > max(between["Sam"], between["Wendle"])
    assert between["Bob"] == pytest.approx(0.615, abs=5e-4)
    assert between["Norm"] == pytest.approx(0.572, abs=5e-4)


def test_in_the_strike_bob_norm_and_alejandro_bob_are_bridging_ties() -> None:
    found = findings.strike_bridges().values
    assert {frozenset(("Bob", "Norm")), frozenset(("Alejandro", "Bob"))} <= found["bridges"]
    assert all("Sam" in pair for pair in found["bridges"] if "Bob" not in pair)


def test_in_the_strike_the_only_brokers_are_those_published() -> None:
    bridging = findings.strike_bridges().values["bridging"]
    expected = {"Norm": 11, "Bob": 11, "Sam": 4, "Alejandro": 3}
    assert {name: bridging[name] for name in expected} == expected


def test_in_the_strike_groups_follow_language_and_age() -> None:
    found = findings.strike_groups().values
    assert found["n_mixed"] == 0
    assert found["ami"] >= 0.75
    assert found["solid"] == "1 of 4"


def test_in_the_karate_club_both_leaders_come_first() -> None:
    for measure, first in findings.karate_leaders().values.items():
        assert first == {"Mr Hi", "John A"}, measure


def test_the_karate_club_splits_within_two_people() -> None:
    found = findings.karate_split().values
    assert found["n_groups"] == 2
    assert found["n_wrong"] + found["n_none"] <= 2


def test_the_wiring_room_has_its_two_cliques_and_does_not_force_men_in() -> None:
    found = findings.wiring_cliques().values
    front, back = (set(part) for part in found["groups"])
    assert {"W1", "W3", "W4", "S1", "I1"} <= front
    assert {"W7", "W8", "W9", "S4"} <= back
    assert found["outside"] == ["I3"]
    assert found["unsure"] == ["S2"]
    assert found["solid"] == "2 of 2"
    assert "W5" not in back


def test_friendship_alone_finds_the_wiring_rooms_cliques_and_leaves_its_outsiders_out() -> None:
    found = findings.wiring_friends().values
    front, back = (set(part) for part in found["groups"])
    assert front == {"W1", "W3", "W4", "S1", "I1"}
    assert back == {"W7", "W8", "W9", "S4"}
    assert {"W2", "W5", "W6", "S2", "I3"} <= set(found["outside"])


def test_no_share_of_ties_parts_the_wiring_rooms_outsider_from_the_core() -> None:
    share = findings.wiring_depth().values["share"]
    assert share["W6"] < share["W4"] < share["W5"]


def test_managers_are_asked_for_advice_by_rank_but_not_befriended_by_rank() -> None:
    values = findings.managers_advice().values
    assert values["named_by listens_to"] == pytest.approx(0.96, abs=0.005)
    assert values["pagerank listens_to"] == pytest.approx(0.96, abs=0.005)
    assert values["named_by friendship"] == pytest.approx(0.51, abs=0.005)
    assert values["pagerank friendship"] == pytest.approx(0.75, abs=0.005)


def test_among_managers_there_are_no_groups() -> None:
    assert findings.managers_groups().values["listens_to"] == "no groups here"


def test_lawyers_sought_for_advice_are_partners() -> None:
    values = findings.law_advice().values
    assert values["n_partners"] == 11
    assert values["named_by"] == pytest.approx(0.87, abs=0.006)
    assert values["pagerank"] == pytest.approx(0.93, abs=0.006)


def test_lawyers_groups_follow_office_and_practice_and_not_status() -> None:
    values = findings.law_groups().values
    assert values["both"] >= 0.62
    assert values["solid"] == "3 of 3"
    assert values["status"] < 0.1


def test_office_contacts_follow_departments() -> None:
    found = findings.office_departments().values
    assert found["ami"] >= 0.82
    assert set(found["names"]) == {"DSE", "DMCT", "DISQ", "SRH"}
    assert found["solid"] == "4 of 4"


def test_the_table_in_the_docs_is_what_the_program_finds_today() -> None:
    read("strike")
    page = (DOCS / "validation.md").read_text(encoding="utf-8")
    for finding in findings.FINDINGS:
        assert finding().found in page, "run: python -m docs.make_validation"
