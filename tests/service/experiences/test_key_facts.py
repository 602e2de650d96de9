"""What a case opens with: each fact in a sentence of the case that says it, or not at all."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.documents import Document, Kind, Metadata, SectionText
from service.experiences.key_facts import find_key_facts


def document(*sections: tuple[str, str], kind: Kind = Kind.PROJECT_SHEET, language: str = "fr") -> Document:
    texts = [SectionText(heading or "p. 1", text, heading, language) for heading, text in sections]
    return Document.from_sections("a", texts, Metadata("a", kind, language=language, published=date(2020, 5, 1)))


def facts(*sections: tuple[str, str], kind: Kind = Kind.PROJECT_SHEET, language: str = "fr") -> dict[str, str]:
    facts = find_key_facts(document(*sections, kind=kind, language=language))
    return {fact.facet: fact.quote.text for fact in facts}


def test_a_case_opens_with_what_its_own_sentences_say() -> None:
    text = (
        "La vallée est étroite. Le GECT a été fondé en 2013, avec son siège à Jaca.\n\n"
        "Chef de file : la Province de Liège, avec Maastricht Santé."
    )
    worked = "Les deux hôpitaux se partagent une hélistation et un service d'urgences à toute heure."
    assert facts(("Contexte", text), ("Résultats", worked)) == {
        "legal form": "Le GECT a été fondé en 2013, avec son siège à Jaca.",
        "year": "Le GECT a été fondé en 2013, avec son siège à Jaca.",
        "partners": "Chef de file : la Province de Liège, avec Maastricht Santé.",
        "what worked": worked,
    }


@pytest.mark.parametrize(
    ("sentence", "language"),
    [
        ("Aucune société commune n'a été créée.", "fr"),
        ("Faut-il fonder un GECT ?", "fr"),
        ("À comparer avec le consorcio de droit espagnol.", "fr"),
        ("Kein EVTZ wurde gegründet.", "de"),
        ("Le GECT d'à côté a répondu.", "fr"),
    ],
)
def test_a_form_that_is_denied_asked_about_or_another_s_is_no_fact(sentence: str, language: str) -> None:
    assert "legal form" not in facts(("", sentence), language=language)


@pytest.mark.parametrize(
    ("sentence", "language", "year"),
    [
        ("Inauguré le 18 mars 2017, le pont date de 1931.", "fr", "2017"),
        ("Das Haus wurde am 5. Juni 2001 eröffnet.", "de", "2001"),
        ("The Eurocity was launched in 2007 by both mayors.", "en", "2007"),
        ("La oficina abrió en 2012.", "es", "2012"),
        ("Il servizio è stato avviato nel 2011.", "it", "2011"),
        ("De vereniging werd in 1998 opgericht.", "nl", "1998"),
        ("Directive 2011/24/UE, signée.", "fr", ""),
        ("Ouverture prévue en 2031.", "fr", ""),
        ("En 2009, il pleuvait.", "fr", ""),
    ],
)
def test_the_year_is_that_of_a_beginning(sentence: str, language: str, year: str) -> None:
    facts = [fact for fact in find_key_facts(document(("", sentence), language=language)) if fact.facet == "year"]
    assert [fact.quote.text[slice(*fact.marks[0])] for fact in facts] == ([year] if year else [])


def test_a_heading_in_a_file_without_headings_says_what_worked() -> None:
    text = "Le projet\n\nUn pont étroit entre deux villages.\n\nRésultats\n\nLe bus roule chaque heure, même en hiver."
    assert facts(("", text))["what worked"] == "Le bus roule chaque heure, même en hiver."


def test_obstacles_and_sources_say_no_facts() -> None:
    assert facts(("Obstacles", "Le bus a été lancé en 2011."), ("Sources", "Journal, ouverture, 2012.")) == {}


def test_of_a_thread_only_the_accepted_solution_is_a_fact() -> None:
    thread = (
        ("Question", "Notre GECT fondé en 2010 cherche."),
        ("Solution acceptée", "La règle est celle de l'État du siège."),
    )
    assert facts(*thread, kind=Kind.FORUM_THREAD) == {"what worked": "La règle est celle de l'État du siège."}


@given(st.lists(st.text(max_size=200), min_size=1, max_size=4))
def test_every_fact_stands_in_the_case_and_its_marks_in_the_fact(texts: list[str]) -> None:
    case = document(*[("Résultats", f"{text} Créé en 2010, le GECT a son siège ici.") for text in texts])
    for fact in find_key_facts(case):
        assert case.text[fact.quote.start : fact.quote.end] == fact.quote.text
        assert all(0 <= start < end <= len(fact.quote.text) for start, end in fact.marks)
