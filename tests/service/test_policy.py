"""Who sees what: whatever the question, no value outside the scope of a viewer leaves; and nobody gets round her."""

import ast
import inspect
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shopfloor import OpenStore, create_store, find_groups, open_store, rank_people, to_networkx
from shopfloor.analysis import LAYERS, find_holes
from shopfloor.analysis.next_talks import AIMS
from shopfloor.errors import NotFoundError, RefusedError, ShopfloorError
from shopfloor.graph.batches import BatchDraft
from shopfloor.graph.contract import Erasure, Result
from shopfloor.records import KINDS
from shopfloor.service import editing, keeping
from shopfloor.service.answers import find_next_talks, find_person, find_ties
from shopfloor.service.audit import Deed
from shopfloor.service.copying import Papers
from shopfloor.service.counts import COUNTED
from shopfloor.service.exporting import export_store
from shopfloor.service.layering import find_backbone, find_layers, layers_of
from shopfloor.service.marks import Copy
from shopfloor.service.masking import OUTSIDE
from shopfloor.service.opening import Register
from shopfloor.service.policy import ROLES, Right
from shopfloor.service.viewer import Viewer
from tests.service.team import UNITS, Campaign, draw_campaign, leaks, load

PASSPHRASE = "four random test words"
SERVICE = Path(__file__).parents[2] / "shopfloor" / "service"
ORGANIZER = Viewer("Olga", frozenset({"organizer"}), ("Paint",))
LEAD = Viewer("Lea", frozenset({"lead"}))
RESEARCHER = Viewer("Ria", frozenset({"researcher"}))
ADMIN = Viewer("Ada", frozenset({"admin"}))
NOBODY = Viewer("Nils")


@pytest.fixture(scope="module")
def campaign() -> Campaign:
    return draw_campaign(1)


