"""Exports for research: nobody is named, pseudonyms are of one recipient, and what stays identifying is said."""

from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shopfloor import OpenStore, create_store, open_store
from shopfloor.errors import InputError, PassphraseError, RefusedError, UsageError
from shopfloor.service.agreed import Sheet
from shopfloor.service.identifying import standings
from shopfloor.service.marks import PSEUDONYM, find_copies
from shopfloor.service.pseudonyms import REPORT, Key, key_for, prepare_research, pseudonym
from shopfloor.service.sheets import read_sheets
from shopfloor.service.viewer import Viewer
from tests.service.shop import Shop
from tests.service.team import UNITS, Campaign, draw_campaign, leaks, load

PASSPHRASE = "four random test words"
KEY_WORDS = "words of the key"
ORGANIZER = Viewer("Olga", frozenset({"organizer"}), ("Paint",))
ADMIN = Viewer("Ada", frozenset({"admin"}))


@pytest.fixture(scope="module")
def campaign() -> Campaign:
    return draw_campaign(11, 40)


@pytest.fixture(scope="module")
def place(campaign: Campaign, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("research") / "team.store"
    with create_store(path, passphrase=PASSPHRASE) as store:
        load(store, campaign)
    return path


@pytest.fixture
def store(place: Path, tmp_path: Path) -> Iterator[OpenStore]:
    copied = tmp_path / "team.store"
    copied.write_bytes(place.read_bytes())
    with open_store(copied, passphrase=PASSPHRASE) as opened:
        yield opened


def written(store: OpenStore, folder: Path, recipient: str = "Uni", key: Key | None = None, **choices: str) -> str:
    """Export with assessments and return all text of it."""
    prepared, _ = prepare_research(store, folder, recipient, key=key, has_assessments=True, **choices)
    return "\n".join(path.read_text(encoding="utf-8") for path in prepared.write())


@pytest.mark.parametrize("units", ["relabel", "keep"])
@pytest.mark.parametrize("dates", ["week", "month"])
def test_no_word_of_anybody_is_in_an_export_for_research(
    store: OpenStore, campaign: Campaign, tmp_path: Path, units: str, dates: str
) -> None:
    text = written(store, tmp_path / "out", units=units, dates=dates)
    assert leaks(text, campaign.words_outside()) == []
    assert ("Paint" in text) == (units == "keep")
    day = pd.read_csv(tmp_path / "out" / "namings.csv")["held"].dropna()
    assert day.str.fullmatch(r"\d{4}-W\d\d" if dates == "week" else r"\d{4}-\d\d").all()


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10**6), n_people=st.integers(3, 25), units=st.sampled_from(["relabel", "keep"]))
def test_whatever_the_campaign_nobody_is_named(
    template: Path, tmp_path_factory: pytest.TempPathFactory, seed: int, n_people: int, units: str
) -> None:
    campaign, folder = draw_campaign(seed, n_people), tmp_path_factory.mktemp("drawn")
    (folder / "drawn.store").write_bytes(template.read_bytes())
    with open_store(folder / "drawn.store", passphrase=PASSPHRASE) as store:
        load(store, campaign)
        assert leaks(written(store, folder / "whole", units=units), campaign.words_outside()) == []
        seen = store.seen_by(Viewer("Olga", frozenset({"organizer"}), UNITS[:1]))
        assert leaks(written(seen, folder / "part", units=units), campaign.words_outside()) == []


def test_the_network_is_the_same_under_pseudonyms(store: OpenStore, tmp_path: Path) -> None:
    key = key_for("Uni", tmp_path / "k.json", KEY_WORDS)
    written(store, tmp_path / "out", key=key)
    workplace = store.workplace()
    names = [pseudonym(key.secret, person_id) for person_id in workplace.people["person_id"]]
    told = {(names[a], names[b]) for a, b in workplace.namings[["namer", "named"]].to_numpy()}
    namings = pd.read_csv(tmp_path / "out" / "namings.csv")
    assert set(zip(namings["person"], namings["named"], strict=True)) == told
    people = pd.read_csv(tmp_path / "out" / "people.csv")
    assert set(people["person"]) == set(names)
    assert list(people["person"]) == sorted(people["person"])
    assert people["person"].map(PSEUDONYM.fullmatch).notna().all()


