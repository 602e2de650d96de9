"""Public question sets in SQuAD's layout as examples (Rajpurkar et al. 2016, 2018); their licences: the model card."""

from __future__ import annotations

import gzip
import json
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from eval.reader.examples import Example, LabelledWindow
from index.lexical.sentence_splitting import split_sentences
from service.answering.windows import MOST_PIECES, MOST_TOKENS, estimated_tokens

TITLED: Final = 0.5  # share of windows that are read under the title of their article
WITH_ANOTHER: Final = 0.5  # share of questions that also get the likeliest other paragraph of the article
_XQUAD: Final = ("en", "de", "es")
_LONG_WORD: Final = re.compile(r"\w{4,}")


@dataclass(frozen=True, slots=True)
class SquadQuestion:
    """A question of a set, its paragraph, and all paragraphs of the article."""

    id: str
    title: str
    question: str
    paragraph: str
    article: Sequence[str]
    answer_starts: Sequence[int]


def read_squad(path: Path) -> Iterator[SquadQuestion]:
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    articles: list[dict[str, Any]] = json.loads(content)["data"]
    for article in articles:
        paragraphs = [paragraph["context"] for paragraph in article["paragraphs"]]
        for paragraph in article["paragraphs"]:
            for entry in paragraph["qas"]:
                starts = [answer["answer_start"] for answer in entry.get("answers", ())]
                yield SquadQuestion(
                    str(entry["id"]),
                    article.get("title", "").replace("_", " "),
                    entry["question"],
                    paragraph["context"],
                    paragraphs,
                    () if entry.get("is_impossible") else starts,
                )


def public_examples(folder: Path, rng: random.Random) -> Iterator[Example]:
    """Yield the examples of `../shared/reading`, shuffled within each set and cut to its share."""
    spanish = list(read_squad(folder / "squad2-dev-es.json"))
    answerable = [question for question in spanish if question.answer_starts]
    unanswerable = [question for question in spanish if not question.answer_starts]
    yield from _examples(list(read_squad(folder / "piaf-v1.0-fr.json")), "fr", "fr", 3800, rng)
    yield from _examples(unanswerable, "es", "es", 1600, rng)
    yield from _examples(answerable, "es", "es", 1600, rng)
    yield from _examples(list(read_squad(folder / "squad-it-test.json.gz")), "it", "it", 1800, rng)
    yield from _parallel(folder, rng)


def _parallel(folder: Path, rng: random.Random) -> Iterator[Example]:
    """Yield each question of XQuAD once, in one language, over its paragraph in one of the three."""
    sets = {
        language: {question.id: question for question in read_squad(folder / f"xquad.{language}.json")}
        for language in _XQUAD
    }
    for question_id in sets["en"]:
        asked_in, answered_in = rng.choice(_XQUAD), rng.choice(_XQUAD)
        question = replace(sets[answered_in][question_id], question=sets[asked_in][question_id].question)
        yield from _examples([question], asked_in, answered_in, 1, rng)


def _examples(
    questions: list[SquadQuestion], language: str, text_language: str, most: int, rng: random.Random
) -> Iterator[Example]:
    rng.shuffle(questions)
    count = 0
    for question in questions:
        if count == most:
            return
        start = min(question.answer_starts, default=None)
        spans = _window(question.paragraph, text_language, start, rng)
        answers = [
            number
            for number, (begin, end) in enumerate(spans)
            if any(begin <= start < end for start in question.answer_starts)
        ]
        if question.answer_starts and not answers:
            continue
        count += 1
        title = question.title if rng.random() < TITLED else ""
        windows = [LabelledWindow(title, "", [question.paragraph[begin:end] for begin, end in spans], answers)]
        others = [paragraph for paragraph in question.article if paragraph is not question.paragraph]
        if others and rng.random() < WITH_ANOTHER:
            likely = _likeliest(question.question, rng.sample(others, min(6, len(others))))
            spans = _window(likely, text_language, None, rng)
            windows.append(LabelledWindow(title, "", [likely[begin:end] for begin, end in spans]))
        kind = "answer" if answers else "none"
        yield Example(
            f"{text_language}-{question.id}", f"public-{text_language}", kind, question.question, language, windows
        )


def _window(text: str, language: str, spot: int | None, rng: random.Random) -> list[tuple[int, int]]:
    """Return neighbouring sentences, as many as are read at a time, around the one that holds `spot`, or any."""
    spans = [(span.start, span.end) for span in split_sentences(text, language)] or [(0, len(text))]
    held = (number for number, (begin, end) in enumerate(spans) if spot is not None and begin <= spot < end)
    first = last = next(held, rng.randrange(len(spans)))
    tokens = estimated_tokens(text[slice(*spans[first])])
    while last - first < MOST_PIECES - 1:
        sides = [number for number in (first - 1, last + 1) if 0 <= number < len(spans)]
        if not sides:
            break
        side = rng.choice(sides)
        tokens += estimated_tokens(text[slice(*spans[side])])
        if tokens > MOST_TOKENS:
            break
        first, last = min(first, side), max(last, side)
    return [(begin, end) for begin, end in spans[first : last + 1]]


def _likeliest(question: str, paragraphs: Sequence[str]) -> str:
    words = set(_LONG_WORD.findall(question.lower()))
    return max(paragraphs, key=lambda paragraph: sum(word in paragraph.lower() for word in words))
