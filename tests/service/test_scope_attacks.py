"""Somebody who sees some units tries to see, move or change what is outside them: by the service and beside it."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from shopfloor import OpenStore, open_store, rank_people
from shopfloor.errors import NotFoundError, RefusedError, ShopfloorError
from shopfloor.graph.batches import BatchDraft
from shopfloor.records import KINDS, natural_key
from shopfloor.service import editing
from shopfloor.service.audit import Deed
from shopfloor.service.exporting import export_store
from shopfloor.service.importing import ImportOptions, import_files
from shopfloor.service.viewer import Viewer
from tests.service.team import Campaign, draw_campaign, leaks, load

PASSPHRASE = "four random test words"
ORGANIZER = Viewer("Olga", frozenset({"organizer"}), ("Paint",))
NOW = datetime(2026, 5, 3, tzinfo=UTC)


@pytest.fixture(scope="module")
def campaign() -> Campaign:
    return draw_campaign(1)


@pytest.fixture
def owner(template: Path, tmp_path: Path, campaign: Campaign) -> Iterator[OpenStore]:
    path = tmp_path / "team.store"
    path.write_bytes(template.read_bytes())
    with open_store(path, passphrase=PASSPHRASE) as store:
        load(store, campaign)
        yield store


@pytest.fixture
def mine(campaign: Campaign) -> str:
    return next(person for person, unit in campaign.unit_of.items() if unit == "Paint")


@pytest.fixture
def victim(campaign: Campaign) -> str:
    return campaign.outside("Paint")[0]


def write(store: OpenStore, kind: str, origin: str = "edit", *, replaces: int | None = None, **values: Any) -> None:
    """Write one version beside the functions of the service."""
    schema = KINDS[kind].version_schema.remove(len(KINDS[kind].version_schema) - 1)
    draft = BatchDraft(origin=origin, made_by="x", opened_at=NOW, replaces=replaces)  # type: ignore[arg-type]
    with store.writing(draft) as batch:
        batch.append(kind, pa.Table.from_pylist([values], schema=schema))


def bring(store: OpenStore, list_date: date | None = None, **files: str) -> int:
    named = [(f"{name}.csv", BytesIO(text.encode())) for name, text in files.items()]
    report = import_files(store, named, ImportOptions(list_date=list_date))
    assert report.batch_id is not None
    return report.batch_id


def words_seen(owner: OpenStore, words: list[str], viewer: Viewer = ORGANIZER) -> list[str]:
    seen = owner.seen_by(viewer)
    return leaks([seen.snapshot().tables, seen.picture()], words)


def test_a_verdict_cannot_pull_somebody_in(owner: OpenStore, mine: str, victim: str) -> None:
    seen, before = owner.seen_by(ORGANIZER), owner.revision()
    for left, right in ((victim, mine), (mine, victim)):
        key = natural_key(["contact", left, right])
        with pytest.raises(RefusedError):
            write(seen, "judgement", "judgement", key=key, subject="contact", left=left, right=right, verdict="same")
    with pytest.raises(ShopfloorError):
        editing.judge(seen, "same", mine, next(k for k in seen.picture().identity.person_of if k.startswith("outside")))
    assert owner.revision() == before


def test_a_public_figure_is_not_made_hers_by_a_verdict(owner: OpenStore, mine: str) -> None:
    bring(owner, people="person_id,name,phone\npub1,Mayor Example,555-0190\n")
    editing.edit_record(owner, "person:pub1", {"kind": "public_figure"})
    assert words_seen(owner, ["Mayor Example"]) == ["Mayor Example"]
    with pytest.raises(RefusedError):
        editing.judge(owner.seen_by(ORGANIZER), "same", "pub1", mine)
    assert words_seen(owner, ["555-0190"]) == []


def test_two_roles_together_show_no_more_than_each(owner: OpenStore, campaign: Campaign, tmp_path: Path) -> None:
    both = Viewer("Ora", frozenset({"organizer", "researcher"}), ("Paint",))
    seen, words = owner.seen_by(both), campaign.words_outside("Paint")
    assert words_seen(owner, words, both) == []
    for kind in ("contact", "contact_details", "conversation", "assessment", "placement"):
        with pytest.raises(RefusedError):
            seen.versions(kind)
    with pytest.raises(RefusedError):
        export_store(seen, str(tmp_path / "all.json"))
    with pytest.raises(RefusedError):
        import_files(seen, [("people.csv", BytesIO(b"person_id,name\nnew7,Neu\n"))], ImportOptions(), is_dry_run=True)


def test_an_id_that_a_list_brings_later_is_not_claimed(owner: OpenStore, mine: str) -> None:
    seen = owner.seen_by(ORGANIZER)
    report = editing.edit_record(seen, "person:w900", {"name": "Neu Hier", "department": "Paint"})
    assert report.key == f"w900@{ORGANIZER.own_source}"
    with pytest.raises(RefusedError):
        write(seen, "contact", key="w901", name="Neu Dort")
    with pytest.raises(RefusedError):
        write(seen, "placement", key=natural_key(["w901", NOW.date()]), person_id="w901", department="Paint")
    with pytest.raises(RefusedError):
        editing.edit_record(seen, "conversation:t900", {"person_id": mine, "held_on": "2026-05-01", "organizer": "O"})
    with pytest.raises(RefusedError):
        write(seen, "assessment", key="=w900|2026-05-01|", person_id=mine, assessment=1, assessed_on=NOW.date())
    bring(
        owner,
        people="person_id,name,department,phone\nw900,Press Person,Press,555-0191\n",
        conversations="conversation_id,held_on,organizer,person_id,notes\nt900,2026-05-01,Org,w900,secret-note\n",
    )
    assert words_seen(owner, ["Press Person", "555-0191", "secret-note"]) == []


def test_replacing_is_undoing(owner: OpenStore, mine: str) -> None:
    seen = owner.seen_by(ORGANIZER)
    with pytest.raises(RefusedError):
        write(seen, "contact_details", replaces=1, key=mine, person_id=mine, phone="555-0192")
    researcher = owner.seen_by(Viewer("Ria", frozenset({"researcher"})))
    with pytest.raises(RefusedError):
        import_files(
            researcher,
            [("employers.csv", BytesIO(b"employer_id,name\nE1,Acme\n"))],
            ImportOptions(kind="employers", replaces=1),
        )
    assert len(owner.workplace().people) == 24


def test_typing_a_name_does_not_tell_who_named_hers(owner: OpenStore, campaign: Campaign, mine: str) -> None:
    seen = owner.seen_by(ORGANIZER)
    reaching = {key for key in seen.workplace().people["person_id"] if key.startswith("outside-")}
    names = [campaign.own_words[person][1] for person in campaign.outside("Paint")]
    typed = "; ".join([*names, "Niemand Bekannt"])
    values = {"person_id": mine, "held_on": "2026-05-02", "organizer": "Olga", "named": typed}
    editing.edit_record(seen, "conversation:", values)
    rows = [row for row in seen.snapshot().tables["conversation"].to_pylist() if row["organizer"] == "Olga"]
    assert rows[0]["named"] == f"listens_to = {typed}"
    after = {key for key in seen.workplace().people["person_id"] if key.startswith("outside-")}
    assert after <= reaching
    as_lead = owner.workplace()
    assert (as_lead.namings["held_on"].astype(str) == "2026-05-02").sum() == len(names)


def test_whom_others_wrote_down_is_another_one_in_every_record(owner: OpenStore) -> None:
    tables = owner.seen_by(ORGANIZER).snapshot().tables
    talks = tables["conversation"].to_pylist()
    outside = [row["person_id"] for row in talks if row["person_id"].startswith("outside-")]
    written = [word for row in talks if row["person_id"] not in outside for word in str(row["named"]).split()]
    named = [word.strip(";") for word in written if word.startswith("outside-")]
    assert named
    assert set(named) & set(outside) == set()
    assert len(named) == len(set(named))


def test_a_name_that_somebody_outside_shares_goes_to_nobody(owner: OpenStore, campaign: Campaign) -> None:
    mine = [person for person, unit in campaign.unit_of.items() if unit == "Paint"]
    name = campaign.own_words[mine[1]][1]
    bring(
        owner,
        people=f"person_id,name,department\ntwin1,{name},Press\n",
        conversations=f"conversation_id,held_on,organizer,person_id,named\ntw,2026-05-02,Org,{mine[0]},{name}\n",
    )
    for store in (owner, owner.seen_by(ORGANIZER)):
        named = store.workplace().namings
        assert (named["held_on"].astype(str) == "2026-05-02").sum() == 0


def test_a_crew_named_like_a_department_blinds_nobody(owner: OpenStore, mine: str) -> None:
    press = Viewer("Otto", frozenset({"organizer"}), ("Press",))
    before = len(owner.seen_by(press).snapshot(["contact_details"]).tables["contact_details"])
    editing.edit_record(owner.seen_by(ORGANIZER), f"person:{mine}", {"crew": "Press"})
    after = owner.seen_by(press).snapshot(["contact_details"]).tables["contact_details"]
    assert (before, len(after)) == (8, 8)


def test_an_answer_moves_no_reference_outside(owner: OpenStore, campaign: Campaign, mine: str, victim: str) -> None:
    bring(
        owner,
        conversations="conversation_id,held_on,organizer,person_id,named\n"
        f"sh1,2026-05-02,Org,{victim},Shorty\nsh2,2026-05-02,Org,{mine},Shorty; Longy\n",
    )
    seen = owner.seen_by(ORGANIZER)
    with pytest.raises(RefusedError):
        editing.answer_mention(seen, "Shorty", mine)
    for text in (victim, campaign.own_words[victim][1]):
        key = natural_key(["mention", text, None])
        with pytest.raises(RefusedError):
            write(seen, "judgement", "judgement", key=key, subject="mention", left=text, right=mine, verdict="same")
    assert editing.answer_mention(seen, "Longy", mine) > 0


def test_that_a_name_is_nobodys_is_for_who_sees_the_whole_list(owner: OpenStore, mine: str, victim: str) -> None:
    bring(
        owner,
        conversations="conversation_id,held_on,organizer,person_id,named\n"
        f"no1,2026-05-02,Org,{victim},Farther\nno2,2026-05-02,Org,{mine},Nearer; Longy\n",
    )
    seen = owner.seen_by(ORGANIZER)
    with pytest.raises(RefusedError):
        editing.answer_mention(seen, "Nearer", None)
    for text in ("Nearer", "Farther"):
        editing.answer_mention(owner, text, None)
    assert seen.snapshot(["judgement"]).tables["judgement"]["left"].to_pylist() == ["Nearer"]
    assert [one.key for one in editing.list_mentions(seen)[0]] == ["Longy"]
    with pytest.raises(RefusedError):
        write(
            seen, "judgement", "judgement", key=natural_key(["mention", "Nearer", None]), subject="mention",
            left="Nearer", right=mine, verdict="same",
        )  # fmt: skip


def test_a_name_said_to_be_nobodys_is_hidden_from_others_once_somebody_has_it(
    owner: OpenStore, mine: str, victim: str
) -> None:
    bring(owner, conversations=f"conversation_id,held_on,organizer,person_id,named\nno1,2026-05-02,Org,{mine},Lately\n")
    editing.answer_mention(owner, "Lately", None)
    seen = owner.seen_by(ORGANIZER)
    assert leaks([seen.snapshot(), seen.picture()], {"Lately"})
    editing.edit_record(owner, f"person:{victim}", {"name": "Lately"})
    assert leaks([seen.snapshot(), seen.picture()], {"Lately"}) == []


def test_counts_of_other_units_stay_as_they_are(owner: OpenStore) -> None:
    bring(owner, actions="action,held_on,step,unit,n_eligible,n_did\nVote,2026-05-02,1,Press,40,3\n")
    seen = owner.seen_by(ORGANIZER)
    for values in ({"n_did": "0"}, {"action": "Vote", "step": "1", "unit": "Press", "n_eligible": "40", "n_did": "0"}):
        with pytest.raises(ShopfloorError):
            editing.edit_record(seen, "tally:=Vote|1|Press", values)
    assert owner.snapshot(["tally"]).tables["tally"]["n_did"].to_pylist() == [3]


def test_a_scope_ends_on_the_day_it_ends(owner: OpenStore, mine: str) -> None:
    seen = owner.seen_by(ORGANIZER)
    assert mine in seen.snapshot(["contact_details"]).tables["contact_details"]["key"].to_pylist()
    moved = f"person_id,name,department\n{mine},Moved Away,Press\n"
    bring(owner, datetime.now(UTC).date(), people=moved)
    assert mine not in seen.snapshot(["contact_details"]).tables["contact_details"]["key"].to_pylist()
    with pytest.raises(NotFoundError):
        editing.answer_mention(seen, "nobody wrote this", mine)


def test_who_changed_units_takes_nothing_back_outside_them(owner: OpenStore, mine: str) -> None:
    report = editing.edit_record(owner.seen_by(ORGANIZER), f"person:{mine}", {"phone": "555-0193"})
    assert report.batch_id is not None
    elsewhere = Viewer("Olga", frozenset({"organizer"}), ("Press",))
    with pytest.raises(RefusedError):
        editing.undo_batch(owner.seen_by(elsewhere), report.batch_id)
    editing.undo_batch(owner.seen_by(ORGANIZER), report.batch_id)


def test_nobody_of_a_unit_is_made_public(owner: OpenStore, mine: str) -> None:
    with pytest.raises(RefusedError):
        editing.edit_record(owner.seen_by(ORGANIZER), f"person:{mine}", {"kind": "public_figure"})


def test_what_is_known_of_others_imports_is_little(owner: OpenStore) -> None:
    seen, researcher = owner.seen_by(ORGANIZER), owner.seen_by(Viewer("Ria", frozenset({"researcher"})))
    assert all(batch.counts == "{}" and "sha256" not in batch.files for batch in seen.batches())
    assert [(batch.files, batch.made_by) for batch in researcher.batches()] == [("[]", "")]


def test_a_batch_that_is_refused_is_noted_as_such(owner: OpenStore, victim: str) -> None:
    with pytest.raises(RefusedError):
        write(owner.seen_by(ORGANIZER), "contact_details", key=victim, person_id=victim, phone="555-0194")
    newest = owner._OpenStore__whole.audit.entries()[0]  # type: ignore[attr-defined]
    assert (newest.by, newest.deed) == ("Olga", Deed.REFUSED)


def test_looking_as_somebody_else_writes_under_ones_own_name(owner: OpenStore, mine: str) -> None:
    lead = owner.seen_by(Viewer("Lea", frozenset({"lead"})))
    editing.edit_record(lead.seen_by(Viewer("Ada", frozenset({"lead"}))), f"person:{mine}", {"phone": "555-0195"})
    assert owner.batches()[-1].made_by == "Lea"


def test_a_list_of_leaders_holds_nobody_without_a_name(owner: OpenStore) -> None:
    assert not rank_people(owner.seen_by(ORGANIZER)).rows["person_id"].str.startswith("outside-").any()
