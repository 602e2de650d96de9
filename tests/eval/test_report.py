from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.plots import Curve, Span, curves, heat, histogram, intervals
from eval.report import MEASURED, matrices, measure_tables, worst_topics, write_report
from eval.report_words import _EXPLAINED, _WORDS, LANGUAGES, ReportWords
from eval.results import Reply
from tests.eval.made import results, topic

RESULTS = results(
    {
        "all": {"nDCG@10": {"t1": 0.2, "t2": 1.0, "t3": 0.0}, "Judged@10": {"t1": 0.4, "t2": 1.0, "t3": 0.1}},
        "acronym": {"nDCG@10": {"t1": 0.2}},
        "fr→fr": {"R@10": {"t1": 1.0}, "nDCG@10": {"t1": 0.8}},
        "fr→de": {"R@10": {"t2": 0.5}, "nDCG@10": {"t2": 0.4}},
    },
    topics=[topic("t1", ["a<b"], {"right": 3}), topic("t2"), topic("t3", [], {"lost": 2}, text="Où est & quoi ?")],
)


class Reader(HTMLParser):
    """Gathers a page's text and what it would load from elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self.loads: list[str] = []

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.loads += [value or "" for name, value in attrs if name in {"src", "href"}]


def read(path: Path) -> Reader:
    reader = Reader()
    reader.feed(path.read_text(encoding="utf-8"))
    return reader


def test_a_report_stands_alone_and_says_what_was_measured(tmp_path: Path) -> None:
    write_report([RESULTS], tmp_path / "report.html")
    page = read(tmp_path / "report.html")
    assert page.loads == []
    for text in ("small · engine", "0.400", "Judged@10", "R@10", "acronym", "Où est & quoi ?", "lost", "Title of a<b"):
        assert text in page.text, text
    assert "Knowing when not to answer" not in page.text


def test_a_report_over_answers_draws_risk_and_coverage(tmp_path: Path) -> None:
    replies = [
        Reply(True, 0.9, ("Oui.",), 1, True),
        Reply(True, 0.6, ("Non.",), 0, False),
        Reply(False, 0.2, (), 0, True),
    ]
    topics = [topic(f"t{at}", reply=reply) for at, reply in enumerate(replies)]
    answered = results({"all": {"Answer@1": {"t0": 1.0, "t2": 0.0}, "Abstained": {"t1": 0.0}}}, topics=topics)
    write_report([answered], tmp_path / "report.html")
    page = read(tmp_path / "report.html")
    assert "AUROC 0.500" in page.text
    assert "silent, confidence 0.20" in page.text


def test_the_matrix_has_a_row_a_question_language() -> None:
    recall, _ = matrices([RESULTS])
    assert recall.languages == ("fr", "de")
    assert [[cell.text for cell in cells] for _, cells in recall.rows] == [["1.00", "0.50"]]
    assert recall.fairness == "across languages 0.50 of within one"


def test_sets_of_one_pair_make_one_matrix_together() -> None:
    german = results({"all": {}, "de→de": {"nDCG@10": {"t1": 1.0}}}, set="a")
    other = results({"all": {}, "en→de": {"nDCG@10": {"t1": 0.5}}}, set="b")
    (matrix,) = matrices([german, other])
    assert matrix.languages == ("en", "de")
    assert list(matrices([german])) == []


def test_the_worst_come_first_and_the_perfect_never() -> None:
    assert [(worst.topic.id, worst.value) for worst in worst_topics(RESULTS)] == [("t3", 0.0), ("t1", 0.2)]


def test_a_drawing_escapes_what_it_is_given() -> None:
    drawn = intervals([Span("<b>", 0.5, 0.4, 0.6)], title='"quoted"')
    assert "<b>" not in drawn
    assert drawn.count("<circle") == 1


def test_a_whisker_stands_where_its_interval_does() -> None:
    drawn = intervals([Span("a", 0.5, 0.0, 1.0)], title="x", width=438, labels=100)
    assert re.search(r'<line x1="100\.0" y1="33\.0" x2="300\.0"', drawn)
    assert '<circle cx="200.0"' in drawn


def test_a_cell_says_on_how_many_topics_it_stands() -> None:
    recall, _ = matrices([RESULTS])
    assert [[cell.topics for cell in cells] for _, cells in recall.rows] == [[1, 1]]


def test_every_drawing_has_its_figures_beside_it(tmp_path: Path) -> None:
    write_report([RESULTS], tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert page.count("As a table") == page.count("<svg ") == 2
    assert '<th scope="row">acronym</th><td>1</td><td>0.200</td>' in page


def test_a_set_without_a_measure_is_not_in_its_table() -> None:
    silent = results({"all": {"Abstained": {"t1": 1.0}}}, set="unanswerable")
    tables = {table.title: [each.set for each in table.results] for table in measure_tables([RESULTS, silent])}
    assert tables == {"Finding": ["small"], "Answering": ["unanswerable"]}


@given(st.floats(0, 1))
def test_letters_stand_out_from_their_cell(value: float) -> None:
    background, ink = re.findall(r"rgb\(([\d,]+)\);color:(#\w+)", heat(value))[0]
    shades = [int(part) / 255 for part in background.split(",")]
    linear = [shade / 12.92 if shade <= 0.04045 else ((shade + 0.055) / 1.055) ** 2.4 for shade in shades]
    luminance = sum(weight * channel for weight, channel in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
    contrast = 1.05 / (luminance + 0.05) if ink == "#fff" else (luminance + 0.05) / 0.05
    assert contrast >= 4.5


@pytest.mark.parametrize(
    ("value", "colour"), [(0.0, "rgb(240,245,252)"), (1.0, "rgb(23,63,122)"), (2.0, "rgb(23,63,122)")]
)
def test_a_cell_is_darker_the_higher_its_value(value: float, colour: str) -> None:
    assert colour in heat(value)


def test_curves_and_histograms_name_themselves() -> None:
    assert 'aria-label="Risk"' in curves([Curve("c", [(0, 0), (1, 1)], "ink")], title="Risk", x_axis="x", y_axis="y")
    drawn = histogram([10.0] * 98 + [20.0, 500.0], title="Time", unit="ms")
    assert "p50 10.0 ms" in drawn


@pytest.mark.parametrize(
    ("language", "texts"),
    [("fr", ("Ce qui a été mesuré", "0,400", "1 question")), ("en", ("What was measured", "0.400", "1 topic"))],
)
def test_a_report_speaks_french_and_english(tmp_path: Path, language: str, texts: tuple[str, ...]) -> None:
    write_report([RESULTS], tmp_path / "report.html", ReportWords(language))
    page = read(tmp_path / "report.html")
    assert f'<html lang="{language}">' in (tmp_path / "report.html").read_text(encoding="utf-8")
    for text in texts:
        assert text in page.text


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_measure_of_the_tables_is_explained_in_a_line(language: str) -> None:
    words = ReportWords(language)
    for name in {name for names in MEASURED.values() for name in names}:
        assert 20 < len(words.explain(name)) < 200, name
    assert words.explain("P@7") == ""


def test_both_languages_say_the_same_values() -> None:
    for key, texts in {**_WORDS, **_EXPLAINED}.items():
        values = [sorted(re.findall(r"%\((\w+)\)s", text)) for text in texts]
        assert values[0] == values[1], key
        assert all(texts), key
