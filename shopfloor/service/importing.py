"""Import files: read, check, compare with what is there, write as one batch, report."""

import hashlib
import io
import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
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
from shopfloor.graph.identity import Identity
from shopfloor.graph.store import contact_columns
from shopfloor.graph.versions import fold
from shopfloor.ingest.columns import ColumnMatch
from shopfloor.ingest.columns import fold as fold_header
from shopfloor.ingest.dates import DateOrder
from shopfloor.ingest.mentions import Directory, Mention, as_questions, open_mentions
from shopfloor.ingest.readers import read_table
from shopfloor.ingest.rows import CheckedTable, check_table, reject_repeats
from shopfloor.ingest.tables import BadRow, RawTable
from shopfloor.records import FILES, KINDS, SOURCE_PATTERN, Kind, is_ascending, make_key
from shopfloor.service.opening import OpenStore
from shopfloor.service.picture import draw_directory
from shopfloor.service.references import references_in_facts
from shopfloor.settings import is_known_kind

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
    unknown_kinds : tuple of str
        Kinds of connection in these files that have no meaning of their own, the most frequent first, as written.
    """

    batch_id: int | None
    files: tuple[FileReport, ...]
    n_mentions: int
    mentions: tuple[Mention, ...]
    person_ids: tuple[str, ...]
    rejected_cells: tuple[tuple[str, int, str, dict[str, str | None]], ...]
    unknown_kinds: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """Give counts only."""
        return f"ImportReport(batch {self.batch_id}, {len(self.files)} files)"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileOptions:
    """How one file, or one sheet, is to be understood where that is not as `ImportOptions` says of all.

    Attributes
    ----------
    kind, dates : str or None
        As in `ImportOptions`; None: as said of all files.
    mapping : mapping of str to str
        Column to field; outranks what is said of all files about the same column or field.
    """

    kind: str | None = None
    dates: DateOrder | None = None
    mapping: Mapping[str, str] = field(default_factory=dict)


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
    of_files : mapping of str to FileOptions
        What differs for a file, by its name as given to `import_files`, or for one sheet, by its name in the report
        (``crew.xlsx sheet people``), which outranks its file.
    """

    kind: str | None = None
    source: str = ""
    list_date: date | None = None
    dates: DateOrder | None = None
    mapping: Mapping[str, str] | None = None
    replaces: int | None = None
    of_files: Mapping[str, FileOptions] = field(default_factory=dict)


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
    references = references_in_facts(_facts(tables, "conversation", "named"), _facts(tables, "assignment", "foreman"))
    called = _contacts_called(store, tables, references)
    batch_id = None
    if not is_dry_run and any(table.n_accepted for table in tables):
        batch_id = _write(store, tables, hashes, reports, options, progress)
    identity, directory = _draw_directory(store, tables, called)
    counts = open_mentions(references, directory)
    mentions = tuple(as_questions(dict(counts.most_common(N_MENTIONS_SHOWN)), directory))
    return ImportReport(
        batch_id,
        tuple(reports),
        len(counts),
        mentions,
        identity.person_ids,
        _rejected_cells(tables),
        _unknown_kinds(tables),
    )


def headers_in(name: str, file: BinaryIO) -> list[str]:
    """Return the headers of a file, of all its sheets, in order.

    Raises
    ------
    InputError
        The file cannot be read.
    """
    return [column for table in read_table(file, name) for column in table.columns]


def _check_options(options: ImportOptions, batches: Sequence[Batch], location: str) -> None:
    for kind in (options.kind, *(one.kind for one in options.of_files.values())):
        if kind is not None and kind not in FILES:
            raise UsageError(f"There is no kind of file '{kind}'{near(kind, FILES)}. Kinds: {', '.join(FILES)}.")
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
    raws: list[tuple[str, list[RawTable]]] = []
    hashes: dict[str, str] = {}
    with ThreadPoolExecutor() as pool:  # a file is hashed while it is read
        for done, (name, file) in enumerate(files):
            progress("reading", done, len(files))
            data = _bytes(name, file)
            hashing = pool.submit(hashlib.sha256, data)
            raws.append((name, read_table(io.BytesIO(data), name)))
            hashes[name] = hashing.result().hexdigest()
    progress("reading", len(files), len(files))
    tables = [_check(raw, options, said) for raw, said in _said_of_each(raws, options)]
    return reject_repeats(tables), hashes


