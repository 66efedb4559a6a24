"""Import files: read, check, compare with what is there, write as one batch, report."""

import hashlib
import io
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from shopfloor.errors import InputError, NotFoundError, UsageError, near
from shopfloor.graph.batches import Batch, BatchDraft, live_batches
from shopfloor.graph.contract import BatchWriter, Progress, Snapshot, no_progress
from shopfloor.graph.store import contact_columns
from shopfloor.graph.versions import fold
from shopfloor.ingest.columns import ColumnMatch
from shopfloor.ingest.columns import fold as fold_header
from shopfloor.ingest.dates import DateOrder
from shopfloor.ingest.mentions import Directory, Mention, as_questions, open_mentions
from shopfloor.ingest.readers import read_table
from shopfloor.ingest.rows import CheckedTable, check_table, reject_repeats
from shopfloor.ingest.tables import BadRow, RawTable
from shopfloor.records import FILES, KINDS, SOURCE_PATTERN, Kind
from shopfloor.service.opening import OpenStore
from shopfloor.service.picture import draw_directory, references_in_facts

_ROWS_AT_ONCE = 50_000
_LOOK_UP_LIMIT = 20_000
"""More keys than this are compared with the whole table instead of being looked up."""
N_MENTIONS_SHOWN = 20


@dataclass(frozen=True, slots=True, repr=False)
class FileReport:
    """What one file or sheet brings.

    Attributes
    ----------
    name, kind : str
        The file, and which of the nine it is.
    n_read, n_accepted, n_rejected : int
        Rows; read = accepted + rejected.
    n_new, n_changed, n_same : int
        Accepted rows whose record is new, differs from what is visible, or says what is visible.
    n_kept : int
        Of these, rows that contradict what a person typed; the typed value stays.
    match : ColumnMatch
        Which column is which field, and which became attributes.
    encoding : str or None
        How the bytes of a text file were read.
    rejected : tuple of BadRow
        Row number and reason.
    """

    name: str
    kind: str
    n_read: int
    n_accepted: int
    n_rejected: int
    n_new: int
    n_changed: int
    n_same: int
    n_kept: int
    match: ColumnMatch
    encoding: str | None
    rejected: tuple[BadRow, ...]

    def __repr__(self) -> str:
        """Give counts only."""
        return f"FileReport({self.name}: {self.n_read} read, {self.n_rejected} rejected)"


@dataclass(frozen=True, slots=True, repr=False)
class ImportReport:
    """What an import did, or would do.

    Attributes
    ----------
    batch_id : int or None
        The batch it became; None for a dry run, and when every row was rejected.
    files : tuple of FileReport
        One a file or sheet.
    n_mentions : int
        References in these files that resolve to nobody yet.
    mentions : tuple of Mention
        The most frequent of them, with candidates (positions in `person_ids`).
    person_ids : tuple of str
        Whom the candidates are.
    rejected_cells : tuple of (str, int, str, dict)
        File, row number, reason and the cells of each rejected row that could be read.
    """

    batch_id: int | None
    files: tuple[FileReport, ...]
    n_mentions: int
    mentions: tuple[Mention, ...]
    person_ids: tuple[str, ...]
    rejected_cells: tuple[tuple[str, int, str, dict[str, str | None]], ...]

    def __repr__(self) -> str:
        """Give counts only."""
        return f"ImportReport(batch {self.batch_id}, {len(self.files)} files)"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOptions:
    """How files are to be understood.

    Attributes
    ----------
    kind : str or None
        Which of the nine files they are; None: told from their headers.
    source : str
        Whose ids they hold; empty: the store's own.
    list_date : datetime.date or None
        Day the lists show.
    dates : {"iso", "dmy", "mdy"} or None
        Order of day and month; None: told from each file.
    mapping : mapping of str to str
        Column to field.
    replaces : int or None
        Batch that these files take the place of.
    """

    kind: str | None = None
    source: str = ""
    list_date: date | None = None
    dates: DateOrder | None = None
    mapping: Mapping[str, str] | None = None
    replaces: int | None = None


