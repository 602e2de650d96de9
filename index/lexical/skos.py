"""Read a thesaurus from SKOS in Turtle (W3C 2009).

That takes over a second, so that what is needed of it, labels already analysed, is kept as JSON beside the index, under
the digest of the file and the version of the analysis. It is derived and disposable.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, Final

from index.documents import LANGUAGES
from index.errors import PasserelleError
from index.lexical.analysis import VERSION, terms
from index.lexical.thesaurus import Concept, Label, Thesaurus
from index.store.checksums import keep_sealed, kept_sealed

_FORMAT: Final = "thesaurus-2"
_READ: Final[dict[str, Thesaurus]] = {}  # what this process has read, by digest: a few files at most


class UnreadableThesaurus(PasserelleError):
    """The thesaurus is missing or is not SKOS in Turtle."""


def load_thesaurus(path: Path | None, cache: Path | None = None) -> Thesaurus:
    """Return the thesaurus of a Turtle file, or an empty one for None. Raises UnreadableThesaurus.

    With a file to keep it in it is read from there, without one it is the one this process has read before.
    """
    if path is None:
        return Thesaurus()
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UnreadableThesaurus(
            f"{path}: {error.strerror}. Set PASSERELLE_THESAURUS to a SKOS file in Turtle, or to nothing."
        ) from error
    digest = f"{_FORMAT}/{VERSION}/{hashlib.sha256(content).hexdigest()}"
    if cache or digest not in _READ:
        kept = kept_sealed(cache) if cache else {}
        if kept.get("digest") != digest:
            kept = {"digest": digest, "concepts": _parsed(path, content)}
            if cache:
                cache.parent.mkdir(parents=True, exist_ok=True)
                keep_sealed(cache, kept)
        _READ[digest] = Thesaurus(tuple(_concept(one) for one in kept["concepts"]))
    return _READ[digest]


def _concept(kept: dict[str, Any]) -> Concept:
    links = {name: tuple(kept[name]) for name in ("broader", "related")}
    return Concept(
        kept["id"], kept["scheme"], _labels(kept["labels"]), kept["key"], **links, hidden=_labels(kept["hidden"])
    )


def _labels(kept: dict[str, Any]) -> dict[str, tuple[Label, ...]]:
    return {one: tuple(Label(text, tuple(words)) for text, words in said) for one, said in kept.items()}


def _parsed(path: Path, content: bytes) -> list[Any]:
    """Return what a Concept is made of, in the order of their URIs."""
    from rdflib import RDF, SKOS, Graph

    try:
        graph = Graph().parse(data=content, format="turtle")
    except Exception as error:  # rdflib's parsers raise all sorts, BadSyntax among them
        raise UnreadableThesaurus(f"{path}: not SKOS in Turtle ({str(error)[:200]}). Mend the file.") from error

    def said(concept: Any, *properties: Any) -> dict[str, list[Any]]:
        labels: dict[str, dict[str, list[str]]] = {}
        for label in (one for each in properties for one in sorted(graph.objects(concept, each), key=str)):
            language = getattr(label, "language", None)
            if language in LANGUAGES and (words := [term.text for term in terms(str(label), language)]):
                labels.setdefault(language, {}).setdefault(str(label), words)
        return {language: list(found.items()) for language, found in labels.items()}

    concepts = {*graph.subjects(RDF.type, SKOS.Concept), *graph.subjects(SKOS.inScheme)}
    return [
        {
            "id": str(graph.value(concept, SKOS.notation) or _end(concept, 1)),
            "scheme": _end(graph.value(concept, SKOS.inScheme), 1),
            "key": _end(concept, 2),
            "labels": said(concept, SKOS.prefLabel, SKOS.altLabel),
            "hidden": said(concept, SKOS.hiddenLabel),
            "broader": sorted({_end(one, 2) for one in graph.objects(concept, SKOS.broader)}),
            "related": sorted({_end(one, 2) for one in graph.objects(concept, SKOS.related)}),
        }
        for concept in sorted(concepts, key=str)
    ]


def _end(uri: object, parts: int) -> str:
    """Return the last parts of an address: "…/id/theme/health" is "health" or "theme/health"."""
    return "/".join(str(uri).rstrip("/").split("/")[-parts:])
