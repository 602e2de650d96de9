"""PDF files in one or two columns with tables, raised digits and running heads."""

from __future__ import annotations

from typing import Any

from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.lib.units import cm
from reportlab.platypus import BaseDocTemplate, Frame, PageBreak, PageTemplate, Paragraph, Spacer, Table

from tests.ingest.loaders.generated.words import Text

_STYLES = getSampleStyleSheet()


def write(text: Text) -> None:
    """Write a PDF of one to three pages."""
    head = text.beside()
    document = BaseDocTemplate(str(text.path), pagesize=A4)
    columns = text.chance.choice([1, 1, 2])
    width = (A4[0] - 4 * cm) / columns - (columns - 1) * 0.4 * cm
    frames = [Frame(2 * cm + place * (width + 0.8 * cm), 2 * cm, width, 23 * cm) for place in range(columns)]

    def draw_head(canvas: Any, _: Any) -> None:
        canvas.setFont("Helvetica", 8)
        canvas.drawString(2 * cm, 28 * cm, head)

    document.addPageTemplates(PageTemplate(frames=frames, onPage=draw_head))
    story: list[Any] = []
    for _ in range(text.chance.randint(1, 3)):
        for _ in range(text.chance.randint(3, 8)):
            story += text.chance.choice([_heading, _paragraph, _paragraph, _list, _table, _shifted])(text)
        story.append(PageBreak())
    document.build(story)


def _heading(text: Text) -> list[Any]:
    return [Paragraph(text.sentence(3).rstrip("."), _STYLES["Heading2"])]


def _paragraph(text: Text) -> list[Any]:
    return [Paragraph(" ".join(text.sentence() for _ in range(3)), _STYLES["Normal"]), Spacer(1, 8)]


def _list(text: Text) -> list[Any]:
    return [Paragraph(text.sentence(4), _STYLES["Bullet"], bulletText="•") for _ in range(3)]


def _table(text: Text) -> list[Any]:
    rows = [[text.word(), f"{text.number()}"] for _ in range(3)]
    return [Table(rows, style=[("GRID", (0, 0), (-1, -1), 0.5, "black")]), Spacer(1, 8)]


def _shifted(text: Text) -> list[Any]:
    words = f"{text.sentence(3)} km<super>2</super> {text.exactly('km²')}"
    return [Paragraph(words, _STYLES["Normal"]), Spacer(1, 8)]
