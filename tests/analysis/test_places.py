from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from shopfloor.analysis import LAYERS, find_standing, project_ties, rank_people, select_voices
from shopfloor.analysis.certainty import WORDS, Thresholds
from shopfloor.analysis.measures import strength
from shopfloor.analysis.sources import SOURCES, find_sayings
from shopfloor.errors import UsageError
from shopfloor.service.leaders_in_words import how_sure, leaders_in_words
from shopfloor.workplace import Workplace
from tests.analysis.build import random_namings, workplace

N_PEOPLE = 60
COLUMNS = ["rank", "rank_low", "rank_high", "p_top", "certainty", "expected"]


def half_asked(seed: int = 3, n_people: int = N_PEOPLE) -> Workplace:
    """Half of the people asked, of four departments; most of them name person 0 and person 1."""
    rng = np.random.default_rng(seed)
    people = [{"department": f"D{i % 4}", "shift": "Night" if i % 3 else "Day"} for i in range(n_people)]
    namings = random_namings(rng, n_people, n_people // 2)
    for namer, named in namings.items():
        namings[namer] = sorted({*named, *({0, 1} if rng.random() < 0.8 else ())} - {namer})
    return workplace(people, namings=namings)


def facts(seed: int = 0, n_people: int = 30) -> Workplace:
    """Ties of every layer, some told by several people, some people in several crews."""
    rng = np.random.default_rng(seed)
    kinds = ("friend", "listens_to", "trains", "conflict", "reports_to")
    pairs = [rng.choice(n_people, 2, replace=False).tolist() for _ in range(80)]
    told = [
        {"person": a, "other": b, "kind": kinds[i % 5], "said_by": f"Org {i % 7}" if i % 6 else None}
        for i, (a, b) in enumerate([*pairs, *pairs[:30]])
    ]
    days = [(f"2026-0{rng.integers(1, 4)}-01", f"2026-0{rng.integers(4, 7)}-20") for _ in range(60)]
    stays = [
        {"person": int(rng.integers(n_people)), "crew": f"C{i % 9}", "worksite": "W", "started_on": a, "ended_on": b}
        for i, (a, b) in enumerate(days)
    ]
    talks = [{"person": int(p), "organizer_person": int(o)} for p, o in rng.integers(0, n_people, (50, 2))]
    acts = [{"person": i, "step": f"S{i % 3}", "did": bool(i % 4)} for i in range(n_people)]
    return workplace(n_people, connections=told, assignments=stays, conversations=talks, participations=acts)


def test_every_person_has_a_place_an_interval_around_it_and_a_word() -> None:
    rows = rank_people(half_asked()).rows
    assert len(rows) == N_PEOPLE
    assert rows[COLUMNS].notna().all(axis=None)
    assert (rows["rank_low"] <= rows["rank"]).all()
    assert (rows["rank"] <= rows["rank_high"]).all()
    assert set(rows["certainty"]) <= set(WORDS)
    assert rows["p_top"].between(0, 1).all()


def test_the_list_goes_by_how_many_would_name_a_person_if_everybody_were_asked() -> None:
    ranking = rank_people(half_asked())
    rows = ranking.rows
    assert rows["score"].is_monotonic_decreasing
    assert rows["rank"].tolist() == rows["score"].rank(method="min", ascending=False).astype(int).tolist()
    assert rows["score"].tolist() == rows["expected"].tolist()
    assert (rows["score"] >= rows["named_by"]).all()
    assert ranking.about["certainty"]["order"] == "expected"
    assert set(rows["person_id"].head(2)) == {"P0000", "P0001"}
    assert rows["certainty"].head(2).tolist() == ["sure", "sure"]


def test_while_many_names_match_nobody_nobody_is_sure_and_the_list_says_so() -> None:
    picture = half_asked()
    for n_open, is_held in ((0, False), (1, True)):
        asked = picture.asked.assign(n_named=picture.asked["n_named"] + n_open, n_open=n_open)
        ranking = rank_people(replace(picture, asked=asked))
        coverage, certainty = ranking.about["coverage"], ranking.about["certainty"]
        assert coverage["n_open"] == n_open * len(asked)
        assert certainty["n_sure"] == (0 if is_held else 2)
        assert ranking.rows["certainty"].head(2).tolist() == ["likely" if is_held else "sure"] * 2
        words = " ".join(leaders_in_words(ranking))
        assert ("nobody is called sure" in words) is is_held
        assert "than chance" not in words


def test_where_everybody_was_asked_places_are_those_of_the_counts_and_certain() -> None:
    picture = workplace(40, namings=random_namings(np.random.default_rng(2), 40, 40))
    rows, counted = rank_people(picture).rows, rank_people(picture, measure="named_by").rows
    assert dict(zip(rows["person_id"], rows["rank_low"], strict=True)) == dict(
        zip(counted["person_id"], counted["rank"], strict=True)
    )
    assert (rows["rank_low"] == rows["rank_high"]).all()
    assert rows["score"].tolist() == rows["named_by"].tolist()
    assert rows[["rank", "person_id"]].to_numpy().tolist() == counted[["rank", "person_id"]].to_numpy().tolist()


def test_a_bare_count_has_no_word_and_says_why() -> None:
    ranking = rank_people(half_asked(), measure="named_by")
    assert ranking.rows[["rank_low", "p_top", "certainty"]].isna().all(axis=None)
    assert ranking.standing is None
    assert not ranking.about["certainty"]["is_given"]
    assert "no other measure" in ranking.about["certainty"]["reason"]


def test_under_25_people_the_order_is_by_count_and_the_top_has_three_places() -> None:
    ranking = rank_people(half_asked(n_people=24))
    assert ranking.about["certainty"]["order"] == "named_by"
    assert ranking.about["parameters"]["places"] == 3
    rows = ranking.rows
    assert rows["score"].is_monotonic_decreasing
    assert rows["rank"].tolist() == rows["score"].rank(method="min", ascending=False).astype(int).tolist()
    assert ((rows["rank_low"] <= rows["rank"]) & (rows["rank"] <= rows["rank_high"])).all()


def test_a_unit_has_places_and_words_among_its_own_people() -> None:
    ranking = rank_people(half_asked(), unit="D2")
    assert len(ranking.rows) == N_PEOPLE // 4
    assert ranking.rows["rank_high"].max() <= N_PEOPLE // 4
    assert ranking.about["certainty"]["places"] == 3
    assert "Only people of D2 are listed; places are among them." in leaders_in_words(ranking)


def test_a_standing_found_before_gives_the_same_list_whatever_its_places() -> None:
    picture = half_asked()
    standing = find_standing(picture, places=3)
    pd.testing.assert_frame_equal(rank_people(picture, standing=standing).rows, rank_people(picture).rows)
    narrow = rank_people(picture, standing=standing, level=0.5).rows.set_index("person_id")
    wide = rank_people(picture, standing=standing, level=0.95).rows.set_index("person_id").loc[narrow.index]
    assert ((wide["rank_low"] <= narrow["rank_low"]) & (wide["rank_high"] >= narrow["rank_high"])).all()


def test_thresholds_move_the_words_and_nothing_else() -> None:
    picture = half_asked()
    strict = Thresholds(sure=1.0, likely=0.99, likely_uneven=0.99)
    usual, careful = rank_people(picture), rank_people(picture, thresholds=strict)
    assert careful.about["certainty"]["n_likely"] + careful.about["certainty"]["n_sure"] <= (
        usual.about["certainty"]["n_likely"] + usual.about["certainty"]["n_sure"]
    )
    assert careful.about["certainty"]["thresholds"]["likely"] == 0.99
    pd.testing.assert_series_equal(usual.rows["p_top"], careful.rows["p_top"])


def test_a_list_says_how_many_are_sure_and_how_many_names_may_be_wrong() -> None:
    ranking = rank_people(half_asked())
    certainty = ranking.about["certainty"]
    counts = ranking.rows["certainty"].value_counts()
    assert [certainty[f"n_{word}"] for word in WORDS] == [int(counts.get(word, 0)) for word in WORDS]
    assert certainty["wrong_names"] == pytest.approx(5 - ranking.rows["p_top"].head(5).sum())
    assert (certainty["n_draws"], certainty["seed"], certainty["level"]) == (200, 0, 0.9)
    assert "top 5" in certainty["words"]["sure"]


def test_a_silent_unit_is_named_and_nobody_of_it_is_ruled_out() -> None:
    people = [{"department": "Dock" if i < 10 else "Packing"} for i in range(40)]
    ranking = rank_people(workplace(people, namings={i: [i + 1, 39] for i in range(12, 32)}))
    assert ranking.about["certainty"]["silent"] == [{"kind": "department", "unit": "Dock"}]
    dock = ranking.rows[ranking.rows["department"] == "Dock"]
    assert (dock["certainty"] != "not_listed").all()
    assert ranking.about["coverage"]["units"][0] == {
        "kind": "department",
        "unit": "Dock",
        "n_people": 10,
        "n_asked": 0,
        "n_talked_to": 0,
        "voices": "silent",
    }
    assert "Asked in Dock 0 of 10: about Dock we cannot tell." in leaders_in_words(ranking)


def test_a_unit_hardly_asked_is_thin() -> None:
    people = [{"department": "Dock" if i < 30 else "Packing"} for i in range(60)]
    asked = rank_people(workplace(people, namings={i: [59] for i in [*range(2), *range(30, 50)]})).about["coverage"]
    assert [(unit["unit"], unit["voices"]) for unit in asked["units"]] == [("Dock", "thin"), ("Packing", "enough")]
    assert (asked["n_thin_units"], asked["n_silent_units"]) == (1, 0)


def test_a_list_says_through_whose_talks_it_sees() -> None:
    picture = half_asked()
    picture.namings["organizer"] = ["Org B"] * 10 + ["Org A"] * (len(picture.namings) - 10)
    eyes = rank_people(picture).about["coverage"]["eyes"]
    n = len(picture.namings)
    assert eyes == {
        "n_namings": n,
        "n_organizers": 2,
        "largest_organizer": "Org A",
        "largest_n": n - 10,
        "largest_share": (n - 10) / n,
    }
    assert any("come from talks with Org A" in line for line in leaders_in_words(rank_people(picture)))


WRONG: dict[str, tuple[Workplace, str]] = {
    "nobody": (workplace(0), "There is nobody to rank yet"),
    "nobody asked": (workplace(40), "Nobody was asked yet"),
    "nobody named": (workplace(40, namings={i: [] for i in range(20)}), "Nobody was named yet"),
    "one respondent": (workplace(40, namings={5: [0, 1, 2]}), "Of nobody is it sure, or even likely"),
    "three people": (
        workplace(3, namings={0: [1], 1: [2]}),
        "With 3 people everybody is in the top 3: there is nothing to settle.",
    ),
    "all name one": (workplace(40, namings={i: [0] for i in range(1, 30)}), "1 sure"),
}


@pytest.mark.parametrize("what", WRONG)
def test_too_little_to_go_by_gives_a_sentence_and_no_confident_list(what: str) -> None:
    picture, sentence = WRONG[what]
    ranking = rank_people(picture)
    said = " ".join(leaders_in_words(ranking))
    assert sentence in said
    rest = ranking.rows.iloc[1:] if what == "all name one" else ranking.rows
    assert not rest["certainty"].isin(["sure", "likely"]).any()


def test_without_a_naming_any_place_is_possible() -> None:
    rows = rank_people(workplace(40, namings={0: []})).rows
    assert (rows["rank"] == 1).all()
    assert ((rows["rank_low"] == 1) & (rows["rank_high"] == 40)).all()


def test_words_say_the_place_from_to() -> None:
    ranking = rank_people(half_asked())
    first, last = (how_sure(ranking.rows.iloc[i].to_dict(), ranking.about) for i in (0, -1))
    assert first.startswith("Sure in the top 5, place 1")
    assert last.startswith(("Hardly in the top 5, place ", "Cannot tell yet, place "))
    told = rank_people(facts(), "told")
    assert how_sure(told.rows.iloc[0].to_dict(), told.about).endswith(", depending on the people who said so")
    counted = rank_people(half_asked(), measure="in_degree")
    assert how_sure(counted.rows.iloc[0].to_dict(), counted.about) == ""


@pytest.mark.parametrize("layer", LAYERS[1:])
@pytest.mark.parametrize("seed", range(3))
def test_what_sources_give_adds_up_to_the_strength(layer: str, seed: int) -> None:
    picture = facts(seed)
    heard = select_voices(picture)
    heard[::7] = False
    sayings = find_sayings(picture, layer, heard)
    total = np.bincount(sayings.person, sayings.strength, len(heard))
    np.testing.assert_allclose(total[heard], strength(project_ties(picture, layer).subset(heard)), atol=1e-9)
    assert not total[~heard].any()


@pytest.mark.parametrize("layer", LAYERS[1:])
def test_other_layers_say_how_much_they_depend_on_who_told_us_and_no_word(layer: str) -> None:
    ranking = rank_people(facts(), layer)
    rows, sources = ranking.rows, ranking.about["sources"]
    assert sources["what"] == SOURCES[layer]
    assert ((rows["rank_low"] <= rows["rank"]) & (rows["rank"] <= rows["rank_high"])).all()
    assert rows["certainty"].isna().all()
    assert "No word of certainty" in ranking.about["certainty"]["reason"]
    assert rows["n_sources"].max() <= sources["n_sources"]


def test_a_tie_that_several_people_told_is_divided_between_them() -> None:
    def told(said_by: tuple[str, ...]) -> Workplace:
        rows: list[dict[str, Any]] = [{"person": 0, "other": 1, "said_by": who} for who in said_by]
        rows += [{"person": i, "other": i + 1, "said_by": f"Org {i}"} for i in range(2, 12, 2)]
        return workplace(14, connections=rows)

    one, three = (rank_people(told(who), "told").rows.set_index("person_id") for who in (("A",), ("A", "B", "C")))
    assert one["score"]["P0000"] == three["score"]["P0000"] == 1
    assert (one["n_sources"]["P0000"], three["n_sources"]["P0000"]) == (1, 3)
    assert three["share_of_largest"]["P0000"] == pytest.approx(1 / 3)


def test_namings_from_outside_a_viewers_units_count_but_move_no_place() -> None:
    inside = [{"department": f"D{i % 3}"} for i in range(30)]
    namings = random_namings(np.random.default_rng(8), 30, 15)
    alone = rank_people(workplace(inside, namings=namings)).rows.set_index("person_id")
    picture = workplace([*inside, *({"kind": "outside"} for _ in range(4))], namings=namings | {30: [29], 31: [29]})
    masked = replace(picture, asked=picture.asked[picture.asked["person"] < 30])
    seen = rank_people(masked).rows.set_index("person_id")
    assert seen["named_by"]["P0029"] == alone["named_by"]["P0029"] + 2
    assert seen["named_by_outside"]["P0029"] == 2
    pd.testing.assert_frame_equal(seen[COLUMNS], alone[COLUMNS])


@pytest.mark.parametrize("level", [0.0, 1.0, -1.0])
def test_a_level_out_of_range_is_refused(level: float) -> None:
    with pytest.raises(UsageError, match="level between 0 and 1"):
        rank_people(half_asked(), level=level)
