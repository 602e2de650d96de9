"""Write as text what a page says by the form of its characters: raised, struck, of a symbol font, in a formula."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from ingest.loaders.raised_digits import is_exponent, write_lowered, write_raised
from ingest.loaders.symbol_fonts import is_symbol_font, write_symbols
from ingest.loaders.web.parsing import BLOCKS, HEADINGS, list_classes, nearest
from ingest.loaders.web.styles import Styles
from ingest.text.cleaning import one_line

if TYPE_CHECKING:
    from bs4 import BeautifulSoup, Tag
    from bs4.element import PageElement

STRUCK: Final = "~~"
_STRUCK_NAMES: Final = frozenset(("del", "s", "strike"))
_NOTE_MARK: Final = re.compile(r"[\[(]?(\d{1,3}|\*{1,3}|[a-z])[\])]?")
_NOTE_NAMES: Final = re.compile(
    r"foot-?note|end-?note|note-?(?:ref|de|\d|appel)|(?:^|[_-])(?:ftn|fn|cite|edn)|noteref|sdfoot|appel"
)
_BREAKS: Final = BLOCKS | HEADINGS | {"br"}
_SEEN_BEFORE: Final = 24  # characters
_UNRAISED: Final = re.compile(r"[\w+\-−–*/=(). ]{1,20}")


def write_signs(soup: BeautifulSoup, styles: Styles) -> None:
    """Change the tree so that its strings alone say what a reader sees."""
    for formula in soup.find_all("math"):
        formula.replace_with(write_formula(formula))
    part_note_marks(soup, styles)
    for tag in soup.find_all(True):
        if tag.decomposed or tag.parent is None:
            continue
        if is_raised := _is_raised(tag, styles):
            _replace_raised(tag)
        elif tag.name == "sub" or styles.get(tag, "vertical-align") == "sub":
            _replace_lowered(tag)
        elif tag.name == "q":
            tag.insert(0, "“")
            tag.append("”")
        if not is_raised:
            _write_symbols(tag, styles)
    _mark_struck(soup, styles)


def merge_struck(text: str) -> str:
    """Return a text in which neighbouring struck parts of a line are one: "~~30~~ ~~jours~~" is "~~30 jours~~"."""
    return re.sub(rf"(?<=\S){STRUCK}([ \t]*){STRUCK}(?=\S)", r"\1", text)


def part_note_marks(soup: BeautifulSoup, styles: Styles) -> None:
    """Part the number of a note from the note, and remove the link to it where it is called, glued to a word."""
    for link in soup.select('a[href*="#"]'):
        mark = _NOTE_MARK.fullmatch(link.get_text().strip())
        if mark is None or not _is_note_link(link, styles):
            continue
        block = nearest(link, BLOCKS)
        opens_note = block is not None and block.get_text().lstrip().startswith(link.get_text().strip())
        link.replace_with(f"({mark[1]}) " if opens_note else "")


def _is_note_link(link: Tag, styles: Styles) -> bool:
    """Say whether a link leads to a note or back from it, and not to an article or a page of that number."""
    if not str(link.get("href")).startswith("#") and not re.search(r"#_?(?:ftn|edn|fn)", str(link.get("href"))):
        return False
    raised = link.find(["sup"]) or nearest(link, ("sup",))
    if raised or _is_raised(link, styles) or link.get_text().strip()[:1] == "[":
        return True
    kinds = f"{link.get('role') or ''} {link.get('epub:type') or ''} {link.get('rel') or ''}"
    names = [*list_classes(link), str(link.get("href"))[1:].lower(), str(link.get("name") or "").lower(), kinds]
    return any(_NOTE_NAMES.search(name) for name in names)


def _is_raised(tag: Tag, styles: Styles) -> bool:
    return tag.name == "sup" or (styles.get(tag, "vertical-align") in ("super", "text-top") and tag.find("sup") is None)


def _replace_raised(tag: Tag) -> None:
    from bs4.element import NavigableString

    text = tag.get_text()
    raised = one_line(text)
    before = _text_before(tag) + (" " if text[:1].isspace() else "")
    following = tag.next_sibling
    is_glued = isinstance(following, NavigableString) and str(following)[:1].isalnum()
    if _opens_fraction(tag):
        written = f" {raised}" if before[-1:].isdigit() else raised
    elif before[-1:].strip() or before.rstrip()[-1:].isdigit():
        written = _write_call_or_power(before, raised)
        written += " " if is_glued and written.endswith(")") and not written.startswith("^") else ""
    else:  # it stands apart already: the number of a paragraph or a note before its text
        written = f"{raised} " if is_glued and raised[-1:].isdigit() and not before.strip() else raised
    opening = " " if text[:1].isspace() and not written.startswith(" ") else ""
    tag.replace_with(f"{opening}{written}{' ' if text[-1:].isspace() else ''}")


def _write_call_or_power(before: str, raised: str) -> str:
    """Return raised text so that it changes neither the word nor the number before it."""
    seen = before if any(map(str.isdigit, raised)) else before.rpartition(" ")[2]
    written = write_raised(seen.rstrip() if is_exponent(seen.rstrip(), raised) else seen, raised)
    if written == raised and before[-1:].isalnum() and _must_stay_apart(before, raised):
        return f"^({raised})" if len(raised) > 1 else f"^{raised}"
    return written


def _opens_fraction(tag: Tag) -> bool:
    """Say whether raised digits are the upper part of a fraction, whose lower part then becomes plain: "1/2"."""
    from bs4.element import Tag

    bar = tag.next_sibling
    below = bar.next_sibling if bar is not None and str(bar).strip() in ("/", "⁄") else None
    if isinstance(below, Tag) and below.name == "sub":
        below.unwrap()
        return True
    return False


def _must_stay_apart(before: str, raised: str) -> bool:
    """Say whether raised text would make another word or number of what is before it: "x" and "n+1", "12" and "3b"."""
    return before != "" and any(map(str.isdigit, raised)) and _UNRAISED.fullmatch(raised) is not None


def _replace_lowered(tag: Tag) -> None:
    text = tag.get_text()
    lowered = write_lowered(one_line(text))
    is_glued_number = _text_before(tag)[-1:].isdigit() and any(map(str.isdigit, lowered))
    is_apart = is_glued_number or text[:1].isspace()
    tag.replace_with(f"{' ' if is_apart else ''}{lowered}{' ' if text[-1:].isspace() else ''}")


def _text_before(tag: Tag) -> str:
    """Return the end of what is before an element in its block."""
    from bs4.element import NavigableString, PreformattedString, Tag

    block = nearest(tag, _BREAKS)
    text = ""
    for element in tag.previous_elements:
        if (isinstance(element, Tag) and element.name in _BREAKS) or len(text) >= _SEEN_BEFORE:
            break
        if isinstance(element, NavigableString) and not isinstance(element, PreformattedString):
            if nearest(element, _BREAKS) is not block:
                break
            text = str(element) + text
    return re.sub(r"\s+", " ", text)


def _write_symbols(tag: Tag, styles: Styles) -> None:
    from bs4.element import NavigableString

    font = (str(tag.get("face") or "") or styles.get(tag, "font-family")).split(",")[0].strip(" '\"")
    if not font or not is_symbol_font(font):
        return
    for string in list(tag.strings):
        string.replace_with(NavigableString(write_symbols(str(string), font)))


def _mark_struck(soup: BeautifulSoup, styles: Styles) -> None:
    """Put struck text between two pairs of tildes, string by string, so that it stays so wherever a block ends."""
    from bs4.element import NavigableString, PreformattedString

    marked: set[int] = set()
    for tag in soup.find_all(True):
        decoration = f"{styles.get(tag, 'text-decoration')} {styles.get(tag, 'text-decoration-line')}"
        if tag.name not in _STRUCK_NAMES and "line-through" not in decoration:
            continue
        for string in list(tag.strings):
            if isinstance(string, PreformattedString) or id(string) in marked or not string.strip():
                continue
            words = string.strip()
            start = string.index(words)
            struck = NavigableString(f"{string[:start]}{STRUCK}{words}{STRUCK}{string[start + len(words) :]}")
            marked.add(id(struck))
            string.replace_with(struck)


def write_formula(element: PageElement) -> str:
    """Return a formula on one line: "(a+b)/2", "x²", "√(x)"."""
    from bs4.element import NavigableString, Tag

    if isinstance(element, NavigableString):
        return one_line(str(element))
    if not isinstance(element, Tag) or element.name in ("annotation", "annotation-xml"):
        return ""
    parts = [part for part in map(write_formula, element.children) if part]
    if element.name == "mfrac" and len(parts) == 2:
        return f"{_in_brackets(parts[0])}/{_in_brackets(parts[1])}"
    if element.name in ("msup", "mover") and len(parts) == 2:
        return f"{_in_brackets(parts[0])}{_power(parts[1])}"
    if element.name in ("msub", "munder") and len(parts) == 2:
        return f"{parts[0]}{_index(parts[1])}"
    if element.name in ("msubsup", "munderover") and len(parts) == 3:
        return f"{parts[0]}{_index(parts[1])}{_power(parts[2])}"
    if element.name == "msqrt":
        return f"√{_in_brackets(''.join(parts))}"
    if element.name == "mroot" and len(parts) == 2:
        return f"{_power(parts[1])}√{_in_brackets(parts[0])}"
    return (" " if element.name in ("mtd", "mtr") else "").join(parts)


def _power(text: str) -> str:
    written = write_raised("10", text)
    return written if written != text and "(" not in written else f"^{_in_brackets(text)}"


def _index(text: str) -> str:
    written = write_lowered(text)
    return written if written != text else f"_{_in_brackets(text)}"


def _in_brackets(text: str) -> str:
    return text if re.fullmatch(r"\w+|\d+[.,]\d+", text) else f"({text})"
