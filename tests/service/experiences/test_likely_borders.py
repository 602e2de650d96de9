"""One country named alone: a border where the language leaves one, else a choice that leaves nothing out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import pytest

import index.lexical.thesaurus
from index.lexical.analysis import terms
from index.lexical.thesaurus import Concept, Label
from index.types import Filter
from service.experiences.likely_borders import Likely, likely_borders
from service.experiences.service import chosen, situation_described
from service.library.concepts import NO_THESAURUS, Thesaurus
from tests.service.cases import case, index_of, names


def thesaurus_of(
    borders: Sequence[str] = ("AT-CH", "BE-FR", "BE-LU", "CH-DE", "CH-FR", "DE-FR", "DE-LU", "FR-LU"),
    places: Mapping[str, tuple[str, ...]] = MappingProxyType({}),
) -> Thesaurus:
    """Return a thesaurus of countries by their real names, these borders, and places on them."""
    named = {
        "FR": {"fr": "France", "de": "Frankreich", "en": "France"},
        "LU": {"fr": "Luxembourg", "de": "Luxemburg", "en": "Luxembourg"},
        "CH": {"fr": "Suisse", "de": "Schweiz"},
        "DE": {"fr": "Allemagne", "de": "Deutschland"},
    }
    concepts = [Concept(code, "countries", labelled(said), f"country/{code}") for code, said in named.items()]
    concepts += [Concept(code, "borders", {}, f"border/{code}") for code in borders]
    concepts += [
        Concept(
            one, "territories", labelled({"fr": one.title()}), f"place/{one}", related=tuple(f"border/{b}" for b in on)
        )
        for one, on in places.items()
    ]
    return Thesaurus(index.lexical.thesaurus.Thesaurus(tuple(concepts)))


def labelled(said: Mapping[str, str]) -> dict[str, tuple[Label, ...]]:
    return {
        language: (Label(text, tuple(term.text for term in terms(text, language))),) for language, text in said.items()
    }


def test_a_country_named_beside_a_place_says_which_of_its_borders_is_meant() -> None:
    known = thesaurus_of(places={"longwy": ("BE-FR", "FR-LU")})
    assert known.borders_named("Un infarctus à Longwy", "fr") == {"BE-FR", "FR-LU"}
    assert known.borders_named("Un infarctus à Longwy, un lit au Luxembourg", "fr") == {"FR-LU"}


@pytest.mark.parametrize(
    ("text", "language", "likely"),
    [
        ("travailler en Suisse", "fr", Likely("CH-FR")),
        ("nos frontaliers au Luxembourg", "fr", Likely("", ("FR-LU", "BE-LU", "DE-LU"))),
        ("arbeiten in der Schweiz", "de", Likely("", ("CH-DE", "AT-CH", "CH-FR"))),
        ("ein Dorf in Frankreich", "de", Likely("", ("DE-FR", "CH-FR", "FR-LU", "BE-FR"))),
        ("a village in Luxembourg", "en", Likely("", ("BE-LU", "DE-LU", "FR-LU"))),
        ("de la Suisse au Luxembourg", "fr", Likely()),
        ("le SAMU met trente minutes", "fr", Likely()),
        ("", "", Likely()),
    ],
)
def test_one_country_is_a_border_where_the_language_leaves_one_and_else_a_choice(
    text: str, language: str, likely: Likely
) -> None:
    assert likely_borders(text, language, thesaurus_of()) == likely


def test_the_country_a_language_is_at_home_in_is_nobodys_border() -> None:
    known = thesaurus_of(borders=("CH-DE", "DE-PL"))
    assert likely_borders("eine Schule in Deutschland", "de", known) == Likely("", ("CH-DE", "DE-PL"))


def test_so_many_borders_that_they_tell_nothing_are_not_offered() -> None:
    known = thesaurus_of(borders=tuple(f"FR-X{letter}" for letter in "ABCDEFG"))
    assert likely_borders("a village in France", "en", known) == Likely()


def test_nothing_is_left_out_for_a_border_that_is_only_likely() -> None:
    situation = situation_described("nos frontaliers au Luxembourg", "", thesaurus_of())
    assert (situation.borders, situation.likely) == (frozenset(), ("FR-LU", "BE-LU", "DE-LU"))
    index = index_of(case("near", "FR-LU", text="Les frontaliers"), case("far", "CH-FR", text="Les frontaliers"))
    assert names(chosen(situation, 10, index, Filter(), NO_THESAURUS)) == {"near", "far"}
    chosen_one = situation_described(situation.text, "FR-LU", thesaurus_of())
    assert chosen_one.borders == {"FR-LU"}
    assert not chosen_one.likely
