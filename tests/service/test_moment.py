"""A page is of one moment, whatever others save while it is worked out."""

import threading
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest

from shopfloor import OpenStore, open_store
from shopfloor.analysis import are_outside
from shopfloor.dashboard.desk import Desk, Shelf
from shopfloor.service import editing
from shopfloor.service.erasing import plan_erasure
from shopfloor.service.moment import hold_still, let_move
from shopfloor.service.picture import Picture
from shopfloor.service.viewer import Viewer
from tests.service.shop import PASSPHRASE
from tests.service.team import draw_campaign

VIEWERS = [Viewer("Olga", frozenset({"organizer"}), ("Paint",)), Viewer("Lea", frozenset({"lead"}))]


@pytest.fixture
def others(place: Path) -> Iterator[OpenStore]:
    """Return the store as another program has it open."""
    with open_store(place, passphrase=PASSPHRASE) as store:
        yield store


@pytest.fixture
def _still() -> Iterator[None]:
    hold_still()
    yield
    let_move()


def by_others(do: Callable[..., object], *given: object) -> None:
    """Let something be done by somebody else's hand."""
    doing = threading.Thread(target=do, args=given)
    doing.start()
    doing.join()


def come(store: OpenStore, name: str) -> None:
    """Let somebody come onto the list, before everybody else, by somebody else's hand: all rows are others then."""
    by_others(editing.edit_record, store, "0000", {"name": name, "department": "Paint"})


@pytest.mark.usefixtures("_still")
@pytest.mark.parametrize("viewer", VIEWERS, ids=["organizer", "lead"])
def test_what_others_save_meanwhile_is_on_the_next_page(owner: OpenStore, others: OpenStore, viewer: Viewer) -> None:
    desk = Desk(owner.seen_by(viewer))
    before, since = desk.workplace(), desk.store.same_since()
    come(others, "New Person")
    assert desk.store.picture().workplace is before
    assert desk.store.same_since() == since
    drawn, ties = desk.map_data(), desk.ties()
    assert len(drawn.people) <= len(before.people)
    assert {layer.n_people for layer in ties.values()} == {len(before.people)}
    assert desk.ranking().about["revision"] == before.provenance.revision
    hold_still()
    assert len(desk.workplace().people) == len(before.people) + 1
    assert desk.store.same_since() > since
    assert "0000" in set(desk.ranking().rows["person_id"])


@pytest.mark.usefixtures("_still")
@pytest.mark.parametrize("viewer", [*VIEWERS, Viewer.owner()], ids=["organizer", "lead", "owner"])
def test_somebody_who_saves_without_end_holds_up_no_page(
    owner: OpenStore, others: OpenStore, monkeypatch: pytest.MonkeyPatch, viewer: Viewer
) -> None:
    store = owner.seen_by(viewer)
    draw, drawn = store._picture_now, []

    def draw_and_save(as_of: date | None = None) -> Picture:
        assert len(drawn) < 3, "it is drawn again and again"
        drawn.append(draw(as_of))
        come(others, f"Person {len(drawn)}")
        return drawn[-1]

    monkeypatch.setattr(store, "_picture_now", draw_and_save)
    moments = []
    for _ in range(2):
        moments.append((store.same_since(), store.picture()))
        assert (store.same_since(), store.picture()) == moments[-1]
        hold_still()
    assert [picture for _, picture in moments] == drawn
    assert moments[0][0] <= drawn[0].workplace.provenance.revision < moments[1][0]


@pytest.mark.usefixtures("_still")
def test_what_is_kept_of_a_scope_outlasts_a_look_at_another_day(owner: OpenStore, others: OpenStore) -> None:
    desk = Desk(owner.seen_by(VIEWERS[0]))
    before, since = desk.workplace(), desk.store.same_since()
    far = next(person for person, unit in draw_campaign(1).unit_of.items() if unit == "Press")
    by_others(editing.edit_record, others, far, {"preferred_name": "Called Otherwise"})
    hold_still()
    desk.store.picture(as_of=date(2020, 1, 1))
    hold_still()
    assert desk.store.picture().workplace.provenance.revision > before.provenance.revision
    assert (desk.store.same_since(), desk.workplace() is before) == (since, True)


@pytest.mark.usefixtures("_still")
@pytest.mark.parametrize("viewer", VIEWERS, ids=["organizer", "lead"])
def test_what_one_saves_oneself_is_seen_at_once(owner: OpenStore, viewer: Viewer) -> None:
    store = owner.seen_by(viewer)
    before = store.workplace()
    first = str(before.people["person_id"][~are_outside(before)].iloc[0])
    report = editing.edit_record(store, first, {"preferred_name": "Called Otherwise"})
    assert store.workplace().provenance.revision > before.provenance.revision
    assert report.batch_id is not None
    changed = store.workplace().provenance.revision
    store.undo(report.batch_id)
    assert store.workplace().provenance.revision > changed


@pytest.mark.usefixtures("_still")
def test_an_erasure_is_worked_out_from_what_is_there_now(owner: OpenStore, others: OpenStore) -> None:
    one, other = owner.workplace().people["person_id"].iloc[:2]
    by_others(editing.judge, others, "same", one, other)
    assert other not in owner.picture().identity.contacts_of(owner.picture().identity.person_of[one])
    assert {one, other} <= set(plan_erasure(owner, one).erasure.gone["contact"])


def test_where_nothing_is_held_still_every_look_is_at_now(owner: OpenStore, others: OpenStore) -> None:
    before = owner.workplace()
    come(others, "New Person")
    assert len(owner.workplace().people) == len(before.people) + 1


def test_an_answer_of_an_earlier_moment_takes_none_of_a_later_one_off_the_shelf() -> None:
    shelf, made, today = Shelf(), [], date(2026, 5, 1)

    def make(what: str) -> str:
        made.append(what)
        return what

    for revision in (7, 8, 7, 8):
        assert shelf.keep((revision, today), ("people",), lambda r=revision: make(f"of {r}")) == f"of {revision}"  # type: ignore[misc]
    assert made == ["of 7", "of 8", "of 7"]
