from __future__ import annotations

import itertools
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.documents import LANGUAGES
from index.lexical.analysis import fold, highlights, terms


def terms_of(text: str, language: str) -> list[str]:
    return [term.text for term in terms(text, language)]


@pytest.mark.parametrize("apostrophe", ["'", "’"])
def test_an_elided_article_is_left_out_with_either_apostrophe(apostrophe: str) -> None:
    assert terms_of(f"l{apostrophe}hôpital", "fr") == terms_of("hôpital", "fr") == ["hopital"]
    assert terms_of(f"dell{apostrophe}ospedale", "it") == terms_of("ospedale", "it")


@pytest.mark.parametrize(
    ("form", "other", "language"),
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
def test_forms_of_one_word_share_their_terms(form: str, other: str, language: str) -> None:
    assert set(terms_of(form, language)) & set(terms_of(other, language)) >= set(terms_of(other, language)) - {
        "articl",
        "art",
    }


def test_a_summer_is_not_a_stop_word_and_references_stay_whole() -> None:
    assert "ete" in terms_of("l'été", "fr")
    assert "883/2004" in terms_of("le règlement (CE) n° 883/2004", "fr")
    assert "art:3" in terms_of("art. 3 § 2", "fr")
    assert "art:13" in terms_of("Artikel 13", "de")


def test_words_typed_without_accents_are_found_in_documents() -> None:
    document = {term.text for term in terms("la sécurité à l'hôpital", "fr", folded_too=True)}
    assert set(terms_of("securite hopital", "fr")) <= document
    assert set(terms_of("SÉCURITÉ", "fr")) <= document


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


@pytest.mark.parametrize(
    ("text", "language", "whole"),
    [
        ("l'article L. 1115-1 du code", "fr", {"l1115-1"}),
        ("art. 3 § 2", "fr", {"art:3", "art:3:2"}),
        ("Article 3(2)", "en", {"art:3", "art:3:2"}),
        ("Art. 5 Abs. 2", "de", {"art:5", "art:5:2"}),
        ("artículo 12, apartado 4", "es", {"art:12", "art:12:4"}),
        ("articolo 9, comma 1", "it", {"art:9", "art:9:1"}),
        ("artikel 13, lid 3", "nl", {"art:13", "art:13:3"}),
        ("article 7 ter", "fr", {"art:7ter"}),
        ("le règlement (CE) n° 883/2004", "fr", {"883/2004"}),
        ("Richtlinie 2011/24/EU", "de", {"2011/24"}),
        ("le G.E.C.T. et la TVA", "fr", {"gect", "tva"}),
        ("25 000 €", "fr", {"25000"}),
        ("25.000,50 EUR", "de", {"25000.50"}),
        ("CHF 25'000", "it", {"25000"}),
    ],
)
def test_references_numbers_and_acronyms_are_kept_whole(text: str, language: str, whole: set[str]) -> None:
    assert whole <= set(terms_of(text, language))


@pytest.mark.parametrize("language", LANGUAGES)
@given(text=st.text("aeéèüßñçœ lL'’dqu", max_size=40))
def test_composed_and_decomposed_letters_are_the_same(language: str, text: str) -> None:
    composed, decomposed = (unicodedata.normalize(form, text) for form in ("NFC", "NFD"))
    assert terms_of(decomposed, language) == terms_of(composed, language)


@pytest.mark.parametrize(
    ("text", "query", "marked"),
    [
        ("l\u2019e\u0301te\u0301 des re\u0301gions", "été région", ["e\u0301te\u0301", "re\u0301gions"]),
        ("𠮷野家 et 𝔊𝔢𝔫𝔷𝔢 😀 gare", "𠮷野家 genze gare", ["𠮷野家", "𝔊𝔢𝔫𝔷𝔢", "gare"]),
        ("Москва и хоспис", "москва", ["Москва"]),
        ("हिन्दी भाषा", "हिन्दी", ["हिन्दी"]),
        ("مستشفى العربية", "العربية", ["العربية"]),
        ("Grenzgänger in STRASSBURG", "straßburg grenzganger", ["Grenzgänger", "STRASSBURG"]),
    ],
)
def test_highlights_are_right_on_every_script(text: str, query: str, marked: list[str]) -> None:
    assert [text[start:end] for start, end in highlights(query, text, "de")] == marked


@pytest.mark.skipif(unicodedata.unidata_version != "14.0.0", reason="the marks listed are those of Unicode 14")
def test_every_combining_mark_belongs_to_the_word_before_it() -> None:
    marks = [mark for mark in map(chr, range(sys.maxunicode + 1)) if unicodedata.combining(mark)]
    whole = {mark: [(term.start, term.end) for term in terms(f"ab{mark}c", "pt")] for mark in marks}
    assert not [hex(ord(mark)) for mark, spans in whole.items() if spans != [(0, 4)]]


@given(text=st.text(st.characters(codec="utf-8"), max_size=120), language=st.sampled_from([*LANGUAGES, "pt"]))
def test_a_highlight_never_cuts_a_letter_from_its_marks(text: str, language: str) -> None:
    for start, end in highlights(text, text, language):
        assert not unicodedata.combining(text[end : end + 1] or " ")
        assert not unicodedata.combining(text[start])


TRICKY_WORDS = (
    *("l'hôpital", "L’Été", "Krankenhausaufenthalt", "ziekenhuisopname", "art. 3 § 2", "L. 1115-1", "2011/24/UE"),
    *("G.E.C.T.", "dell'acqua", "años", "e\u0301cole", "25 000", "𝔊𝔢𝔫𝔷𝔢", "Straßburg", "cross-border", "883/2004"),
)


@given(words=st.lists(st.sampled_from(TRICKY_WORDS), min_size=1, max_size=6), language=st.sampled_from(LANGUAGES))
def test_the_characters_of_a_term_alone_give_the_term_again(words: list[str], language: str) -> None:
    text = " ; ".join(words)
    for term in terms(text, language, folded_too=True):
        again = {part.text for part in terms(text[term.start : term.end], language, folded_too=True)}
        assert term.text in again


@given(word=st.text(max_size=30))
def test_folding_twice_changes_nothing_more(word: str) -> None:
    assert fold(fold(word)) == fold(word)
