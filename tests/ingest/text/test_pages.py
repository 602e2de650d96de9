"""Lines of pages become paragraphs: what the typesetter added goes, what the author wrote stays."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.text.pages import (
    Block,
    count_words,
    find_running_lines,
    join_across_pages,
    join_lines,
    join_split_words,
)


@pytest.mark.parametrize(
    ("text", "joined"),
    [
        ("la coopé-\nration", "la coopération"),
        ("la Franche-\nComté", "la Franche-Comté"),
        ("le sous-\npréfet", "le sous-préfet"),
        ("accord franco-\nallemand", "accord franco-allemand"),
        ("pense-\nt-il", "pense-t-il"),
        ("Grenz-\nund Nachbarregionen", "Grenz- und Nachbarregionen"),
        ("Grenzgänger-\nbesteuerung", "Grenzgängerbesteuerung"),
        ("in A5 (Schwarz-\nWeiß)", "in A5 (Schwarz-Weiß)"),
        ("inter-\ncommu-\nnal", "intercommunal"),
        ("pages 12-\n14", "pages 12-\n14"),
    ],
)
def test_words_split_at_the_end_of_a_line_are_joined_and_real_hyphens_stay(text: str, joined: str) -> None:
    assert join_split_words(text, Counter()) == joined


def test_the_rest_of_the_document_decides_between_the_two_spellings() -> None:
    pages = ["Le porte-parole a dit.", "Selon le porte-\nparole du réseau"]
    assert join_split_words(pages[1], count_words(pages)) == "Selon le porte-parole du réseau"
    assert (
        join_split_words("les experts-\ncomptables", count_words(["Un expert-comptable."])) == "les experts-comptables"
    )
    pages = ["Un transfrontalier.", "le trans-\nfrontalier"]
    assert join_split_words(pages[1], count_words(pages)) == "le transfrontalier"


def test_running_lines_go_with_their_numbers_but_articles_stay() -> None:
    pages = [[f"Texte {n} sur 9 du 14 avril", f"Article {n * n}", "Corps du texte.", str(n)] for n in range(1, 5)]
    assert find_running_lines(pages) == [{0, 2, 3}] * 4  # of four lines each, the article's stays


def test_a_single_page_keeps_all_its_lines() -> None:
    assert find_running_lines([["12", "Corps"]]) == [set()]


def test_wrapped_lines_are_joined_and_paragraphs_parted() -> None:
    lines = [
        "Article 2",
        "Le siège du groupement est fixé à Lille, dans les locaux de la métropole ; il",
        "peut être transféré par une décision de l'assemblée prise à l'unanimité.",
        "Les membres sont :",
        "– la métropole ;",
        "– la province.",
        "",
        "Fait à Lille.",
    ]
    assert join_lines(lines).split("\n\n") == [
        "Article 2",
        "Le siège du groupement est fixé à Lille, dans les locaux de la métropole ; il peut être transféré par une "
        "décision de l'assemblée prise à l'unanimité.",
        "Les membres sont :",
        "– la métropole ;",
        "– la province.",
        "Fait à Lille.",
    ]


@given(st.lists(st.text(alphabet="abcÉ .;-–1)", max_size=30), max_size=12))
def test_joining_lines_loses_no_character_but_spaces(lines: list[str]) -> None:
    assert "".join(join_lines(lines).split()) == "".join(" ".join(lines).split())


def test_page_numbers_of_a_preface_go_and_the_number_of_a_part_stays() -> None:
    pages = [["Une phrase.", "iv"], ["II", "Une autre.", "- v -"], ["Une fin.", "(v)"]]
    assert find_running_lines(pages) == [{1}, {2}, set()]


def pages_of(*pages: list[str]) -> list[list[str]]:
    joined = join_across_pages([[Block(text) for text in page] for page in pages])
    return [[" ".join(block.lines.split("\n")) for block in page] for page in joined]


def test_a_sentence_that_goes_on_on_the_next_page_stays_whole_on_the_first() -> None:
    assert pages_of(
        ["La société est dissoute dans les conditions que fixe"],
        ["le décret. Une autre règle vaut pour les offices."],
    ) == [
        ["La société est dissoute dans les conditions que fixe le décret."],
        ["Une autre règle vaut pour les offices."],
    ]


def test_an_abbreviation_does_not_end_the_sentence_that_goes_on() -> None:
    first, second = pages_of(
        ["Le salaire est imposé dans les conditions prévues"],
        ["à l'art. L. 12 du code par M. Dupont, juge. Un recours est ouvert."],
    )
    assert first[0].endswith("M. Dupont, juge.")
    assert second == ["Un recours est ouvert."]


def test_a_sentence_that_goes_on_in_the_next_column_is_one() -> None:
    assert pages_of(["Le seuil de 25 % sert de repère pour le", "télétravail des agents.", "Un autre point."]) == [
        ["Le seuil de 25 % sert de repère pour le télétravail des agents.", "Un autre point."]
    ]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Le seuil de vingt-cinq pour cent vaut partout.", "une note sans capitale"),  # the sentence is whole
        ("Le tarif", "par jour et par personne"),  # a label
        ("Il faut joindre à la demande écrite :", "la copie du permis"),  # a list begins
        ("Le dossier comprend tous les documents", "a) la copie du permis"),
        ("Le dossier comprend tous les documents", "La copie du permis"),
    ],
)
def test_what_does_not_go_on_is_left_on_its_page(before: str, after: str) -> None:
    assert pages_of([before], [after]) == [[before], [after]]
    assert pages_of([before, after]) == [[before, after]]


def test_a_table_or_a_note_at_the_edge_of_a_page_is_never_torn() -> None:
    table = Block("canton | taux", is_aside=True)
    text = Block("Le seuil de vingt-cinq pour cent vaut pour les")
    assert join_across_pages([[text], [table]]) == [[text], [table]]
