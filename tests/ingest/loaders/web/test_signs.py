"""What a page says by the form of its characters is said by the characters: no number is another one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ingest.loaders.web.pages import read_page


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("12 000<sup>2</sup> frontaliers", "12 000 (2) frontaliers"),
        ("12 000 <sup>2</sup> frontaliers", "12 000 (2) frontaliers"),
        ("215<sup>a</sup> et 12,5<sup>(1)</sup>", "215 (a) et 12,5 (1)"),
        ("65 %<sup>1,2</sup> du revenu<sup>3</sup>.", "65 % (1,2) du revenu (3)."),
        ("10 <sup>6</sup> habitants", "10 ⁶ habitants"),
        ("10<sup>6</sup> habitants, 5·10<sup>-3</sup>", "10⁶ habitants, 5·10⁻³"),
        ("25 m<sup>2</sup>, 3 km<sup>2</sup>, 1.000 m<sup>3 </sup>par an", "25 m², 3 km², 1.000 m³ par an"),
        ("CO<sub>2</sub> et H<sub>2</sub>O, log 10<sub>2</sub>", "CO₂ et H₂O, log 10 ₂"),
        ("x<sup>n+1</sup>", "x^(n+1)"),
        ("3<sup>1</sup>/<sub>2</sub> mois, <sup>1</sup>⁄<sub>4</sub>", "3 1/2 mois, 1⁄4"),
        ("le 1<sup>er</sup> mai, 2<sup>e</sup>, M<sup>me</sup> X, n<sup>o</sup> 12", "le 1er mai, 2e, Mme X, n° 12"),
        ("<sup>1</sup> Source : INSEE", "1 Source : INSEE"),
        ("<sup>1</sup>Source : INSEE", "1 Source : INSEE"),
        ("12 000<span style='vertical-align: super; font-size: 70%'>2</span> personnes", "12 000 (2) personnes"),
        ("12 000<font style='VERTICAL-ALIGN:super'>2</font>", "12 000 (2)"),
    ],
)
def test_raised_and_lowered_characters_change_no_number(tmp_path: Path, html: str, text: str) -> None:
    assert read_page(tmp_path, f"<p>{html}</p>") == text


def test_characters_raised_by_a_sheet_of_the_page_stay_apart(tmp_path: Path) -> None:
    head = "<style>.call, b.x{ vertical-align : super }</style>"
    assert read_page(tmp_path, "<p>12 000<span class='call'>2</span> cas</p>", head=head) == "12 000 (2) cas"


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("Délai : <s>30 <b>jours</b></s> 45 jours", "Délai : ~~30 jours~~ 45 jours"),
        ("<strike>30</strike> 45 <del>francs</del><ins>euros</ins>", "~~30~~ 45 ~~francs~~euros"),
        ("<span style='text-decoration: underline line-through'>30</span> 45", "~~30~~ 45"),
        ("<span style='text-decoration-line:line-through'>30</span> 45", "~~30~~ 45"),
        ("<b class=old>30</b> <i id=gone>31</i> 45", "~~30 31~~ 45"),
        ("<u>30</u> <s></s>45", "30 45"),
    ],
)
def test_struck_text_is_visibly_struck(tmp_path: Path, html: str, text: str) -> None:
    head = "<style>.old { text-decoration: line-through } #gone { text-decoration-line: line-through }</style>"
    assert read_page(tmp_path, f"<p>{html}</p>", head=head) == text


def test_struck_paragraphs_items_rows_and_headings_are_struck_each(tmp_path: Path) -> None:
    body = (
        "<h1>T</h1><del><p>Un.</p><p>Deux.</p></del><ul><li><s>a</s><li>b</ul>"
        "<table><tr><th>x<th>y<tr style='text-decoration:line-through'><td>1<td>2</table>"
        "<h2><s>Ancien</s> Nouveau</h2><p>z"
    )
    text = read_page(tmp_path, body)
    assert text == "~~Un.~~\n\n~~Deux.~~\n\n- ~~a~~\n- b\n\nx | y\n~~1~~ | ~~2~~\n\n# ~~Ancien~~ Nouveau\n\nz"


def test_the_link_to_a_note_goes_and_a_link_to_an_article_stays(tmp_path: Path) -> None:
    body = (
        "<p>Le seuil<a href='#fn1'><sup>1</sup></a> est de 25 %<sup><a href='#fn2'>2</a></sup>"
        "<a href='#_ftn3'>[3]</a>, voir l’article <a href='#art5'>5</a> et la page <a href='#p12'>12</a>.</p>"
        "<p><a href='#r1'><sup>1</sup></a> Première note.</p>"
        "<p><a class='footnote-backref' href='#r2'>2</a> Seconde.</p>"
    )
    assert read_page(tmp_path, body) == (
        "Le seuil est de 25 %, voir l’article 5 et la page 12.\n\n(1) Première note.\n\n(2) Seconde."
    )


@pytest.mark.parametrize(
    ("formula", "text"),
    [
        ("<mfrac><mi>a</mi><mn>2</mn></mfrac>", "a/2"),
        ("<mfrac><mrow><mi>a</mi><mo>+</mo><mn>1</mn></mrow><mn>2</mn></mfrac>", "(a+1)/2"),
        ("<msup><mn>10</mn><mn>6</mn></msup><mo>·</mo><msub><mi>x</mi><mn>1</mn></msub>", "10⁶·x₁"),
        ("<msqrt><mi>x</mi></msqrt>", "√x"),
        ("<semantics><mn>5</mn><annotation>\\five</annotation></semantics>", "5"),
    ],
)
def test_a_formula_is_written_on_a_line(tmp_path: Path, formula: str, text: str) -> None:
    assert read_page(tmp_path, f"<p>Soit <math>{formula}</math>.</p>") == f"Soit {text}."


def test_signs_of_symbol_fonts_are_what_they_show(tmp_path: Path) -> None:
    body = "<p>exerce <span style=\"font-family:Symbol, serif\">³</span> 25 % et <font face='Symbol'>£</font> 1 500</p>"
    assert read_page(tmp_path, body) == "exerce ≥ 25 % et ≤ 1 500"


def test_a_quotation_has_its_marks(tmp_path: Path) -> None:
    assert read_page(tmp_path, "<p>Il dit <q>non</q>.</p>") == "Il dit “non”."
