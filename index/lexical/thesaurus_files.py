"""The thesaurus's files: the operator's, in SKOS as Turtle (W3C 2009), and what staff added to it in one of their own.

Both are read as the union of their statements. Reading the operator's takes over a second, so that what is needed of
it, labels already analysed, is kept as JSON beside the index, under the digest of the file and the version of the
analysis; derived and disposable.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from index.documents import LANGUAGES
from index.errors import PasserelleError
from index.lexical.analysis import VERSION, terms
from index.lexical.thesaurus import Concept, Label, Thesaurus
from index.settings import IndexSettings
from index.store.checksums import read_sealed, write_sealed
from index.store.small_files import SmallFile, file_at, small_files

if TYPE_CHECKING:
    from rdflib import Graph

_FORMAT: Final = "thesaurus-4"
_LABELS: Final = ("preferred", "alternative", "hidden")
_PARSED: Final[dict[str, list[Any]]] = {}  # what this process has read, by digest: a few files at most
_LOADED: Final[dict[tuple[str, str], Thesaurus]] = {}  # by the digests of both; the latest few


class UnreadableThesaurus(PasserelleError):
    """The thesaurus, or what was added to it, is missing or is not SKOS in Turtle."""


@dataclass(frozen=True, slots=True)
class ThesaurusFiles:
    """The operator's file, and where the additions are, whether there are any yet. Without the first there is none."""

    base: Path
    additions: SmallFile | None = None

    def state(self) -> str:
        """Return what changes when one of the files does, without reading them. Raises StoreError."""
        return " ".join(f"{file} {file.state() or 'absent'}" for file in (file_at(self.base), self.additions) if file)


def thesaurus_files(settings: IndexSettings) -> ThesaurusFiles | None:
    """Return the files of the settings' thesaurus, None where there is none."""
    additions = SmallFile(small_files(settings), settings.thesaurus_additions.name)
    return ThesaurusFiles(settings.thesaurus, additions) if settings.thesaurus else None


def load_thesaurus(files: ThesaurusFiles | Path | None, cache: Path | None = None) -> Thesaurus:
    """Return the thesaurus of its files, or an empty one for None. Raises UnreadableThesaurus.

    With a `cache` the analysed labels of the operator's file are kept there; without, it is read once a process.
    """
    if files is None:
        return Thesaurus()
    files = ThesaurusFiles(files) if isinstance(files, Path) else files
    base, base_digest = read_base(files.base, cache)
    additions, additions_digest = _read_additions(files.additions)
    loaded = (base_digest, additions_digest)
    if loaded not in _LOADED:
        while len(_LOADED) >= 8:
            _LOADED.pop(next(iter(_LOADED)))
        _LOADED[loaded] = thesaurus_of(base, additions)
    return _LOADED[loaded]


def thesaurus_of(base: Iterable[Mapping[str, Any]], additions: Iterable[Mapping[str, Any]]) -> Thesaurus:
    """Return the thesaurus of what both files state."""
    return Thesaurus(tuple(map(_to_concept, merge(base, additions))))


def parse_graph(path: object, content: bytes) -> Graph:
    """Return the statements of a Turtle file. Raises UnreadableThesaurus."""
    from rdflib import Graph

    try:
        return Graph().parse(data=content, format="turtle")
    except Exception as error:  # rdflib's parsers raise all sorts, BadSyntax among them
        raise UnreadableThesaurus(f"{path}: not SKOS in Turtle ({str(error)[:200]}). Correct the file.") from error


def merge(base: Iterable[Mapping[str, Any]], additions: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the concepts of a file with the statements of both, in the order of their URIs.

    What was added to a concept that the operator's file no longer has is left out.
    """
    by_uri = {stated["uri"]: stated for stated in base}
    for added in additions:
        known = by_uri.get(added["uri"])
        by_uri[added["uri"]] = _merge_concept(known, added) if known else added
    return [by_uri[uri] for uri in sorted(by_uri) if by_uri[uri]["is_concept"]]


def _merge_concept(known: Mapping[str, Any], added: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(known)
    for name in ("id", "scheme", "is_concept"):
        merged[name] = known[name] or added[name]
    for name in ("broader", "related", "countries"):
        merged[name] = sorted({*known[name], *added[name]})
    for name in _LABELS:
        merged[name] = {
            language: sorted({**dict(known[name].get(language, ())), **dict(added[name].get(language, ()))}.items())
            for language in LANGUAGES
            if language in known[name] or language in added[name]
        }
    return merged


def read_base(path: Path, cache: Path | None = None) -> tuple[list[Any], str]:
    """Return what the operator's file states of each concept, with its digest. Raises UnreadableThesaurus."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UnreadableThesaurus(
            f"{path}: {error.strerror}. Set PASSERELLE_THESAURUS to a SKOS file in Turtle, or to nothing."
        ) from error
    digest = _digest(content)
    if cache or digest not in _PARSED:
        stored = read_sealed(cache) if cache else {}
        if stored.get("digest") != digest:
            stored = {"digest": digest, "concepts": _PARSED.get(digest) or statements_of(parse_graph(path, content))}
            if cache:
                cache.parent.mkdir(parents=True, exist_ok=True)
                write_sealed(cache, stored)
        _PARSED[digest] = stored["concepts"]
    return _PARSED[digest], digest