@pytest.fixture(scope="module")
def place(campaign: Campaign, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("team") / "team.store"
    with create_store(path, passphrase=PASSPHRASE) as store:
        load(store, campaign)
    return path


@pytest.fixture
def owner(place: Path) -> Iterator[OpenStore]:
    with open_store(place, passphrase=PASSPHRASE) as store:
        yield store


def answers(store: OpenStore) -> Iterator[tuple[str, object]]:
    """Yield everything that can be asked of a store, by name."""
    yield "snapshot", dict(store.snapshot().tables)
    yield "picture", store.picture()
    yield "directory", store.picture().directory.names
    yield "workplace", store.workplace()
    yield "holes", find_holes(store.workplace())
    for layer in LAYERS:
        for ask in (rank_people, find_groups, find_ties):
            yield f"{ask.__name__} {layer}", _or_refusal(lambda ask=ask, layer=layer: ask(store, layer))
    for aim in AIMS:
        yield f"next {aim}", find_next_talks(store, aim=aim, n=0)
    yield "layers", find_layers(store)
    yield "backbone", find_backbone(store)
    yield "graph", to_networkx(store)
    for name in COUNTED:
        yield f"counts by {name}", _or_refusal(lambda name=name: store.count_people([name]))
    yield "mentions", editing.list_mentions(store)
    yield "judgements", editing.judgements(store)
    yield "batches", editing.batch_states(store)
    yield "described", keeping.describe_store(store)
    people = store.workplace().people
    for key in people["person_id"][people["kind"] != "outside"][::5]:
        yield "person", (found := find_person(store, key))
        yield "person in layers", layers_of(store, found[0])


def _or_refusal(ask: Callable[[], object]) -> object:
    try:
        return ask()
    except RefusedError as error:
        return str(error)


@pytest.mark.parametrize("units", [("Paint",), ("Paint", "department:Press"), ("Nowhere",), ()])
def test_an_organizer_gets_no_value_from_outside_her_units(
    owner: OpenStore, campaign: Campaign, units: tuple[str, ...]
) -> None:
    viewer = Viewer("Olga", frozenset({"organizer"}), units)
    words = campaign.words_outside(*(unit.rpartition(":")[2] for unit in units))
    seen = owner.seen_by(viewer)
    for name, answer in answers(seen):
        assert leaks(answer, words) == [], name


def test_an_organizer_sees_her_units_whole(owner: OpenStore, campaign: Campaign) -> None:
    mine, whole = owner.seen_by(ORGANIZER).snapshot(), owner.snapshot()
    hers = [person for person, unit in campaign.unit_of.items() if unit == "Paint"]
    for kind, column in (("contact", "key"), ("contact_details", "person_id"), ("placement", "person_id")):
        rows = {row["key"]: row for row in whole.tables[kind].to_pylist() if row[column] in hers}
        assert {row["key"]: row for row in mine.tables[kind].to_pylist() if row[column] in hers} == rows
    talks = [row for row in whole.tables["conversation"].to_pylist() if row["person_id"] in hers]
    seen = {row["key"]: row for row in mine.tables["conversation"].to_pylist()}
    for talk in talks:
        for field in ("held_on", "assessment", "notes", "issues", "channel"):
            assert seen[talk["key"]][field] == talk[field]


def test_ties_that_leave_the_scope_are_counted_and_nameless(owner: OpenStore, campaign: Campaign) -> None:
    whole, mine = owner.workplace(), owner.seen_by(ORGANIZER).workplace()
    by_id = {key: i for i, key in enumerate(whole.people["person_id"])}
    mine_by_id = {key: i for i, key in enumerate(mine.people["person_id"])}
    for person, unit in campaign.unit_of.items():
        if unit == "Paint":
            assert (mine.namings["named"] == mine_by_id[person]).sum() == (
                whole.namings["named"] == by_id[person]
            ).sum()
            assert (mine.namings["namer"] == mine_by_id[person]).sum() == (
                whole.namings["namer"] == by_id[person]
            ).sum()
    met = mine.people[mine.people["kind"] == "outside"]
    assert len(met)
    assert set(met["name"]) == {OUTSIDE}
    assert met[["department", "shift", "crew", "job_class", "language"]].isna().all().all()


def test_namings_from_outside_count_on_the_lists_of_a_scope(owner: OpenStore) -> None:
    whole = rank_people(owner).rows.set_index("person_id")["named_by"]
    mine = rank_people(owner.seen_by(ORGANIZER))
    assert len(mine.rows) == sum(unit == "Paint" for unit in draw_campaign(1).unit_of.values())
    assert (mine.rows.set_index("person_id")["named_by"] == whole.loc[mine.rows["person_id"]]).all()
    assert mine.about["coverage"]["n_people"] == len(mine.rows)
    found, _ = find_person(owner.seen_by(ORGANIZER), mine.rows["person_id"][0])
    assert found.named_by["n"] == whole[mine.rows["person_id"][0]]
    assert OUTSIDE in {one["name"] for one in found.named_by["people"]}


def test_two_organizers_cannot_compare_whom_they_do_not_see(owner: OpenStore) -> None:
    one, other = (
        owner.seen_by(Viewer(name, frozenset({"organizer"}), ("Paint",))).workplace().people["person_id"]
        for name in ("Olga", "Otto")
    )
    met = [{key for key in people if key.startswith("outside-")} for people in (one, other)]
    assert met[0]
    assert met[0] & met[1] == set()


@pytest.mark.parametrize("viewer", [RESEARCHER, ADMIN, NOBODY], ids=lambda viewer: viewer.role)
def test_who_sees_no_people_gets_no_value_of_them(owner: OpenStore, campaign: Campaign, viewer: Viewer) -> None:
    seen = owner.seen_by(viewer)
    if Right.SEE not in viewer.rights:
        with pytest.raises(RefusedError):
            seen.snapshot()
        return
    for name, answer in answers(seen):
        assert leaks(answer, campaign.words_outside()) == [], name


def test_a_lead_sees_what_the_owner_sees(owner: OpenStore) -> None:
    assert all(owner.seen_by(LEAD).snapshot().tables[kind].equals(owner.snapshot().tables[kind]) for kind in KINDS)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10**6), n_units=st.integers(0, 3), n_people=st.integers(3, 30))
def test_whatever_the_campaign_nothing_leaves_the_scope(
    template: Path, tmp_path_factory: pytest.TempPathFactory, seed: int, n_units: int, n_people: int
) -> None:
    campaign, units = draw_campaign(seed, n_people), UNITS[:n_units]
    path = tmp_path_factory.mktemp("drawn") / "drawn.store"
    path.write_bytes(template.read_bytes())
    with open_store(path, passphrase=PASSPHRASE) as store:
        load(store, campaign)
        seen = store.seen_by(Viewer("Olga", frozenset({"organizer"}), units))
        words = campaign.words_outside(*units)
        assert leaks([seen.snapshot().tables, seen.picture(), to_networkx(seen)], words) == []


