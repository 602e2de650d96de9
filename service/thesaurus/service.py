"""Look around in the thesaurus, add to it and take back what was added here; the audit log says who did.

The search follows within seconds: the library opens the index anew when the file of additions changes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any, Final

from fastapi import Depends

from index.lexical.analysis import fold, terms
from index.lexical.thesaurus import LONGEST, Concept, Thesaurus, Words
from service.auth.audit import AuditLog
from service.auth.callers import Caller
from service.errors import Conflict, InvalidField, NothingThere
from service.history.changes import Change, latest_changes
from service.http.concurrency import ConcurrencyLimiter
from service.http.dependencies import provided
from service.thesaurus.additions import (
    Added,
    AddedLabel,
    Additions,
    LabelKind,
    broader_statement,
    concept_statements,
    label_statement,
    scheme_uris,
)

if TYPE_CHECKING:
    from rdflib import Graph

SCHEMES: Final = ("themes", "instruments", "territories", "obstacles")  # the others are codes the program knows
MOST_FOUND: Final = 50


@dataclass(frozen=True, slots=True)
class NewConcept:
    """A concept that is to be added: its preferred labels by language, what is above it, the countries it lies in."""

    scheme: str
    labels: Mapping[str, str]
    broader: Sequence[str] = ()
    countries: Sequence[str] = ()
    note: str = ""
    note_language: str = "fr"


@dataclass(frozen=True, slots=True)
class View:
    """What a page shows: the concepts found and how many there are, all that was added here, and who changed what."""

    thesaurus: Thesaurus = field(default_factory=Thesaurus)
    concepts: Sequence[Concept] = ()
    total: int = 0
    added: Added = field(default_factory=Added)
    changes: Sequence[Change] = ()


@dataclass(frozen=True)
class ThesaurusService:
    """Changes the thesaurus for staff. Without an operator's file there is nothing to look at and nothing to add to."""

    additions: Additions | None
    limiter: ConcurrencyLimiter
    audit: AuditLog

    @property
    def obstacle(self) -> str:
        """Return why nothing can be changed here: "none" or "readonly"; "" when it can."""
        if self.additions is None:
            return "none"
        return "" if self.additions.can_write(self.additions.file) else "readonly"

    async def look(self, query: str = "", scheme: str = "", key: str = "") -> View:
        """Return the concepts that a query, a scheme or a key names, at most MOST_FOUND."""
        return await self.limiter.run(lambda: self._look(query, scheme, key))

    async def export(self) -> bytes:
        """Return the thesaurus with the additions, in Turtle. Raises NothingThere."""
        return await self.limiter.run(lambda: self._additions().export())

    async def add_label(self, label: AddedLabel, caller: Caller, *, although_known: bool = False) -> None:
        """Give a concept (by its key in `label.uri`) another name. Raises InvalidField, Conflict, NothingThere."""

        def add(additions: Additions) -> tuple[str, str]:
            with additions.changing() as graph:
                thesaurus = additions.thesaurus()
                concept = _find(thesaurus, label.uri)
                own = AddedLabel(concept.uri, label.kind, label.language, _one_line(label.text))
                _check_label(own, thesaurus, concept, although_known)
                graph.add(label_statement(own))
            return concept.key, f"{own.kind} {own.language}: {own.text}"

        await self._change("label", caller, add)

    async def remove_label(self, label: AddedLabel, caller: Caller) -> None:
        """Take a label back that was added here. Raises NothingThere."""

        def remove(additions: Additions) -> tuple[str, str]:
            with additions.changing() as graph:
                concept = _find(additions.thesaurus(), label.uri)
                own = AddedLabel(concept.uri, label.kind, label.language, label.text)
                _take_out(graph, label_statement(own))
            return concept.key, f"{own.kind} {own.language}: {own.text}"

        await self._change("remove-label", caller, remove)

    async def add_concept(self, new: NewConcept, caller: Caller, *, although_known: bool = False) -> str:
        """Add a concept and return its key. Raises InvalidField, Conflict."""

        def add(additions: Additions) -> tuple[str, str]:
            with additions.changing() as graph:
                thesaurus = additions.thesaurus()
                concept = _new_concept(new, thesaurus)
                labels = [
                    AddedLabel(concept.uri, LabelKind.PREFERRED, language, _one_line(text))
                    for language, text in new.labels.items()
                ]
                for label in labels:
                    _check_label(label, thesaurus, concept, although_known)
                countries = [_known(thesaurus, "countries", f"country/{code}").uri for code in new.countries]
                scheme = scheme_uris(additions.files)[new.scheme]
                for statement in concept_statements(concept.uri, scheme, countries, new.note, new.note_language):
                    graph.add(statement)
                for statement in (
                    *map(label_statement, labels),
                    *(broader_statement(concept.uri, _known(thesaurus, "broader", key).uri) for key in new.broader),
                ):
                    graph.add(statement)
            return concept.key, "; ".join(f"{label.language}: {label.text}" for label in labels)

        return await self._change("concept", caller, add)

    async def remove_concept(self, key: str, caller: Caller) -> None:
        """Take a concept back that was added here, with all that was said of it. Raises NothingThere, Conflict."""

        def remove(additions: Additions) -> tuple[str, str]:
            with additions.changing() as graph:
                concept, added = _find(additions.thesaurus(), key), additions.added()
                if concept.uri not in added.notes:
                    raise NothingThere("This concept was not added here: it is in the operator's file.")
                if any(broader == concept.uri for _, broader in added.broader):
                    raise Conflict("Other concepts added here stand below it. Remove those first.", rule="narrower")
                for statement in [triple for triple in graph if str(triple[0]) == concept.uri]:
                    graph.remove(statement)
            return concept.key, concept.label("fr")

        await self._change("remove-concept", caller, remove)

    async def add_broader(self, key: str, broader: str, caller: Caller) -> None:
        """Put a concept below another one. Raises InvalidField for a circle, NothingThere."""

        def add(additions: Additions) -> tuple[str, str]:
            with additions.changing() as graph:
                thesaurus = additions.thesaurus()
                concept, above = _find(thesaurus, key), _known(thesaurus, "broader", broader)
                graph.add(broader_statement(concept.uri, above.uri))
            return concept.key, above.key

        await self._change("broader", caller, add)

    async def remove_broader(self, key: str, broader: str, caller: Caller) -> None:
        """Undo that a concept was put below another one here. Raises NothingThere."""

        def remove(additions: Additions) -> tuple[str, str]:
            with additions.changing() as graph:
                thesaurus = additions.thesaurus()
                _take_out(graph, broader_statement(_find(thesaurus, key).uri, _find(thesaurus, broader).uri))
            return key, broader

        await self._change("remove-broader", caller, remove)

    async def _change(self, action: str, caller: Caller, act: Callable[[Additions], tuple[str, str]]) -> str:
        def change() -> str:
            key, details = act(self._additions(to_write=True))
            self.audit.write(f"thesaurus {action}", caller, what=key, details=details)
            return key

        return await self.limiter.run(change)

    def _additions(self, *, to_write: bool = False) -> Additions:
        if self.additions is None:
            raise NothingThere("There is no thesaurus here: PASSERELLE_THESAURUS is not set.")
        if to_write and self.obstacle:
            raise Conflict(f"{self.additions.file}: cannot be written, so nothing can be added.", rule="readonly")
        return self.additions

    def _look(self, query: str, scheme: str, key: str) -> View:
        if self.additions is None:
            return View()
        thesaurus, changes = self.additions.thesaurus(), latest_changes(self.audit, "thesaurus")
        matching = _matching(thesaurus, query, scheme) if query or scheme else []
        if key:
            matching = [_find(thesaurus, key)]
        return View(thesaurus, matching[:MOST_FOUND], len(matching), self.additions.added(), changes)