def _read_additions(file: SmallFile | None) -> tuple[list[Any], str]:
    try:
        content = (file.read() if file else None) or b""
    except OSError as error:
        raise UnreadableThesaurus(f"{file}: {error.strerror}. It holds what staff added to the thesaurus.") from error
    digest = _digest(content)
    if file and digest not in _PARSED:
        _PARSED[digest] = statements_of(parse_graph(file, content))
    return (_PARSED[digest] if file else []), digest


def _digest(content: bytes) -> str:
    return f"{_FORMAT}/{VERSION}/{hashlib.sha256(content).hexdigest()}"


def _to_concept(stored: Mapping[str, Any]) -> Concept:
    labels: dict[str, tuple[Label, ...]] = {}
    for name in ("preferred", "alternative"):
        for language, of_language in _to_labels(stored[name]).items():
            known = {label.text for label in labels.get(language, ())}
            labels[language] = (
                *labels.get(language, ()),
                *(label for label in of_language if label.text not in known),
            )
    return Concept(
        stored["id"] or _end_of(stored["uri"], 1),
        stored["scheme"],
        labels,
        _end_of(stored["uri"], 2),
        broader=tuple(stored["broader"]),
        related=tuple(stored["related"]),
        hidden=_to_labels(stored["hidden"]),
        countries=tuple(stored["countries"]),
        uri=stored["uri"],
        preferred=tuple(stored["preferred"]),
    )


def _to_labels(stored: Mapping[str, Any]) -> dict[str, tuple[Label, ...]]:
    return {language: tuple(Label(text, tuple(words)) for text, words in labels) for language, labels in stored.items()}


def statements_of(graph: Graph) -> list[dict[str, Any]]:
    """Return what a graph states of each concept, in the order of their URIs; `is_concept` where it says so too."""
    from rdflib import DCTERMS, RDF, SKOS

    def read_labels(concept: Any, name: Any) -> dict[str, list[Any]]:
        labels: dict[str, dict[str, list[str]]] = {}
        for label in sorted(graph.objects(concept, name), key=str):
            language = getattr(label, "language", None)
            if language in LANGUAGES and (words := [term.text for term in terms(str(label), language)]):
                labels.setdefault(language, {}).setdefault(str(label), words)
        return {language: list(labels[language].items()) for language in LANGUAGES if language in labels}

    parts = (SKOS.prefLabel, SKOS.altLabel, SKOS.hiddenLabel, SKOS.broader, SKOS.related, DCTERMS.spatial)
    concepts = {*graph.subjects(RDF.type, SKOS.Concept), *graph.subjects(SKOS.inScheme)}
    described = {subject for part in parts for subject in graph.subjects(part)}
    return [
        {
            "uri": str(concept),
            "is_concept": concept in concepts,
            "id": str(graph.value(concept, SKOS.notation) or ""),
            "scheme": _end_of(graph.value(concept, SKOS.inScheme) or "", 1),
            "preferred": read_labels(concept, SKOS.prefLabel),
            "alternative": read_labels(concept, SKOS.altLabel),
            "hidden": read_labels(concept, SKOS.hiddenLabel),
            "broader": sorted({_end_of(broader, 2) for broader in graph.objects(concept, SKOS.broader)}),
            "related": sorted({_end_of(related, 2) for related in graph.objects(concept, SKOS.related)}),
            "countries": sorted({_end_of(place, 1) for place in graph.objects(concept, DCTERMS.spatial)}),
        }
        for concept in sorted(concepts | described, key=str)
    ]


def _end_of(uri: object, parts: int) -> str:
    """Return the last parts of an address: "…/id/theme/health" is "health" or "theme/health"."""
    return "/".join(str(uri).rstrip("/").split("/")[-parts:])