def _said_of_each(
    raws: Sequence[tuple[str, Sequence[RawTable]]], options: ImportOptions
) -> Iterator[tuple[RawTable, FileOptions]]:
    """Yield each table with what is said of it: of all files, outranked by its file, outranked by its sheet."""
    every = [raw for _, parts in raws for raw in parts]
    names = {*(file for file, _ in raws), *(raw.name for raw in every)}
    for name in options.of_files.keys() - names:
        raise UsageError(f"Something is said of a file '{name}' that is not imported{near(name, sorted(names))}")
    everywhere = iter(_share_mapping(every, options.mapping or {}))
    for file, parts in raws:
        own = options.of_files.get(file, FileOptions())
        for raw, mapping in zip(parts, _share_mapping(parts, own.mapping), strict=True):
            said = FileOptions(kind=options.kind, dates=options.dates, mapping=next(everywhere))
            said = _outranked(said, replace(own, mapping=mapping))
            of_sheet = options.of_files.get(raw.name, FileOptions()) if raw.name != file else FileOptions()
            yield raw, _outranked(said, of_sheet)


def _outranked(said: FileOptions, nearer: FileOptions) -> FileOptions:
    columns, fields = (set(map(fold_header, part)) for part in (nearer.mapping.keys(), nearer.mapping.values()))
    left = {
        column: to
        for column, to in said.mapping.items()
        if fold_header(column) not in columns and fold_header(to) not in fields
    }
    return FileOptions(
        kind=nearer.kind or said.kind, dates=nearer.dates or said.dates, mapping=left | dict(nearer.mapping)
    )


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


