"""A number is stored as its cell shows it."""

from __future__ import annotations

from datetime import datetime

import pytest

from ingest.loaders.number_format import format_number, format_text, guess_language, plain_number

ACCOUNTING = r'_-* #,##0.00\ "€"_-;\-* #,##0.00\ "€"_-;_-* "-"??\ "€"_-;_-@_-'


@pytest.mark.parametrize(
    ("value", "code", "shown"),
    [
        (25, '0.0"%"', "25 %"),
        (25, r"0\ \%", "25 %"),
        (0.253, "0.0%", "25,3 %"),
        (0.253, "0.0 %", "25,3 %"),
        (1234.56789, "0.00%", "123456,79 %"),
        (-5, "0%", "-500 %"),
    ],
)
def test_only_a_percent_sign_that_is_no_text_multiplies_by_a_hundred(value: float, code: str, shown: str) -> None:
    assert format_number(value, code, "fr") == shown


@pytest.mark.parametrize(
    ("value", "code", "shown"),
    [
        (1500, '#,##0 "€"', "1500 €"),
        (18, '0" mois"', "18 mois"),
        (300, "#,##0.00 [$CHF-807]", "300 CHF"),
        (12.5, "#,##0.00 [$€-40C]", "12,50 €"),
        (1234.5, ACCOUNTING, "1234,50 €"),
        (0, ACCOUNTING, "- €"),
        (5, '"n° "0', "n° 5"),
        (3, 'General" jours"', "3 jours"),
        (612, "@", "612"),
        (5, "General;-General", "5"),
        (-5, "General;-General", "-5"),
        (612345678, '0#" "##" "##" "##" "##', "06 12 34 56 78"),
        (1000, "00000", "01000"),
        (123456789, "000-00-0000", "123-45-6789"),
    ],
)
def test_units_and_other_texts_of_a_format_are_kept(value: float, code: str, shown: str) -> None:
    assert format_number(value, code, "fr") == shown


@pytest.mark.parametrize(
    ("value", "code", "shown"),
    [
        (1408712, "#,##0", "1408712"),
        (1408712, "# ##0", "1408712"),
        (1408712, '#,##0," k"', "1409 k"),
        (1234567, '0.0,,"M"', "1,2M"),
        (1408712, "General", "1408712"),
        (1.40871e20, "General", "140871000000000000000"),
        (1 / 3, "General", "0,3333333333"),
        (1e-7, "General", "0,0000001"),
        (0.1 + 0.2, "General", "0,3"),
        (1408712, "0.00E+00", "1,41E+06"),
        (99.995, "0.00", "100"),
        (2.675, "0.00", "2,68"),
        (1.234, "0.0?", "1,23"),
        (0.5, ".00", "0,50"),
        (0, "#", ""),
    ],
)
def test_digits_are_rounded_scaled_and_not_grouped(value: float, code: str, shown: str) -> None:
    assert format_number(value, code, "fr") == shown


@pytest.mark.parametrize(
    ("value", "code", "shown"),
    [
        (-1234.5, "#,##0.00;(#,##0.00)", "(1234,50)"),
        (-1234.5, "#,##0.00;[Red]-#,##0.00", "-1234,50"),
        (0, '0;-0;"néant"', "néant"),
        (1500, '[>=1000]0.0,"k";0', "1,5k"),
        (500, '[>=1000]0.0,"k";0', "500"),
        (-3, '[<0]"dette "0;0', "dette 3"),
        (-0.4, "0", "0"),
        (7, ";;;", ""),
    ],
)
def test_the_section_for_the_sign_or_the_size_is_used(value: float, code: str, shown: str) -> None:
    assert format_number(value, code, "fr") == shown


@pytest.mark.parametrize(
    ("value", "code", "shown"),
    [
        (45717, "dd/mm/yyyy", "01/03/2025"),
        (45717.75, "dd mmmm yyyy hh:mm", "01 mars 2025 18:00"),
        (45717, "[$-409]mmmm yyyy", "March 2025"),
        (45717, "mmm-yy", "mars-25"),
        (45717, "dddd d mmmm yyyy", "samedi 1 mars 2025"),
        (45717, "yyyy-mm-dd h:mm:ss", "2025-03-01"),
        (45717, "mm-dd-yy", "2025-03-01"),  # number 14: each computer shows it in its own way
        (0.5, "h:mm AM/PM", "12:00 PM"),
        (1.479166666667, "[h]:mm", "35:30"),
        (1.479166666667, "h:mm", "11:30"),
        (0.0001, "[mm]:ss", "00:09"),
        (0.0625, "mm:ss.0", "30:00,0"),
        (-1, "dd/mm/yyyy", "-1"),
    ],
)
def test_days_times_and_durations_are_shown_as_such(value: float, code: str, shown: str) -> None:
    assert format_number(value, code, "fr") == shown


@pytest.mark.parametrize(
    ("value", "code", "shown"),
    [
        (0.5, "# ?/?", "1/2"),
        (1.5, "# ?/?", "1 1/2"),
        (-0.5, "# ?/?", "-1/2"),
        (1.25, "# ??/100", "1 25/100"),
        (0.5, "# ?/8", "4/8"),
        (2, "# ?/?", "2"),
        (0.75, "?/?", "3/4"),
    ],
)
def test_fractions_are_shown_as_such(value: float, code: str, shown: str) -> None:
    assert format_number(value, code, "fr") == shown


def test_days_are_counted_from_the_workbooks_first_day() -> None:
    assert format_number(44255, "dd/mm/yyyy", epoch=datetime(1904, 1, 1)) == "01/03/2025"


def test_the_decimal_mark_is_that_of_the_tables_language() -> None:
    assert [format_number(5.3, "0.0", language) for language in ("fr", "de", "en", "")] == ["5,3", "5,3", "5.3", "5.3"]
    assert guess_language(["Part des frontaliers", "Taux de la caisse"]) == "fr"
    assert guess_language(["Rate of the fund", "Share"]) == "en"
    assert guess_language(["Total", "2024"]) == ""


def test_a_text_is_shown_as_the_formats_section_for_texts_says() -> None:
    assert format_text("Dupont", '"M. "@') == "M. Dupont"
    assert format_text("secret", ";;;") == ""
    assert format_text("Kehl", "0.00") == "Kehl"


def test_a_plain_number_has_no_exponent() -> None:
    assert [plain_number(value) for value in (3.0, 1408712.0, 0.5, -2.25)] == ["3", "1408712", "0.5", "-2.25"]
