"""Small real files of each format, written by the libraries that people's programs resemble."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from index.documents import SectionText
from ingest.loaders.dispatch import load

MAIN = "openxmlformats-officedocument.{}.main+xml"


def load_text(folder: Path, name: str, text: str | bytes) -> list[SectionText]:
    """Write a file and return the sections it is read as."""
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return list(load(path).sections)


def write_docx(path: Path, *, title: str = "") -> Path:
    """A Word file: a title, two headings, a list, a table."""
    import docx

    document = docx.Document()
    document.core_properties.title = title
    document.core_properties.author = "Service juridique"
    document.add_heading("Les crèches transfrontalières", level=0)
    document.add_paragraph("Une note sur l’accueil des enfants de part et d’autre de la frontière.")
    document.add_heading("Droit applicable", level=1)
    document.add_paragraph("Le règlement (CE) n° 883/2004 coordonne les régimes.")
    document.add_heading("Article 5", level=2)
    document.add_paragraph("Les frais sont partagés par moitié.")
    document.add_paragraph("premier point", style="List Bullet")
    table = document.add_table(rows=2, cols=2)
    for cell, text in zip(
        (cell for row in table.rows for cell in row.cells), ["Ville", "Places", "Kehl", "60"], strict=True
    ):
        cell.text = text
    document.save(str(path))
    return path


def write_pptx(path: Path) -> Path:
    """A deck: a slide with a title, two lines and notes, then one without text."""
    import pptx

    deck = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[1])
    slide.shapes.title.text = "Le tram Strasbourg–Kehl"
    slide.placeholders[1].text = "Ouvert en 2017\nDeux ponts"
    slide.notes_slide.notes_text_frame.text = "Rappeler le coût."
    deck.slides.add_slide(deck.slide_layouts[6])
    deck.save(str(path))
    return path


def write_odt(path: Path) -> Path:
    """An OpenDocument text: headings, a list, a table."""
    from odf.opendocument import OpenDocumentText
    from odf.table import Table, TableCell, TableRow
    from odf.text import H, List, ListItem, P

    document = OpenDocumentText()
    document.text.addElement(H(outlinelevel=1, text="Compte rendu"))
    document.text.addElement(P(text="Réunion du comité à Esch."))
    document.text.addElement(H(outlinelevel=2, text="Décisions"))
    items = List()
    for text in ("ouvrir la ligne", "écrire au ministre"):
        item = ListItem()
        item.addElement(P(text=text))
        items.addElement(item)
    document.text.addElement(items)
    table = Table()
    row = TableRow()
    for text in ("Budget", "40 000 €"):
        cell = TableCell()
        cell.addElement(P(text=text))
        row.addElement(cell)
    table.addElement(row)
    document.text.addElement(table)
    document.save(str(path))
    return path


def write_pdf(path: Path, pages: Sequence[Sequence[str]], *, title: str = "", password: str = "") -> Path:
    """A PDF with these lines on its pages."""
    from reportlab.lib.pdfencrypt import StandardEncryption
    from reportlab.pdfgen.canvas import Canvas

    encryption = StandardEncryption(password, canPrint=1) if password else None
    canvas = Canvas(str(path), encrypt=encryption)
    canvas.setTitle(title)
    for lines in pages:
        text = canvas.beginText(60, 800)
        for line in lines:
            text.textLine(line)
        canvas.drawText(text)
        canvas.showPage()
    canvas.save()
    return path


def as_kind(path: Path, kind: str, other: str) -> Path:
    """Declare an office file to be of another kind: a template, a show, with macros."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    types = parts["[Content_Types].xml"]
    assert kind.encode() in types
    parts["[Content_Types].xml"] = types.replace(kind.encode(), other.encode())
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


def rewrite(path: Path, changes: Mapping[str, Callable[[str], str]]) -> Path:
    """Change the text of parts of an office file, by their names; "" stands for all its XML."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            change = changes.get(name) or (changes.get("") if name.endswith((".xml", ".rels")) else None)
            archive.writestr(name, change(content.decode()) if change else content)
    return path
