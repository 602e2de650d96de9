"""Lines of pages become paragraphs: what the typesetter added goes, what the author wrote stays."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.text.pages import count_words, find_running_lines, join_lines, join_split_words


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
