"""Take out of RTF what is not seen: hidden, struck-out and deleted text; write signs and raised digits as such."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from index.reasons import Part, Reason
from ingest.loaders.omissions import DELETED, HIDDEN, STRUCK, Omissions
from ingest.loaders.raised_digits import write_lowered, write_raised
from ingest.loaders.symbol_fonts import is_symbol_font, write_symbol

_TOKEN: Final = re.compile(
    r"\\(?P<word>[a-zA-Z]+)(?P<number>-?\d+)? ?|\\'(?P<code>[0-9a-fA-F]{2})|(?P<sign>\\[^a-zA-Z'])|(?P<brace>[{}])"
    r"|(?P<text>[^\\{}]+)|(?P<rest>\\)"
)
_FONT: Final = re.compile(r"\{\\f(\d+)[^{};]*?\s([^{};\\]+);\}")
_SWITCHES: Final = {"v": "is_hidden", "deleted": "is_deleted", "strike": "is_struck", "striked": "is_struck"}
_SHIFTS: Final = {"super": "super", "sub": "sub", "nosupersub": ""}
_REASONS: Final[tuple[tuple[str, Part, Reason], ...]] = (
    ("is_hidden", "hidden passage", HIDDEN),
    ("is_deleted", "deleted passage", DELETED),
    ("is_struck", "struck-out passage", STRUCK),
)


@dataclass(frozen=True, slots=True)
class _State:
    is_hidden: bool = False
    is_deleted: bool = False
    is_struck: bool = False
    shift: str = ""
    font: str = ""


def take_out_unseen(content: str, omissions: Omissions) -> str:
    """Return the RTF without the text that is not seen, which is counted."""
    fonts = {number: name.strip() for number, name in _FONT.findall(content)}
    written: list[str] = []
    stack: list[_State] = []
    state, before = _State(), ""
    last: tuple[Part, Reason] | None = None
    for match in _TOKEN.finditer(content):
        kind = match.lastgroup or ""
        if match["brace"]:
            if match["brace"] == "{":
                stack.append(state)
            elif stack:
                state = stack.pop()
            written.append(match[0])
        elif match["word"] and match["word"] != "u":
            state = _change(state, match["word"], match["number"] or "", fonts)
            written.append(match[0])
        elif reason := _reason(state):
            if reason != last and match[0].strip():
                omissions.add(reason[0], "", reason[1])
            last = reason if match[0].strip() else last
        else:
            text = _write(match, kind, state, before)
            written.append(text)
            before, last = (before + text)[-40:], None
    return "".join(written)


def _change(state: _State, word: str, number: str, fonts: Mapping[str, str]) -> _State:
    """Return the state after a control word."""
    if word in _SWITCHES:
        return replace(state, **{_SWITCHES[word]: number != "0"})  # type: ignore[arg-type]
    if word in _SHIFTS:
        return replace(state, shift=_SHIFTS[word])
    if word == "f":
        return replace(state, font=fonts.get(number, ""))
    return replace(state, is_hidden=False, is_struck=False, shift="", font="") if word == "plain" else state


def _reason(state: _State) -> tuple[Part, Reason] | None:
    """Return what is left out of the text in this state and why, None if it is seen."""
    for attribute, what, why in _REASONS:
        if getattr(state, attribute):
            return what, why
    return None


def _write(match: re.Match[str], kind: str, state: _State, before: str) -> str:
    """Return a stretch of text as RTF."""
    if is_symbol_font(state.font) and kind in ("code", "text"):
        codes = (
            [int(match["code"], 16)]
            if kind == "code"
            else [ord(character) for character in match[0] if character > " "]
        )
        return "".join(f"\\u{ord(sign)}?" for code in codes for sign in write_symbol(code, state.font))
    if kind != "text" or not state.shift:
        return match[0]
    shifted = write_raised(before, match[0]) if state.shift == "super" else write_lowered(match[0])
    return "".join(character if ord(character) < 0x80 else f"\\u{ord(character)}?" for character in shifted)
