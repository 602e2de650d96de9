"""The declarations of style that change what a reader sees or how: of a page's own sheets and of its elements.

Only what stands in the page is known; linked sheets are not. A rule of another medium than the screen, or for a state
of the page (`:hover`), does not count.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

from ingest.loaders.web.parsing import list_classes

if TYPE_CHECKING:
    from bs4 import BeautifulSoup, Tag

_USED_NAMES: Final = (
    "display visibility opacity font-size text-decoration text-decoration-line vertical-align white-space position "
    "left top text-indent color background background-color font-family list-style list-style-type mso-hide"
)
USED: Final = frozenset(_USED_NAMES.split())
_MOST_SHEET: Final = 2_000_000  # characters
_MOST_SELECTORS: Final = 400  # that are looked up in the tree
_COMMENT: Final = re.compile(r"/\*.*?\*/|<!--|-->", re.DOTALL)
_SCREEN: Final = re.compile(r"@media\s+(?:only\s+)?(?:all|screen)\s*|@(?:supports|layer)\b.*", re.IGNORECASE)
_STATE: Final = re.compile(
    r"::|:(?!not\(|first-child|last-child|nth-child|first-of-type|last-of-type|root|is\(|where\()"
)
_NAME: Final = re.compile(r"[.#](-?[A-Za-z_][\w-]*)")
_INLINE: Final = (1_000, 0, 0)  # counts more than any selector

Priority = tuple[bool, tuple[int, int, int], int]


class Styles:
    """What is declared for the elements of a page; made before the tree is changed.

    `has_linked_sheets` says whether there are declarations that are not known.
    """

    def __init__(self, soup: BeautifulSoup) -> None:
        self.has_linked_sheets = soup.find("link", rel="stylesheet") is not None
        self._values: dict[int, dict[str, tuple[Priority, str]]] = {}
        self._apply_sheets(soup)
        for tag in soup.find_all(style=True):
            for name, value, is_important in _declarations(str(tag["style"])):
                self._declare(tag, name, value, (is_important, _INLINE, 0))
        for tag in soup.find_all("style"):
            tag.decompose()

    def get(self, tag: Tag, name: str) -> str:
        """Return what is declared for the element itself, in lower case, "" for nothing."""
        return self._values.get(id(tag), {}).get(name, ((False, (0, 0, 0), 0), ""))[1]

    def declared(self, tag: Tag) -> Mapping[str, str]:
        """Return everything declared for the element itself."""
        return {name: value for name, (_, value) in self._values.get(id(tag), {}).items()}

    def _declare(self, tag: Tag, name: str, value: str, priority: Priority) -> None:
        values = self._values.setdefault(id(tag), {})
        if name not in values or values[name][0] <= priority:
            values[name] = (priority, value)

    def _apply_sheets(self, soup: BeautifulSoup) -> None:
        names = {name for tag in soup.find_all(True) for name in list_classes(tag)}
        looked_up = 0
        for order, (selector, declarations) in enumerate(_rules(soup)):
            if _STATE.search(selector) or not {name.lower() for name in _NAME.findall(selector)} <= names:
                continue
            looked_up += 1
            if looked_up > _MOST_SELECTORS:
                return
            for tag in _select(soup, selector):
                for name, value, is_important in declarations:
                    self._declare(tag, name, value, (is_important, _specificity(selector), order))


def _select(soup: BeautifulSoup, selector: str) -> list[Tag]:
    from soupsieve import SelectorSyntaxError

    try:
        return list(soup.select(selector))
    except (SelectorSyntaxError, ValueError, NotImplementedError):  # a browser ignores such a rule too
        return []


def _rules(soup: BeautifulSoup) -> Iterator[tuple[str, list[tuple[str, str, bool]]]]:
    """Yield each selector of the page's sheets with the declarations that are used here, if there are any."""
    for sheet in soup.find_all("style"):
        if str(sheet.get("media") or "all").strip().lower() not in ("all", "screen", "only screen"):
            continue
        for prelude, body in _parse_sheet(_COMMENT.sub("", sheet.get_text())[:_MOST_SHEET]):
            declarations = list(_declarations(body))
            if declarations:
                yield from ((selector.strip(), declarations) for selector in prelude.split(",") if selector.strip())


def _parse_sheet(css: str) -> Iterator[tuple[str, str]]:
    """Yield (selectors, declarations) of the rules for the screen."""
    position = 0
    while (opening := css.find("{", position)) >= 0:
        prelude = css[position:opening].rpartition(";")[2].strip(" \t\r\n}")
        if prelude.startswith("@"):
            position = opening + 1 if _SCREEN.fullmatch(prelude) else _end_of_block(css, opening)
            continue
        closing = css.find("}", opening)
        closing = closing if closing >= 0 else len(css)
        yield prelude, css[opening + 1 : closing]
        position = closing + 1


def _end_of_block(css: str, opening: int) -> int:
    depth = 0
    for match in re.compile("[{}]").finditer(css, opening):
        depth += 1 if match[0] == "{" else -1
        if depth == 0:
            return match.end()
    return len(css)


def _declarations(body: str) -> Iterator[tuple[str, str, bool]]:
    """Yield (name, value, whether it is `!important`) of what is used here."""
    for declaration in body.split(";"):
        name, colon, value = declaration.partition(":")
        name, value = name.strip().lower(), value.strip().lower()
        if colon and name in USED:
            yield name, value.removesuffix("!important").strip(), value.endswith("!important")


def _specificity(selector: str) -> tuple[int, int, int]:
    """Return how many ids, classes and element names a selector has; `:not(.x)` counts as the class in it."""
    elements = re.findall(r"(?:^|[\s>+~(])([a-z][\w-]*)", selector, re.IGNORECASE)
    return selector.count("#"), len(re.findall(r"\.[A-Za-z_-]|\[|:(?!not|is|where)", selector)), len(elements)