def import_files(
    store: OpenStore,
    files: Sequence[tuple[str, Path | BinaryIO]],
    options: ImportOptions | None = None,
    *,
    is_dry_run: bool = False,
    progress: Progress = no_progress,
) -> ImportReport:
    """Import files as one batch: seen whole or not at all.

    Parameters
    ----------
    store : OpenStore
        Where to.
    files : sequence of (str, path or binary stream)
        Name for messages, and what to read. They may refer to each other.
    options : ImportOptions, optional
        How to understand them.
    is_dry_run : bool
        Tell what would happen and write nothing.
    progress : Progress
        Called while it goes on.

    Raises
    ------
    InputError
        A file cannot be read or understood as a whole; nothing is written.
    UsageError
        An option does not fit.
    NotFoundError
        The batch to replace is not there.
    """
    options = options or ImportOptions()
    _check_options(options, store.batches(), store.location)
    tables, hashes = _read(files, options, progress)
    reports = _compare(store, tables, options, progress)
    batch_id = None
    if not is_dry_run and any(table.n_accepted for table in tables):
        batch_id = _write(store, tables, hashes, reports, options, progress)
    person_ids, directory, counts = _open_mentions(store, tables)
    mentions = tuple(as_questions(dict(counts.most_common(N_MENTIONS_SHOWN)), directory))
    return ImportReport(batch_id, tuple(reports), len(counts), mentions, person_ids, _rejected_cells(tables))


def headers_in(name: str, file: BinaryIO) -> list[str]:
    """Return the headers of a file, of all its sheets, in order.

    Raises
    ------
    InputError
        The file cannot be read.
    """
    return [column for table in read_table(file, name) for column in table.columns]


def _check_options(options: ImportOptions, batches: Sequence[Batch], location: str) -> None:
    if options.kind is not None and options.kind not in FILES:
        raise UsageError(
            f"There is no kind of file '{options.kind}'{near(options.kind, FILES)}. Kinds: {', '.join(FILES)}."
        )
    if options.source and not SOURCE_PATTERN.fullmatch(options.source):
        raise UsageError(
            "A source is named with small letters, digits, - and _ only, a letter or digit first: --source payroll"
        )
    if options.replaces is not None and options.replaces not in {b.batch_id for b in live_batches(batches)}:
        raise NotFoundError(
            f"There is no batch {options.replaces} that counts, so nothing can take its place. "
            f"See them with: shopfloor imports list {location}"
        )


def _read(
    files: Sequence[tuple[str, Path | BinaryIO]], options: ImportOptions, progress: Progress
) -> tuple[list[CheckedTable], dict[str, str]]:
    raws: list[RawTable] = []
    hashes: dict[str, str] = {}
    for done, (name, file) in enumerate(files):
        progress("reading", done, len(files))
        data = _bytes(name, file)
        hashes[name] = hashlib.sha256(data).hexdigest()
        raws += read_table(io.BytesIO(data), name)
    progress("reading", len(files), len(files))
    mappings = _share_mapping(raws, options.mapping or {})
    tables = [_check(raw, options, mapping) for raw, mapping in zip(raws, mappings, strict=True)]
    return reject_repeats(tables), hashes


def _share_mapping(raws: Sequence[RawTable], mapping: Mapping[str, str]) -> list[dict[str, str]]:
    """Return for each table the pairs whose column it has.

    Raises
    ------
    UsageError
        No table has some column.
    """
    own = [{fold_header(column) for column in raw.columns} for raw in raws]
    for column in mapping:
        if not any(fold_header(column) in mine for mine in own):
            known = list(dict.fromkeys(column for raw in raws for column in raw.columns))
            raise UsageError(f"--map names a column '{column}' that is not there{near(column, known)}")
    return [{column: to for column, to in mapping.items() if fold_header(column) in mine} for mine in own]


def _check(raw: RawTable, options: ImportOptions, mapping: Mapping[str, str]) -> CheckedTable:
    return check_table(
        raw,
        kind=options.kind,
        source=options.source,
        list_date=options.list_date,
        dates=options.dates,
        mapping=mapping,
    )


def _bytes(name: str, file: Path | BinaryIO) -> bytes:
    if not isinstance(file, Path):
        return file.read()
    try:
        return file.read_bytes()
    except OSError as error:
        raise InputError(f"{name} cannot be read ({error.strerror}). Check the path and your rights.") from error


def _compare(
    store: OpenStore, tables: Sequence[CheckedTable], options: ImportOptions, progress: Progress
) -> list[FileReport]:
    now = datetime.now(UTC)
    batches, revision = store.batches(), store.revision() + 1
    draft = Batch(
        origin="import",
        made_by="",
        opened_at=now,
        batch_id=0,
        revision=revision,
        committed_at=now,
        replaces=options.replaces,
    )
    live, after = live_batches(batches), live_batches([*batches, draft])
    reports = []
    for done, table in enumerate(tables):
        progress("comparing", done, len(tables))
        effect = _Effect(table)
        for kind, versions in table.versions.items():
            if len(versions):
                effect.add(kind, versions, store, live, after)
        reports.append(effect.report())
    return reports


