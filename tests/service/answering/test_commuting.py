"""Which way a text commutes is told in six languages, and the way back is told from it."""

from __future__ import annotations

import pytest

from service.answering.commuting import Commute, commute_of, restate
from service.library.concepts import NO_THESAURUS, Thesaurus, read_thesaurus
from tests.service.thesaurus import THESAURUS


@pytest.fixture(scope="module")
def thesaurus() -> Thesaurus:
    return read_thesaurus(THESAURUS)


def commute(home: str, work: str) -> Commute:
    return Commute(frozenset(home.split()), frozenset(work.split()))


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("J'habite Lille et je travaille à Tournai, suis-je imposé en France ?", "fr", commute("FR", "BE")),
        ("Quelqu'un qui travaille à Tournai et habite Lille", "fr", commute("FR", "BE")),
        ("les résidents de France travaillant en Belgique", "fr", commute("FR", "BE")),
        ("Je vis à Courtrai et mon patron est à Lille", "fr", commute("BE", "FR")),
        ("Les salaires des résidents belges qui travaillent en France", "fr", commute("BE", "FR")),
        ("I live in Mulhouse and work in Freiburg", "en", commute("FR", "DE")),
        ("Danish residents may work from home", "en", commute("DK", "")),
        ("Wer in Deutschland wohnt und in Frankreich arbeitet", "de", commute("DE", "FR")),
        ("Einwohner Frankreichs, die in Deutschland arbeiten", "de", commute("FR", "DE")),
        ("Vivo en Irun y trabajo en Hendaya", "es", commute("ES", "FR")),
        ("Abito a Mentone e lavoro a Ventimiglia", "it", commute("FR", "IT")),
        ("Wie in België woont en in Frankrijk werkt", "nl", commute("BE", "FR")),
        ("un employeur belge", "fr", commute("", "BE")),
        ("Un habitant de Lille paie-t-il l'eau ?", "fr", commute("FR", "")),
        ("Le tram de Strasbourg à Kehl", "fr", commute("", "")),
        ("Les non-résidents belges déclarent ce salaire", "fr", commute("", "")),
        ("J'habite Lille", "pl", commute("", "")),
    ],
)
def test_home_and_work_are_told_apart(thesaurus: Thesaurus, text: str, language: str, expected: Commute) -> None:
    assert commute_of(text, language, thesaurus) == expected


def test_a_country_of_both_is_neither(thesaurus: Thesaurus) -> None:
    text = "J'habite en France. Mon employeur est en France, son usine en Belgique."
    assert commute_of(text, "fr", thesaurus) == commute("", "BE")


def test_the_way_back_disagrees_and_another_border_says_nothing() -> None:
    there = commute("FR", "BE")
    assert there.agrees(there) == 1
    assert there.agrees(commute("BE", "FR")) == -1
    assert there.agrees(commute("", "FR")) == -1
    assert there.agrees(commute("DE", "CH")) == 0
    assert there.agrees(commute("", "")) == 0


def test_without_a_thesaurus_nobody_commutes() -> None:
    assert commute_of("J'habite Lille et je travaille à Tournai", "fr", NO_THESAURUS) == Commute()


def test_a_commute_is_whole_when_both_ends_are_known() -> None:
    assert commute("FR", "BE").is_whole
    assert not commute("FR", "").is_whole
    assert not commute("", "BE").is_whole


@pytest.mark.parametrize(
    ("question", "language", "expected"),
    [
        ("J'habite Lille, je travaille à Tournai.", "fr", "J'habite France, je travaille à Belgique."),
        ("Ich wohne in Kehl und arbeite in Frankreich.", "de", "Ich wohne in Deutschland und arbeite in Frankreich."),
        ("J'habite en France et je travaille en Belgique", "fr", ""),
        ("Quand le tram de Strasbourg à Kehl a-t-il ouvert ?", "fr", ""),
        ("", "fr", ""),
    ],
)
def test_a_commuters_towns_become_countries(thesaurus: Thesaurus, question: str, language: str, expected: str) -> None:
    assert restate(question, language, thesaurus) == expected
