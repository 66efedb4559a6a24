"""The encoding of a text file: told by its bytes, inferred where one reading stands out, otherwise asked for.

A wrong guess garbles people's names without anybody noticing, and statistical detection is often wrong on the
short lists that organizers have. So Unicode is tried first, then Western European as Windows writes it, if every
character makes sense in it; any other encoding must be the only reading that looks like text.
"""

import codecs
import re
from itertools import pairwise

from charset_normalizer import CharsetMatch, from_bytes

from shopfloor.errors import InputError

_BOMS = (  # the longer ones first: UTF-32 begins as UTF-16 does
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_WESTERN_LETTERS = "àáâãäåæçèéêëìíîïñòóôõöøœùúûüÿßšžªº"
_WESTERN_SIGNS = "‘’‚“”„–—…•€£©®™°·½¼¾¿¡«»§\xa0"  # noqa: RUF001 - signs that are easily confused are the subject
_WORD = re.compile(r"[^\W\d_]+")
_SIGN_INSIDE_WORD = re.compile("[^\\W\\d_][“”„‚…•€£©®™°½¼¾¿¡«»§][^\\W\\d_]")  # noqa: RUF001 - as above
_SAMPLE_BYTES = 65_536
_LAST_ASCII = 127
# Tried on lists of generated names in these encodings: below this many bytes beyond ASCII, or with a smaller lead over
# the next reading (in charset-normalizer's "chaos"), wrong readings were accepted; above, only right ones or none.
_ENOUGH_BYTES = 40
_CLEAR_LEAD = 0.04
_COMMON = (
    *("cp1250", "iso8859_2", "cp1251", "koi8_r", "cp1252", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257"),
    *("mac_roman", "cp437", "cp850", "cp932", "euc_jp", "gb18030", "big5", "cp949"),
)
_MAX_NUL_SHARE = 0.05


def to_utf8(data: bytes, name: str) -> tuple[bytes, str]:
    """Return the text of a file as UTF-8 without byte order mark, and the encoding it was read with.

    Parameters
    ----------
    data : bytes
        The whole file.
    name : str
        What to call it in messages.

    Returns
    -------
    tuple of bytes and str
        Valid UTF-8, and ``"utf-8"``, ``"utf-16"``, ``"utf-32"``, ``"cp1252"`` or another name that Python knows.

    Raises
    ------
    InputError
        The file is not text, is damaged, or its encoding cannot be told.
    """
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            return _decoded(data, encoding, name), encoding.removesuffix("-sig")
    _refuse_binary(data, name)
    if data.isascii() or _decodes(data, "utf-8"):
        return data, "utf-8"
    if 0 in data:
        raise InputError(f"{name}: this is no text file: give a CSV or XLSX file")
    encoding = _infer(_sample(data), name)
    return _decoded(data, encoding, name), encoding


def _decoded(data: bytes, encoding: str, name: str) -> bytes:
    try:
        return data.decode(encoding).encode()
    except UnicodeError as error:
        raise InputError(f"{name}: begins as {encoding} text and then is not: save it again as CSV UTF-8") from error


def _decodes(data: bytes, encoding: str) -> bool:
    try:
        data.decode(encoding)
    except UnicodeError:
        return False
    return True


def _refuse_binary(data: bytes, name: str) -> None:
    """Refuse a file with so many NULs that it is a program's own format or UTF-16 without its mark."""
    if 0 in data and data.count(0) > _MAX_NUL_SHARE * len(data):
        raise InputError(f"{name}: this is no text file, or UTF-16 without its mark: save it as CSV UTF-8 or as XLSX")


def _sample(data: bytes) -> bytes:
    """Return lines that are not plain ASCII, which alone tell encodings apart."""
    lines: list[bytes] = []
    size = 0
    for line in data.split(b"\n"):
        if not line.isascii():
            lines.append(line[:_SAMPLE_BYTES])
            size += len(line)
        if size >= _SAMPLE_BYTES:
            break
    return b"\n".join(lines)


def _infer(sample: bytes, name: str) -> str:
    """Return the one encoding in which the sample reads as text."""
    western = sample.decode("cp1252") if _decodes(sample, "cp1252") else None
    if western is not None and is_western(western):
        return "cp1252"
    readings = [match for match in from_bytes(sample, cp_isolation=list(_COMMON)) if str(match) != western]
    least = min((match.chaos for match in readings), default=0.0)
    rivals = [match for match in readings if match.chaos <= least + _CLEAR_LEAD]
    n_telling = sum(byte > _LAST_ASCII for byte in sample)
    if n_telling < _ENOUGH_BYTES or len({str(match) for match in rivals}) != 1:
        raise InputError(
            f"{name}: the encoding cannot be told{_listed(rivals)}: save the file as CSV UTF-8, or as XLSX"
        )
    return rivals[0].encoding


def _listed(rivals: list[CharsetMatch]) -> str:
    return f" ({', '.join(match.encoding for match in rivals[:4])} look possible)" if rivals else ""


def is_western(text: str) -> bool:
    """Tell whether text decoded as cp1252 makes sense: letters and signs of Western Europe where they belong.

    An accented capital after a small letter, a word with more than two accented letters in three, a sign such as
    ``³`` or a quotation mark inside a word shows that the bytes were written in another encoding.
    """
    signs = {character for character in text if not character.isascii() and not character.isalpha()}
    if not signs <= set(_WESTERN_SIGNS) or _SIGN_INSIDE_WORD.search(text):
        return False
    return all(_is_western_word(word) for word in set(_WORD.findall(text)) if not word.isascii())


def _is_western_word(word: str) -> bool:
    accented = [character for character in word if not character.isascii()]
    if any(character.lower() not in _WESTERN_LETTERS for character in accented):
        return False
    climbs = any(after.isupper() and not after.isascii() and before.islower() for before, after in pairwise(word))
    return not climbs and (len(word) == 1 or 3 * len(accented) <= 2 * len(word))
