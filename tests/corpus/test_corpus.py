"""Rules that the documents of corpus/ must keep, and how many of each kind there are at least."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
from pypdf import PdfReader
from rdflib import Graph, URIRef
from rdflib.namespace import SKOS

from index.documents import Audience, Kind
from tests.corpus.documents import CORPUS, documents, in_markdown, in_the_catalogue

WRITTEN = "2026-11-30"  # the day the calls and events were written, on either side of which some must lie
LANGUAGES = {"fr", "en", "de", "es", "it", "nl"}
FRENCH_BORDERS = set(
    ["BE-FR", "FR-LU", "DE-FR", "CH-FR", "FR-IT", "FR-MC", "ES-FR", "AD-FR", "FR-GB", "BR-FR", "FR-SR", "FR-NL"]
)
LEAST_OF_A_KIND = {
    Kind.LEGAL_NOTE: 80,
    Kind.PROJECT_SHEET: 60,
    Kind.FORUM_THREAD: 30,
    Kind.STUDY: 15,
    Kind.PROBLEM_SHEET: 10,
    Kind.PUBLICATION: 10,
    Kind.FUNDING_CALL: 8,
    Kind.EVENT: 6,
    Kind.CONTACT: 6,
}
STATED_BY_A_KIND = {
    Kind.FUNDING_CALL: ["programme", "amount"],
    Kind.EVENT: ["starts", "ends", "place"],
    Kind.CONTACT: ["organisation", "function", "territory"],
}
LEAST_OF_A_FORMAT = {".md": 1, ".html": 1, ".docx": 1, ".odt": 1, ".pptx": 5, ".pdf": 30}


@pytest.fixture(scope="module")
def notations() -> dict[str, set[str]]:
    """The codes of each scheme of the thesaurus."""
    graph = Graph().parse(CORPUS / "thesaurus.ttl", format="turtle")
    schemes = {name: URIRef(f"https://passerelle.example/id/scheme/{name}") for name in ("themes", "borders")}
    return {
        name: {str(graph.value(concept, SKOS.notation)) for concept in graph.subjects(SKOS.inScheme, scheme)}
        for name, scheme in schemes.items()
    }


def occurring(key: str) -> Counter[str]:
    return Counter(value for document in documents() for value in document.fields.get(key, ()))


def test_there_are_250_documents_or_more() -> None:
    assert len(documents()) >= 250


@pytest.mark.parametrize(("kind", "least"), LEAST_OF_A_KIND.items())
def test_a_kind_has_as_many_documents_as_promised(kind: Kind, least: int) -> None:
    assert sum(document.fields["kind"] == kind for document in documents()) >= least


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("audience", Audience)
def test_every_kind_has_documents_for_every_audience(kind: Kind, audience: Audience) -> None:
    assert any(document.fields["kind"] == kind and document.fields["audience"] == audience for document in documents())


@pytest.mark.parametrize(("kind", "keys"), STATED_BY_A_KIND.items())
def test_a_kind_states_what_only_it_states(kind: Kind, keys: list[str]) -> None:
    for document in documents():
        stated = [key for key in keys if document.fields.get(key)]
        assert stated == (keys if document.fields["kind"] == kind else []), document.id


def test_some_calls_are_closed_and_some_are_open_or_never_close() -> None:
    calls = [document.fields for document in documents() if document.fields["kind"] == Kind.FUNDING_CALL]
    deadlines = [str(call["deadline"]) for call in calls if "deadline" in call]
    assert sum(day < WRITTEN for day in deadlines) >= 3
    assert any(day > WRITTEN for day in deadlines)
    assert len(deadlines) < len(calls)


def test_some_events_are_past_and_some_to_come() -> None:
    days = [str(document.fields["starts"]) for document in documents() if document.fields["kind"] == Kind.EVENT]
    assert min(days) < WRITTEN < max(days)


def test_contacts_hold_no_address_to_write_to_and_no_telephone_number() -> None:
    for document in documents():
        if document.fields["kind"] == Kind.CONTACT:
            text = document.path.read_text(encoding="utf-8")
            assert "@" not in text, document.id
            assert not re.search(r"\+\d|(\d{2}[ .]){3}", text), document.id


def test_forum_threads_say_whether_they_are_solved_and_both_occur() -> None:
    threads = [document for document in documents() if document.fields["kind"] == Kind.FORUM_THREAD]
    assert {document.fields.get("solved") for document in threads} == {True, False}


def test_french_comes_first_and_all_six_languages_occur() -> None:
    spoken = Counter(document.fields["language"] for document in documents())
    assert spoken.keys() == LANGUAGES
    assert 0.55 <= spoken["fr"] / spoken.total() <= 0.65, spoken


def test_there_are_20_translations_each_of_an_original_in_another_language() -> None:
    by_id = {document.id: document.fields for document in documents()}
    translations = [fields for fields in by_id.values() if "translation_of" in fields]
    assert len(translations) >= 20
    for fields in translations:
        original = by_id[fields["translation_of"]]
        assert original["language"] != fields["language"], fields["id"]
        assert "translation_of" not in original, fields["id"]


def test_a_translation_is_for_the_readers_of_its_original() -> None:
    by_id = {document.id: document.fields for document in documents()}
    for fields in by_id.values():
        if "translation_of" in fields:
            original = by_id[fields["translation_of"]]
            same = ("kind", "audience", "countries", "borders", "themes", "solved")
            assert [_set(fields.get(key)) for key in same] == [_set(original.get(key)) for key in same], fields["id"]


@pytest.mark.parametrize(("ending", "least"), LEAST_OF_A_FORMAT.items())
def test_formats_are_as_in_life(ending: str, least: int) -> None:
    assert sum(document.path.suffix == ending for document in documents()) >= least


def test_at_least_two_files_are_scans_without_a_text_layer() -> None:
    scanned = {document.id for document in in_markdown("originals") if document.path.parent.name == "scan"}
    pages = {document.id: PdfReader(document.path).pages for document in documents() if document.id in scanned}
    silent = [id_ for id_, those in pages.items() if not any(page.extract_text().strip() for page in those)]
    assert len(silent) >= 2, pages.keys() - set(silent)


def test_every_described_file_is_there_and_every_file_is_described() -> None:
    there = {path for path in (CORPUS / "documents").rglob("*") if path.is_file()}
    assert {document.path for document in documents()} == there
    assert all(path.stat().st_size for path in there)


def test_ids_are_unique_and_the_names_of_the_files() -> None:
    times = Counter(document.id for document in documents())
    assert [id_ for id_, count in times.items() if count > 1] == []
    assert [document.id for document in documents() if document.path.stem != document.id] == []


def test_the_catalogue_says_what_the_originals_say() -> None:
    originals = {document.id: document.fields for document in in_markdown("originals")}
    catalogue = {document.id: document.fields for document in in_the_catalogue()}
    assert catalogue == originals


def test_every_document_says_that_it_is_a_demonstration() -> None:
    assert [document.id for document in documents() if not document.fields.get("notice", "").strip()] == []
    assert [document.id for document in documents() if "Passerelle" not in document.fields["notice"]] == []


def test_a_superseded_text_says_until_when_and_by_what() -> None:
    by_id = {document.id: document.fields for document in documents()}
    superseded = [fields for fields in by_id.values() if "valid_to" in fields or "replaced_by" in fields]
    assert len(superseded) >= 5
    for fields in superseded:
        assert by_id[fields["replaced_by"]]["id"] != fields["id"]
        assert fields.get("valid_from", "") < fields["valid_to"], fields["id"]


def test_what_replaces_a_text_names_one_that_says_so() -> None:
    by_id = {document.id: document.fields for document in documents()}
    for fields in by_id.values():
        if "replaces" in fields:
            assert by_id[fields["replaces"]]["replaced_by"] == fields["id"]


def test_borders_are_codes_of_the_thesaurus(notations: dict[str, set[str]]) -> None:
    assert occurring("borders").keys() - notations["borders"] == set()


def test_every_french_border_occurs() -> None:
    assert FRENCH_BORDERS - occurring("borders").keys() == set()


def test_themes_are_notations_of_the_thesaurus(notations: dict[str, set[str]]) -> None:
    assert occurring("themes").keys() - notations["themes"] == set()


def test_a_borders_countries_are_among_the_documents_countries() -> None:
    for document in documents():
        needed = {country for border in document.fields.get("borders", ()) for country in border.split("-")}
        assert needed <= set(document.fields.get("countries", ())), document.id


def test_no_markdown_text_repeats_its_notice() -> None:
    for document in in_markdown("documents"):
        body = Path(document.path).read_text(encoding="utf-8").partition("\n---\n")[2]
        assert document.fields["notice"] not in body, document.id


def _set(value: object) -> object:
    return set(value) if isinstance(value, list) else value
