"""The operator's thesaurus and what was added to it are read as one file with the statements of both."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.lexical.thesaurus_files import ThesaurusFiles, UnreadableThesaurus, load_thesaurus
from index.store.small_files import file_at

PREFIXES = """
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix c: <https://example.org/id/theme/> .
@prefix country: <https://example.org/id/country/> .
"""
CONCEPTS = st.sampled_from(["c:a", "c:b", "c:c", "c:d"])
STATEMENTS = st.one_of(
    st.builds("{} a skos:Concept .".format, CONCEPTS),
    st.builds("{} skos:inScheme <https://example.org/id/scheme/themes> .".format, CONCEPTS),
    st.builds(
        '{} skos:{} "{}"@{} .'.format,
        CONCEPTS,
        st.sampled_from(["prefLabel", "altLabel", "hiddenLabel"]),
        st.sampled_from(["REME", "travail", "lavoro", "le pont", "Brücke"]),
        st.sampled_from(["fr", "de", "it", "pl"]),
    ),
    st.builds("{} skos:broader {} .".format, CONCEPTS, CONCEPTS),
    st.builds("{} skos:related {} .".format, CONCEPTS, CONCEPTS),
    st.builds("{} dcterms:spatial country:{} .".format, CONCEPTS, st.sampled_from(["FR", "BE"])),
)


def write(path: Path, statements: Sequence[str]) -> Path:
    path.write_text(PREFIXES + "\n".join(statements), encoding="utf-8")
    return path


@given(base=st.lists(STATEMENTS, max_size=12), added=st.lists(STATEMENTS, max_size=12))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_both_files_together_are_one_with_the_statements_of_both(
    tmp_path: Path, base: list[str], added: list[str]
) -> None:
    union = load_thesaurus(write(tmp_path / "union.ttl", [*base, *added]))
    files = ThesaurusFiles(write(tmp_path / "base.ttl", base), file_at(write(tmp_path / "added.ttl", added)))
    assert load_thesaurus(files).concepts == union.concepts
    assert load_thesaurus(files, tmp_path / f"cache-{len(base)}.json").concepts == union.concepts


def test_additions_that_are_not_there_yet_are_none_and_count_as_soon_as_they_are(tmp_path: Path) -> None:
    base = write(tmp_path / "t.ttl", ['c:a a skos:Concept ; skos:prefLabel "emploi"@fr .'])
    files = ThesaurusFiles(base, file_at(tmp_path / "added.ttl"))
    assert load_thesaurus(files).concepts == load_thesaurus(base).concepts
    before = files.state()
    write(tmp_path / "added.ttl", ['c:a skos:altLabel "REME"@fr .'])
    assert files.state() != before
    assert [match.concepts[0].key for match in load_thesaurus(files).recognise("REME", "fr")] == ["theme/a"]


def test_additions_that_cannot_be_read_are_an_error_that_names_them(tmp_path: Path) -> None:
    base = write(tmp_path / "t.ttl", ["c:a a skos:Concept ."])
    (tmp_path / "added.ttl").write_text("no turtle", encoding="utf-8")
    with pytest.raises(UnreadableThesaurus, match=r"added\.ttl: not SKOS"):
        load_thesaurus(ThesaurusFiles(base, file_at(tmp_path / "added.ttl")))
