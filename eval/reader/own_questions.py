"""Our own questions as examples: each joined with its document, and with the windows the engine ranks high beside it.

`questions/*.jsonl` hold what we wrote: the question, its kind, and the offsets of the sentence in the document's raw
text. Documents are those of `../shared/documents`, whose sentences stay out of the repository, and our own in `texts/`.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

import yaml
from rapidfuzz import fuzz

from eval.reader.examples import Example, LabelledWindow
from index.documents import Access, Audience, Document, Kind, Metadata, SectionText
from index.types import Filter, RankedDocument
from service.answering.candidates import Piece, split_pieces
from service.answering.windows import windows
from service.library.open_index import OpenIndex
from service.web.blocks import CELL

HERE: Final = Path(__file__).parent
DEPTH: Final = 10  # documents ranked for a question
OTHERS: Final = 5  # of them, documents whose windows are negatives
ALIKE: Final = 75  # rapidfuzz's ratio from which a piece of the stored text is the sentence of the raw one
_LONG_WORD: Final = re.compile(r"\w{4,}")
_RULE: Final = re.compile(r"\|[\s|:-]+\|\s*")  # between a table's head and its rows
_EMPHASIS: Final = re.compile(r"\*\*|__")
_SIGNS: Final = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class OwnQuestion:
    """A question over a document; `quote` answers it, nearly answers it, or contradicts it, as `kind` says."""

    id: str
    document: str
    language: str
    question: str
    kind: str
    quote: str


class OwnText(NamedTuple):
    """A text of ours: as questions give offsets into it, and as the document that is read."""

    raw: str
    document: Document


def own_texts() -> dict[str, OwnText]:
    """Return our own texts by id: those of one paragraph, and the files with headings, lists and tables."""
    texts = {}
    for line in (HERE / "texts" / "own-texts.jsonl").read_text(encoding="utf-8").splitlines():
        entry = json.loads(line)
        metadata = _metadata(entry | {"kind": Kind.NEWS})
        texts[entry["id"]] = OwnText(
            entry["text"], Document.from_sections(entry["id"], [SectionText("", entry["text"])], metadata)
        )
    for path in sorted((HERE / "texts").glob("*.md")):
        _, front_matter, body = path.read_text(encoding="utf-8").split("---\n", 2)
        raw = body.strip()
        document = Document.from_sections(path.stem, _sections(raw), _metadata(yaml.safe_load(front_matter)))
        texts[path.stem] = OwnText(raw, document)
    return texts


def _metadata(stated: Mapping[str, str]) -> Metadata:
    return Metadata(stated["title"], Kind(stated["kind"]), Audience.PUBLIC, stated["language"])


def _sections(raw: str) -> Iterator[SectionText]:
    """Yield the sections of a Markdown text as its loader would: by heading, rows as cells, no emphasis."""
    heading, lines = "", list[str]()
    for line in [*raw.splitlines(), "# "]:
        if line.startswith("#"):
            yield SectionText(heading, "\n".join(lines).strip(), heading)
            heading, lines = line.lstrip("# ").strip(), []
        elif not _RULE.fullmatch(line):
            cells = line.strip().strip("|").split("|") if line.startswith("|") else [line]
            lines.append(_EMPHASIS.sub("", CELL.join(cell.strip() for cell in cells)))


def own_questions(raw: Mapping[str, str]) -> Iterator[OwnQuestion]:
    """Yield every question whose document is in `raw`, the raw texts by id."""
    for path in sorted((HERE / "questions").glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            entry = json.loads(line)
            start, end = entry.pop("start"), entry.pop("end")
            if entry["document"] in raw:
                yield OwnQuestion(**entry, quote=raw[entry["document"]][start:end])


def own_examples(index: OpenIndex, folder: Path, rng: random.Random) -> Iterator[Example]:
    """Yield our questions with their windows; `index` holds the documents of `folder` but for those kept as a test."""
    texts = own_texts()
    raw = {path.stem: path.read_text(encoding="utf-8") for path in folder.glob("*.md")}
    raw |= {text_id: text.raw for text_id, text in texts.items()}
    listed = index.store.list_documents(Access(Audience.STAFF))
    stored = {document.card.id.rpartition("/")[2]: document.card.id for document in listed}
    for question in own_questions(raw):
        if question.document in texts:
            document = texts[question.document].document
        elif question.document not in stored:
            continue
        else:
            document = index.store.document(stored[question.document], Access(Audience.STAFF))
        example = _example(index, question, document, rng)
        if example is not None:
            yield example


def _example(index: OpenIndex, question: OwnQuestion, document: Document, rng: random.Random) -> Example | None:
    cut_pieces = split_pieces(document)
    held = locate(cut_pieces, question.quote)
    if not held:
        return None
    ranking = index.engine.search(question.question, DEPTH, Filter(audience=Audience.STAFF))
    ranked = {entry.document.id: entry for entry in ranking.documents}
    cut = windows(cut_pieces)
    label = {"answer": "answers", "false-premise": "contradictions"}.get(question.kind, "")
    gold = [_labelled(document, cut_pieces, window, held, label) for window in cut if held & {*window}]
    rest = _by_likelihood(question.question, document, ranked.get(document.id), [w for w in cut if not held & {*w}])
    same = rest[:2] + rng.sample(rest[2:], min(1, len(rest[2:])))
    return Example(
        question.id,
        "own",
        question.kind,
        question.question,
        question.language,
        gold[:2],
        [_labelled(document, cut_pieces, window) for window in same],
        list(_of_others(index, question.question, ranking.documents[:OTHERS], document.id))[:2],
    )


def _of_others(index: OpenIndex, question: str, ranked: Sequence[RankedDocument], but: str) -> Iterator[LabelledWindow]:
    """Yield the likeliest window of each other document, best document first."""
    for entry in ranked:
        if entry.document.id != but:
            document = index.store.document(entry.document.id, Access(Audience.STAFF))
            window = next(iter(_by_likelihood(question, document, entry, windows(split_pieces(document)))), None)
            if window:
                yield _labelled(document, split_pieces(document), window)


def _by_likelihood(
    question: str, document: Document, ranked: RankedDocument | None, cut: Sequence[tuple[int, ...]]
) -> list[tuple[int, ...]]:
    """Return windows as the engine ranks the passages they stand in, then by the words they share with the question."""
    cut_pieces = split_pieces(document)
    passages = [] if ranked is None else [(each.passage, each.score) for each in ranked.passages]
    words = {word[:6] for word in _LONG_WORD.findall(question.lower())}

    def likelihood(window: tuple[int, ...]) -> tuple[float, int]:
        start, end = cut_pieces[window[0]].start, cut_pieces[window[-1]].end
        best = max((score for passage, score in passages if passage.start < end and start < passage.end), default=-1.0)
        text = document.text[start:end].lower()
        return best, len(words & {word[:6] for word in _LONG_WORD.findall(text)})

    return sorted(cut, key=likelihood, reverse=True)


def _labelled(
    document: Document,
    cut_pieces: Sequence[Piece],
    window: tuple[int, ...],
    held: Collection[int] = (),
    label: str = "",
) -> LabelledWindow:
    section = document.sections[cut_pieces[window[0]].section]
    marked = [position for position, number in enumerate(window) if number in held]
    return LabelledWindow(
        document.metadata.title,
        section.heading.rpartition(" > ")[2],
        [cut_pieces[number].text for number in window],
        **({label: marked} if label else {}),
    )


def locate(cut_pieces: Sequence[Piece], quote: str) -> set[int]:
    """Return the numbers of the pieces that make up a quote of the raw text, whose markup the stored text has lost."""
    plain_quote = _plain(quote)
    plain = [_plain(piece.text) for piece in cut_pieces]
    held = {
        number
        for number, text in enumerate(plain)
        if text and (plain_quote in text or (len(text) >= 12 and text in plain_quote))
    }
    if held or not plain:
        return held
    best = max(range(len(plain)), key=lambda number: fuzz.ratio(plain[number], plain_quote))
    return {best} if fuzz.ratio(plain[best], plain_quote) >= ALIKE else set()


def _plain(text: str) -> str:
    return _SIGNS.sub(" ", text).lower().strip()
