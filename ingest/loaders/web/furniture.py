"""Take out of a page what is certainly furniture of its site: menus, cookie banners, lists of short links.

Everything else stays, since losing text is worse than keeping a menu. What an author put into the page's own text
(`main`, `article`) is no menu unless it says so (`nav`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from ingest.loaders.web.parsing import HEADINGS, count_words, list_classes, nearest

if TYPE_CHECKING:
    from bs4 import BeautifulSoup, Tag

LEAST_SHARE: Final = 0.25  # of the page's words; a page with less text is a list of links, and keeps them
_OWN_TEXT: Final = "main, article, [role=main]"
_SCOPES: Final = ("main", "article", "section", "aside", "blockquote", "figure", "td", "li", "details", "form")
_NAVIGATION: Final = "nav, [role=navigation], [role=menubar], [role=menu], [role=tablist], [role=search], search"
_SITE_EDGES: Final = "header, footer, [role=banner], [role=contentinfo]"
_CONSENT_TOOLS: Final = re.compile(
    r"tarteaucitron\w*|didomi\S*|axeptio\S*|onetrust\S*|cybotcookiebot\S*|cookie-law-info\S*|cmplz-\S*|sd-cmp|klaro|cc-window"
    r"|usercentrics\S*|iubenda-cs\S*|moove_gdpr\S*|qc-cmp2?\S*|sp_message_container\S*|cookieconsent\S*|borlabs\S*|orejime\S*"
)
_CONSENT_BANNER: Final = re.compile(
    r"(?:.*[-_])?(?:cookies?|consent|gdpr|rgpd|dsgvo|avg)[-_]?(?:banner|bar|box|notice|popup|pop-?in|modal|overlay|layer|message"
    r"|bandeau|hinweis|melding|aviso|container|wrapper|dialog)[\w-]*"
)
_MOST_BANNER: Final = 400  # words
_CONSENT: Final = re.compile(r"(?:.*[-_])?(?:cookies?|consent|gdpr|rgpd|dsgvo)(?:[-_].*)?")
_ACCEPT: Final = re.compile(
    r"(?:tout |tous |alle |all |alles |aceptar |accetta )?(?:accept|j.accept|akzept|acept|accett"
    r"|refus|ablehn|rechaz|rifiut|weiger|toestaan|zustimm|ok\b|j.ai compris|verstanden)",
    re.IGNORECASE,
)
_MOST_CONSENT: Final = 120  # words
_BREADCRUMB: Final = re.compile(r"(?:fr-)?breadcrumbs?|fil-?d?-?ariane|brotkrumen?|kruimelpad|migas-de-pan|briciole")
_MOST_BREADCRUMB: Final = 40  # words
_SHARING: Final = re.compile(
    r"(?:fr-|page-|social-)?(?:share|sharing|partage|teilen|compartir|condividi|delen)(?:-\w+)?"
)
_MOST_SHARING: Final = 20  # words
_LEAST_SENTENCE: Final = 12  # words outside links
_LEAST_WORDS: Final = 3  # of a text with a full stop
_COPYRIGHT: Final = re.compile(
    r"(?:©|\(c\)|copyright)[\s\d,–-]*|tous droits réservés\.?|all rights reserved\.?", re.IGNORECASE
)
_LIST_NAMES: Final = "ul ol menu dir div p td tr tbody table section center span aside"
_LISTS: Final = frozenset(_LIST_NAMES.split())
_LEAST_LINKS: Final = 4
_LINKED_SHARE: Final = 0.9
_MOST_LINK: Final = 4.0  # words of a menu's entry, on average
_FILE: Final = re.compile(r"\.(?:pdf|docx?|odt|xlsx?|ods|pptx?|odp|rtf|csv|zip|epub)(?:$|[?#])", re.IGNORECASE)
_DISCLOSURE: Final = (
    "aria-controls",
    "aria-expanded",
    "data-target",
    "data-bs-target",
    "data-toggle",
    "data-bs-toggle",
)
_MOST_BUTTON: Final = 3  # words: "Imprimer cette page" and the like


class Removed(NamedTuple):
    """How many of a page's words were removed as furniture."""

    words: int
    total: int

    @property
    def share(self) -> float:
        return self.words / self.total if self.total else 0.0


@dataclass(slots=True)
class _Count:
    """What the strings in an element add up to."""

    words: int = 0
    linked: int = 0
    links: int = 0
    has_digit: bool = False
    has_file: bool = False


def remove_furniture(soup: BeautifulSoup) -> Removed:
    """Remove a page's furniture and say how much it was."""
    total = count_words(soup.get_text(" "))
    remove_navigation(soup)
    for tag in soup.select(_SITE_EDGES):
        if not tag.decomposed and nearest(tag, _SCOPES) is None and not _says_something(tag):
            tag.decompose()
    for tag in soup.find_all(True):
        if not tag.decomposed and (_is_consent_banner(tag) or _is_aid(tag)):
            tag.decompose()
    remove_buttons(soup)
    _remove_menus(soup, total)
    return Removed(total - count_words(soup.get_text(" ")), total)


def remove_navigation(soup: BeautifulSoup) -> None:
    """Remove what says of itself that one moves through the site, or a book, with it."""
    for tag in soup.select(_NAVIGATION):
        if not tag.decomposed and (_is_breadcrumb(tag) or not _has_sentences(tag)):
            tag.decompose()


def remove_buttons(soup: BeautifulSoup) -> None:
    """Remove buttons that do something with the page ("Imprimer"); those that open a part of it are its heading."""
    for button in soup.find_all("button"):
        is_heading = any(button.has_attr(name) for name in _DISCLOSURE) or nearest(button, {"summary", *HEADINGS})
        is_short = count_words(button.get_text(" ")) <= _MOST_BUTTON and not re.search(r"[\d?]", button.get_text())
        if is_short and not is_heading and button.find(list(HEADINGS)) is None:
            button.decompose()


