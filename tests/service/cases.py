"""Cases of comparable experiences, made for the tests."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from index.documents import Audience, Document, Kind, Metadata, SectionText
from index.types import RankedDocument
from service.library.open_index import OpenIndex
from tests.service.fakes import MemoryEngine, MemoryStore, WordEmbedder

SITUATION = "L'ambulance d'Irun est à cinq minutes, mais il n'y a pas de convention pour le secours à la frontière."
THESAURUS = """
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix theme: <https://p.example/id/theme/> . @prefix obstacle: <https://p.example/id/obstacle/> .
@prefix border: <https://p.example/id/border/> . @prefix place: <https://p.example/id/place/> .
@prefix type: <https://p.example/id/territory-type/> . @prefix country: <https://p.example/id/country/> .
@prefix scheme: <https://p.example/id/scheme/> .
theme:health skos:inScheme scheme:themes ; skos:prefLabel "santé"@fr , "Gesundheit"@de .
theme:rescue skos:inScheme scheme:themes ; skos:broader theme:health ;
  skos:prefLabel "ambulance"@fr , "Rettungswagen"@de .
obstacle:no-law skos:inScheme scheme:obstacles ; skos:prefLabel "absence de convention"@fr , "ohne Abkommen"@de ;
  skos:altLabel "pas de convention"@fr .
border:ES-FR skos:inScheme scheme:borders ; skos:prefLabel "frontière franco-espagnole"@fr ;
  skos:hiddenLabel "frontière espagnole"@fr .
country:FR skos:inScheme scheme:countries ; skos:prefLabel "France"@fr .
country:ES skos:inScheme scheme:countries ; skos:prefLabel "Espagne"@fr ; skos:hiddenLabel "espagnol"@fr .
place:irun skos:inScheme scheme:territories ; skos:prefLabel "Irun"@fr ; skos:related border:ES-FR .
place:trento skos:inScheme scheme:territories ; skos:prefLabel "Trente"@fr ; skos:related border:AT-IT .
type:egtc skos:inScheme scheme:territories ; skos:prefLabel "GECT"@fr , "EVTZ"@de .
"""


def case(name: str, *borders: str, text: str = "", kind: Kind = Kind.PROJECT_SHEET, **fields: Any) -> Document:
    text = text or f"L'ambulance passe la frontière pour le secours ({name}). Une convention le permet."
    countries = tuple(sorted({country for border in borders for country in border.split("-")}))
    metadata = Metadata(name, kind, **{"audience": Audience.PUBLIC, "language": "fr"} | fields)
    metadata = replace(metadata, borders=borders, countries=countries)
    return Document.from_sections(name, [SectionText("p. 1", text, language=metadata.language)], metadata)


def index_of(*documents: Document) -> OpenIndex:
    store = MemoryStore({document.id: document for document in documents}, Path())
    return OpenIndex(MemoryEngine(store, WordEmbedder()), store)


def names(ranked: list[RankedDocument]) -> set[str]:
    return {document.document.id for document in ranked}
