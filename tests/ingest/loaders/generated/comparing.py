"""Compare what is stored of a generated file with what a person sees of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

from ingest.loaders.dispatch import load
from ingest.sources.catalogue import Candidate
from ingest.sync.assembly import make_document
from tests.ingest.loaders.generated.words import Text, tokens

_LONG: Final = 4  # digits: shorter numbers are those of lists and pages


@dataclass(frozen=True, slots=True)
class Differences:
    """What was seen and is not stored, is stored and not seen, stands otherwise, or in another order."""

    seen: int = 0
    lost: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    moved: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.lost or self.added or self.changed or self.moved)


def read(path: Path) -> str:
    """Return what is stored of a file to which a title was given: its text, each section below its new headings."""
    stated = {"title": "Titre"}
    document = make_document(Candidate(path, path.name), load(path), stated, source="", original="")
    parts: list[str] = []
    above: list[str] = []
    for section in document.sections:
        headings = section.heading.split(" > ")
        parts += [heading for depth, heading in enumerate(headings) if headings[: depth + 1] != above[: depth + 1]]
        parts.append(document.text[section.start : section.end])
        above = headings
    return "\n".join(parts)


def compare(text: Text, seen: str, stored: str) -> Differences:
    """Return how the stored text differs from the seen one, in the words and numbers that the file was made of."""
    seen_tokens, stored_tokens = set(tokens(seen)), tokens(stored)
    present = set(stored_tokens)
    visible = (seen_tokens & text.known) - text.aside
    lost = visible - present
    unseen = text.known - seen_tokens - text.aside - text.below
    added = present & (unseen | text.hidden)
    strange = present - text.known - seen_tokens
    changed = [token for token in strange if not token[0].isdigit() or len(token) >= _LONG]
    flat = " ".join(stored.split())
    changed += [sign for sign in text.exact if sign not in flat and sign.split()[-1] in seen]
    moved = _moved(text, seen, stored_tokens)
    return Differences(len(visible), _in_order(lost), _in_order(added), _in_order(changed), moved)


def _in_order(tokens: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(tokens))


def _moved(text: Text, seen: str, stored: list[str]) -> tuple[str, ...]:
    """Return the words that come before one they follow in the file, where the file and the eye have one order."""
    shown = tokens(seen)
    flow = [word for word in text.flow if word in shown and word in stored]
    steps = ((second, shown.index(first) < shown.index(second), first) for first, second in pairwise(flow))
    return tuple(word for word, is_plain, before in steps if is_plain and stored.index(before) > stored.index(word))
