"""Small pages, and what is read of them."""

from __future__ import annotations

from pathlib import Path

from ingest.loaders.dispatch import load
from ingest.loaders.loaded_file import LoadedFile

PARAGRAPH = "Le travailleur frontalier relève en principe de la législation de l’État où il exerce son activité."
FILLING = f"<p>{PARAGRAPH}</p>" * 4


def load_page(folder: Path, body: str, *, head: str = "", name: str = "page.html") -> LoadedFile:
    """Write a page with this body and load it."""
    path = folder / name
    path.write_text(f"<!DOCTYPE html><html><head>{head}</head><body>{body}</body></html>", encoding="utf-8")
    return load(path)


def read_page(folder: Path, body: str, *, head: str = "") -> str:
    """Return the text of a page with this body, its headings on lines of their own."""
    sections = load_page(folder, body, head=head).sections
    return "\n\n".join(
        f"# {section.heading}\n\n{section.text}" if section.heading else section.text for section in sections
    )