def test_an_export_of_a_scope_holds_the_scope_only(owner: OpenStore, campaign: Campaign, tmp_path: Path) -> None:
    words = campaign.words_outside("Paint")
    seen = owner.seen_by(ORGANIZER)
    for name in ("graph.graphml", "graph.gexf", "files"):
        written = export_store(seen, str(tmp_path / name), extra=["all"])
        assert written
        assert leaks([path.read_text(encoding="utf-8") for path in written], words) == []
    with pytest.raises(RefusedError):
        export_store(seen, str(tmp_path / "all.json"))


def test_other_peoples_ids_are_as_if_they_were_not_there(owner: OpenStore, campaign: Campaign) -> None:
    seen = owner.seen_by(ORGANIZER)
    for person in (*campaign.outside("Paint"), "no-such-id"):
        with pytest.raises(NotFoundError):
            find_person(seen, person)
        for kind in KINDS:
            assert seen.records(kind, [person, f"talk-{person}"]).num_rows == 0


def test_an_organizer_changes_her_people_and_nobody_else(place: Path, campaign: Campaign, tmp_path: Path) -> None:
    copied = tmp_path / "copy.store"
    copied.write_bytes(place.read_bytes())
    hers = next(person for person, unit in campaign.unit_of.items() if unit == "Paint")
    other = campaign.outside("Paint")[0]
    with open_store(copied, passphrase=PASSPHRASE) as owner:
        seen, before = owner.seen_by(ORGANIZER), owner.revision()
        editing.edit_record(seen, f"person:{hers}", {"phone": "555-0199"})
        editing.edit_record(seen, "person:new1", {"name": "Neu Hier", "department": "Paint"})
        assert owner.revision() == before + 2
        assert seen.batches()[-1].made_by == "Olga"
        refused = [
            (f"person:{other}", {"phone": "555-0198"}),
            (f"person:{hers}", {"department": "Press"}),
            ("person:new2", {"name": "Neu Dort", "department": "Press"}),
            ("person:new3", {"name": "Neu Irgendwo"}),
            (f"conversation:talk-{other}", {"notes": "x"}),
            ("conversation:mine", {"person_id": other, "held_on": "2026-05-01", "organizer": "Olga"}),
            (f"conversation:talk-{other}", {"person_id": hers, "held_on": "2026-05-01", "organizer": "Olga"}),
        ]
        for record, values in refused:
            with pytest.raises(ShopfloorError):
                editing.edit_record(seen, record, values)
        with pytest.raises(ShopfloorError):
            editing.judge(seen, "same", hers, other)
        with pytest.raises(RefusedError):
            editing.undo_batch(seen, 1)
        assert owner.revision() == before + 2
        editing.undo_batch(seen, seen.batches()[-1].batch_id)
        assert owner.revision() == before + 3


DRAFT = {"made_by": "x", "opened_at": __import__("datetime").datetime(2026, 5, 3, tzinfo=__import__("datetime").UTC)}
CALLS: dict[str, Callable[[OpenStore], object]] = {
    "batches": lambda store: store.batches(),
    "snapshot": lambda store: store.snapshot(),
    "records": lambda store: store.records("contact", ["1"]),
    "picture": lambda store: store.picture(),
    "versions": lambda store: store.versions("contact"),
    "same_since": lambda store: store.same_since(),
    "contact_keys": lambda store: store.contact_keys(),
    "counts": lambda store: store.counts(),
    "writing": lambda store: store.writing(BatchDraft(origin="edit", **DRAFT)).__enter__(),  # type: ignore[arg-type]
    "undo": lambda store: store.undo(1),
    "write_result": lambda store: store.write_result(Result("leaders", "{}", pa.table({"key": []}))),
    "results": lambda store: store.results(),
    "erase": lambda store: store.erase(Erasure(-1, {})),
    "accepted_groups": lambda store: store.accepted_groups(),
    "keep_groups": lambda store: store.keep_groups("all/listens_to/1/", None),
    "count_particulars": lambda store: store.count_particulars(["1"], []),
    "register": lambda store: store.register(Register.RECEIPTS),
    "enter": lambda store: store.enter(Register.RETENTION, "never", None),
    "exports": lambda store: store.exports(),
    "change_passphrase": lambda store: store.change_passphrase("never used, never used"),
    "check": lambda store: store.check(),
    "backup": lambda store: store.backup("never.store"),
    "end_take_over": lambda store: store.end_take_over(1),
    "keys": lambda store: store.keys(),
    "rotate_key": lambda store: store.rotate_key(),
    "remove_key": lambda store: store.remove_key("none"),
    "find_contacts": lambda store: store.find_contacts(phone="555-0101"),
    "count_people": lambda store: store.count_people(["unit"]),
    "set_small_group": lambda store: store.set_small_group(5),
    "smallest_group": lambda store: store.smallest_group(),
    "register_copy": lambda store: store.register_copy(Copy(0, "x", "x", "2026-05-03", "everything")),
    "copies": lambda store: store.copies(),
    "papers": lambda store: store.papers(),
    "take_over_papers": lambda store: store.take_over_papers(Papers({}, ()), "never.store"),
    "take_over": lambda store: store.take_over(store.batches()[0], []),
}
WITHOUT_DATA = {"close", "location", "capabilities", "revision", "seen_by", "require", "note", "workplace"}
WITHOUT_DATA |= {"keep_posted"}
"""Ways that give no record: `workplace` is the picture's, and is tried with it."""


