"""OpenDocument texts and presentations are read as their readers see them."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from ingest.loaders.dispatch import load
from ingest.loaders.loaded_file import UnreadableFile
from tests.ingest.loaders.real_files import write_odt

NAMES = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{long}:1.0"'
    for name, long in (
        ("office", "office"), ("text", "text"), ("table", "table"), ("draw", "drawing"), ("style", "style"),
        ("form", "form"), ("chart", "chart"), ("presentation", "presentation"), ("number", "datastyle"),
    )
)  # fmt: skip
LINK = 'xmlns:xlink="http://www.w3.org/1999/xlink"'
MIMETYPE = "application/vnd.oasis.opendocument.text"


def write_content(path: Path, body: str, *, styles: str = "", common: str = "", **parts: str) -> Path:
    """An OpenDocument text with this body, automatic styles and styles.xml."""
    content = f"<office:document-content {NAMES}><office:automatic-styles>{styles}</office:automatic-styles>"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", MIMETYPE)
        archive.writestr("content.xml", f"{content}<office:body>{body}</office:body></office:document-content>")
        if common:
            archive.writestr("styles.xml", f"<office:document-styles {NAMES}>{common}</office:document-styles>")
        for name, part in parts.items():
            archive.writestr(name.replace("__", "/").replace("_xml", ".xml"), part)
    return path


def text_of(path: Path) -> str:
    return "\n\n".join(section.text for section in load(path).sections)


def text_style(name: str, properties: str, family: str = "text") -> str:
    return (
        f'<style:style style:name="{name}" style:family="{family}"><style:text-properties {properties}/></style:style>'
    )


def test_headings_lists_and_tables_of_an_opendocument_text(tmp_path: Path) -> None:
    loaded = load(write_odt(tmp_path / "cr.odt"))
    assert [(section.label, section.text) for section in loaded.sections] == [
        ("", "Réunion du comité à Esch."),
        ("Décisions", "- ouvrir la ligne\n- écrire au ministre\n\nBudget | 40 000 €"),
    ]
    assert loaded.hints["heading"] == "Compte rendu"


def test_a_template_of_opendocument_is_read(tmp_path: Path) -> None:
    path = write_odt(tmp_path / "a.odt").rename(tmp_path / "a.ott")
    assert load(path).sections[0].text == "Réunion du comité à Esch."


def test_a_presentation_in_opendocument_gives_its_slides(tmp_path: Path) -> None:
    from odf.draw import Frame, Page, TextBox
    from odf.opendocument import OpenDocumentPresentation
    from odf.style import MasterPage, PageLayout
    from odf.text import P

    deck = OpenDocumentPresentation()
    layout = PageLayout(name="l")
    deck.automaticstyles.addElement(layout)
    master = MasterPage(name="m", pagelayoutname=layout)
    deck.masterstyles.addElement(master)
    for title, text in (("Le tram", "Ouvert en 2017"), ("Le pont", "Deux voies")):
        page = Page(masterpagename=master)
        for kind, words in (("title", title), ("outline", text)):
            frame = Frame(width="10cm", height="2cm")
            frame.setAttrNS("urn:oasis:names:tc:opendocument:xmlns:presentation:1.0", "class", kind)
            box = TextBox()
            box.addElement(P(text=words))
            frame.addElement(box)
            page.addElement(frame)
        deck.presentation.addElement(page)
    deck.save(str(tmp_path / "d.odp"))
    assert [tuple(section[:3]) for section in load(tmp_path / "d.odp").sections] == [
        ("diapo 1", "Le tram\n\nOuvert en 2017", "Le tram"),
        ("diapo 2", "Le pont\n\nDeux voies", "Le pont"),
    ]


def test_xml_that_is_indented_is_read(tmp_path: Path) -> None:
    body = "\n<office:text>\n  <text:p>Le délai\n    est de 66 jours.</text:p>\n</office:text>\n"
    assert text_of(write_content(tmp_path / "a.odt", body)) == "Le délai est de 66 jours."


def test_an_encrypted_text_is_refused_with_the_remedy(tmp_path: Path) -> None:
    manifest = "<manifest><encryption-data/></manifest>"
    path = write_content(tmp_path / "a.odt", "", **{"META-INF__manifest_xml": manifest})
    with pytest.raises(UnreadableFile, match=r"encrypted.*without a password"):
        load(path)


def test_hidden_text_and_sections_and_comments_are_left_out_and_told(tmp_path: Path) -> None:
    styles = text_style("T1", 'text:display="none"') + text_style("P1", 'text:display="none"', "paragraph")
    body = (
        '<office:text><text:p>Visible<text:span text:style-name="T1"> SECRET</text:span>.</text:p>'
        '<text:p text:style-name="P1">SECRET</text:p>'
        '<text:p>SECRET<text:hidden-paragraph text:is-hidden="true"/></text:p>'
        '<text:section text:display="none"><text:p>SECRET</text:p></text:section>'
        '<text:p>Fin <text:hidden-text text:is-hidden="true">SECRET</text:hidden-text>.'
        "<office:annotation><text:p>SECRET</text:p></office:annotation></text:p></office:text>"
    )
    loaded = load(write_content(tmp_path / "a.odt", body, styles=styles))
    assert loaded.sections[0].text == "Visible.\n\nFin ."
    assert [left.what for left in loaded.left_out] == ["4 hidden passages", "1 hidden section", "1 comment"]


@pytest.mark.parametrize("display", ["none", "printer"])
def test_a_shape_that_is_not_on_the_screen_is_left_out_and_told(display: str, tmp_path: Path) -> None:
    extended = f'xmlns:drawooo="http://openoffice.org/2010/draw" drawooo:display="{display}"'
    shape = f"<draw:custom-shape {extended}><text:p>SECRET</text:p></draw:custom-shape>"
    body = f"<office:text><text:p>Visible.{shape}</text:p><draw:g><draw:g>{shape}</draw:g></draw:g></office:text>"
    loaded = load(write_content(tmp_path / "a.odt", body))
    assert loaded.sections[0].text == "Visible."
    assert [left.what for left in loaded.left_out] == ["2 hidden shapes"]


def test_struck_out_text_is_left_out_and_raised_digits_change_no_number(tmp_path: Path) -> None:
    styles = (
        text_style("T1", 'style:text-line-through-style="solid"')
        + text_style("T2", 'style:text-position="super 58%"')
        + text_style("T3", 'style:font-name="Symbol"')
    )
    body = (
        '<office:text><text:p><text:span text:style-name="T1">30 jours</text:span> 45 jours, 12 000'
        '<text:span text:style-name="T2">2</text:span>, 10<text:span text:style-name="T2">6</text:span>, '
        '<text:span text:style-name="T3">\uf0b3</text:span> 25 %</text:p></office:text>'
    )
    loaded = load(write_content(tmp_path / "a.odt", body, styles=styles))
    assert loaded.sections[0].text == "45 jours, 12 000 (2), 10⁶, ≥ 25 %"
    assert [left.what for left in loaded.left_out] == ["1 struck-out passage"]


def test_headings_and_items_have_their_numbers(tmp_path: Path) -> None:
    outline = (
        '<office:styles><text:outline-style style:name="Outline"><text:outline-level-style text:level="1" '
        'style:num-format="1" style:num-prefix="Article "/><text:outline-level-style text:level="2" '
        'style:num-format="1" text:display-levels="2"/></text:outline-style></office:styles>'
    )
    styles = (
        '<text:list-style style:name="L1"><text:list-level-style-number text:level="1" style:num-format="a" '
        'style:num-suffix=")"/><text:list-level-style-bullet text:level="2"/></text:list-style>'
    )
    inner = "<text:list><text:list-item><text:p>point</text:p></text:list-item></text:list>"
    body = (
        '<office:text><text:h text:outline-level="1">Objet</text:h><text:p>La ligne est commune.</text:p>'
        '<text:h text:outline-level="1">Durée</text:h><text:h text:outline-level="2">Prolongation</text:h>'
        f'<text:list text:style-name="L1"><text:list-item><text:p>par écrit</text:p>{inner}</text:list-item>'
        "<text:list-item><text:p>ou par avenant</text:p></text:list-item></text:list></office:text>"
    )
    loaded = load(write_content(tmp_path / "a.odt", body, styles=styles, common=outline))
    assert [(section.label, section.heading, section.text) for section in loaded.sections] == [
        ("art. 1", "Article 1 – Objet", "La ligne est commune."),
        (
            "art. 2, 2.1 Prolongation",
            "Article 2 – Durée > 2.1 Prolongation",
            "a) par écrit\n\n- point\n\nb) ou par avenant",
        ),
    ]


def test_a_merged_value_belongs_to_each_row_and_hidden_columns_are_left_out(tmp_path: Path) -> None:
    def row(*cells: str) -> str:
        return f"<table:table-row>{''.join(cells)}</table:table-row>"

    def cell(text: str, more: str = "") -> str:
        return f"<table:table-cell {more}><text:p>{text}</text:p></table:table-cell>"

    body = (
        "<office:text><table:table><table:table-column/><table:table-column/>"
        '<table:table-column table:visibility="collapse"/>'
        + row(cell("Pays"), cell("Statut"), cell("SECRET"))
        + row(cell("Suisse", 'table:number-rows-spanned="2"'), cell("salarié"), cell("SECRET"))
        + row("<table:covered-table-cell/>", cell("indépendant"), cell("SECRET"))
        + "</table:table></office:text>"
    )
    loaded = load(write_content(tmp_path / "a.odt", body))
    assert loaded.sections[0].text == "Pays | Statut\nSuisse | salarié\nSuisse | indépendant"
    assert [left.what for left in loaded.left_out] == ["1 hidden column"]


def test_boxes_with_tables_charts_formulas_and_controls_are_read(tmp_path: Path) -> None:
    row = (
        "<table:table-row><table:table-cell><text:p>{}</text:p></table:table-cell><table:table-cell><text:p>{}</text:p>"
    )
    row += "</table:table-cell></table:table-row>"
    box = (
        f"<draw:frame><draw:text-box><table:table>{row.format('Kehl', '60')}</table:table></draw:text-box></draw:frame>"
    )
    frames = "".join(
        f'<draw:frame><draw:object xlink:href="./O{number}"/><draw:image/></draw:frame>' for number in (1, 2)
    )
    forms = (
        '<office:forms><form:form><form:listbox form:id="c1">'
        '<form:option form:label="Jura" form:current-selected="true"/>'
        "</form:listbox></form:form></office:forms>"
    )
    body = (
        f'<office:text {LINK}>{forms}<text:p>Voir.{box}{frames}<draw:control draw:control="c1"/></text:p></office:text>'
    )
    chart = f"<office:document-content {NAMES}><chart:chart><chart:title><text:p>Frontaliers</text:p></chart:title>"
    chart += f"<table:table>{row.format('2024', '34500')}</table:table></chart:chart></office:document-content>"
    math = '<math xmlns="http://www.w3.org/1998/Math/MathML"><mfrac><mn>45</mn><mn>100</mn></mfrac></math>'
    parts = {"O1__content_xml": chart, "O2__content_xml": math}
    assert text_of(write_content(tmp_path / "a.odt", body, **parts)).split("\n\n") == [
        "Voir.", "Kehl | 60", "Frontaliers\n2024 | 34500", "45/100", "Jura",
    ]  # fmt: skip


def test_a_hidden_slide_is_left_out_and_told(tmp_path: Path) -> None:
    styles = (
        '<style:style style:name="d1" style:family="drawing-page"><style:drawing-page-properties '
        'presentation:visibility="hidden"/></style:style>'
    )
    page = "<draw:page {}><draw:frame><draw:text-box><text:p>{}</text:p></draw:text-box></draw:frame></draw:page>"
    hidden = page.format('draw:style-name="d1"', "SECRET")
    body = f"<office:presentation>{page.format('', 'Texte public.')}{hidden}</office:presentation>"
    loaded = load(write_content(tmp_path / "a.odp", body, styles=styles))
    assert [(section.label, section.text) for section in loaded.sections] == [("diapo 1", "Texte public.")]
    assert loaded.left_out == (("1 hidden slide", "diapo 2", "hidden"),)
