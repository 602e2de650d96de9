from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.analysis import fold, highlights, terms
from index.documents import LANGUAGES


def said(text: str, language: str) -> list[str]:
    return [term.text for term in terms(text, language)]


@pytest.mark.parametrize("apostrophe", ["'", "’"])
def test_an_elided_article_is_left_out_with_either_apostrophe(apostrophe: str) -> None:
    assert said(f"l{apostrophe}hôpital", "fr") == said("hôpital", "fr") == ["hopital"]
    assert said(f"dell{apostrophe}ospedale", "it") == said("ospedale", "it")


@pytest.mark.parametrize(
    ("one", "other", "language"),
    [
        ("les travailleurs frontaliers", "travailleur frontalier", "fr"),
        ("Grenzgängern", "Grenzgänger", "de"),
        ("cross-border hospitals", "hospital cross border", "en"),
        ("trabajadores fronterizos", "trabajador fronterizo", "es"),
        ("ospedali transfrontalieri", "ospedale transfrontaliero", "it"),
        ("grensarbeiders", "grensarbeider", "nl"),
        ("Straßburg", "STRASSBURG", "de"),
        ("G.E.C.T.", "GECT", "fr"),
        ("directive 2011/24/UE", "directive 2011/24/EU", "fr"),
        ("art. L. 1115-1", "article L1115-1", "fr"),
    ],
)
def test_forms_of_one_word_share_their_terms(one: str, other: str, language: str) -> None:
    assert set(said(one, language)) & set(said(other, language)) >= set(said(other, language)) - {"articl", "art"}


def test_a_summer_is_not_a_stop_word_and_references_stay_whole() -> None:
    assert "ete" in said("l'été", "fr")
    assert "883/2004" in said("le règlement (CE) n° 883/2004", "fr")
    assert "art:3" in said("art. 3 § 2", "fr")
    assert "art:13" in said("Artikel 13", "de")


def test_words_typed_without_accents_are_found_in_documents() -> None:
    document = {term.text for term in terms("la sécurité à l'hôpital", "fr", folded_too=True)}
    assert set(said("securite hopital", "fr")) <= document
    assert set(said("SÉCURITÉ", "fr")) <= document


def test_highlights_are_where_the_words_stand() -> None:
    text = "À l’hôpital de Cerdagne, les hôpitaux voisins"
    assert [text[start:end] for start, end in highlights("hopital cerdagne", text, "fr")] == [
        "hôpital",
        "Cerdagne",
        "hôpitaux",
    ]
    assert highlights("", text, "fr") == highlights("train", text, "fr") == []


@given(text=st.text(max_size=200), language=st.sampled_from([*LANGUAGES, "pt", ""]))
def test_terms_come_from_the_characters_they_name_and_hold_no_blank(text: str, language: str) -> None:
    for term in terms(text, language, folded_too=True):
        assert 0 <= term.start < term.end <= len(text)
        assert term.text
        assert not any(map(str.isspace, term.text))
    spans = highlights(text, text, language)
    assert all(a[1] < b[0] for a, b in itertools.pairwise(spans))


@given(word=st.text(max_size=30))
def test_folding_twice_changes_nothing_more(word: str) -> None:
    assert fold(fold(word)) == fold(word)
