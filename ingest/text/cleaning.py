"""Clean the characters and spaces of every text, whatever file it comes from."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_LIGATURES: Final = {0xFB00: "ff", 0xFB01: "fi", 0xFB02: "fl", 0xFB03: "ffi", 0xFB04: "ffl", 0xFB05: "st", 0xFB06: "st"}
_SPACES: Final = dict.fromkeys(
    [0x09, 0x0B, 0x0C, 0x1C, 0x1D, 0x1E, 0x1F, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000], " "
)
# Windows-1252 declared as ISO 8859-1, as in most old pages and mails: "l\x92œuvre" (WHATWG decodes it so too).
_WINDOWS_1252: Final = "€ ‚ƒ„…†‡ˆ‰Š‹Œ Ž  ‘’“”•–—˜™š›œ žŸ"
_C1: Final = {code: character for code, character in enumerate(_WINDOWS_1252, start=0x80) if character != " "}
_LINES: Final = {0x2028: "\n", 0x2029: "\n\n"}
_REMOVED: Final = dict.fromkeys([0xAD, 0x200B, 0x200C, 0x200D, 0x200E, 0x200F, 0x2060, 0xFEFF], None)
BULLETS: Final = dict.fromkeys([0xF0B7, 0xF0A7, 0xF0FC, 0xF0D8, 0xF076, 0xF02D, 0xF06E, 0xF071], "•")
_TABLE: Final[dict[int, str | None]] = {**_C1, **_LIGATURES, **_SPACES, **_LINES, **_REMOVED, **BULLETS}
_INVISIBLE: Final = re.compile(
    r"[\x00-\x08\x0e-\x1b\x7f-\x9f\ud800-\udfff\ue000-\uf8ff\ufff9-\ufffc\ufffe\uffff\U000f0000-\U0010ffff]"
)
_MOJIBAKE: Final = re.compile(r"[ÃÂ][\x80-\xbf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ ¡-¿]|â€[™œ\x9d“”¦˜]")


# "n°" as some producers write it: a raised o that comes out as a letter ("no 2022-544", "1o Par tout professionnel").
_NUMERO: Final = re.compile(r"\b([Nn])(?:[oº⁰]|\s*\n\s*o\s*\n)\s?(?=\d+[-/]\d)")
_ORDINAL: Final = re.compile(r"^(\d{1,2})o (?=[A-ZÀ-ÖL])", re.MULTILINE)


def clean_characters(text: str) -> str:
    """Return NFC text with plain spaces and "\\n": no ligature, soft hyphen, control or private-use character.

    U+FFFD stays: a person sees that something stood there.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").translate(_TABLE)
    return unicodedata.normalize("NFC", _INVISIBLE.sub("", text))


def clean(text: str) -> str:
    """Return clean characters, no spaces at the ends of lines or doubled, one blank line between paragraphs."""
    lines = (re.sub(r" {2,}", " ", line).strip() for line in clean_characters(_repair_mojibake(text)).split("\n"))
    text = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
    return _ORDINAL.sub(r"\1° ", _NUMERO.sub(r"\1° ", text))


def one_line(text: str) -> str:
    """Return clean text on one line, as titles and labels are written."""
    return " ".join(clean(text).split())


def _repair_mojibake(text: str) -> str:
    """Undo UTF-8 that was decoded as Windows-1252 ("hÃ´pital"), if the whole text can be decoded again."""
    if len(_MOJIBAKE.findall(text)) < 2:
        return text
    try:
        return text.encode("cp1252").decode("utf-8")
    except (UnicodeEncodeError, UnicodeDecodeError):
        return text