def _has_sentences(tag: Tag) -> bool:
    """Say whether an element that is called a menu holds text instead."""
    linked = sum(count_words(link.get_text(" ")) for link in tag.find_all("a"))
    words = count_words(tag.get_text(" "))
    return words - linked >= max(_LEAST_SENTENCE, words / 2)


def _says_something(tag: Tag) -> bool:
    """Say whether the head or foot of a page says something of its own beside names, links and a copyright line.

    A heading in a head, a sentence, a number or a dozen words do.
    """
    if tag.name == "header" and tag.find(list(HEADINGS)) is not None:
        return True
    own = [str(string) for string in tag.find_all(string=True) if nearest(string, ("a",)) is None]
    text = _COPYRIGHT.sub(" ", " ".join(own)).strip()
    words = count_words(text)
    is_sentence = words > _LEAST_WORDS and text.endswith((".", "!", "?"))
    return words >= _LEAST_SENTENCE or is_sentence or re.search(r"\d", text) is not None


def _is_consent_banner(tag: Tag) -> bool:
    names = list_classes(tag)
    is_named_so = any(_CONSENT_TOOLS.fullmatch(name) or _CONSENT_BANNER.fullmatch(name) for name in names)
    if (
        not (is_named_so or _asks_for_consent(tag, names))
        or tag.name in ("html", "body")
        or tag.select_one(_OWN_TEXT) is not None
    ):
        return False
    return tag.find("h1") is None and count_words(tag.get_text(" ")) <= _MOST_BANNER


def _asks_for_consent(tag: Tag, names: list[str]) -> bool:
    """Say whether a short element that is about cookies by its name has a button to accept them."""
    if not any(_CONSENT.fullmatch(name) for name in names) or count_words(tag.get_text(" ")) > _MOST_CONSENT:
        return False
    return any(_ACCEPT.match(control.get_text(" ").strip()) for control in tag.find_all(["button", "a"]))


def _is_aid(tag: Tag) -> bool:
    """Say whether an element helps to move on the site or to send the page to others."""
    return _is_breadcrumb(tag) or _is_sharing(tag) or _is_skip_link(tag)


def _is_breadcrumb(tag: Tag) -> bool:
    if not any(_BREADCRUMB.fullmatch(name) for name in list_classes(tag)):
        return False
    is_path = tag.name == "nav" or tag.find("a") is not None or re.search("[›»>/→]", tag.get_text()) is not None
    return is_path and count_words(tag.get_text(" ")) <= _MOST_BREADCRUMB and tag.find(["p", *HEADINGS]) is None


def _is_sharing(tag: Tag) -> bool:
    if not any(_SHARING.fullmatch(name) for name in list_classes(tag)) or tag.find(list(HEADINGS)) is not None:
        return False
    text = tag.get_text(" ")
    return count_words(text) <= _MOST_SHARING and not re.search(r"\d|[.!?](?:\s|$)", text.strip())


def _is_skip_link(tag: Tag) -> bool:
    is_link_here = tag.name == "a" and str(tag.get("href") or "").startswith("#")
    return is_link_here and any("skip" in name or "evitement" in name for name in list_classes(tag))


def _remove_menus(soup: BeautifulSoup, total: int) -> None:
    """Remove the lists of short links outside the page's own text, unless little else would be left."""
    counts = _count_links(soup)
    menus: list[Tag] = []
    for tag in soup.find_all(_LISTS):
        if any(above in menus for above in tag.parents) or not _is_menu(counts.get(id(tag), _Count())):
            continue
        if (
            nearest(tag, ("main", "article")) is None
            and tag.find(["main", "article"]) is None
            and not _is_announced(tag)
        ):
            menus.append(tag)
    left = counts.get(id(soup), _Count()).words - sum(counts[id(menu)].words for menu in menus)
    if left < LEAST_SHARE * total:
        return
    for menu in menus:
        heading = menu.find_previous_sibling()
        if heading is not None and heading.name in HEADINGS:
            heading.decompose()
        menu.decompose()


def _count_links(soup: BeautifulSoup) -> dict[int, _Count]:
    """Return the counts of each element by identity."""
    counts: dict[int, _Count] = {}
    for string in soup.find_all(string=True):
        words = count_words(string)
        above = list(string.parents) if words else []
        is_linked = any(tag.name == "a" for tag in above)
        for tag in above:
            count = counts.setdefault(id(tag), _Count())
            count.words += sum(map(_is_word, string.split()))
            count.linked += sum(map(_is_word, string.split())) if is_linked else 0
            count.has_digit |= any(map(str.isdigit, string))
    for link in soup.find_all("a"):
        for tag in link.parents:
            count = counts.setdefault(id(tag), _Count())
            count.links += 1
            count.has_file |= _FILE.search(str(link.get("href") or "")) is not None
    return counts


def _is_word(text: str) -> bool:
    return any(map(str.isalnum, text))


def _is_menu(count: _Count) -> bool:
    if count.links < _LEAST_LINKS or count.has_digit or count.has_file or not count.words:
        return False
    return count.linked >= _LINKED_SHARE * count.words and count.linked <= _MOST_LINK * count.links


def _is_announced(tag: Tag) -> bool:
    """Say whether a sentence before a list announces it ("Pièces à joindre :")."""
    before = tag.find_previous(string=lambda text: bool(text and text.strip()))
    return before is not None and str(before).strip().endswith(":")
