"""PDF printed by Chromium from HTML, with running heads in the page's margins (CSS paged media)."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from html import escape
from pathlib import Path
from typing import Final

from making.original import CannotMake, Original
from making.page import article
from making.words import WORDS

_OPTIONS: Final = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-pdf-header-footer",
)
# Of the places where a word may be divided, keep those at a line's end, as a hyphen one can see: a printed page has no
# others. Chromium writes every unused one into the text layer, which the layout word `soft-hyphens` lets it do.
_DIVIDE: Final = """
const words = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), found = [];
while (words.nextNode()) found.push(words.currentNode);
const line = (node, at) => {
  const range = document.createRange(); range.setStart(node, at); range.setEnd(node, at + 1);
  return [...range.getClientRects()].at(-1)?.top ?? 0;
};
for (const node of found) {
  const text = node.data, last = text.length - 1;
  const kept = [...text].map((sign, at) => sign !== "\\u00ad" ? sign
    : at > 0 && at < last && Math.abs(line(node, at + 1) - line(node, at - 1)) > 3 ? "-" : "");
  node.data = kept.join("");
}
"""
_FACES: Final = {True: "'Liberation Serif', serif", False: "'DejaVu Sans', sans-serif"}


def make(original: Original, target: Path) -> None:
    """Write `original` as PDF. Raises CannotMake without Chromium."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        raise CannotMake("Chromium is missing: install it (Debian: apt-get install chromium)")
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "page.html"
        page.write_text(_html(original), encoding="utf-8")
        printed = Path(folder) / "page.pdf"
        command = [program, *_OPTIONS, f"--user-data-dir={folder}/profile", f"--print-to-pdf={printed}", page.as_uri()]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        if not printed.is_file():
            raise CannotMake(f"{target.name}: Chromium printed nothing: {done.stderr.strip()[-400:]}")
        shutil.move(printed, target)


def _html(original: Original) -> str:
    words = WORDS[original.language]
    serif = "serif" in original.layout
    colour = "#1f5c3a" if "green" in original.layout else "#1b3a6b"
    head = (
        f'@top-left {{ content: "{words.centre}"; }}'
        f'@top-right {{ content: "{original.metadata["published"]:%d.%m.%Y}"; }}'
        f'@bottom-center {{ content: "{words.page} " counter(page) " / " counter(pages); }}'
    )
    columns = (
        "main { columns: 2; column-gap: 8mm; } h1 { column-span: all; }" if "two-columns" in original.layout else ""
    )
    divide = "" if "soft-hyphens" in original.layout else f"<script>{_DIVIDE}</script>"
    paper = "A5" if "a5" in original.layout else "A4"
    return f"""<!doctype html>
<html lang="{original.language}"><head><meta charset="utf-8"><title>{escape(original.title)}</title>
<meta name="author" content="{escape(original.author)}"><meta name="description" content="{escape(original.notice)}">
<style>
@page {{ size: {paper}; margin: 22mm 18mm; {head if "running-head" in original.layout else ""} }}
@page {{ font: 8pt {_FACES[serif]}; color: #666; }}
body {{ font: 10.5pt/1.45 {_FACES[serif]}; margin: 0; width: {"112mm" if paper == "A5" else "174mm"}; }}
h1 {{ color: {colour}; font-size: 18pt; line-height: 1.2; border-bottom: 2px solid {colour}; padding-bottom: 3mm; }}
h2 {{ color: {colour}; font-size: 12.5pt; break-after: avoid; margin: 5mm 0 2mm; }}
p, li {{ text-align: {"justify" if "hyphenation" in original.layout else "left"}; hyphens: manual; }}
table {{ border-collapse: collapse; font-size: 8.5pt; width: 100%; line-height: 1.3; }}
th, td {{ border: 1px solid #999; padding: 1.2mm 1.8mm; text-align: left; vertical-align: top; }}
th {{ background: #e8ecf3; }} tr {{ break-inside: avoid; }}
{columns}
</style></head><body><main>
{article(original)}
</main>{divide}</body></html>"""
