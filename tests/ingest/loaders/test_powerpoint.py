"""PowerPoint files give a section for each slide, with charts and diagrams."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest.loaders.dispatch import load
from tests.ingest.loaders.real_files import MAIN, as_kind, write_pptx


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
