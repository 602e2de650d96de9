"""PDF files for the tests of page pictures: honest ones, and those that a service must survive."""

from __future__ import annotations

import io
import zlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from index.documents import Audience, Document, Kind, Metadata, SectionText
from service.app import Parts
from service.library.open_index import OpenIndex
from tests.service.conftest import make_parts
from tests.service.fakes import MemoryEngine, MemoryStore, OpenLibrary, WordEmbedder

# How it stands on the page, line by line, and how the ingestion reads it.
FIRST = ("L'ambulance passe le pont.", "Le poste de commande appelle la", "voisine. L'ambulance passe le pont.")
SECOND = (
    "La convention transfron-",
    "talière règle l'of\ufb01ce du   médecin",
    "de garde ; elle est signée.",
    "Une autre phrase suit.",
)
READ = (" ".join(FIRST), "La convention transfrontalière règle l'office du médecin de garde ; elle est signée.")


def pdf(pages: Sequence[Sequence[str]], *, password: str = "", size: tuple[float, float] = (595, 842)) -> bytes:
    """Return a PDF with these lines on its pages, in a font that reportlab brings and that has the ligature."""
    from reportlab.lib.pdfencrypt import StandardEncryption
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont
    from reportlab.pdfgen.canvas import Canvas

    pdfmetrics.registerFont(TTFont("Vera", "Vera.ttf"))
    written = io.BytesIO()
    canvas = Canvas(written, pagesize=size, encrypt=StandardEncryption(password) if password else None)
    for lines in pages:
        canvas.setFont("Vera", 14)
        for number, line in enumerate(lines):
            canvas.drawString(60, size[1] - 80 - 30 * number, line)
        canvas.showPage()
    canvas.save()
    return written.getvalue()


def bomb(side: int = 22_400) -> bytes:
    """Return a small PDF whose page shows a picture of 500 megapixels."""
    packed = zlib.compress(b"\0" * (side * side // 8), 9)
    head = f"/Type /XObject /Subtype /Image /Width {side} /Height {side} /BitsPerComponent 1 /ColorSpace /DeviceGray"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        b"/Resources << /XObject << /I 5 0 R >> >> >>",
        b"<< /Length 32 >>\nstream\nq 595 0 0 842 0 0 cm /I Do Q    \nendstream",
        f"<< {head} /Filter /FlateDecode /Length {len(packed)} >>\nstream\n".encode() + packed + b"\nendstream",
    ]
    return written(objects)


def endless(depth: int = 40) -> bytes:
    """Return a small PDF whose page draws a form that draws the next one ten times, and so on."""
    forms = []
    for number in range(depth):
        content = b" /F Do" * 10
        named = f"/Resources << /XObject << /F {number + 6} 0 R >> >>" if number + 1 < depth else ""
        forms.append(
            f"<< /Type /XObject /Subtype /Form /BBox [0 0 9 9] {named} /Length {len(content)} >>\nstream\n".encode()
            + content
            + b"\nendstream"
        )
    page = (
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        b"/Resources << /XObject << /F 5 0 R >> >> >>"
    )
    start = b"<< /Length 5 >>\nstream\n/F Do\nendstream"
    return written(
        [b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>", page, start, *forms]
    )


def written(objects: Sequence[bytes]) -> bytes:
    """Return the objects as a PDF file with its table."""
    made, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, start=1):
        places.append(len(made))
        made += f"{number} 0 obj\n".encode() + content + b"\nendobj\n"
    table = "".join(f"{position:010} 00000 n \n" for position in places)
    size = len(objects) + 1
    end = f"xref\n0 {size}\n0000000000 65535 f \n{table}trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{len(made)}"
    return made + end.encode() + b"\n%%EOF\n"


def document(name: str, original: str, texts: Sequence[str] = READ, **fields: object) -> Document:
    usual: dict[str, object] = {"audience": Audience.PUBLIC, "language": "fr"}
    metadata = Metadata(f"Titre {name}", Kind.STUDY, **usual | fields)  # type: ignore[arg-type]
    sections = [SectionText(f"p. {number}", text) for number, text in enumerate(texts, start=1)]
    return Document.from_sections(name, sections, metadata, path=f"{name}.pdf", original=original)


def parts_with(folder: Path, documents: Sequence[Document], files: dict[str, bytes]) -> Parts:
    """Return the parts of a service over these documents and original files."""
    parts = make_parts(folder)
    for name, content in files.items():
        (folder / "originals" / name).write_bytes(content)
    store = MemoryStore({document.id: document for document in documents}, folder / "originals")
    return replace(parts, library=OpenLibrary(OpenIndex(MemoryEngine(store, WordEmbedder()), store)))


def plain(text: str) -> str:
    """Return the letters and digits alone."""
    return "".join(character for character in text if character.isalnum())
