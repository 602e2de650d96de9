"""PDF set by typst: reports with a title page and contents, and two-column papers, with footnotes and hyphenation."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Final

from making.blocks import Block, Grid, Heading, Items, Runs
from making.original import CannotMake, Original
from making.words import WORDS

_TABLE: Final = (
    "#set table(stroke: 0.4pt + luma(140), inset: 4pt)\n"
    "#show table: set text(size: 0.82em, hyphenate: true)\n#show table: set par(justify: false)\n"
)


def make(original: Original, target: Path) -> None:
    """Write `original` as PDF. Raises CannotMake without typst."""
    try:
        import typst
    except ImportError as error:
        raise CannotMake("typst is missing: pip install typst") from error
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "document.typ"
        source.write_text(_source(original), encoding="utf-8")
        typst.compile(str(source), output=str(target))


def _source(original: Original) -> str:
    blocks = original.blocks()
    title = blocks.pop(0) if isinstance(blocks[0], Heading) else None
    body = "\n\n".join(map(_typst, blocks))
    name = _inline(title.runs) if title and isinstance(title, Heading) else _string(original.title)
    opening = _cover(original, name) if "cover" in original.layout else _head(original, name)
    if "two-columns" in original.layout:
        body = f"#columns(2, gutter: 7mm)[\n{body}\n]"
    return _preamble(original) + opening + body + "\n"


def _preamble(original: Original) -> str:
    words = WORDS[original.language]
    published = original.metadata["published"]
    font = "New Computer Modern" if "two-columns" in original.layout else "Libertinus Serif"
    size = "11.5pt" if "cover" in original.layout else "10.5pt"
    running = f"#set page(header: context {{ if counter(page).get().first() > 1 [#set text(8pt, fill: luma(90));\
 {_string(original.heading())} #h(1fr) {_string(words.centre)}] }})\n"
    date = f"datetime(year: {published.year}, month: {published.month}, day: {published.day})"
    return (
        f"#set document(title: {json.dumps(original.title, ensure_ascii=False)},"
        f" author: {json.dumps(original.author, ensure_ascii=False)},"
        f" description: {json.dumps(original.notice, ensure_ascii=False)}, date: {date})\n"
        f'#set text(font: "{font}", size: {size}, lang: "{original.language}", hyphenate: true)\n'
        "#set par(justify: true, leading: 0.68em, spacing: 1em)\n"
        '#set page(paper: "a4", margin: (x: 24mm, y: 26mm), numbering: "1 / 1")\n'
        + (running if "running-head" in original.layout else "")
        + _TABLE
        + ('#set heading(numbering: "1.1")\n' if "cover" in original.layout else "")
        + "#show heading: set block(above: 1.5em, below: 0.8em)\n"
        "#show heading: set text(hyphenate: false)\n#show heading: set par(justify: false)\n"
    )


def _head(original: Original, name: str) -> str:
    """Return a paper's title, author and date above the text."""
    return (
        f"#align(center)[#set par(justify: false)\n#text(17pt, weight: 700, hyphenate: false)[{name}]\n\n"
        f"#text(9.5pt)[{_string(original.author)} · {_string(original.metadata['published'].isoformat())}]]\n#v(6mm)\n"
    )


def _cover(original: Original, name: str) -> str:
    """Return a title page and the table of contents."""
    words = WORDS[original.language]
    return (
        "#page(numbering: none)[#v(55mm) #set par(justify: false)\n"
        f"#text(11pt, fill: luma(90))[{_string(words.centre)}]\n\n"
        f"#text(26pt, weight: 700, hyphenate: false)[{name}]\n\n#v(8mm) {_string(original.author)}\n\n"
        f"{_string(original.metadata['published'].strftime('%m/%Y'))}\n\n#v(1fr)\n"
        f"#text(9pt)[{_string(original.notice)}]]\n"
        f"#outline(title: {json.dumps(words.contents, ensure_ascii=False)}, depth: 2)\n#pagebreak()\n"
    )


def _typst(block: Block) -> str:
    if isinstance(block, Heading):
        return f"{'=' * (block.level - 1)} {_inline(block.runs)}"
    if isinstance(block, Items):
        kind = "enum" if block.ordered else "list"
        return f"#{kind}(" + ", ".join(f"[{_inline(item)}]" for item in block.items) + ")"
    if isinstance(block, Grid):
        head = ", ".join(f"[*{_inline(runs)}*]" for runs in block.rows[0])
        cells = ", ".join(f"[{_inline(runs)}]" for row in block.rows[1:] for runs in row)
        columns = f"({'1fr, ' * len(block.rows[0])})"
        return f"#table(columns: {columns}, align: left, table.header({head}), {cells})"
    return _inline(block.runs)


def _inline(runs: Runs) -> str:
    parts = []
    for run in runs:
        text = f"#footnote[{_string(run.note)}]" if run.note else _string(run.text)
        text = f"#emph[{text}]" if run.italic else text
        parts.append(f"#strong[{text}]" if run.bold else text)
    return "".join(parts)


def _string(text: str) -> str:
    """Return `text` as typst markup that means itself."""
    return f"#{json.dumps(text, ensure_ascii=False)};"
