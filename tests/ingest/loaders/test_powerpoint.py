"""PowerPoint files give a section for each slide, with charts and diagrams."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ingest.loaders.dispatch import load
from tests.ingest.loaders.real_files import MAIN, as_kind, rewrite, write_pptx

SCHEMAS = "http://schemas.openxmlformats.org"
NAMES = f'xmlns:p="{SCHEMAS}/presentationml/2006/main" xmlns:a="{SCHEMAS}/drawingml/2006/main"'


def test_a_slide_is_a_section_with_its_title_and_notes(tmp_path: Path) -> None:
    loaded = load(write_pptx(tmp_path / "tram.pptx"))
    first = loaded.sections[0]
    assert (first.label, first.heading) == ("diapo 1", "Le tram Strasbourg–Kehl")
    assert first.text == "Le tram Strasbourg–Kehl\n\nOuvert en 2017\nDeux ponts\n\nRappeler le coût."
    assert loaded.warnings == ("no text on slides 2 (pictures?)",)


@pytest.mark.parametrize(
    ("suffix", "kind"),
    [
        (".ppsx", MAIN.format("presentationml.slideshow")),
        (".potx", MAIN.format("presentationml.template")),
        (".ppsm", "ms-powerpoint.slideshow.macroEnabled.main+xml"),
    ],
)
def test_shows_and_templates_of_powerpoint_are_read(tmp_path: Path, suffix: str, kind: str) -> None:
    path = as_kind(write_pptx(tmp_path / f"a{suffix}"), MAIN.format("presentationml.presentation"), kind)
    assert load(path).sections[0].heading == "Le tram Strasbourg–Kehl"


def test_the_figures_of_a_chart_and_the_words_of_a_diagram_are_read(tmp_path: Path) -> None:
    import pptx
    from pptx.chart.data import CategoryChartData
    from pptx.enum.chart import XL_CHART_TYPE
    from pptx.opc.package import Part
    from pptx.opc.packuri import PackURI
    from pptx.oxml import parse_xml

    deck = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[5])
    slide.shapes.title.text = "Le tunnel"
    figures = CategoryChartData()
    figures.categories = ["2001", "2002"]
    figures.add_series("Véhicules par jour", (2900, 3100))
    slide.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, 0, 2_000_000, 100_000, 100_000, figures)
    data = (
        b'<d:dataModel xmlns:d="http://schemas.openxmlformats.org/drawingml/2006/diagram" '
        b'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"><d:t><a:p><a:r><a:t>Accord, </a:t></a:r>'
        b"<a:r><a:t>puis travaux</a:t></a:r></a:p></d:t></d:dataModel>"
    )
    part = Part(PackURI("/ppt/diagrams/data1.xml"), "application/xml", deck.part.package, data)
    schemas = "http://schemas.openxmlformats.org"
    drawing, relations = f"{schemas}/drawingml/2006", f"{schemas}/officeDocument/2006/relationships"
    relation = slide.part.relate_to(part, f"{relations}/diagramData")
    slide.shapes._spTree.append(
        parse_xml(
            f'<p:graphicFrame xmlns:p="{schemas}/presentationml/2006/main" xmlns:a="{drawing}/main" '
            f'xmlns:d="{drawing}/diagram" xmlns:r="{relations}">'
            '<p:nvGraphicFramePr><p:cNvPr id="90" name="d"/><p:cNvGraphicFramePr/><p:nvPr/></p:nvGraphicFramePr>'
            '<p:xfrm><a:off x="0" y="4000000"/><a:ext cx="9" cy="9"/></p:xfrm><a:graphic>'
            f'<a:graphicData uri="{drawing}/diagram"><d:relIds r:dm="{relation}"/></a:graphicData></a:graphic>'
            "</p:graphicFrame>"
        )
    )
    deck.save(str(tmp_path / "a.pptx"))
    assert load(tmp_path / "a.pptx").sections[0].text == (
        "Le tunnel\n\nVéhicules par jour\n2001 | 2900\n2002 | 3100\n\nAccord, puis travaux"
    )


def deck_with(path: Path, *shapes: str, change: Callable[[Any], object] | None = None) -> Path:
    """A slide with a title, "Texte public.", and more shapes as markup."""
    import pptx
    from pptx.oxml import parse_xml

    deck = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[1])
    slide.shapes.title.text = "Titre"
    slide.placeholders[1].text = "Texte public."
    for shape in shapes:
        slide.shapes._spTree.append(parse_xml(shape))
    if change is not None:
        change(slide)
    deck.save(str(path))
    return path


def box(runs: str, *, id: int = 20, more: str = "", left: int = 914400) -> str:
    return (
        f'<p:sp {NAMES}><p:nvSpPr><p:cNvPr id="{id}" name="Zone"{more}/><p:cNvSpPr txBox="1"/><p:nvPr/></p:nvSpPr>'
        f'<p:spPr><a:xfrm><a:off x="{left}" y="4000000"/><a:ext cx="914400" cy="914400"/></a:xfrm></p:spPr>'
        f"<p:txBody><a:bodyPr/><a:p>{runs}</a:p></p:txBody></p:sp>"
    )


def run(text: str, properties: str = "") -> str:
    return f"<a:r><a:rPr {properties}/><a:t>{text}</a:t></a:r>"


def test_hidden_slides_and_shapes_and_those_beside_the_slide_are_left_out_and_told(tmp_path: Path) -> None:
    import pptx

    hidden, outside = box(run("SECRET"), more=' hidden="1"'), box(run("SECRET"), left=20_000_000)
    path = deck_with(tmp_path / "a.pptx", hidden, outside)
    deck = pptx.Presentation(str(path))
    slide = deck.slides.add_slide(deck.slide_layouts[1])
    slide.shapes.title.text = "SECRET"
    slide.element.set("show", "0")
    deck.save(str(path))
    loaded = load(path)
    assert [(section.label, section.text) for section in loaded.sections] == [("diapo 1", "Titre\n\nTexte public.")]
    assert loaded.left_out == (
        ("1 hidden shape", "diapo 1", "hidden"),
        ("1 shape", "diapo 1", "outside of the slide"),
        ("1 hidden slide", "diapo 2", "hidden"),
    )


def test_a_shape_with_the_id_of_the_title_is_read(tmp_path: Path) -> None:
    path = deck_with(tmp_path / "a.pptx", box(run("La somme est de 12 euros."), id=2))
    assert load(path).sections[0].text.endswith("La somme est de 12 euros.")


def test_a_box_for_newer_programs_is_read_once_with_its_formula(tmp_path: Path) -> None:
    math = f"{SCHEMAS}/officeDocument/2006/math"
    formula = f'<a14:m xmlns:a14="urn:a14"><m:oMath xmlns:m="{math}"><m:r><m:t>0,85</m:t></m:r></m:oMath></a14:m>'
    both = (
        f'<mc:AlternateContent xmlns:mc="{SCHEMAS}/markup-compatibility/2006"><mc:Choice Requires="a14">'
        f"{box(run('Le quotient vaut ') + formula)}</mc:Choice><mc:Fallback>{box(run(' '))}</mc:Fallback>"
        "</mc:AlternateContent>"
    )
    assert load(deck_with(tmp_path / "a.pptx", both)).sections[0].text.endswith("\n\nLe quotient vaut 0,85")


def test_struck_out_runs_are_left_out_and_raised_digits_change_no_number(tmp_path: Path) -> None:
    raised = 'baseline="30000"'
    runs = run("30 jours", 'strike="sngStrike"') + run(" 45 jours, 12 000") + run("2", raised)
    loaded = load(deck_with(tmp_path / "a.pptx", box(runs + run(" et 10") + run("6", raised))))
    assert loaded.sections[0].text.endswith("\n\n45 jours, 12 000 (2) et 10⁶")
    assert [left.what for left in loaded.left_out] == ["1 struck-out passage"]


def test_numbered_paragraphs_have_their_numbers(tmp_path: Path) -> None:
    def item(text: str, kind: str = "", level: int = 0) -> str:
        numbered = f'<a:buAutoNum type="{kind}"/>' if kind else ""
        return f'<a:p><a:pPr lvl="{level}">{numbered}</a:pPr>{run(text)}</a:p>'

    items = item("saisir", "arabicPeriod") + item("par écrit", "alphaLcParenR", 1) + item("ou non", "alphaLcParenR", 1)
    shape = box(run("Étapes")).replace("</p:txBody>", f"{items}{item('payer', 'arabicPeriod')}</p:txBody>")
    assert (
        load(deck_with(tmp_path / "a.pptx", shape))
        .sections[0]
        .text.endswith("Étapes\n1. saisir\na) par écrit\nb) ou non\n2. payer")
    )


def test_a_merged_value_belongs_to_each_row(tmp_path: Path) -> None:
    def add_table(slide: Any) -> None:
        table = slide.shapes.add_table(3, 2, 0, 5_000_000, 900_000, 900_000).table
        for place, text in {(0, 0): "Pays", (0, 1): "Statut", (1, 0): "Suisse", (1, 1): "salarié"}.items():
            table.cell(*place).text = text
        table.cell(2, 1).text = "indépendant"
        table.cell(1, 0).merge(table.cell(2, 0))

    path = deck_with(tmp_path / "a.pptx", change=add_table)
    assert load(path).sections[0].text.endswith("Pays | Statut\nSuisse | salarié\nSuisse | indépendant")


def test_the_figures_of_a_chart_have_all_their_digits_and_their_unit(tmp_path: Path) -> None:
    from pptx.chart.data import CategoryChartData
    from pptx.enum.chart import XL_CHART_TYPE

    def add_chart(slide: Any) -> None:
        figures = CategoryChartData()
        figures.categories = ["Suisse", "Luxembourg"]
        figures.add_series("Nombre", (1408712, 12345678))
        figures.add_series("Part", (0.253, 0.05), number_format="0.0%")
        slide.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, 0, 5_000_000, 100_000, 100_000, figures)

    assert (
        load(deck_with(tmp_path / "a.pptx", change=add_chart))
        .sections[0]
        .text.endswith("Nombre | Part\nSuisse | 1408712 | 25.3 %\nLuxembourg | 12345678 | 5 %")
    )


def test_strict_open_xml_is_read(tmp_path: Path) -> None:
    def as_strict(part: str) -> str:
        names = "presentationml|officeDocument|drawingml"
        return re.sub(rf"{SCHEMAS}/({names})/2006/", r"http://purl.oclc.org/ooxml/\1/", part)

    path = rewrite(deck_with(tmp_path / "a.pptx"), {"": as_strict})
    assert load(path).sections[0].text == "Titre\n\nTexte public."
