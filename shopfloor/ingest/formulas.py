"""Cells that a spreadsheet would compute: made plain text when we write them, and what they were when we read them.

A text that a spreadsheet takes for a formula gets one apostrophe in front. The rule can be turned round without
knowing who wrote the file: a text that is already such an apostrophe and what needs one gets one more, so that
exactly one has to go when it is read. Rule: OWASP, "CSV Injection", https://owasp.org/www-community/attacks/CSV_Injection
"""

import re
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

MARK: Final = "'"
_UNSEEN: Final = r"\s\u0085\u00a0\u1680\u180e\u2000-\u200d\u2028\u2029\u202f\u205f\u2060\u3000\ufeff"
_SIGNS: Final = r"=+\-@\uff1d\uff0b\uff0d\uff20"
_DANGEROUS: Final = re.compile(rf"\A'*(?:[{_UNSEEN}]*[{_SIGNS}]|[\t\r\n])")
_WRITTEN: Final = re.compile(rf"\A'(?='*(?:[{_UNSEEN}]*[{_SIGNS}]|[\t\r\n]))")


def neutralised(text: str) -> str:
    """Return a text as a cell that no spreadsheet computes.

    Examples
    --------
    >>> neutralised("=1+1"), neutralised("Ana"), neutralised("'=1")
    ("'=1+1", 'Ana', "''=1")
    """
    return MARK + text if _DANGEROUS.match(text) else text


def restored(text: str) -> str:
    """Return what `neutralised` was given.

    Examples
    --------
    >>> restored("'=1+1"), restored("'tis"), restored("''=1")
    ('=1+1', "'tis", "'=1")
    """
    return _WRITTEN.sub("", text)


def restored_column(cells: pa.Array) -> pa.Array:
    """Return a column of texts, each as it was before it was neutralised; nulls stay."""
    marked = pc.fill_null(pc.starts_with(cells, MARK), False)
    if not pc.any(marked).as_py():
        return cells
    texts = [None if text is None else restored(text) for text in cells.to_pylist()]
    return pa.array(texts, cells.type)
