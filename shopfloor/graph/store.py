"""What both homes share: folding, snapshots, neighbourhoods and the named queries, over a few primitive reads."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from shopfloor.errors import UsageError, near
from shopfloor.graph.batches import Batch, live_batches
from shopfloor.graph.contract import Snapshot
from shopfloor.graph.lookup import matching_contacts, normal_details
from shopfloor.graph.relations import edges_of
from shopfloor.graph.versions import fold, last_shown
from shopfloor.records import KINDS, Kind

QUERIES = ("contact_keys", "counts", "history")
"""Named read queries: ``contact_keys()``, every contact that some version is about or names by its key; ``counts()``,
versions by kind and batch; ``history(kind, key)``, what each batch said of a record."""

OPEN_ENDED = ("assignment",)
"""Record kinds that last until the list that last showed them, where no end is said."""

REACHED = pa.schema([("kind", pa.string()), ("key", pa.string()), ("hops", pa.int64())])


def contact_columns() -> list[tuple[str, str]]:
    """Return (record kind, column) of every field that holds the key of a contact."""
    return [
        (kind.name, spec.name)
        for kind in KINDS.values()
        for spec in kind.fields
        if spec.is_key and spec.relation is not None and spec.relation.to == "contact"
    ]


def kind_named(name: str) -> Kind:
    """Return a record kind.

    Raises
    ------
    UsageError
        There is no such kind.
    """
    if name not in KINDS:
        raise UsageError(f"There is no record kind '{name}'{near(name, KINDS)}. Kinds: {', '.join(KINDS)}.")
    return KINDS[name]


class VersionedStore(ABC):
    """Reads that are the same in every home, made of primitive ones."""

    @abstractmethod
    def batches(self) -> tuple[Batch, ...]:
        """Return all batches, oldest first."""

    @abstractmethod
    def versions(self, kind: str, keys: Sequence[str] | None = None) -> pa.Table:
        """Return the versions of committed batches, in order of key and batch."""

    @abstractmethod
    def _read_moment(self, kinds: Sequence[str]) -> tuple[int, tuple[Batch, ...], dict[str, pa.Table]]:
        """Return revision, batches and the versions of these kinds, all of one moment."""

    @abstractmethod
    def _referring(self, node_kind: str, node_key: str) -> dict[str, list[str]]:
        """Return the keys, by record kind, of records any version of which refers to a node."""

    @abstractmethod
    def _contact_keys(self) -> pa.Table:
        """Return ``key``: every contact that a version is about, sorted, each once."""

    @abstractmethod
    def _count_versions(self) -> pa.Table:
        """Return ``kind``, ``batch_id``, ``n_versions``, sorted."""

    def records(self, kind: str, keys: Sequence[str] | None = None, *, known_at: datetime | None = None) -> pa.Table:
        """Return visible records, all or those with these keys, in order of the key."""
        return fold(kind_named(kind), self.versions(kind, keys), live_batches(self.batches(), known_at))

    def snapshot(self, kinds: Iterable[str] | None = None, *, known_at: datetime | None = None) -> Snapshot:
        """Return the visible records of these kinds (default: all) at one moment."""
        names = [kind_named(name).name for name in (KINDS if kinds is None else kinds)]
        revision, batches, versions = self._read_moment(names)
        live = live_batches(batches, known_at)
        shown_on = {name: last_shown(versions[name], live) for name in names if name in OPEN_ENDED}
        return Snapshot(revision, batches, {name: fold(KINDS[name], versions[name], live) for name in names}, shown_on)

    def find_contacts(self, *, phone: str | None = None, email: str | None = None) -> list[str]:
        """Return the keys of contacts whose visible details have this phone number and this e-mail address, sorted."""
        wanted = normal_details(phone, email)
        return matching_contacts(self.records("contact_details", self._details_like(wanted)), wanted)

    def _details_like(self, wanted: Mapping[str, str]) -> list[str] | None:  # noqa: ARG002 - of homes with an index
        """Return the keys of contact details that may have these normal values, by field; None: any may."""
        return None

    def neighbours(self, kind: str, key: str) -> pa.Table:
        """Return the relationships of one node, sorted."""
        referring = self._referring(kind, key)
        if kind in KINDS:
            referring.setdefault(kind, []).append(key)
        tables = [edges_of(KINDS[k], self.records(k, sorted(set(ks)))) for k, ks in sorted(referring.items())]
        return _touching(pa.concat_tables(tables), kind, key) if tables else edges_of(KINDS["contact"], _no_contacts())

    def reach(self, kind: str, key: str, *, max_hops: int) -> pa.Table:
        """Return the distinct nodes within `max_hops` relationships, nearest first."""
        hops: dict[tuple[str, str], int] = {(kind, key): 0}
        frontier = [(kind, key)]
        for hop in range(1, max_hops + 1):
            found = {node for near_node in frontier for node in self._ends(*near_node)} - hops.keys()
            hops |= dict.fromkeys(found, hop)
            frontier = sorted(found)
        rows = sorted((hop, k, key) for (k, key), hop in hops.items())
        return pa.table([[r[1] for r in rows], [r[2] for r in rows], [r[0] for r in rows]], schema=REACHED)

    def _ends(self, kind: str, key: str) -> set[tuple[str, str]]:
        edges = self.neighbours(kind, key).to_pylist()
        return {(e[f"{side}_kind"], e[f"{side}_key"]) for e in edges for side in ("from", "to")}

    def query(self, name: str, **parameters: Any) -> pa.Table:  # noqa: ANN401 - parameters differ by query
        """Run one of the named read queries."""
        if name == "counts":
            return self._count_versions()
        if name == "contact_keys":
            return self._contact_keys()
        if name == "history":
            return self.versions(parameters["kind"], [parameters["key"]])
        raise UsageError(f"There is no query '{name}'{near(name, QUERIES)}. Queries: {', '.join(QUERIES)}.")


def _no_contacts() -> pa.Table:
    return KINDS["contact"].schema.empty_table()


def _touching(edges: pa.Table, kind: str, key: str) -> pa.Table:
    here = [
        pc.and_(pc.equal(edges[f"{side}_kind"], kind), pc.equal(edges[f"{side}_key"], key)) for side in ("from", "to")
    ]
    return edges.filter(pc.or_(*here)).sort_by([(name, "ascending") for name in edges.column_names])
