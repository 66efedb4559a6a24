"""What must be true of a zip before a workbook parser may see it.

The whole package is unpacked once in small pieces, and thrown away: its size is held to a limit, its checksums are
checked, and no part may declare a document type, so that no parser ever meets an entity to expand (the
billion-laughs attack) or an address to fetch. Merged ranges are noted on the way, as the row-wise reader of openpyxl
does not report them.
"""

import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from shopfloor.errors import InputError, ShopfloorError

MAX_UNPACKED_BYTES = 400_000_000
"""Size a workbook may unpack to; a million rows of eleven columns are about as large."""
MAX_RATIO = 200
"""Unpacked size over packed size; spreadsheets reach about thirty, a zip bomb a thousand."""
MAX_PARTS = 5_000
MAX_CELLS = 40_000_000
"""Cells of all sheets; a million rows of eleven columns are a quarter of that. An empty one takes time too."""

_SMALL_BYTES = 10_000_000  # below this a high ratio is harmless
_PIECE_BYTES = 1 << 20
_OVERLAP_BYTES = 1_000  # longer than anything searched for, so that no match is lost between two pieces
_DECLARATION = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_OTHER_ENCODING = re.compile(rb"""\A[^<]*<\?xml[^>]*encoding\s*=\s*["'](?!utf-?8["']|us-ascii["'])""", re.IGNORECASE)
_CELL = re.compile(rb"<(?:\w+:)?c[\s/>]")
_MERGED = re.compile(rb"""<(?:\w+:)?mergeCell\s[^>]*?ref\s*=\s*["']([A-Z]{1,3}\d{1,7}:[A-Z]{1,3}\d{1,7})["']""")
_OTHER_FORMATS = (
    ("xl/workbook.bin", "is a binary workbook (.xlsb): save it as .xlsx or CSV"),
    ("word/document.xml", "is a Word document: copy its table into a spreadsheet and save that as .xlsx or CSV"),
    ("content.xml", "is an OpenDocument file: save it as .xlsx or CSV"),
    ("Index/Document.iwa", "is an Apple file: export it as .xlsx or CSV"),
)


def check_package(data: bytes, name: str) -> Mapping[str, tuple[str, ...]]:
    """Refuse whatever is no harmless XLSX, and return the merged ranges of each part that has any.

    Parameters
    ----------
    data : bytes
        The whole file, which begins as a zip does.
    name : str
        What to call it in messages.

    Returns
    -------
    mapping of str to tuple of str
        Path inside the zip to ranges such as ``"A1:C1"``, in the order of the file.

    Raises
    ------
    InputError
        The zip is damaged, protected by a password, too large when unpacked, another program's, or declares
        document types.
    """
    merged: dict[str, tuple[str, ...]] = {}
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            _check_directory(package.infolist(), len(data), name)
            n_cells = 0
            for part in package.infolist():
                found, n_here = _check_part(package, part, name, MAX_CELLS - n_cells)
                n_cells += n_here
                if found:
                    merged[part.filename] = found
    except ShopfloorError:
        raise
    except Exception as error:  # flipped bytes surface in `zipfile` as half a dozen unrelated exceptions
        raise InputError(f"{name}: the zip is damaged: download or save the workbook again") from error
    return MappingProxyType(merged)


def _check_directory(parts: list[zipfile.ZipInfo], packed: int, name: str) -> None:
    """Judge the package by what its directory says, before anything is unpacked."""
    paths = [part.filename for part in parts]
    if any(part.flag_bits & 0x1 for part in parts):
        raise InputError(f"{name}: the zip is protected by a password: take it away and save as .xlsx or CSV")
    for path, reason in _OTHER_FORMATS:
        if path in paths:
            raise InputError(f"{name}: {reason}")
    if "[Content_Types].xml" not in paths:
        raise InputError(f"{name}: this is a zip and no XLSX workbook: unpack it and give the files in it")
    if len(set(paths)) < len(paths) or len(paths) > MAX_PARTS:
        raise InputError(f"{name}: the workbook is not built as spreadsheet programs do: open it in one and save it")
    unpacked = sum(part.file_size for part in parts)
    if unpacked > MAX_UNPACKED_BYTES or unpacked > max(_SMALL_BYTES, MAX_RATIO * packed):
        raise InputError(
            f"{name}: the workbook unpacks to {unpacked // 1_000_000} MB, which is too much: save each sheet as CSV"
        )


def _check_part(
    package: zipfile.ZipFile, part: zipfile.ZipInfo, name: str, most_cells: int
) -> tuple[tuple[str, ...], int]:
    """Unpack one part, refuse declarations, and return the merged ranges it names and how many cells it holds."""
    merged: dict[str, None] = {}
    n_cells = 0
    for position, piece in enumerate(_pieces(package, part)):
        # Zeros are taken out so that a declaration in UTF-16 is seen as well.
        if _DECLARATION.search(piece.replace(b"\0", b"")) or (position == 0 and _OTHER_ENCODING.search(piece)):
            raise InputError(
                f"{name}: the workbook holds XML declarations that no spreadsheet program writes: "
                "do not trust it; if it is yours, open it in one and save it"
            )
        merged.update((found.decode(), None) for found in _MERGED.findall(piece))
        n_cells += sum(1 for _ in _CELL.finditer(piece))
        if n_cells > most_cells:
            raise InputError(f"{name}: more than {MAX_CELLS:,} cells, which is too much: save each sheet as CSV")
    return tuple(merged), n_cells


def _pieces(package: zipfile.ZipFile, part: zipfile.ZipInfo) -> Iterator[bytes]:
    """Yield a part piece by piece, each beginning with the end of the one before.

    `zipfile` never yields more than the directory promised, so the limits checked there hold.
    """
    tail = b""
    with package.open(part) as stream:
        while piece := stream.read(_PIECE_BYTES):
            yield tail + piece
            tail = piece[-_OVERLAP_BYTES:]