def _matching(thesaurus: Thesaurus, query: str, scheme: str) -> list[Concept]:
    """Return the concepts of a scheme with a name that holds the query, those that begin with it first."""
    typed = fold(query.strip())
    ranked = []
    for concept in thesaurus.concepts:
        names = [
            fold(label.text)
            for labels in (concept.labels, concept.hidden)
            for of_language in labels.values()
            for label in of_language
        ]
        fitting = [name for name in names if typed in name]
        if fitting and (not scheme or concept.scheme == scheme):
            ranked.append((not any(name.startswith(typed) for name in fitting), concept.label("fr"), concept))
    return [concept for *_, concept in sorted(ranked, key=lambda entry: entry[:2])]


def _find(thesaurus: Thesaurus, key: str) -> Concept:
    try:
        return thesaurus.by_key[key]
    except KeyError as error:
        raise NothingThere("There is no such concept.") from error


def _known(thesaurus: Thesaurus, name: str, key: str) -> Concept:
    try:
        return thesaurus.by_key[key]
    except KeyError as error:
        raise InvalidField(name, f"{key}: the thesaurus has no such concept", rule=f"unknown-{name}") from error


def named(thesaurus: Thesaurus, text: str, language: str) -> Sequence[Concept]:
    """Return the concepts that a name stands for in a language."""
    return thesaurus.find(_words(text, language), language)


