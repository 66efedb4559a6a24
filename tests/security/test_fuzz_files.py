"""Files that are no files, or nearly some: read or refused in words, soon, and the store counts accepted loads only."""

import io
import os
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shopfloor import OpenStore, open_store
from shopfloor.errors import ShopfloorError
from shopfloor.service.importing import FileOptions, ImportOptions, import_files
from tests.ingest.workbook_parts import workbook
from tests.service.shop import FILES as LISTS
from tests.service.shop import make_template

# In one process: the last test counts what the others loaded.
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("fuzz-files")]

AMOUNT = float(os.environ.get("SHOPFLOOR_FUZZ", "1"))
"""How many times as many inputs as usual."""

LONGEST_S = 10.0
CALM = settings(suppress_health_check=list(HealthCheck), deadline=None)
CSVS = tuple((name, text.encode()) for name, text in LISTS.items())
BOOKS = tuple(
    (name.replace(".csv", ".xlsx"), workbook({"Sheet": [line.split(",") for line in text.splitlines()]}))
    for name, text in LISTS.items()
)
VALUES = [
    word for text in LISTS.values() for line in text.splitlines()[1:] for word in line.split(",") if len(word) > 6
]
"""Values of people in the files: no message may hold one."""

ODD = st.sampled_from(
    [
        *(b"\x00", b'"', b"'", b"\r", b"\n\n", b"\xff\xfe", b"\xef\xbb\xbf", b"\xf0\x9f", b"=1+1", b"\t", b";", b"|"),
        *(b"9" * 400, b"-0", b"1e999", b"NaN", b"inf", b"2026-02-30", b"0000-00-00", b"9999-12-31", b"\xe2\x80\xae"),
        *(b"<img src=x>", b"../../etc/passwd", b"x" * 40_000, b'"' * 999, b",," * 5000, b"\xc2\x85", b"\xe2\x80\xa8"),
    ]
)
XML = st.sampled_from(
    [
        b"<",
        b"&lol;",
        b'<!DOCTYPE a [<!ENTITY lol "lol"><!ENTITY l2 "&lol;&lol;">]>',
        b'<c r="XFD1048576" t="s"><v>99999999</v></c>',
        b'<c r="ZZZZ99999999999"><v>1</v></c>',
        b'<c t="d"><v>9999999999</v></c>',
        b'<row r="1048576"/>',
        b'<row r="-1"/>',
        b'<dimension ref="A1:XFD1048576"/>',
        b'<mergeCell ref="A1:XFD1048576"/>',
        b"<v>1e308</v>",
        b"\x00",
        b"</worksheet>",
        b'<c t="e"><v>#REF!</v></c>',
    ]
)
TRIED: Counter[str] = Counter()


@st.composite
def changed(draw: st.DrawFn, data: bytes, odd: st.SearchStrategy[bytes]) -> bytes:
    """Draw a file with some places changed: put in, cut out, doubled, or bits turned."""
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(data)))
        until = min(len(data), at + draw(st.integers(0, 60)))
        how = draw(st.sampled_from(["put", "cut", "double", "end", "turn"]))
        if how == "put":
            data = data[:at] + draw(odd) + data[at:]
        elif how == "cut":
            data = data[:at] + data[until:]
        elif how == "double":
            data = data[:until] + data[at:until] * draw(st.integers(1, 50)) + data[until:]
        elif how == "end":
            data = data[:at]
        else:
            data = data[:at] + bytes(byte ^ 255 for byte in data[at : at + 1]) + data[at + 1 :]
    return data


@st.composite
def lists(draw: st.DrawFn) -> tuple[str, bytes]:
    """Draw a CSV file that was sound once, in some encoding."""
    name, data = draw(st.sampled_from(CSVS))
    data = draw(changed(data, ODD))
    encoding = draw(st.sampled_from(["utf-8", "utf-8", "utf-16", "utf-16-be", "cp1252", "utf-7", "utf-32"]))
    return name, data.decode("utf-8", "replace").encode(encoding, "replace") if encoding != "utf-8" else data


