"""Decode bytes by the encoding they declare, as browsers do, and by evidence where the bytes contradict it.

UTF-8 is recognised by its form; Windows, ISO 8859-15, DOS and Macintosh by which of them makes plausible letters of
fr, en, de, es, it and nl. What is wrong in a single place costs no more than that place; what cannot be decoded at all
becomes U+FFFD, which is kept and reported.
"""

from __future__ import annotations

import codecs
import re
from typing import Final

UNKNOWN: Final = "\ufffd"
_BYTE_ORDER_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CODE_PAGES: Final = ("cp1252", "iso8859-15", "cp850", "mac_roman")  # the first of equally likely ones
# What the Encoding Standard (WHATWG) reads a label as, where Python takes it by its letter.
_AS_BROWSERS: Final = {
    "ascii": "",  # says nothing of other bytes
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
}
_LABELS: Final = {"ansi": "cp1252", "x-mac-roman": "mac_roman", "utf8mb4": "utf-8", "iso-8859-8-i": "iso-8859-8"}
_NOT_TEXT: Final = frozenset(("idna", "punycode", "raw-unicode-escape", "unicode-escape", "undefined"))
_MULTIBYTE: Final = re.compile(r"gb18030|cp9\d\d|big5|hz|euc|iso2022|utf-7")
_ACCENTED: Final = frozenset("éèêëàâäáãåçîïíìôöòóõûüúùñœæßÉÈÊÀÂÇÎÔÖÜÄÙŒÁÍÓÚÑ«»’‘“”„–—…°€§•²³ªº¿¡\xa0")
_NOT_ASCII: Final = re.compile(r"[^\x00-\x7f]")
_NO_LETTER_IN_WORD: Final = re.compile(r"(?<=[a-zà-öø-ÿ])(?:[^\x00-\x7fà-öø-ÿœŒ’·–—‑ŀ\xad]|[À-ÖØ-Þ])(?=[a-zà-öø-ÿ])")
_MOST_ACCENTED: Final = 0.3  # of the letters; more is another script decoded as ours
_SAMPLE: Final = 1 << 20  # characters that are judged


def decode(content: bytes, declared: str = "") -> str:
    """Return the characters of a text; `declared` is the label of its encoding as a program wrote it, "" for none.

    A byte order mark comes first, then UTF-8 that is one, then the declaration if its letters are plausible, then what
    is likeliest. A declared UTF-16 without its form is ignored, as browsers do.
    """
    for mark, encoding in _BYTE_ORDER_MARKS:
        if content.startswith(mark):
            return content.decode(encoding, errors="replace")
    utf_16 = _detect_utf_16(content[:65536])
    if utf_16:
        return content.decode(utf_16, errors="replace")
    codec = find_codec(declared)
    if _MULTIBYTE.match(codec) and (text := _decode_strictly(content, codec)) is not None:
        return text
    as_utf_8 = _decode_strictly(content, "utf-8")
    if as_utf_8 is not None:
        western = content.decode("cp1252", errors="replace")
        return western if _is_accident(as_utf_8) and _likelihood(western) > 0 else as_utf_8
    guesses = [content.decode(page, errors="replace") for page in _CODE_PAGES]
    likeliest = max([*guesses, content.decode("utf-8", errors="bytewise")], key=_likelihood)
    if codec in ("", "utf-8"):
        return likeliest
    stated = content.decode(codec, errors="replace")
    return likeliest if _is_contradicted(stated, likeliest) else stated


def find_codec(label: str) -> str:
    """Return the Python codec a label stands for in a browser, "" for none or an unknown one."""
    try:
        name = label.strip(" \t\r\n'\"").lower().replace("windows", "cp").replace("cp-", "cp")
        name = codecs.lookup(_LABELS.get(name, name)).name
        b"<a1".decode(name, errors="replace")
    except (LookupError, ValueError):  # no such encoding, or one from bytes to bytes
        return ""
    if name in _NOT_TEXT:
        return ""
    return "utf-8" if name.startswith("utf") and name != "utf-7" else _AS_BROWSERS.get(name, name)


def _decode_strictly(content: bytes, codec: str) -> str | None:
    try:
        return content.decode(codec)
    except (UnicodeDecodeError, ValueError):
        return None


def _detect_utf_16(content: bytes) -> str:
    """Return which UTF-16 this is by where its zero bytes are, "" if it is none."""
    low, high = content[::2].count(0), content[1::2].count(0)
    if high > 0.3 * len(content) / 2 and not low:
        return "utf-16-le"
    return "utf-16-be" if low > 0.3 * len(content) / 2 and not high else ""


def _likelihood(text: str) -> int:
    """Return how plausible a text's accented letters are: those of DOS and Macintosh decoded as Windows are not."""
    text = text[:_SAMPLE]
    plausible = sum(2 if match[0] in _ACCENTED else -2 for match in _NOT_ASCII.finditer(text))
    return plausible - 4 * len(_NO_LETTER_IN_WORD.findall(text))


def _is_accident(text: str) -> bool:
    """Say whether a text has so few characters out of ASCII, and such odd ones, that it may be UTF-8 by accident.

    "à »" of Windows-1252, with a no-break space, is a Samaritan letter in UTF-8.
    """
    others = _NOT_ASCII.findall(text[:_SAMPLE])
    return len(others) <= 3 and any("\u0800" <= other < "\u2000" or "\u2e00" <= other < "\uf900" for other in others)


def _is_contradicted(declared: str, likeliest: str) -> bool:
    """Say whether the declared encoding makes implausible letters where another makes a Western European text."""
    if not _likelihood(declared) < 0 < _likelihood(likeliest):
        return False
    letters = [character for character in likeliest[:_SAMPLE] if character.isalpha()]
    accented = sum(not letter.isascii() for letter in letters)
    return accented <= _MOST_ACCENTED * len(letters)


def _decode_wrong_byte(error: UnicodeError) -> tuple[str, int]:
    """Decode what is not UTF-8 as Windows-1252; a character cut off at the end of the file is unknown."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    wrong = error.object[error.start : error.end]
    is_cut_off = error.end == len(error.object) and "end of data" in error.reason
    return (UNKNOWN if is_cut_off else wrong.decode("cp1252", errors="replace")), error.end


codecs.register_error("bytewise", _decode_wrong_byte)