def _words(text: str, language: str) -> Words:
    return tuple(term.text for term in terms(text, language))


def _check_label(label: AddedLabel, thesaurus: Thesaurus, concept: Concept, although_known: bool) -> None:
    """See that a label can be recognised and is new. Raises InvalidField, Conflict."""
    words = _words(label.text, label.language)
    if not words:
        raise InvalidField("text", f"{label.text!r} has no word that is searched for", rule="words")
    if len(words) > LONGEST:
        raise InvalidField("text", f"a label has at most {LONGEST} words that are searched for", rule="long")
    own = [known.text for labels in (concept.labels, concept.hidden) for known in labels.get(label.language, ())]
    if label.text in own:
        raise Conflict(f"The concept has the label {label.text!r} already.", rule="known")
    if label.kind is LabelKind.PREFERRED and label.language in concept.preferred:
        raise Conflict(
            f"Its preferred label is {own[0]!r}; a concept has one in a language. Add an alternative.", rule="preferred"
        )
    others = [other.label("fr") for other in named(thesaurus, label.text, label.language) if other.key != concept.key]
    if others and not although_known:
        raise Conflict(
            f"{label.text!r} is a name of {', '.join(others)} as well. Confirm if it is to name both.", rule="elsewhere"
        )


def _new_concept(new: NewConcept, thesaurus: Thesaurus) -> Concept:
    """Return a concept under an address that is free, made of its first label. Raises InvalidField."""
    like = next((concept for concept in thesaurus.concepts if concept.scheme == new.scheme), None)
    if like is None or new.scheme not in SCHEMES:
        raise InvalidField("scheme", f"expected one of {', '.join(SCHEMES)} that the thesaurus has", rule="scheme")
    texts = [text for text in new.labels.values() if text.strip()]
    if not texts:
        raise InvalidField("labels", "expected a label in one language at least", rule="labels")
    folder, slug = like.uri.rpartition("/")[0], re.sub(r"[^a-z0-9]+", "-", fold(texts[0])).strip("-")[:60] or "concept"
    known_uris = {concept.uri for concept in thesaurus.concepts}
    names = (f"{folder}/{slug}{end}" for end in ("", *(f"-{number}" for number in range(2, len(known_uris) + 3))))
    uri = next(name for name in names if name not in known_uris)
    return Concept(slug, new.scheme, {}, "/".join(uri.split("/")[-2:]), uri=uri)


def _take_out(graph: Graph, statement: tuple[Any, Any, Any]) -> None:
    if statement not in graph:
        raise NothingThere("This was not added here.")
    graph.remove(statement)


def _one_line(text: str) -> str:
    return " ".join(text.split())


ThesaurusDependency = Annotated[ThesaurusService, Depends(provided(ThesaurusService))]