@st.composite
def books(draw: st.DrawFn) -> tuple[str, bytes]:
    """Draw a workbook: broken as a package, or with a part that is another."""
    name, data = draw(st.sampled_from(BOOKS))
    if draw(st.booleans()):
        return name, draw(changed(data, ODD))
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        parts = {part: package.read(part) for part in package.namelist()}
    victim = draw(st.sampled_from(sorted(parts)))
    how = draw(st.sampled_from(["change", "drop", "swap", "twice", "outside", "renamed"]))
    if how == "drop":
        del parts[victim]
    elif how == "swap":
        parts[victim] = parts[draw(st.sampled_from(sorted(parts)))]
    elif how == "outside":
        parts[draw(st.sampled_from(["../../evil", "/etc/passwd", "C:\\x", "xl/" * 900 + "a", ""]))] = b"x"
    elif how == "renamed":
        parts[victim.upper()] = parts.pop(victim)
    else:
        parts[victim] = draw(changed(parts[victim], XML))
    return name, _package(parts, twice=victim if how == "twice" else "")


def _package(parts: dict[str, bytes], twice: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            package.writestr(zipfile.ZipInfo(name), content)
        if twice in parts:
            package.comment = parts[twice][:60]
    return stream.getvalue()


OPTIONS = st.builds(
    ImportOptions,
    kind=st.sampled_from([*[None] * 12, "people", "conversations", "colours"]),
    source=st.sampled_from([*[""] * 12, "payroll", "a b", "@", "x" * 500]),
    dates=st.sampled_from([None, "dmy", "mdy", "ymd"]),
    of_files=st.dictionaries(
        st.sampled_from(["people.csv", "people.xlsx"]),
        st.builds(FileOptions, mapping=st.dictionaries(st.sampled_from(["name", "crew", "x"]), st.text(max_size=8))),
        max_size=1,
    ),
)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenStore]:
    """Yield a store; whatever was sent to it, it is sound in the end."""
    folder = tmp_path_factory.mktemp("fuzz")
    made = make_template(folder)
    with open_store(made, passphrase="four random test words") as opened:
        import_files(opened, [(name, io.BytesIO(data)) for name, data in CSVS])
        yield opened
        assert opened.check() == []
    assert {path.name for path in Path(folder).iterdir()} <= {made.name, f"{made.name}-wal", f"{made.name}-shm"}


@settings(CALM, max_examples=int(700 * AMOUNT))
@given(files=st.lists(lists() | books(), min_size=1, max_size=2), options=OPTIONS, is_dry_run=st.booleans())
def test_any_file_is_loaded_or_refused_in_words(
    store: OpenStore,
    files: list[tuple[str, bytes]],
    options: ImportOptions,
    *,
    is_dry_run: bool,
) -> None:
    before, began, streams = store.revision(), time.monotonic(), [(name, io.BytesIO(data)) for name, data in files]
    batch, said = None, ""
    try:
        batch = import_files(store, streams, options, is_dry_run=is_dry_run).batch_id
    except ShopfloorError as error:
        said = str(error)
    assert is_plain(said), said
    assert time.monotonic() - began < LONGEST_S
    assert store.revision() == before + (batch is not None)
    assert batch is None or not is_dry_run
    if batch is not None:
        store.undo(batch)
    TRIED["files"] += len(files)
    TRIED["loaded"] += batch is not None


def test_what_was_there_before_is_there_still_and_no_more(store: OpenStore, tried: Callable[..., None]) -> None:
    seen = store.snapshot().tables
    assert {kind: table.num_rows for kind, table in seen.items() if table.num_rows} == {
        "contact": 7,
        "contact_details": 7,
        "placement": 7,
        "conversation": 6,
        "assignment": 3,
        "connection": 2,
    }
    assert store.revision() == 1 + 2 * TRIED["loaded"]
    assert TRIED["loaded"] > 10 * AMOUNT
    tried(TRIED["files"], "files read by the importer", loaded=TRIED["loaded"])


def is_plain(text: str) -> bool:
    """Tell that a message is in words: no traceback, no place in the program, no value of a person."""
    return not any(word in text for word in ("Traceback", ".py", 'File "', *VALUES))