def test_two_recipients_have_no_pseudonym_in_common(store: OpenStore, tmp_path: Path) -> None:
    for name in ("Uni", "Lab"):
        written(store, tmp_path / name, name)
    one, other = (set(pd.read_csv(tmp_path / name / "people.csv")["person"]) for name in ("Uni", "Lab"))
    assert len(one) == len(other) == 40
    assert one & other == set()


def test_a_kept_key_gives_the_same_pseudonyms_again_and_a_destroyed_one_does_not(
    store: OpenStore, tmp_path: Path
) -> None:
    file = tmp_path / "k.json"
    for folder in ("a", "b"):
        written(store, tmp_path / folder, key=key_for("Uni", file, KEY_WORDS))
    for folder in ("c", "d"):
        written(store, tmp_path / folder)
    a, b, c, d = (set(pd.read_csv(tmp_path / folder / "people.csv")["person"]) for folder in "abcd")
    assert a == b
    assert not a & c
    assert not c & d


def test_a_key_file_opens_with_its_passphrase_for_its_recipient_alone(store: OpenStore, tmp_path: Path) -> None:
    file = tmp_path / "k.json"
    key = key_for("Uni", file, KEY_WORDS)
    assert not file.exists()
    written(store, tmp_path / "out", key=key)
    assert key_for("Uni", file, KEY_WORDS).secret == key.secret
    assert key.secret.hex() not in file.read_bytes().hex()
    assert file.stat().st_mode & 0o077 == 0
    with pytest.raises(PassphraseError):
        key_for("Uni", file, "other words")
    with pytest.raises(UsageError, match="another recipient"):
        key_for("Lab", file, KEY_WORDS)
    file.write_text("{}", encoding="utf-8")
    with pytest.raises(InputError):
        key_for("Uni", file, KEY_WORDS)


def test_a_single_row_tells_whose_copy_it_is_sorted_and_renamed(store: OpenStore, tmp_path: Path) -> None:
    for name in ("Uni", "Lab"):
        written(store, tmp_path / name, name)
    rows = pd.read_csv(tmp_path / "Lab" / "people.csv").iloc[[7], :1].rename(columns={"person": "who"})
    rows.to_csv(tmp_path / "row.csv", index=False)
    found = find_copies(read_sheets(tmp_path / "row.csv"), store.copies())
    assert [(one.copy.made_for, one.how) for one in found] == [("Lab", "pseudonyms")]


def test_the_register_holds_no_pseudonym(store: OpenStore, tmp_path: Path) -> None:
    written(store, tmp_path / "out")
    people = pd.read_csv(tmp_path / "out" / "people.csv")["person"].tolist()
    kept = b"".join(copy.to_bytes() for copy in store.copies()).decode()
    assert leaks(kept, people) == []


def test_small_units_are_alike_and_large_ones_keep_their_names(shop: Shop) -> None:
    rows = [f"{n},Ana A{n},{'Dock' if n < 3 else 'Yard'},{'Dye' if n == 9 else 'Pack'}" for n in range(10)]
    shop.load(people="person_id,name,department,job_class\n" + "\n".join(rows) + "\n")
    with shop.open() as held:
        written(held, shop.folder / "kept", units="keep")
        written(held, shop.folder / "numbered")
    kept, numbered = (pd.read_csv(shop.folder / name / "people.csv") for name in ("kept", "numbered"))
    assert set(kept["department"]) == {"small department", "Yard"}
    assert set(kept["job_class"]) == {"small job_class", "Pack"}
    assert set(numbered["department"]) == {"small department", "department 1"}


