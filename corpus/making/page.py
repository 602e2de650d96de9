"""A text as HTML: the article alone, as the printing browser and the web page need it."""

from __future__ import annotations

from html import escape

from making.blocks import Block, Grid, Heading, Items, Runs
from making.original import Original, with_soft_hyphens


def article(original: Original) -> str:
    """Return the blocks as HTML; with the layout word `hyphenation`, words bear soft hyphens."""
    return "\n".join(_html(block, original) for block in original.blocks())


def _html(block: Block, original: Original) -> str:
    if isinstance(block, Heading):
        return f"<h{block.level}>{_inline(block.runs)}</h{block.level}>"
    if isinstance(block, Items):
        tag = "ol" if block.ordered else "ul"
        return f"<{tag}>" + "".join(f"<li>{_inline(_soft(item, original))}</li>" for item in block.items) + f"</{tag}>"
    if isinstance(block, Grid):
        head = "".join(f"<th>{_inline(runs)}</th>" for runs in block.rows[0])
        body = "".join(
            "<tr>" + "".join(f"<td>{_inline(runs)}</td>" for runs in row) + "</tr>\n" for row in block.rows[1:]
        )
        return f"<table><thead><tr>{head}</tr></thead>\n<tbody>{body}</tbody></table>"
    return f"<p>{_inline(_soft(block.runs, original))}</p>"


def _soft(runs: Runs, original: Original) -> Runs:
    return with_soft_hyphens(runs, original.language) if "hyphenation" in original.layout else runs


def _inline(runs: Runs) -> str:
    parts = []
    for run in runs:
        text = f"<small> ({escape(run.note)})</small>" if run.note else escape(run.text, quote=False)
        text = f"<em>{text}</em>" if run.italic else text
        parts.append(f"<strong>{text}</strong>" if run.bold else text)
    return "".join(parts)
