"""Take hidden parts out of a page and count them; what a control on the page opens (an accordion, a tab) is kept."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from index.reasons import Part, Reason
from ingest.loaders.omissions import Omissions
from ingest.loaders.outline import shorten
from ingest.loaders.web.parsing import HEADINGS, count_words, list_classes
from ingest.loaders.web.styles import Styles

if TYPE_CHECKING:
    from bs4 import BeautifulSoup, Tag

HIDDEN: Final = Reason("hidden-on-page")
UNSCRIPTED: Final = Reason("without-scripts")
SPOKEN: Final = Reason("for-screen-readers")
_WHOLE: Final = frozenset(("html", "body", "main"))  # hidden until a script shows them
_FOR_SCREEN_READERS: Final = frozenset(
    ("sr-only", "visually-hidden", "visuallyhidden", "screen-reader-text", "show-for-sr", "element-invisible")
)
_CONTROLS: Final = ("aria-controls", "data-target", "data-bs-target", "data-controls")
_NOTE_TYPES: Final = re.compile(r"footnote|rearnote|endnote")
_NUMBER: Final = re.compile(r"-?\d*\.?\d+")
_COLOURS: Final = {"white": "#ffffff", "#fff": "#ffffff", "black": "#000000", "#000": "#000000"}


def remove_hidden(soup: BeautifulSoup, styles: Styles, omissions: Omissions) -> None:
    """Remove what a reader cannot see on the page and count the parts that hold words, by the heading above them."""
    opened = _opened_by_controls(soup)
    for tag in soup.find_all(True):
        if tag.decomposed or tag.name in _WHOLE:
            continue
        why = _why_hidden(tag, styles) or (None if styles.has_linked_sheets else _why_invisible(tag, styles))
        if why and not _can_be_opened(tag, opened):
            _remove(tag, why, omissions)
    for tag in soup.select('[aria-hidden="true"]'):
        for sibling in _readable_siblings(tag) if tag.parent is not None else []:
            _remove(sibling, SPOKEN, omissions)


def _remove(tag: Tag, why: Reason, omissions: Omissions) -> None:
    if count_words(text := tag.get_text(" ", strip=True)):
        heading = tag.find_previous(list(HEADINGS))
        where = f"“{shorten(heading.get_text(' '), 60)}”" if heading and heading.get_text(strip=True) else ""
        what: Part = "hidden part" if why != SPOKEN else "spoken text"
        omissions.add(what, where, why, text=text if why == HIDDEN else "")
    tag.decompose()


def _why_hidden(tag: Tag, styles: Styles) -> Reason | None:
    """Return why a reader does not see the element whatever is around it, None if it is shown."""
    if tag.name == "noscript":
        return UNSCRIPTED
    if tag.name == "template" or (tag.name == "dialog" and not tag.has_attr("open")):
        return HIDDEN
    if tag.has_attr("hidden") and str(tag["hidden"]).lower() != "until-found":
        return None if styles.get(tag, "display") not in ("", "none") else HIDDEN
    declared = styles.declared(tag)
    if not declared:
        return None
    is_hidden = (
        declared.get("display") == "none"
        or declared.get("visibility") in ("hidden", "collapse")
        or declared.get("mso-hide") == "all"
        or _is_nothing(declared.get("opacity", ""))
        or _is_nothing(declared.get("font-size", ""))
        or declared.get("color") == "transparent"
    )
    return HIDDEN if is_hidden or _is_off_screen(tag, styles) else None


def _why_invisible(tag: Tag, styles: Styles) -> Reason | None:
    """Return why nobody sees text in the colour of its ground (a page's is white), None if it has another one."""
    colour = _colour(styles.get(tag, "color") or str(tag.get("color") or "") * (tag.name == "font"))
    if not colour:
        return None
    for above in (tag, *tag.parents):
        ground = (
            styles.get(above, "background-color") or styles.get(above, "background") or str(above.get("bgcolor") or "")
        )
        if ground or above.get("background"):
            return HIDDEN if colour == _colour(ground) else None
    return HIDDEN if colour == "#ffffff" else None


def _colour(text: str) -> str:
    text = text.strip().lower()
    match = re.fullmatch(r"#([0-9a-f])([0-9a-f])([0-9a-f])", text)
    if match:
        return "#" + "".join(2 * digit for digit in match.groups())
    numbers = re.fullmatch(r"rgb\(\s*(\d{1,3})\s*,\s*(\d{1,3})\s*,\s*(\d{1,3})\s*\)", text)
    if numbers:
        return "#" + "".join(f"{min(int(number), 255):02x}" for number in numbers.groups())
    return _COLOURS.get(text, text)


def _is_nothing(value: str) -> bool:
    number = _NUMBER.match(value)
    return number is not None and float(number[0]) == 0


def _is_off_screen(tag: Tag, styles: Styles) -> bool:
    """Say whether the element stands far outside the page; what screen readers are given there is kept."""
    if _FOR_SCREEN_READERS & set(list_classes(tag)):
        return False
    is_placed = styles.get(tag, "position") in ("absolute", "fixed")
    places = [styles.get(tag, "left"), styles.get(tag, "top")] if is_placed else []
    numbers = [_NUMBER.match(place) for place in (styles.get(tag, "text-indent"), *places)]
    return any(float(number[0]) <= -500 for number in numbers if number)


def _opened_by_controls(soup: BeautifulSoup) -> frozenset[str]:
    """Return the ids of the elements that a button, a tab or a link with such a part opens."""
    names: set[str] = set()
    for attribute in _CONTROLS:
        for tag in soup.select(f"[{attribute}]"):
            names.update(str(tag[attribute]).replace("#", " ").split())
    for link in soup.select('a[href^="#"]'):
        if link.get("role") in ("button", "tab") or link.has_attr("aria-expanded") or link.has_attr("data-toggle"):
            names.add(str(link["href"])[1:])
    return frozenset(names)


def _can_be_opened(tag: Tag, opened: frozenset[str]) -> bool:
    """Say whether a reader opens the part with a click: a tab's panel, an accordion's answer, a book's note."""
    if tag.get("id") in opened or tag.get("role") == "tabpanel":
        return True
    return _NOTE_TYPES.search(f"{tag.get('epub:type') or ''} {tag.get('role') or ''}") is not None


def _readable_siblings(tag: Tag) -> list[Tag]:
    """Return what beside an element that only the eye gets says the same for screen readers."""
    if not any(map(str.isalnum, tag.get_text())):  # an icon, whose words are beside it
        return []
    siblings = tag.find_next_siblings(limit=1) + tag.find_previous_siblings(limit=1)
    return [sibling for sibling in siblings if _FOR_SCREEN_READERS & set(list_classes(sibling))]
