"""The styles of an ODT: paragraphs, headings, lists, table cells, the page with its running head and columns."""

from __future__ import annotations

from typing import Any, Final

from odf.style import (
    Column,
    Columns,
    Footer,
    FooterStyle,
    Header,
    HeaderStyle,
    ListLevelProperties,
    MasterPage,
    PageLayout,
    PageLayoutProperties,
    ParagraphProperties,
    SectionProperties,
    Style,
    TableCellProperties,
    TextProperties,
)
from odf.text import ListLevelStyleBullet, ListLevelStyleNumber, ListStyle, P, PageCount, PageNumber

from making.original import Original
from making.words import WORDS

COUNTRIES: Final = {"fr": "FR", "en": "GB", "de": "DE", "es": "ES", "it": "IT", "nl": "NL"}
_SIZES: Final = {1: "17pt", 2: "13pt", 3: "11.5pt"}


def add_styles(document: Any, original: Original) -> None:
    """Add to `document` every style that a text of `original` names."""
    words = WORDS[original.language]
    font = "Liberation Serif" if "serif" in original.layout else "Liberation Sans"
    colour = "#1f5c3a" if "green" in original.layout else "#1b3a6b"
    language = {"language": original.language, "country": COUNTRIES[original.language]}

    def style(name: str, paragraph: dict[str, str], text: dict[str, str], family: str = "paragraph") -> None:
        made = Style(name=name, family=family)
        if paragraph:
            made.addElement(ParagraphProperties(**paragraph))
        made.addElement(TextProperties(**(text | language)))
        document.styles.addElement(made)

    face = {"fontfamily": font}
    style("Body", {"marginbottom": "0.2cm", "textalign": "justify", "lineheight": "125%"}, face | {"fontsize": "11pt"})
    style("Item", {"marginbottom": "0.08cm"}, face | {"fontsize": "11pt"})
    style("CellText", {}, face | {"fontsize": "9.5pt"})
    style("CellHead", {}, face | {"fontsize": "9.5pt", "fontweight": "bold"})
    style("Footnote", {}, face | {"fontsize": "8.5pt"})
    style("Running", {"textalign": "center"}, face | {"fontsize": "8.5pt", "color": "#666666"})
    for level, size in _SIZES.items():
        margins = {"margintop": "0.45cm", "marginbottom": "0.2cm", "keepwithnext": "always"}
        style(f"Heading{level}", margins, face | {"fontsize": size, "fontweight": "bold", "color": colour})
    style("Bold", {}, {"fontweight": "bold"}, "text")
    style("Italic", {}, {"fontstyle": "italic"}, "text")
    _list_styles(document)
    for name, background in (("Cell", "transparent"), ("HeadCell", "#e4e9f2")):
        cell = Style(name=name, family="table-cell")
        cell.addElement(TableCellProperties(border="0.5pt solid #888888", padding="0.1cm", backgroundcolor=background))
        document.automaticstyles.addElement(cell)
    _page(document, original.heading(), words.centre, words.page)


def _list_styles(document: Any) -> None:
    bullets, numbers = ListStyle(name="Bullets"), ListStyle(name="Numbers")
    bullet = ListLevelStyleBullet(level="1", bulletchar="•")
    number = ListLevelStyleNumber(level="1", numformat="1", numsuffix=".")
    for level in (bullet, number):
        level.addElement(ListLevelProperties(spacebefore="0.3cm", minlabelwidth="0.6cm"))
    bullets.addElement(bullet)
    numbers.addElement(number)
    document.styles.addElement(bullets)
    document.styles.addElement(numbers)


def _page(document: Any, title: str, centre: str, page: str) -> None:
    layout = PageLayout(name="A4")
    layout.addElement(
        PageLayoutProperties(pagewidth="21cm", pageheight="29.7cm", margin="2.2cm", printorientation="portrait")
    )
    layout.addElement(HeaderStyle())
    layout.addElement(FooterStyle())
    document.automaticstyles.addElement(layout)
    columns = Style(name="TwoColumns", family="section")
    properties = SectionProperties(dontbalancetextcolumns="false")
    gap = Columns(columncount="2", columngap="0.8cm")
    for _ in range(2):
        gap.addElement(Column(relwidth="1*", startindent="0.2cm", endindent="0.2cm"))
    properties.addElement(gap)
    columns.addElement(properties)
    document.automaticstyles.addElement(columns)
    master = MasterPage(name="Standard", pagelayoutname="A4")
    header, footer = Header(), Footer()
    header.addElement(P(stylename="Running", text=f"{centre} – {title}"))
    number = P(stylename="Running", text=f"{page} ")
    number.addElement(PageNumber(selectpage="current"))
    number.addText(" / ")
    number.addElement(PageCount())
    footer.addElement(number)
    master.addElement(header)
    master.addElement(footer)
    document.masterstyles.addElement(master)
