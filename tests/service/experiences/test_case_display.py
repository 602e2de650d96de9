"""How cases are shown: by border on a map, near ones before far ones, each statement once."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from itertools import combinations
from pathlib import Path

from index.documents import Access
from service.experiences.border_map import FAR_AWAY, border_map
from service.experiences.case_display import display_cases
from service.experiences.cases import Case
from service.experiences.comparison import Common, Difference
from service.experiences.key_facts import KeyFact
from service.experiences.situations import Situation
from service.forum.suggestions import Quote
from service.library.concepts import Thesaurus, read_thesaurus
from service.web.translating import Translator
from tests.conftest import ROOT
from tests.service.cases import THESAURUS, case, index_of

TEXT = "Pas de convention ici. L'ambulance attend."
WORDS = Quote("Pas de convention ici.", 0, 22, "")
HERE = Situation(TEXT, "fr", frozenset({"ES-FR"}))
T = Translator("fr")


def known(folder: Path) -> Thesaurus:
    (folder / "thesaurus.ttl").write_text(THESAURUS, encoding="utf-8")
    return read_thesaurus(folder / "thesaurus.ttl")


def compared(name: str, *values: str, there: tuple[int, ...] = (), border: str = "DE-FR") -> Case:
    (card,) = index_of(case(name, border)).store.cards([name], Access(case(name).metadata.audience)).values()
    starts = there or tuple(range(len(values)))
    common = [
        Common("theme", value, WORDS, Quote(f"mots {start}", start, start + 1, ""))
        for value, start in zip(values, starts, strict=True)
    ]
    differs = (Difference("border", ("ES-FR",), (border,)), Difference("published", (), ("2020",)))
    return Case(card, (), 1.0, Quote("Le plus proche", 0, 14, "p. 1"), tuple(common), differs)


def test_cases_that_share_no_more_than_a_wide_theme_stand_apart(tmp_path: Path) -> None:
    cases = [
        compared("loin", "santé"),
        compared("près", "ambulance"),
        compared("muet"),
        compared("deux", "santé", "absence de convention"),
    ]
    shown = display_cases(cases, HERE, known(tmp_path), T)
    assert [displayed.case.document.id for displayed in shown.groups["DE-FR"]] == ["près", "deux"]
    assert [displayed.case.document.id for displayed in shown.far] == ["loin", "muet"]
    alone = display_cases(cases[:1], HERE, known(tmp_path), T)
    assert ([*alone.groups], alone.far, alone.is_far) == (["DE-FR"], [], True)
    assert display_cases([], HERE, known(tmp_path), T).is_far is False


def test_what_a_case_says_in_one_sentence_is_quoted_once(tmp_path: Path) -> None:
    (displayed,) = display_cases([compared("a", "x", "y", "z", there=(5, 5, 9))], HERE, known(tmp_path), T).groups[
        "DE-FR"
    ]
    assert [(shared.values, shared.there.start) for shared in displayed.comparable] == [(("x", "y"), 5), (("z",), 9)]
    assert [shared.here for shared in displayed.comparable] == [WORDS.text, ""]
    whole = Situation(WORDS.text, "fr", HERE.borders)
    (displayed,) = display_cases([compared("a", "x")], whole, known(tmp_path), T).groups["DE-FR"]
    assert displayed.comparable[0].here == ""


def test_borders_stand_in_the_order_of_their_best_cases(tmp_path: Path) -> None:
    cases = [
        replace(compared("a", "ambulance"), score=0.5),
        replace(compared("b", "ambulance", border="BE-FR"), score=0.7),
        replace(compared("c", "ambulance"), score=0.9),
    ]
    shown = display_cases(cases, HERE, known(tmp_path), T)
    assert {
        border: [shown_case.case.document.id for shown_case in group] for border, group in shown.groups.items()
    } == {
        "DE-FR": ["c", "a"],
        "BE-FR": ["b"],
    }
    assert [*shown.groups] == ["DE-FR", "BE-FR"]


def test_a_sentence_that_says_two_facts_is_shown_once(tmp_path: Path) -> None:
    founded, works = Quote("Fondée en 2013 comme GECT.", 0, 26, ""), Quote("Le bus roule.", 30, 43, "Résultats")
    facts = (
        KeyFact("legal form", founded, ((21, 25),)),
        KeyFact("year", founded, ((10, 14),)),
        KeyFact("what worked", works),
    )
    (displayed,) = display_cases([replace(compared("a", "ambulance"), facts=facts)], HERE, known(tmp_path), T).groups[
        "DE-FR"
    ]
    assert [fact.facets for fact in displayed.facts] == [("legal form", "year"), ("what worked",)]
    assert [piece.text for piece in displayed.facts[0].excerpt if piece.is_marked] == ["2013", "GECT"]


def test_the_nearest_passage_is_shown_beside_few_facts_and_never_twice(tmp_path: Path) -> None:
    def opens_with_nearest(*quotes: Quote) -> bool:
        facts = tuple(KeyFact(f"fact {number}", quote) for number, quote in enumerate(quotes))
        case = replace(compared("a", "ambulance"), facts=facts)
        (displayed,) = display_cases([case], HERE, known(tmp_path), T).groups["DE-FR"]
        return displayed.opens_with_nearest

    elsewhere, other, inside = Quote("Ailleurs.", 20, 29, ""), Quote("Là.", 40, 43, ""), Quote("Le plus", 0, 7, "p. 1")
    assert opens_with_nearest()
    assert opens_with_nearest(elsewhere)
    assert not opens_with_nearest(inside)
    assert not opens_with_nearest(elsewhere, other)


def test_places_differ_only_from_places_that_are_known(tmp_path: Path) -> None:
    def facets(situation: Situation) -> list[str]:
        (displayed,) = display_cases([compared("a", "x")], situation, known(tmp_path), T).groups["DE-FR"]
        return [difference.facet for difference, _ in displayed.differs]

    assert facets(HERE) == ["border", "published"]
    assert facets(Situation(TEXT, "fr")) == ["published"]


def test_every_border_of_the_thesaurus_has_a_place_of_its_own_on_the_map() -> None:
    turtle = (ROOT / "corpus/thesaurus.ttl").read_text(encoding="utf-8")
    codes = re.findall(r"^border:([A-Z]{2}-[A-Z]{2}) a skos", turtle, re.MULTILINE)
    drawn = border_map(codes, dict.fromkeys(codes, 1), [])
    assert {mark.code for mark in drawn.marks} == set(codes)
    assert all(0 <= mark.x <= 430 and 0 <= mark.y <= 430 for mark in drawn.marks)
    for mark, other in combinations(drawn.marks, 2):
        assert math.dist(mark[1:3], other[1:3]) > 20, (mark.code, other.code)
    discs = {(x, y) for _, x, y in drawn.countries}
    for mark in drawn.marks:
        nearest = min(math.dist(mark[1:3], disc) for disc in discs)
        assert nearest >= 22, (mark.code, nearest)  # the country's two letters stay readable


def test_the_map_shows_the_part_with_marks_and_both_their_countries() -> None:
    known = ["ES-FR", "ES-PT", "FI-SE", "AT-CZ"]
    drawn = border_map(known, {"ES-PT": 1}, ["ES-FR"])
    assert {"ES", "FR", "PT"} <= {country for country, _, _ in drawn.countries}
    assert not {"FI", "SE", "CZ"} & {country for country, _, _ in drawn.countries}
    assert len(drawn.lines) == 2
    assert drawn.view.width < 430


def test_the_map_marks_cases_and_one_s_own_border_and_leaves_out_what_it_does_not_know() -> None:
    drawn = border_map(["DE-FR", "BE-FR"], {"DE-FR": 2, "XX-YY": 1}, ["ES-FR"])
    assert [(mark.code, mark.cases, mark.is_own) for mark in drawn.marks] == [("DE-FR", 2, False), ("ES-FR", 0, True)]
    assert not drawn.far
    assert len(drawn.lines) == 3
    assert border_map([], {"BR-FR": 1}, []).far
    assert {"BR-FR", "CA-FR", "FR-NL", "FR-SR"} == FAR_AWAY
