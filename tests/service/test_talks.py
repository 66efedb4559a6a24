"""A talk that somebody types becomes a record of its own, whoever saves at the same moment and from where."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest

from shopfloor import OpenStore
from shopfloor.errors import UsageError
from shopfloor.service.editing import log_talk
from shopfloor.service.viewer import Viewer
from tests.graph.build import draft, table
from tests.service.shop import Shop

ORGANIZER = Viewer("Olga", frozenset({"organizer"}), ("Packing",))
TALK = {"person_id": "1", "held_on": "2026-05-06", "organizer": "Org One"}


def notes(store: OpenStore) -> list[str]:
    rows = store.snapshot(["conversation"]).tables["conversation"].to_pylist()
    return sorted(row["notes"] or "" for row in rows if str(row["held_on"]) == TALK["held_on"])


def test_a_second_talk_of_a_day_leaves_the_first(full_shop: Shop) -> None:
    with full_shop.open() as store:
        for seen in (store, store.seen_by(ORGANIZER), store.seen_by(ORGANIZER)):
            assert log_talk(seen, {**TALK, "notes": seen.viewer.role}).is_new
        assert notes(store) == ["organizer", "organizer", "owner"]


def test_talks_saved_at_once_through_two_doors_are_all_kept(full_shop: Shop) -> None:
    with full_shop.open() as one, full_shop.open() as other, ThreadPoolExecutor(6) as pool:
        doors = [one, other, one.seen_by(ORGANIZER), other.seen_by(ORGANIZER), one, other]
        saved = list(pool.map(lambda i: log_talk(doors[i], {**TALK, "notes": f"note {i}"}), range(6)))
        assert len({report.key for report in saved}) == 6
        assert notes(one) == [f"note {i}" for i in range(6)]


def test_a_talk_that_comes_in_while_another_is_being_written_gets_an_id_of_its_own(full_shop: Shop) -> None:
    with full_shop.open() as one, full_shop.open() as other:
        first = log_talk(one, TALK).key
        one.undo(one.batches()[-1].batch_id)
        thread = threading.Thread(target=log_talk, args=(other, {**TALK, "notes": "second"}))
        with one.writing(draft("edit")) as batch:
            row = {"key": first, "person_id": "1", "organizer": "Org One", "notes": "first"}
            batch.append("conversation", table("conversation", [{**row, "held_on": date(2026, 5, 6)}]))
            thread.start()  # it saw no such talk, and waits until this one is written
            thread.join(timeout=1)
            assert thread.is_alive()
        thread.join(timeout=60)
        assert notes(one) == ["first", "second"]


def test_a_talk_that_does_not_fit_is_refused_and_nothing_is_written(full_shop: Shop) -> None:
    with full_shop.open() as store:
        before = store.revision()
        with pytest.raises(UsageError, match="assessment"):
            log_talk(store, {**TALK, "assessment": "6"})
        assert store.revision() == before