def test_what_stays_identifying_is_counted() -> None:
    ties = [("a", "b"), ("a", "c"), ("a", "d"), ("b", "c")]
    people = [{"person": one, "department": unit} for one, unit in zip("abcde", "XXXYY", strict=True)]
    told = [{"person": one, "other": other} for one, other in ties]
    found = {one.known: one for one in standings([Sheet("people", (), people), Sheet("connections", (), told)])}
    degree = found["with how many she has ties"]  # a 3, b 2, c 2, d 1, e 0
    assert (degree.n_people, degree.n_unique, degree.n_few, degree.smallest) == (5, 3, 5, 1)
    assert found["her department"].smallest == 2
    around = found["with how many she and each of those have ties"]
    assert around.n_unique == 3  # b and c are alike in everything
    assert "3 of 5 people are the only one" in degree.in_words


def test_the_report_lies_beside_the_data_and_says_what_became_of_the_key(store: OpenStore, tmp_path: Path) -> None:
    written(store, tmp_path / "a")
    text = (tmp_path / "a" / REPORT).read_text(encoding="utf-8")
    assert "their key is destroyed" in text
    assert "of 40 people are the only one" in text


def test_assessments_are_left_out_unless_asked_for(store: OpenStore, tmp_path: Path) -> None:
    prepared, _ = prepare_research(store, tmp_path / "out", "Uni", key=None)
    names = {path.stem for path in prepared.write()}
    assert names == {"people", "namings", "connections", "assignments", "what-stays-identifying"}


def test_who_sees_nobody_exports_nobody(store: OpenStore, tmp_path: Path) -> None:
    with pytest.raises(RefusedError):
        prepare_research(store.seen_by(ADMIN), tmp_path / "out", "Uni", key=None)
    with pytest.raises(UsageError, match="nobody"):
        prepare_research(store.seen_by(Viewer("Ria", frozenset({"researcher"}))), tmp_path / "out", "Uni", key=None)
    mine, _ = prepare_research(store.seen_by(ORGANIZER), tmp_path / "mine", "Uni", key=None)
    mine.write()
    people = pd.read_csv(tmp_path / "mine" / "people.csv")
    assert (people["kind"] == "worker").sum() == 14


@pytest.mark.parametrize(
    "words",
    [
        ("--pseudonyms", "Uni"),
        ("--pseudonyms", "Uni", "--destroy-key", "--keep-key", "k.json"),
        ("--destroy-key",),
        ("--pseudonyms", "Uni", "--destroy-key", "--with", "notes"),
        ("--pseudonyms", "Uni", "--destroy-key", "--fields", "name"),
        ("--pseudonyms", " ", "--destroy-key"),
    ],
)
def test_choices_that_do_not_fit_are_misuse(full_shop: Shop, words: tuple[str, ...]) -> None:
    ran = full_shop.run("export", full_shop.store, full_shop.folder / "out", *words)
    assert (ran.code, ran.out) == (2, "")
    assert not (full_shop.folder / "out").exists()


def test_the_command_keeps_or_destroys_the_key_and_says_so(full_shop: Shop) -> None:
    key, env = full_shop.folder / "k.json", {"SHOPFLOOR_KEY_PASSPHRASE": KEY_WORDS}
    words = ("--pseudonyms", "Uni", "--keep-key", key)
    ran = full_shop.run("export", full_shop.store, full_shop.folder / "a", *words, env=env)
    assert ran.code == 0, ran.err
    assert key.exists()
    assert "people are the only one" in ran.err
    assert full_shop.run("export", full_shop.store, full_shop.folder / "b", *words).code == 1
    said = full_shop.do("export", full_shop.folder / "c", "--pseudonyms", "Uni", "--destroy-key").err
    assert "destroyed" in said
    assert leaks(ran.err + said, ["Ana Ruiz", "555-01"]) == []
