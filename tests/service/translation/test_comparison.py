"""A translation keeps the figures, months and addresses of its original; what it does not keep is told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.translation.comparison import compare


@pytest.mark.parametrize(
    ("german", "french"),
    [
        ("Ab dem 1. Juli 2023 gilt die Grenze von 50 %.", "À partir du 1er juillet 2023, le plafond est de 50 %."),
        ("Der Vertrag vom 24.10.2008 kostet 1.000 Euro.", "Le traité du 24 octobre 2008 coûte 1 000 euros."),
        ("Drei Gemeinden zahlen 12,5 Euro.", "3 communes paient 12,5 euros."),
        ("Siehe www.example.org.", "Voir www.example.org."),
    ],
)
def test_the_same_figures_written_otherwise_are_no_difference(german: str, french: str) -> None:
    assert not compare(german, "de", french, "fr")


def test_a_figure_a_month_or_an_address_that_changed_is_told_on_both_sides() -> None:
    differences = compare(
        "Im März 2019 galten 25 %, siehe a.example.org.", "de", "En mai 2019, 35 %, voir b.example.org.", "fr"
    )
    assert differences.only_in_original == ("25", "mars", "a.example.org")
    assert differences.only_in_translation == ("35", "mai", "b.example.org")


@given(st.text(max_size=80))
def test_a_text_does_not_differ_from_itself(text: str) -> None:
    assert not compare(text, "fr", text, "fr")
