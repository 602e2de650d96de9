"""A row of a table can be read alone: merged cells, captions and column names are not lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ingest.loaders.web.pages import read_page

NAMES = "<tr><th>Pays<th>Régime<th>Taux"


@pytest.mark.parametrize(
    ("table", "lines"),
    [
        (
            "<caption>En francs <b>par trimestre</b></caption><tr><th>Enfants<th>Montant<tr><td>1<td>215",
            ["En francs par trimestre", "Enfants | Montant", "1 | 215"],
        ),
        (
            NAMES
            + "<tr><td rowspan=2>CH<td>salarié<td>5,3 %<tr><td>indépendant<td>10,0 %<tr><td>BE<td>salarié<td>13 %",
            ["Pays | Régime | Taux", "CH | salarié | 5,3 %", "CH | indépendant | 10,0 %", "BE | salarié | 13 %"],
        ),
        (
            "<tr><th rowspan=2>Pays<th colspan=2>Taux<tr><th>H<th>F<tr><td>CH<td>1<td>2",
            ["Pays | Taux | Taux", "Pays | H | F", "CH | 1 | 2"],
        ),
        (NAMES + "<tr><td>CH<td colspan=2>exonéré", ["Pays | Régime | Taux", "CH | exonéré | exonéré"]),
        (NAMES + "<tr><td colspan=3>Note : provisoire<tr><td>CH<td>a<td>1", ["Note : provisoire", "CH | a | 1"]),
        (NAMES + "<tr><td>a<td>b<td rowspan=2>5 %<tr><td>c<td>d", ["a | b | 5 %", "c | d | 5 %"]),
        (NAMES + "<tr><td>a<td><td>1<tr><td><td><td>", ["a |  | 1"]),
        (NAMES + "<tr><td rowspan=0>CH<td>a<td>1<tr><td>b<td>2", ["CH | a | 1", "CH | b | 2"]),
        (
            f"<tfoot><tr><td>Total<td>x<td>9</tfoot><thead>{NAMES}</thead><tbody><tr><td>CH<td>a<td>1</tbody>",
            ["Pays | Régime | Taux", "CH | a | 1", "Total | x | 9"],
        ),
        (NAMES + "<tr><td>CH<td>a<br>b<td><ul><li>1<li>2</ul>", ["CH | a b | 1 ; 2"]),
        (NAMES + "<tr><form><td>CH<td>a<td>1</form></tr>", ["CH | a | 1"]),
        ("<tr><th><h3>Pays</h3><th><h3>Taux</h3><tr><td>CH<td>5", ["Pays | Taux", "CH | 5"]),
        (NAMES + "<tr><td>CH<td><table><tr><td>a<td>b</table><td>1", ["CH | a, b | 1"]),
        (NAMES + "<tr><td rowspan=x>CH<td colspan=-1>a<td>1", ["CH | a | 1"]),
    ],
)
def test_each_row_has_all_that_belongs_to_it(tmp_path: Path, table: str, lines: list[str]) -> None:
    text = read_page(tmp_path, f"<p>Avant.</p><table>{table}</table>")
    assert "\n".join(lines) in text.replace("Pays | Régime | Taux\nNote", "Note")


def test_a_long_cell_is_shortened_in_the_further_rows_it_belongs_to(tmp_path: Path) -> None:
    long = "La convention du 3 mars 2026 " * 10
    text = read_page(tmp_path, f"<table>{NAMES}<tr><td rowspan=3>{long}<td>a<td>1<tr><td>b<td>2<tr><td>c<td>3</table>")
    assert text.count("La convention du 3 mars 2026") < 10 + 2 * 3 + 1
    assert text.splitlines()[2].endswith("… | b | 2")


def test_text_of_a_table_outside_its_cells_is_kept(tmp_path: Path) -> None:
    text = read_page(tmp_path, "<table><tr><td>a<td>1</td></tr>Montants en euros<tr><td>b<td>2</table>Fin.")
    assert text == "Montants en euros\n\na | 1\nb | 2\n\nFin."


def test_a_table_that_lays_out_a_page_gives_its_paragraphs_and_headings(tmp_path: Path) -> None:
    body = "<table><tr><td>Menu<td><h2>Canton du Jura</h2><p>12 jours</p><table><tr><td>a<td>1</table></table>"
    assert read_page(tmp_path, body) == "Menu\n\n12 jours\n\na | 1"
    body = "<table><tr><td><h2>Canton du Jura</h2><td>12 jours<tr><td><h2>Canton de Vaud</h2><td>25 jours</table>"
    assert read_page(tmp_path, body) == "# Canton du Jura\n\n12 jours\n\n# Canton de Vaud\n\n25 jours"


def test_a_table_of_one_column_is_paragraphs(tmp_path: Path) -> None:
    assert (
        read_page(tmp_path, "<table><tr><td><p>Un.</p><p>Deux.</p><tr><td>Trois.</table>") == "Un.\n\nDeux.\n\nTrois."
    )


def test_spans_of_thousands_of_cells_make_no_more_than_the_table_holds(tmp_path: Path) -> None:
    text = read_page(tmp_path, "<table><tr><td colspan=60000 rowspan=60000>x<td>y<tr><td>z<td>w</table>")
    assert len(text) < 2_000
    assert "z" in read_page(tmp_path, "<table><tr><td rowspan=60000>x<td>y<tr><td>z</table>")