def test_every_way_to_the_data_asks_for_a_right(owner: OpenStore) -> None:
    ways = {name for name, _ in inspect.getmembers(OpenStore) if not name.startswith("_")}
    assert ways - WITHOUT_DATA == CALLS.keys(), "a new way needs a right, and a call in this test"
    seen = owner.seen_by(NOBODY)
    for name, call in CALLS.items():
        assert getattr(OpenStore, name).rights, name
        with pytest.raises(RefusedError):
            call(seen)
    with pytest.raises(RefusedError):
        seen.workplace()


@pytest.mark.parametrize("role", ROLES)
def test_a_role_may_do_what_the_policy_says_and_no_more(owner: OpenStore, role: str) -> None:
    seen = owner.seen_by(Viewer("x", frozenset({role}), ("Paint",)))
    for name, call in CALLS.items():
        wanted = set(getattr(OpenStore, name).rights)
        if not wanted & ROLES[role]:
            with pytest.raises(RefusedError):
                call(seen)


def test_only_the_policys_own_modules_hold_a_whole_store() -> None:
    holders = {"opening", "whole", "scoped_writing", "door"}
    for path in SERVICE.parent.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        imported = {a.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for a in node.names}
        is_holder = path.parent == SERVICE and path.stem in holders
        assert is_holder or not names & {"home", "_OpenStore__whole", "__whole"}, path
        assert is_holder or "Whole" not in imported, path
        if path.is_relative_to(SERVICE) and not is_holder:
            assert not imported & {"Store", "EmbeddedStore", "Neo4jStore"} - {"EmbeddedStore"}, path


def test_nobody_sees_more_through_anothers_eyes(owner: OpenStore) -> None:
    for viewer in (ORGANIZER, LEAD, RESEARCHER, ADMIN, NOBODY):
        with pytest.raises(RefusedError):
            owner.seen_by(viewer).seen_by(Viewer.owner())


def test_what_is_refused_is_noted(owner: OpenStore) -> None:
    from shopfloor.service.audit import AuditTrail  # noqa: PLC0415

    whole = owner._OpenStore__whole  # type: ignore[attr-defined]
    assert isinstance(whole.audit, AuditTrail)
    with pytest.raises(RefusedError):
        owner.seen_by(ADMIN).erase(Erasure(-1, {}))
    newest = whole.audit.entries()[0]
    assert (newest.by, newest.deed, newest.particulars) == ("Ada", Deed.REFUSED, {"right": Right.ERASE.value})
    assert whole.audit.verify().faults == ()


def test_a_picture_of_a_scope_stays_until_something_of_the_scope_changes(
    template: Path, tmp_path: Path, campaign: Campaign
) -> None:
    path = tmp_path / "own.store"
    path.write_bytes(template.read_bytes())
    with open_store(path, passphrase=PASSPHRASE) as store:
        load(store, campaign)
        mine, fresh = (store.seen_by(Viewer("Olga", frozenset({"organizer"}), ("Paint",))) for _ in range(2))
        first, since = mine.picture(), mine.same_since()
        far = next(person for person, unit in campaign.unit_of.items() if unit == "Press")
        near = next(person for person, unit in campaign.unit_of.items() if unit == "Paint")
        editing.edit_record(store, f"assessment:far-{far}", {**STANDS, "person_id": far})
        assert mine.revision() == since + 1
        assert (mine.same_since(), mine.picture() is first) == (since, True)
        editing.edit_record(store, f"assessment:near-{near}", {**STANDS, "person_id": near})
        assert mine.same_since() == mine.revision()
        assert len(mine.picture().workplace.assessments) == len(first.workplace.assessments) + 1
        assert all(mine.snapshot().tables[kind].equals(fresh.snapshot().tables[kind]) for kind in KINDS)


STANDS = {"assessment": "1", "assessed_on": "2026-04-02", "assessed_by": "Org One"}
