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
from service.answering.candidates import split_pieces
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


class CutDocument:
    """A document, its pieces, its windows as the numbers of their pieces, and what questions are compared with."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.pieces = split_pieces(document)
        self.plain = [_plain(piece.text) for piece in self.pieces]
        self.windows = windows(self.pieces)
        self.words = {window: _stems(self.text_of(window)) for window in self.windows}

    def span(self, window: tuple[int, ...]) -> tuple[int, int]:
        """Return the offsets of a window in the document's text."""
        return self.pieces[window[0]].start, self.pieces[window[-1]].end

    def text_of(self, window: tuple[int, ...]) -> str:
        start, end = self.span(window)
        return self.document.text[start:end]


class CutDocuments:
    """The documents of an index and of our own, each cut once."""

    def __init__(self, index: OpenIndex) -> None:
        self._index = index
        self._cut: dict[str, CutDocument] = {}

    def cut(self, document_id: str, own: Document | None = None) -> CutDocument:
        """Return a document of the index by its id, or the own one given, as it is cut."""
        if document_id not in self._cut:
            self._cut[document_id] = CutDocument(own or self._index.store.document(document_id, Access(Audience.STAFF)))
        return self._cut[document_id]


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
    documents = CutDocuments(index)
    for question in own_questions(raw):
        if question.document in texts:
            cut = documents.cut(question.document, texts[question.document].document)
        elif question.document not in stored:
            continue
        else:
            cut = documents.cut(stored[question.document])
        example = _example(index, documents, question, cut, rng)
        if example is not None:
            yield example


def _example(
    index: OpenIndex, documents: CutDocuments, question: OwnQuestion, cut: CutDocument, rng: random.Random
) -> Example | None:
    held = locate(cut.plain, question.quote)
    if not held:
        return None
    ranking = index.engine.search(question.question, DEPTH, Filter(audience=Audience.STAFF))
    ranked = {entry.document.id: entry for entry in ranking.documents}
    label = {"answer": "answers", "false-premise": "contradictions"}.get(question.kind, "")
    gold = [_labelled(cut, window, held, label) for window in cut.windows if held & {*window}]
    others = [window for window in cut.windows if not held & {*window}]
    rest = _by_likelihood(question.question, cut, ranked.get(cut.document.id), others)
    same = rest[:2] + rng.sample(rest[2:], min(1, len(rest[2:])))
    return Example(
        question.id,
        "own",
        question.kind,
        question.question,
        question.language,
        gold[:2],
        [_labelled(cut, window) for window in same],
        list(_of_others(documents, question.question, ranking.documents[:OTHERS], cut.document.id))[:2],
    )


def _of_others(
    documents: CutDocuments, question: str, ranked: Sequence[RankedDocument], but: str
) -> Iterator[LabelledWindow]:
    """Yield the likeliest window of each other document, best document first."""
    for entry in ranked:
        if entry.document.id != but:
            cut = documents.cut(entry.document.id)
            if window := next(iter(_by_likelihood(question, cut, entry, cut.windows)), None):
                yield _labelled(cut, window)


def _by_likelihood(
    question: str, cut: CutDocument, ranked: RankedDocument | None, among: Sequence[tuple[int, ...]]
) -> list[tuple[int, ...]]:
    """Return windows as the engine ranks the passages they stand in, then by the words they share with the question."""
    passages = [] if ranked is None else [(each.passage, each.score) for each in ranked.passages]
    words = _stems(question)

    def likelihood(window: tuple[int, ...]) -> tuple[float, int]:
        start, end = cut.span(window)
        best = max((score for passage, score in passages if passage.start < end and start < passage.end), default=-1.0)
        return best, len(words & cut.words[window])

    return sorted(among, key=likelihood, reverse=True)


def _labelled(cut: CutDocument, window: tuple[int, ...], held: Collection[int] = (), label: str = "") -> LabelledWindow:
    section = cut.document.sections[cut.pieces[window[0]].section]
    marked = [position for position, number in enumerate(window) if number in held]
    return LabelledWindow(
        cut.document.metadata.title,
        section.heading.rpartition(" > ")[2],
        [cut.pieces[number].text for number in window],
        **({label: marked} if label else {}),
    )


def locate(plain: Sequence[str], quote: str) -> set[int]:
    """Return the numbers of the pieces that make up a quote of the raw text, whose markup the stored text has lost.

    `plain` holds the pieces' words without signs, as `CutDocument.plain` does.
    """
    plain_quote = _plain(quote)
    held = {
        number
        for number, text in enumerate(plain)
        if text and (plain_quote in text or (len(text) >= 12 and text in plain_quote))
    }
    if held or not plain:
        return held
    best = max(range(len(plain)), key=lambda number: fuzz.ratio(plain[number], plain_quote))
    return {best} if fuzz.ratio(plain[best], plain_quote) >= ALIKE else set()


def _stems(text: str) -> frozenset[str]:
    return frozenset(word[:6] for word in _LONG_WORD.findall(text.lower()))


def _plain(text: str) -> str:
    return _SIGNS.sub(" ", text).lower().strip()
