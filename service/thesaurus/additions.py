"""What staff added to the thesaurus, as the statements of a SKOS file of their own; the operator's is never written."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING, Any

from index.documents import LANGUAGES
from index.lexical.thesaurus import Thesaurus
from index.lexical.thesaurus_files import (
    ThesaurusFiles,
    load_thesaurus,
    parse_graph,
    read_base,
    statements_of,
    thesaurus_of,
)
from index.store.small_files import FolderFiles, SmallFile, file_at
from service.errors import InvalidField

if TYPE_CHECKING:
    from rdflib import Graph, URIRef


class LabelKind(StrEnum):
    """How a concept bears a name: what it is called, also called, or only recognised by."""

    PREFERRED = "preferred"
    ALTERNATIVE = "alternative"
    HIDDEN = "hidden"


@dataclass(frozen=True, slots=True, order=True)
class AddedLabel:
    """A label that was added here; `uri` is its concept's."""

    uri: str
    kind: LabelKind
    language: str
    text: str


@dataclass(frozen=True, slots=True)
class Added:
    """All that was added here: labels, concepts by their URI with a note ("" for none), and (narrower, broader)."""

    labels: tuple[AddedLabel, ...] = ()
    notes: Mapping[str, str] = field(default_factory=dict)
    broader: tuple[tuple[str, str], ...] = ()


def is_writable(file: SmallFile) -> bool:
    """Say whether a file can be written anew, which takes a folder that can be written to, or a server."""
    if not isinstance(file.files, FolderFiles):
        return True
    path = file.files.data / file.name
    return os.access(path.parent, os.W_OK) and (not path.exists() or os.access(path, os.W_OK))


@dataclass(frozen=True)
class Additions:
    """Reads and changes the file of additions: whole or not at all, one change at a time over all processes."""

    files: ThesaurusFiles
    can_write: Callable[[SmallFile], bool] = is_writable

    @property
    def file(self) -> SmallFile:
        return self.files.additions or file_at(self.files.base.with_suffix(".additions.ttl"))

    def thesaurus(self) -> Thesaurus:
        """Return the thesaurus as it is now, the additions with it. Raises UnreadableThesaurus."""
        return load_thesaurus(self.files)

    def added(self) -> Added:
        """Return what was added here. Raises UnreadableThesaurus."""
        from rdflib import RDF, SKOS, Literal

        graph = self._read()
        labels = [
            AddedLabel(str(concept), kind, str(label.language), str(label))
            for kind, name in _label_properties().items()
            for concept, label in graph.subject_objects(name)
            if isinstance(label, Literal) and label.language in LANGUAGES
        ]
        concepts = {concept: graph.value(concept, SKOS.scopeNote) for concept in graph.subjects(RDF.type, SKOS.Concept)}
        return Added(
            tuple(sorted(labels)),
            {str(concept): str(note or "") for concept, note in concepts.items()},
            tuple(sorted((str(narrower), str(broader)) for narrower, broader in graph.subject_objects(SKOS.broader))),
        )

    @contextmanager
    def changing(self) -> Iterator[Graph]:
        """Give the statements to change; they are kept if the whole is still a thesaurus. Raises InvalidField."""
        with self.file.lock():
            graph, base = self._read(), read_base(self.files.base)[0]
            was_sound = not find_cycle(thesaurus_of(base, statements_of(graph)))
            yield graph
            cycle = find_cycle(thesaurus_of(base, statements_of(graph)))
            if cycle and was_sound:
                raise InvalidField("broader", f"a circle: {' → '.join(cycle)}", rule="cycle")
            self.file.write(graph.serialize(format="turtle", encoding="utf-8"))

    def export(self) -> bytes:
        """Return the operator's file and the additions as one, in Turtle. Raises UnreadableThesaurus."""
        graph = parse_graph(self.files.base, self.files.base.read_bytes()) + self._read()
        return _with_prefixes(graph).serialize(format="turtle", encoding="utf-8")

    def _read(self) -> Graph:
        return _with_prefixes(parse_graph(self.file, self.file.read() or b""))


def label_statement(label: AddedLabel) -> tuple[Any, Any, Any]:
    """Return a label as a statement of a graph."""
    from rdflib import Literal

    return _uri(label.uri), _label_properties()[label.kind], Literal(label.text, lang=label.language)


def broader_statement(narrower: str, broader: str) -> tuple[Any, Any, Any]:
    from rdflib import SKOS

    return _uri(narrower), SKOS.broader, _uri(broader)


def concept_statements(uri: str, scheme: str, countries: Sequence[str], note: str, language: str) -> Iterator[Any]:
    """Yield what is stated of a new concept beside its labels and what is broader; `scheme`, `countries` are URIs."""
    from rdflib import DCTERMS, RDF, SKOS, Literal

    yield _uri(uri), RDF.type, SKOS.Concept
    yield _uri(uri), SKOS.inScheme, _uri(scheme)
    for country in countries:
        yield _uri(uri), DCTERMS.spatial, _uri(country)
    if note:
        yield _uri(uri), SKOS.scopeNote, Literal(note, lang=language)


def scheme_uris(files: ThesaurusFiles) -> dict[str, str]:
    """Return the URIs of the schemes of the operator's file by their names. Raises UnreadableThesaurus."""
    from rdflib import RDF, SKOS

    graph = parse_graph(files.base, files.base.read_bytes())
    schemes = {*graph.objects(None, SKOS.inScheme), *graph.subjects(RDF.type, SKOS.ConceptScheme)}
    return {str(scheme).rstrip("/").rpartition("/")[2]: str(scheme) for scheme in sorted(schemes, key=str)}


def find_cycle(thesaurus: Thesaurus) -> Sequence[str]:
    """Return the keys of concepts that stand above themselves, each below the next; empty without any."""
    sorter = TopologicalSorter({key: concept.broader for key, concept in thesaurus.by_key.items()})
    try:
        sorter.prepare()
    except CycleError as error:
        return [str(key) for key in reversed(error.args[1])]
    return ()


def _with_prefixes(graph: Graph) -> Graph:
    from rdflib import DCTERMS, SKOS

    graph.bind("skos", SKOS)
    graph.bind("dcterms", DCTERMS)
    return graph


def _label_properties() -> dict[LabelKind, URIRef]:
    from rdflib import SKOS

    return {
        LabelKind.PREFERRED: SKOS.prefLabel,
        LabelKind.ALTERNATIVE: SKOS.altLabel,
        LabelKind.HIDDEN: SKOS.hiddenLabel,
    }


def _uri(uri: str) -> URIRef:
    from rdflib import URIRef

    return URIRef(uri)