def _check(raw: RawTable, options: ImportOptions, said: FileOptions) -> CheckedTable:
    return check_table(
        raw,
        kind=said.kind,
        source=options.source,
        list_date=options.list_date,
        dates=said.dates,
        mapping=said.mapping,
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
        n_rows = int(table.raw.row_numbers.max(initial=0)) + 1
        self._new, self._changed, self._kept = (np.zeros(n_rows, dtype=bool) for _ in range(3))

    def add(
        self, kind: str, versions: pa.Table, store: OpenStore, live: Sequence[Batch], after: Sequence[Batch]
    ) -> None:
        """Compare the versions of one record kind."""
        is_small = len(versions) <= _LOOK_UP_LIMIT and kind != "placement"
        known = store.versions(kind, versions["key"].to_pylist() if is_small else None)
        before = fold(KINDS[kind], known, live)
        new, seen, now = _side_by_side(versions, before)
        if kind in self._main_kinds:
            self._new[new["row"].to_numpy()] = True
        elif kind == "placement":
            self._compare_places(new, before, live)
        else:
            self._changed[new["row"].to_numpy()] = True
        if set(live) <= set(after):
            says_more = _says_other(KINDS[kind], seen, now)
            seen, now = seen.filter(says_more), now.filter(says_more)
        if len(seen):
            order = pc.sort_indices(seen["key"])
            self._compare_known(KINDS[kind], seen.take(order), now.take(order), known, after)

    @property
    def _main_kinds(self) -> tuple[str, ...]:
        kinds = FILES[self._table.file_kind].kinds
        return kinds if self._table.file_kind == "actions" else kinds[:1]

    def _compare_known(
        self, kind: Kind, versions: pa.Table, now: pa.Table, known: pa.Table, after: Sequence[Batch]
    ) -> None:
        """Compare versions, in order of their keys, with the visible records beside them."""
        keys = versions["key"].combine_chunks()
        own = known.filter(pc.is_in(known["key"], value_set=keys))
        ours = pa.repeat(pa.scalar(0, pa.int64()), len(versions))
        said = versions.drop_columns("row").append_column("batch_id", ours).cast(kind.version_schema)
        then = fold(kind, pa.concat_tables([own, said]), after)
        changed, kept = np.zeros(len(keys), bool), np.zeros(len(keys), bool)
        for name in kind.field_names:
            changed |= _differ(then[name], now[name])
            if name != "attributes":  # they are merged, one by one
                kept |= _differ(then[name], said[name]) & _is_said(said[name])
        rows = versions["row"].to_numpy()
        self._changed[rows[changed]] = True
        self._kept[rows[kept]] = True

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
        self._changed[said["row"][(differs & ~is_fixed).any(axis=1)]] = True
        self._kept[said["row"][(differs & is_fixed).any(axis=1)]] = True

    def report(self) -> FileReport:
        """Return the counts."""
        table = self._table
        n_new, n_changed = int(self._new.sum()), int((self._changed & ~self._new).sum())
        return FileReport(
            name=table.raw.name,
            kind=table.file_kind,
            n_read=table.raw.n_read,
            n_accepted=table.n_accepted,
            n_rejected=len(table.rejected),
            n_new=n_new,
            n_changed=n_changed,
            n_same=table.n_accepted - n_new - n_changed,
            n_kept=int(self._kept.sum()),
            match=table.match,
            encoding=table.raw.encoding,
            rejected=table.rejected,
        )


def _side_by_side(versions: pa.Table, before: pa.Table) -> tuple[pa.Table, pa.Table, pa.Table]:
    """Return versions of records that are not visible yet, the other versions, and row by row what is visible now."""
    if not len(before):
        return versions, versions.slice(0, 0), before
    if versions["key"].equals(before["key"]):  # the same list again
        return versions.slice(0, 0), versions, before
    place = pc.index_in(versions["key"], value_set=before["key"].combine_chunks())
    is_known = pc.is_valid(place)
    return versions.filter(pc.invert(is_known)), versions.filter(is_known), before.take(place.drop_null())


def _says_other(kind: Kind, versions: pa.Table, now: pa.Table) -> pa.Array:
    """Tell which versions say something else than what is visible; the others change nothing, whoever said it."""
    says_other = np.zeros(len(versions), dtype=bool)
    for name in kind.field_names:
        said, seen = versions[name], now[name]
        if said.null_count < len(said) and not said.equals(seen):
            says_other |= _is_said(said) & _differ(said, seen)
    return pa.array(says_other)


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
    with store.writing(draft) as batch:
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
    if not is_ascending(said["key"]):
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


def _contacts_called(
    store: OpenStore, tables: Sequence[CheckedTable], references: Mapping[tuple[str, str], int]
) -> set[str]:
    """Return the contacts that references call by their key, or judgements may lead to; the others need not be read."""
    judgements = store.snapshot(["judgement"]).tables["judgement"]
    wanted = {key for text, source in references for key in (text, make_key(text, source))}
    wanted |= {*judgements["left"].to_pylist(), *judgements["right"].to_pylist()} - {None}
    if not wanted:
        return set()
    keys = pa.array(sorted(wanted), pa.string())
    columns = [table[column] for kind, column in contact_columns() for table in _versions(tables, kind)]
    columns.append(store.contact_keys())
    return {key for column in columns for key in column.filter(pc.is_in(column, value_set=keys)).unique().to_pylist()}


def _draw_directory(
    store: OpenStore, tables: Sequence[CheckedTable], called: Collection[str]
) -> tuple[Identity, Directory]:
    """Return whom the references of these tables can mean: everybody with a name, and those called by their key."""
    known = store.snapshot(["contact", "judgement"])
    contacts = [known.tables["contact"], *_versions(tables, "contact")]
    everybody = pa.concat_tables(contacts, promote_options="default")
    return draw_directory(Snapshot(known.revision, known.batches, {**known.tables, "contact": everybody}), called)


def _versions(tables: Sequence[CheckedTable], kind: str) -> list[pa.Table]:
    return [table.versions[kind] for table in tables if kind in table.versions]


def _facts(tables: Sequence[CheckedTable], kind: str, column: str) -> pd.DataFrame:
    parts = [t.select(["key", column]) for t in _versions(tables, kind)]
    schema = pa.schema([("key", pa.string()), (column, pa.string())])
    facts: pd.DataFrame = (pa.concat_tables(parts) if parts else schema.empty_table()).to_pandas()
    return facts


def _unknown_kinds(tables: Sequence[CheckedTable]) -> tuple[str, ...]:
    counts = _facts(tables, "connection", "kind")["kind"].dropna().value_counts()
    unknown = [str(kind) for kind in counts.index if not is_known_kind(kind)]
    return tuple(sorted(unknown, key=lambda kind: (-counts[kind], kind)))


def _rejected_cells(tables: Sequence[CheckedTable]) -> tuple[tuple[str, int, str, dict[str, str | None]], ...]:
    found: list[tuple[str, int, str, dict[str, str | None]]] = []
    for table in tables:
        numbers = table.raw.row_numbers
        rejected = np.array([bad.row for bad in table.rejected], dtype=np.int64)
        readable = np.flatnonzero(np.isin(numbers, rejected))
        cells = dict(zip(numbers[readable].tolist(), table.raw.cells.take(readable).to_pylist(), strict=True))
        found += [(table.raw.name, bad.row, bad.reason, cells.get(bad.row, {})) for bad in table.rejected]
    return tuple(found)
