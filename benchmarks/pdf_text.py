"""Character errors of the PDF readers on the corpus's PDFs, whose texts are known (`corpus/originals`).

    python benchmarks/pdf_text.py [--worst]

For each paragraph, heading, list item, table row and footnote of an original, the stretch of the extracted text nearest
to it is found (edit distance with free ends) and its errors are counted: `errors` is their share of the characters.
Blanks count: a word cut in two or two glued are errors. `added` is what the extracted text is longer than the original
by (running heads, page numbers, marks of notes). A table's row is the cells with spaces between.
"""

from __future__ import annotations

import argparse
import csv
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

CORPUS = Path(__file__).resolve().parent.parent / "corpus"
sys.path[:0] = [str(CORPUS), str(CORPUS.parent)]


@dataclass(frozen=True, slots=True)
class Score:
    """Errors of one reader on one file, in characters; `columns` are a table's cells told apart in its rows."""

    length: int
    errors: int
    added: int
    rows: int
    rows_kept: int


def known_blocks(markdown: str) -> tuple[list[str], list[str]]:
    """Return the texts that must be found, and among them the tables' rows."""
    from making.blocks import Grid, Items, blocks_of, plain  # type: ignore[import-not-found]

    texts, rows = [], []
    for block in blocks_of(re.sub(r"\A---\n.*?\n---\n", "", markdown, flags=re.DOTALL)):
        if isinstance(block, Grid):
            rows += [" ".join(plain(cell) for cell in row) for row in block.rows]
            runs = [run for row in block.rows for cell in row for run in cell]
        elif isinstance(block, Items):
            texts += [plain(item) for item in block.items]
            runs = [run for item in block.items for run in item]
        else:
            texts.append(plain(block.runs))
            runs = list(block.runs)
        texts += [run.note for run in runs if run.note]
    return list(filter(None, map(_normal, texts))), list(filter(None, map(_normal, rows)))


def _normal(text: str) -> str:
    plain = text.replace("’", "'").replace("\u00ad", "").replace("ﬁ", "fi").replace("ﬂ", "fl").replace("ﬀ", "ff")
    return " ".join(re.sub(r"[\u2010\u2011]", "-", plain).replace(" | ", " ").split())


def nearest_distance(part: str, text: str) -> int:
    """Return the least edit distance of `wanted` to any stretch of `text`."""
    if part in text:
        return 0
    codes = np.frombuffer(text.encode("utf-32-le"), np.uint32)
    steps = np.arange(len(codes) + 1)
    row = np.zeros(len(codes) + 1, np.int64)
    for letter in np.frombuffer(part.encode("utf-32-le"), np.uint32):
        best = np.empty_like(row)
        best[0] = row[0] + 1
        best[1:] = np.minimum(row[1:] + 1, row[:-1] + (codes != letter))
        row = np.minimum.accumulate(best - steps) + steps
    return int(row.min())


def score(markdown: str, extracted: str) -> Score:
    """Return how well the extracted text holds the original."""
    texts, rows = known_blocks(markdown)
    text = _normal(extracted)
    distances = [min(nearest_distance(block, text), len(block)) for block in [*texts, *rows]]
    length = sum(map(len, texts)) + sum(map(len, rows))
    kept = sum(distance <= 0.02 * len(row) for row, distance in zip(rows, distances[len(texts) :], strict=True))
    return Score(length, sum(distances), max(0, len(text) - length), len(rows), kept)


def by_pypdf(path: Path) -> str:
    from pypdf import PdfReader

    return "\n".join(page.extract_text() for page in PdfReader(path).pages)


def by_pdfium(path: Path) -> str:
    import pypdfium2

    document = pypdfium2.PdfDocument(path)
    return "\n".join(str(page.get_textpage().get_text_range()) for page in document)


def ours(path: Path) -> str:
    from ingest.loaders.pdf.loader import load

    return "\n".join(section.text for section in load(path).sections)


READERS: dict[str, Callable[[Path], str]] = {"pypdf": by_pypdf, "pdfium": by_pdfium, "ours": ours}


def measured() -> list[tuple[str, str, dict[str, Score]]]:
    """Return (maker, id, score by reader) of each PDF of the corpus that has an original."""
    with (CORPUS / "originals/files.csv").open(encoding="utf-8") as file:
        plans = [row for row in csv.DictReader(file) if row["file"].endswith(".pdf")]
    scored = []
    for plan in plans:
        markdown = (CORPUS / "originals" / plan["maker"] / f"{plan['id']}.md").read_text(encoding="utf-8")
        scores = {name: score(markdown, read(CORPUS / plan["file"])) for name, read in READERS.items()}
        scored.append((plan["maker"], plan["id"], scores))
    return scored


def line(name: str, scores: Sequence[dict[str, Score]]) -> str:
    """Return a row of the table: errors and added characters in percent, table rows found whole."""
    cells = [name, str(len(scores))]
    for what in ("errors", "added"):
        for reader in READERS:
            of = [by_reader[reader] for by_reader in scores]
            cells.append(f"{100 * sum(getattr(score, what) for score in of) / sum(score.length for score in of):.2f}")
    for reader in READERS:
        of = [by_reader[reader] for by_reader in scores]
        cells.append(f"{sum(score.rows_kept for score in of)}/{sum(score.rows for score in of)}")
    return "| " + " | ".join(cells) + " |"


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the PDF readers on files whose text is known.")
    parser.add_argument("--worst", action="store_true", help="also each file")
    arguments = parser.parse_args()
    scored = measured()
    heads = [f"{what}, {reader}" for what in ("errors %", "added %", "rows whole") for reader in READERS]
    print("| producer | files | " + " | ".join(heads) + " |")
    print("|---" * (len(heads) + 2) + "|")
    for maker in dict.fromkeys(maker for maker, _, _ in scored):
        print(line(maker, [scores for other, _, scores in scored if other == maker]))
    print(line("all but scans", [scores for maker, _, scores in scored if maker != "scan"]))
    if arguments.worst:
        for maker, name, scores in sorted(scored, key=lambda entry: -entry[2]["ours"].errors / entry[2]["ours"].length):
            print(line(f"{name} ({maker})", [scores]))


if __name__ == "__main__":
    main()
