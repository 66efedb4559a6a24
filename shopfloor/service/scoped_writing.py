"""A batch written by somebody who sees a part: it may say nothing of records outside her scope.

What a batch touches is compared with what she sees, so that she changes no record that she cannot read whole. What is
new gets an id of her own or one made of its values, so that it cannot claim a record that somebody's list brings later.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from shopfloor.errors import RefusedError
from shopfloor.graph.contract import BatchWriter
from shopfloor.graph.store import contact_columns
from shopfloor.records import KINDS, Kind, natural_key, split_key
from shopfloor.service.masking import ALIAS
from shopfloor.service.picture import Picture
from shopfloor.service.policy import PEOPLE_CLASSES
from shopfloor.service.viewer import Viewer, unit_of_scope
from shopfloor.service.whole import Whole

_UNIT_COLUMNS: Final = ("department", "shift", "crew")
_ALIAS: Final = re.compile(rf"{ALIAS}[0-9a-f]{{16}}")
_PUBLIC: Final = "public_figure"


class ScopedWriter:
    """A batch that is checked before it is committed: see `shopfloor.graph.contract.BatchWriter`.

    Parameters
    ----------
    batch : BatchWriter
        Where it goes.
    whole : Whole
        Decides what is outside.
    viewer : Viewer
        Who writes.
    seen : callable
        Returns the records of a kind that she sees.
    picture : callable
        Returns the picture that she sees.
    """

    def __init__(
        self,
        batch: BatchWriter,
        whole: Whole,
        viewer: Viewer,
        seen: Callable[[str], pa.Table],
        picture: Callable[[], Picture],
    ) -> None:
        self._batch, self._whole, self._viewer, self._seen, self._picture = batch, whole, viewer, seen, picture
        self._said: list[tuple[Kind, pa.Table]] = []

    @property
    def batch_id(self) -> int:
        """Id of the batch."""
        return self._batch.batch_id

    def append(self, kind: str, versions: pa.Table) -> None:
        """Add versions."""
        self._said.append((KINDS[kind], versions))
        self._batch.append(kind, versions)

    def claim(self, kind: str, key: str) -> None:
        """Let the batch be committed only if the record is a new one."""
        self._batch.claim(kind, key)

    def set_counts(self, counts: str) -> None:
        """Say what the batch did."""
        self._batch.set_counts(counts)

    def check(self) -> None:
        """Refuse the batch if it reaches outside the scope.

        Raises
        ------
        RefusedError
            It does; the message names the kind of record and nothing else.
        """
        inside = self._whole.scope_of(self._viewer).contacts | self._newcomers()
        for kind, versions in self._said:
            if not self._may_see(kind):
                raise self._refusal(f"records of the kind {kind.name}")
            rows = versions.to_pylist()
            held = self._whole.home.records(kind.name, versions["key"].to_pylist()).to_pylist()
            self._check_held(kind, held)
            self._check_new(kind, rows, {row["key"] for row in held})
            if not {person for row in [*rows, *held] for person in _people(kind, row)} <= inside:
                raise self._refusal("people outside your units")
            for row in rows:
                self._check_row(kind, row)

    def _may_see(self, kind: Kind) -> bool:
        if kind.name == "judgement":
            return self._viewer.is_scoped
        return any(spec.privacy in self._viewer.classes for spec in kind.fields if not spec.is_key)

    def _check_held(self, kind: Kind, held: list[dict[str, Any]]) -> None:
        """Refuse changes of records that she does not see as they are."""
        if not held:
            return
        keys = pa.array([row["key"] for row in held], pa.string())
        table = self._seen(kind.name)
        seen = {row["key"]: row for row in table.filter(pc.is_in(table["key"], value_set=keys)).to_pylist()}
        if any(row["key"] not in seen for row in held):
            raise self._refusal("a record that you do not see, or see in part")

    def _check_new(self, kind: Kind, rows: list[dict[str, Any]], known: set[str]) -> None:
        """Refuse ids for new records that a list could bring for somebody else."""
        if not self._viewer.is_scoped or _is_public(kind) or kind.name == "judgement":
            return
        for row in rows:
            key, source = row["key"], self._viewer.own_source
            is_own = key in known or key in self._whole.scope_of(self._viewer).contacts or split_key(key)[1] == source
            if not is_own and key != natural_key(row[name] for name in kind.natural_key):
                raise self._refusal(f"an id that is not yours to give: a new one ends with @{source}")

    def _check_row(self, kind: Kind, row: dict[str, Any]) -> None:
        if any(isinstance(value, str) and _ALIAS.search(value) for value in row.values()):
            raise self._refusal("somebody whom you do not see")
        if kind.name == "placement" and any(row[column] is not None for column in _UNIT_COLUMNS):
            self._check_place(row)
        if kind.name == "contact" and row["kind"] == _PUBLIC:
            raise self._refusal("who is a public figure")
        if kind.name == "tally" and (row["unit"] or "").casefold() not in self._whole.scope_of(self._viewer).units:
            raise self._refusal("counts of a unit that is not yours")
        if kind.name == "judgement" and row["subject"] == "mention":
            self._check_answer(row["left"], row["right"])

    def _check_place(self, row: dict[str, Any]) -> None:
        """Refuse a place that takes a person out of her units."""
        mine = [unit_of_scope(unit) for unit in self._viewer.units]
        for column in _UNIT_COLUMNS:
            names = [name for kind, name in mine if kind == column]
            if names and row[column] is not None and row[column].casefold() not in names:
                raise self._refusal("a unit that is not yours")

    def _check_answer(self, mention: str, meant: str | None) -> None:
        """Refuse an answer that would count in records outside, or move a reference that is answered already.

        That a name is nobody on the list is for who sees the whole list.
        """
        text, source = split_key(mention)
        whole, mine = self._whole.picture(), self._picture()
        if meant is None or not whole.directory.is_open(text, source):
            raise self._refusal("whom a name means")
        if whole.references[text, source] != mine.references[text, source]:
            raise self._refusal("whom a name means that is written down outside your units too")

    def _newcomers(self) -> frozenset[str]:
        """Return contacts with an id of her own that nobody spoke of before and this batch places in her units."""
        known = self._whole.picture().identity.person_of
        return frozenset(
            row["person_id"]
            for kind, versions in self._said
            if kind.name == "placement"
            for row in versions.to_pylist()
            if row["person_id"] not in known and self._is_hers(row)
        )

    def _is_hers(self, row: dict[str, Any]) -> bool:
        units = map(unit_of_scope, self._viewer.units)
        return any((row[column] or "").casefold() == name for column, name in units)

    def _refusal(self, what: str) -> RefusedError:
        return RefusedError(
            f"This would change {what}, and your account ({self._viewer.role}) may not. Ask a lead. "
            "Nothing was changed."
        )


def _is_public(kind: Kind) -> bool:
    return not any(spec.privacy in PEOPLE_CLASSES for spec in kind.fields)


def _people(kind: Kind, row: dict[str, Any]) -> Iterator[str]:
    """Yield the keys of contacts that a record is about."""
    if kind.name == "contact":
        yield row["key"]
        return
    columns = [column for name, column in contact_columns() if name == kind.name]
    if kind.name == "judgement" and row["subject"] == "contact":
        columns = ["left", "right"]
    yield from (row[column] for column in columns if row[column] is not None)