class _Effect:
    """What the rows of a table would do to what is visible."""

    def __init__(self, table: CheckedTable) -> None:
        self._table = table
        self._new: set[int] = set()
        self._changed: set[int] = set()
        self._kept: set[int] = set()

    def add(
        self, kind: str, versions: pa.Table, store: OpenStore, live: Sequence[Batch], after: Sequence[Batch]
    ) -> None:
        """Compare the versions of one record kind."""
        is_small = len(versions) <= _LOOK_UP_LIMIT and kind != "placement"
        known = store.home.versions(kind, versions["key"].to_pylist() if is_small else None)
        before = fold(KINDS[kind], known, live)
        is_known = pc.is_in(versions["key"], value_set=before["key"].combine_chunks())
        new, seen = versions.filter(pc.invert(is_known)), versions.filter(is_known)
        if kind in self._main_kinds:
            self._new.update(new["row"].to_pylist())
        elif kind == "placement":
            self._compare_places(new, before, live)
        else:
            self._changed.update(new["row"].to_pylist())
        if len(seen):
            self._compare_known(KINDS[kind], seen.sort_by("key"), known, before, after)

    @property
    def _main_kinds(self) -> tuple[str, ...]:
        kinds = FILES[self._table.file_kind].kinds
        return kinds if self._table.file_kind == "actions" else kinds[:1]

    def _compare_known(
        self, kind: Kind, versions: pa.Table, known: pa.Table, before: pa.Table, after: Sequence[Batch]
    ) -> None:
        """Compare versions, in order of their keys, of records that are visible already."""
        keys = versions["key"].combine_chunks()
        own, now = (table.filter(pc.is_in(table["key"], value_set=keys)) for table in (known, before))
        ours = pa.repeat(pa.scalar(0, pa.int64()), len(versions))
        said = versions.drop_columns("row").append_column("batch_id", ours).cast(kind.version_schema)
        then = fold(kind, pa.concat_tables([own, said]), after)
        changed, kept = np.zeros(len(keys), bool), np.zeros(len(keys), bool)
        for name in kind.field_names:
            changed |= _differ(then[name], now[name])
            if name != "attributes":  # they are merged, one by one
                kept |= _differ(then[name], said[name]) & _is_said(said[name])
        rows = versions["row"].to_numpy()
        self._changed.update(rows[changed].tolist())
        self._kept.update(rows[kept].tolist())

    def _compare_places(self, versions: pa.Table, before: pa.Table, live: Sequence[Batch]) -> None:
        """Compare placements of a new date with where people were before it; a typed place stays as it is."""
        if not len(before) or not len(versions):
            return
        day = versions["started_on"][0].as_py()
        typed = pa.array([batch.batch_id for batch in live if batch.origin != "import"], pa.int64())
        places = before.append_column("is_typed", pc.is_in(before["batch_id"], value_set=typed))
        if day is not None:
            since = places["started_on"]
            places = places.filter(pc.or_(pc.fill_null(pc.less_equal(since, day), True), places["is_typed"]))
        said = versions.to_pandas()
        fields = [name for name in KINDS["placement"].field_names if name not in ("person_id", "started_on")]
        frame = places.sort_by("started_on").to_pandas()
        now = frame.groupby("person_id")[fields].last().reindex(said["person_id"]).reset_index(drop=True)
        fixed = frame[frame["is_typed"]].groupby("person_id")[fields].last()
        is_fixed = fixed.reindex(said["person_id"]).reset_index(drop=True).notna()
        differs = said[fields].notna() & (said[fields] != now)
        self._changed.update(said["row"][(differs & ~is_fixed).any(axis=1)].tolist())
        self._kept.update(said["row"][(differs & is_fixed).any(axis=1)].tolist())

    def report(self) -> FileReport:
        """Return the counts."""
        table, changed = self._table, self._changed - self._new
        return FileReport(
            name=table.raw.name,
            kind=table.file_kind,
            n_read=table.raw.n_read,
            n_accepted=table.n_accepted,
            n_rejected=len(table.rejected),
            n_new=len(self._new),
            n_changed=len(changed),
            n_same=table.n_accepted - len(self._new) - len(changed),
            n_kept=len(self._kept),
            match=table.match,
            encoding=table.raw.encoding,
            rejected=table.rejected,
        )


def _differ(one: pa.ChunkedArray, other: pa.ChunkedArray) -> npt.NDArray[np.bool_]:
    unequal = pc.fill_null(pc.not_equal(one, other), pc.not_equal(pc.is_null(one), pc.is_null(other)))
    return np.asarray(unequal.to_numpy(), dtype=bool)


