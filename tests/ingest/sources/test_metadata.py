"""What documentalists write is understood; what is not understood is refused with what is allowed."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest

from index.documents import Audience, Kind, Metadata
from ingest.sources.metadata import (
    InvalidMetadata,
    known_keys,
    parse_border,
    parse_country,
    parse_date,
    parse_language,
    parse_metadata,
    title_of,
)


def _parse(**stated: Any) -> Metadata:
    return parse_metadata(known_keys(stated), title="t", language="fr", hints={})


def test_a_document_about_which_nothing_is_stated_is_for_staff() -> None:
    assert _parse().audience is Audience.STAFF


@pytest.mark.parametrize(
    ("stated", "key", "value"),
    [
        ({"Type": "Note juridique"}, "kind", Kind.LEGAL_NOTE),
        ({"kind": "Étude"}, "kind", Kind.STUDY),
        ({"kind": "fiche-projet"}, "kind", Kind.PROJECT_SHEET),
        ({"genre": "Article de presse"}, "kind", Kind.PRESS_ARTICLE),
        ({"audience": "Membres"}, "audience", Audience.MEMBER),
        ({"pays": "France | uk; Suisse"}, "countries", ("FR", "GB", "CH")),
        ({"countries": [False, "se"]}, "countries", ("NO", "SE")),
        ({"border": "FR-BE"}, "borders", ("BE-FR",)),
        ({"borders": ["France–Belgique", "ch/fr"]}, "borders", ("BE-FR", "CH-FR")),
        ({"dc:subject": "Santé|emploi"}, "themes", ("health", "employment-training")),
        (
            {"instruments": "Règlement (CE) n° 883/2004, art. 11|Traité"},
            "legal_instruments",
            ("Règlement (CE) n° 883/2004, art. 11", "Traité"),
        ),
        ({"date": date(2021, 5, 18)}, "published", date(2021, 5, 18)),
        ({"valid_until": "06/2023"}, "valid_to", date(2023, 6, 30)),
        ({"creator": ["A. Weiss", "B. Dupont"]}, "author", "A. Weiss, B. Dupont"),
        ({"url": "https://exemple.eu"}, "address", "https://exemple.eu"),
        ({"licence": "CC BY 4.0"}, "rights", "CC BY 4.0"),
        ({"solved": "oui"}, "solved", True),
        ({"groupes": "gt-sante | gt-travail, gt-sante"}, "groups", ("gt-sante", "gt-travail")),
        ({"type": "Fiche problème"}, "kind", Kind.PROBLEM_SHEET),
        ({"type": "Appel à projets"}, "kind", Kind.FUNDING_CALL),
        ({"type": "Veranstaltung"}, "kind", Kind.EVENT),
        ({"tipo": "x", "type": "contatto"}, "kind", Kind.CONTACT),
        ({"kind": "convocatoria"}, "kind", Kind.FUNDING_CALL),
        ({"kind": "contactfiche"}, "kind", Kind.CONTACT),
        ({"date limite": "12/2026"}, "deadline", date(2026, 12, 31)),
        ({"starts": "06/2026"}, "starts", date(2026, 6, 1)),
        ({"starts": date(2026, 6, 1), "date_de_fin": "06/2026"}, "ends", date(2026, 6, 30)),
        ({"montant": " 50 000\n€ "}, "amount", "50 000 €"),
        ({"Organisme": "Eurodistrict"}, "organisation", "Eurodistrict"),
        ({"fonction": "Chargée de mission santé"}, "function", "Chargée de mission santé"),
        ({"territoire": "Pays Basque"}, "territory", "Pays Basque"),
        ({"lieu": "Hendaye"}, "place", "Hendaye"),
        ({"Programma": "Interreg"}, "programme", "Interreg"),
        ({"kind": "funding call", "deadline": "2026-05-04"}, "valid_to", date(2026, 5, 4)),
        ({"kind": "event", "starts": "2026-05-04"}, "valid_to", date(2026, 5, 4)),
        ({"kind": "event", "starts": "2026-05-04", "ends": "2026-05-06"}, "valid_to", date(2026, 5, 6)),
        ({"kind": "event", "starts": "2026-05-04", "deadline": "2026-05-01"}, "valid_to", date(2026, 5, 4)),
        ({"kind": "funding call", "deadline": "2026-05-04", "valid_to": "2026-04-01"}, "valid_to", date(2026, 4, 1)),
        ({"kind": "contact", "starts": "2026-05-04"}, "valid_to", None),
    ],
)
def test_synonyms_and_common_spellings_are_understood(stated: dict[str, Any], key: str, value: object) -> None:
    assert getattr(_parse(**stated), key) == value


@pytest.mark.parametrize(
    ("stated", "message"),
    [
        ({"audience": "secret"}, r"audience: 'secret' is not understood\. Allowed: public, member, staff"),
        ({"kind": "poème"}, r"kind: 'poème'.*legal note.*forum thread"),
        ({"country": "Wallonie"}, "countries: 'Wallonie'"),
        ({"borders": "FR"}, "borders: 'FR'.*two countries"),
        ({"groups": "GT Santé"}, "groups: 'GT Santé'.*such as gt-sante"),
        ({"groups": ["gt-sante", "x" * 65]}, "groups: 'x+' is not understood"),
        ({"theme": "sport"}, "themes: 'sport'.*transport"),
        ({"date": "mai"}, "published: 'mai'.*2021-05-18"),
        ({"date": "31/02/2021"}, "published"),
        ({"starts": "2026-05-04", "ends": "2026-05-03"}, r"ends: '2026-05-03'.*not before `starts` \(2026-05-04\)"),
        ({"ends": "2026-05-03"}, "ends: .*`starts`"),
        ({"deadline": "sans objet"}, "deadline: 'sans objet'.*2021-05-18"),
        (
            {"kind": "event", "starts": "2026-05-04", "deadline": "2026-05-05"},
            r"deadline: .*not after the event \(2026-05-04\)",
        ),
        (
            {"kind": "funding call", "deadline": "2026-05-04", "valid_to": "2026"},
            r"valid_to: '2026'.*not after the funding call closes \(2026-05-04\)",
        ),
    ],
)
def test_an_invalid_value_is_refused_with_what_is_allowed(stated: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidMetadata, match=message):
        _parse(**stated)


@pytest.mark.parametrize(
    ("stated", "audience"),
    [({}, Audience.MEMBER), ({"audience": "public"}, Audience.MEMBER), ({"audience": "staff"}, Audience.STAFF)],
)
def test_a_document_of_groups_is_for_members_unless_it_is_for_staff(stated: dict[str, str], audience: Audience) -> None:
    metadata = _parse(groups=["gt-sante"], **stated)
    assert (metadata.audience, metadata.groups) == (audience, ("gt-sante",))


def test_unknown_keys_and_blank_values_are_left_out() -> None:
    assert known_keys({"layout": "post", "title": " ", "TITLE": "T", "lang": None}) == {"title": "T"}


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2021-05-18", date(2021, 5, 18)),
        ("2021-05-18T10:00:00Z", date(2021, 5, 18)),
        ("18/05/2021", date(2021, 5, 18)),
        ("18.5.2021", date(2021, 5, 18)),
        ("05/2021", date(2021, 5, 1)),
        ("2021-05", date(2021, 5, 1)),
        (2021, date(2021, 1, 1)),
        (datetime(2021, 5, 18, 12), date(2021, 5, 18)),
    ],
)
def test_days_are_read_as_they_are_written(text: object, day: date) -> None:
    assert parse_date(text) == day


def test_the_end_of_a_period_is_its_last_day() -> None:
    assert parse_date("2024", last=True) == date(2024, 12, 31)
    assert parse_date("02/2024", last=True) == date(2024, 2, 29)


def test_languages_countries_and_borders_have_one_spelling_inside() -> None:
    assert [parse_language(word) for word in ("FR", "fr-BE", "Deutsch", "nld", "pt")] == ["fr", "fr", "de", "nl", "pt"]
    assert [parse_country(word) for word in ("fr", "UK", "Pays-Bas", "Österreich")] == ["FR", "GB", "NL", "AT"]
    assert [parse_border(word) for word in ("LU-FR", "Pays-Bas – Allemagne", "Royaume-Uni/France")] == [
        "FR-LU",
        "DE-NL",
        "FR-GB",
    ]


@pytest.mark.parametrize(
    "noted", ["Présentation PowerPoint", "Microsoft Word - article.doc", "", "article.docx", "Untitled"]
)
def test_a_title_left_by_a_program_is_not_taken(noted: str) -> None:
    assert title_of({}, {"title": noted, "heading": "Le vrai titre"}, "x") == "Le vrai titre"


def test_without_any_title_the_files_name_serves() -> None:
    assert title_of({}, {}, "rapport_final-2021") == "Rapport final 2021"
