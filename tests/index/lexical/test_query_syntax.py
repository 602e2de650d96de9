from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.lexical.query_syntax import ParsedQuery, parse_query

COUNTRIES = (
    "suisse",
    "schweiz",
    "svizzera",
    "zwitserland",
    "switzerland",
    "suiza",
    "espagne",
    "spain",
    "españa",
    "duitsland",
)


def is_country(text: str) -> bool:
    return text.lower() in COUNTRIES


def parse(query: str) -> ParsedQuery:
    return parse_query(query, is_country)


@pytest.mark.parametrize(
    ("query", "text", "excluded"),
    [
        ("hôpital -suisse", "hôpital", ("suisse",)),
        ("hôpitaux sauf la Suisse", "hôpitaux", ("Suisse",)),
        ("télétravail à l'exception de l'Espagne et de la Suisse", "télétravail", ("Espagne", "Suisse")),
        ("quels hôpitaux, hors Suisse ?", "quels hôpitaux ?", ("Suisse",)),
        ("hospital not Spain", "hospital", ("Spain",)),
        ("hospitals without Switzerland", "hospitals", ("Switzerland",)),
        ("bus NOT tram", "bus", ("tram",)),
        ("Krankenhaus außer der Schweiz", "Krankenhaus", ("Schweiz",)),
        ("Krankenhaus ohne die Schweiz", "Krankenhaus", ("Schweiz",)),
        ("hospital excepto España y Suiza", "hospital", ("España", "Suiza")),
        ("ospedale tranne la Svizzera", "ospedale", ("Svizzera",)),
        ("ziekenhuis behalve Zwitserland en Duitsland", "ziekenhuis", ("Zwitserland", "Duitsland")),
        ("trains sauf les bus", "trains", ("bus",)),
        ("Zug aber nicht Bus", "Zug", ("Bus",)),
    ],
)
def test_what_is_left_out_is_said_in_many_ways(query: str, text: str, excluded: tuple[str, ...]) -> None:
    assert parse(query) == ParsedQuery(text, (), excluded)


@pytest.mark.parametrize(
    "query",
    [
        "travailler sans permis",
        "can I work without a permit",
        "interdit sauf accord",
        "bus not allowed across the border",
        "Puis -je entrer ?",
        "Lille - Courtrai",
        "ligne Sarrebruck-Metz",
        "-suisse",
        'Que dit le "traité de Karlsruhe" ?',
        "un texte\ncollé -suisse",
        "un texte de bien plus de douze mots où quelqu'un écrit par hasard un -mot avec tiret",
        '"',
        '""',
    ],
)
def test_what_only_looks_like_an_operator_is_text(query: str) -> None:
    assert parse(query) == ParsedQuery(query)


@pytest.mark.parametrize(
    ("query", "text", "phrases"),
    [
        ('"piscine municipale" prix', "piscine municipale prix", ("piscine municipale",)),
        ("« grand est » télétravail", "grand est télétravail", ("grand est",)),
        ("„Grenzgänger“ “tax”", "Grenzgänger tax", ("Grenzgänger", "tax")),
    ],
)
def test_a_phrase_is_quoted_in_any_language(query: str, text: str, phrases: tuple[str, ...]) -> None:
    assert parse(query) == ParsedQuery(text, phrases)


def test_a_phrase_can_be_left_out() -> None:
    assert parse('tram -"porte de France"') == ParsedQuery("tram", (), ("porte de France",))


def test_as_typed_reads_only_the_signs() -> None:
    as_typed = parse_query("tram -bus sauf la Suisse", is_country, as_typed=True)
    assert as_typed == ParsedQuery("tram sauf la Suisse", (), ("bus",))


@given(st.text(max_size=60))
def test_any_text_can_be_read_and_keeps_a_word(query: str) -> None:
    parsed = parse(query)
    assert parsed.text == query or any(character.isalnum() or character == "_" for character in parsed.text)