def _is_said(column: pa.ChunkedArray) -> npt.NDArray[np.bool_]:
    return np.asarray(pc.is_valid(column).to_numpy(), dtype=bool)


def _write(
    store: OpenStore,
    tables: Sequence[CheckedTable],
    hashes: Mapping[str, str],
    reports: Sequence[FileReport],
    options: ImportOptions,
    progress: Progress,
) -> int:
    files = [
        {"name": t.raw.name, "kind": t.file_kind, "columns": t.match.fields, "sha256": _hash_of(t.raw.name, hashes)}
        for t in tables
    ]
    draft = BatchDraft(
        origin="import",
        made_by=store.viewer.name,
        opened_at=datetime.now(UTC),
        source=options.source,
        list_date=options.list_date,
        files=json.dumps(files, ensure_ascii=False),
        replaces=options.replaces,
    )
    total = sum(len(versions) for table in tables for versions in table.versions.values())
    with store.home.open_batch(draft) as batch:
        done = 0
        for table in tables:
            for kind, versions in table.versions.items():
                done = _append(batch, kind, versions, lambda n: progress("writing", n, total), done)
        batch.set_counts(json.dumps(counts_of(reports)))
        return batch.batch_id


def _hash_of(name: str, hashes: Mapping[str, str]) -> str:
    """Return the hash of a file; a sheet's name begins with that of its workbook."""
    return next(value for file, value in hashes.items() if name == file or name.startswith(f"{file} sheet "))


def _append(batch: BatchWriter, kind: str, versions: pa.Table, tell: Callable[[int], None], done: int) -> int:
    """Append in order of the key, as the embedded store keeps them."""
    said = versions.drop_columns("row")
    key = said["key"].combine_chunks()
    if len(key) and not pc.all(pc.greater(key[1:], key[:-1])).as_py():
        said = said.sort_by("key")
    for start in range(0, len(said), _ROWS_AT_ONCE):
        part = said.slice(start, _ROWS_AT_ONCE)
        batch.append(kind, part)
        done += len(part)
        tell(done)
    return done


def counts_of(reports: Sequence[FileReport]) -> dict[str, int]:
    """Return the sums of several reports, as they are kept with the batch."""
    names = ("n_read", "n_accepted", "n_rejected", "n_new", "n_changed", "n_same", "n_kept")
    return {name: sum(getattr(report, name) for report in reports) for name in names}


def _open_mentions(
    store: OpenStore, tables: Sequence[CheckedTable]
) -> tuple[tuple[str, ...], Directory, Counter[tuple[str, str]]]:
    """Return the references of these tables that resolve to nobody, with whom they could mean."""
    known = store.snapshot(["contact", "judgement"])
    contacts = [known.tables["contact"], *_versions(tables, "contact")]
    people = Snapshot(
        known.revision,
        known.batches,
        {**known.tables, "contact": pa.concat_tables(contacts, promote_options="default")},
    )
    about = [
        pc.unique(table[column])
        for kind, column in contact_columns()
        if kind != "judgement"
        for table in _versions(tables, kind)
    ]
    keys = {*store.home.query("contact_keys")["key"].to_pylist(), *(key for part in about for key in part.to_pylist())}
    identity, directory = draw_directory(people, keys)
    facts = [_facts(tables, kind, column) for kind, column in (("conversation", "named"), ("assignment", "foreman"))]
    return identity.person_ids, directory, open_mentions(references_in_facts(*facts), directory)


def _versions(tables: Sequence[CheckedTable], kind: str) -> list[pa.Table]:
    return [table.versions[kind] for table in tables if kind in table.versions]


def _facts(tables: Sequence[CheckedTable], kind: str, column: str) -> pd.DataFrame:
    parts = [t.select(["key", column]) for t in _versions(tables, kind)]
    schema = pa.schema([("key", pa.string()), (column, pa.string())])
    facts: pd.DataFrame = (pa.concat_tables(parts) if parts else schema.empty_table()).to_pandas()
    return facts


def _rejected_cells(tables: Sequence[CheckedTable]) -> tuple[tuple[str, int, str, dict[str, str | None]], ...]:
    found: list[tuple[str, int, str, dict[str, str | None]]] = []
    for table in tables:
        numbers = table.raw.row_numbers
        rejected = np.array([bad.row for bad in table.rejected], dtype=np.int64)
        readable = np.flatnonzero(np.isin(numbers, rejected))
        cells = dict(zip(numbers[readable].tolist(), table.raw.cells.take(readable).to_pylist(), strict=True))
        found += [(table.raw.name, bad.row, bad.reason, cells.get(bad.row, {})) for bad in table.rejected]
    return tuple(found)
