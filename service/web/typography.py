"""French spacing of what is displayed: a mark stays on the line of its word.

Only blanks that are there become no-break ones, narrow before ; ! ? and full before : and inside « » (Imprimerie
nationale), in text that is in French. Addresses, fields, values and whatever programs read stay as they are.
"""

from __future__ import annotations

import re
from typing import Final

_TAG: Final = re.compile(r"(<[^>]*>)")
_NAME: Final = re.compile(r"</?([a-z0-9]+)")
_LANGUAGE: Final = re.compile(r'\slang="([\w-]*)"')
_NARROW: Final = re.compile(" (?=[;!?])")
_FULL: Final = re.compile("(?<=«) | (?=[:»])")
_VOID: Final = frozenset({"area", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"})
_VERBATIM: Final = frozenset({"code", "pre", "script", "style", "textarea", "title"})


def typeset_french(text: str) -> str:
    """Return the text with no-break blanks before high marks and inside quotation marks; none is added."""
    return _FULL.sub("\u00a0", _NARROW.sub("\u202f", text))


def typeset_page(html: str) -> str:
    """Return a page, or a well-formed part of one, with its French text typeset, by the `lang` of its elements."""
    languages: list[tuple[str, str]] = [("", "")]  # of the open elements: their name and language
    verbatim = 0
    parts = _TAG.split(html)
    for number, part in enumerate(parts):
        if number % 2 == 0:
            if languages[-1][1] == "fr" and not verbatim:
                parts[number] = typeset_french(part)
            continue
        name = _NAME.match(part)
        if name is None or name[1] in _VOID or part.endswith("/>"):
            continue
        if part.startswith("</"):
            closed = languages.pop()[0] if len(languages) > 1 else ""
            verbatim -= closed in _VERBATIM
        else:
            own = _LANGUAGE.search(part)
            languages.append((name[1], own[1] if own else languages[-1][1]))
            verbatim += name[1] in _VERBATIM
    return "".join(parts)
