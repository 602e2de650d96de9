"""What a draft holds: what came in, each document once, with a sentence of its own, and what is to come by day."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from index.documents import Kind
from service.errors import ChangedMeanwhile, NotAllowed
from service.newsletter.changes import ItemChange, LetterEdit
from service.newsletter.composing import heading_of, path_in
from service.newsletter.model import Arrangement, Letter
from service.newsletter.ordering import move
from service.newsletter.wording import facts
from service.web.translating import Translator
from tests.service.newsletter.site import SENTENCE, LetterSite

FR = Translator("fr")


def headings(site: LetterSite, letter: Letter) -> list[tuple[str, str, list[str]]]:
    return [
        (heading_of(FR, letter, section.path), heading_of(FR, letter, below.path), [i.card.id for i in below.items])
        for section in site.composed(letter).sections
        for below in section.subsections
    ]


def test_a_draft_holds_what_came_in_on_its_days_and_nothing_else(site: LetterSite) -> None:
    for day in (date(2026, 2, 28), date(2026, 3, 1), date(2026, 3, 31), date(2026, 4, 1)):
        site.put(f"n/{day:%m-%d}", on=day)
    assert sorted(item.document_id for item in site.draft().items) == ["n/03-01", "n/03-31"]


def test_a_document_of_several_borders_comes_once_with_its_borders_named(site: LetterSite) -> None:
    site.put("n/one", borders=("DE-FR",), themes=("transport", "health"))
    site.put("n/two", borders=("BE-FR", "DE-FR"), themes=("health",))
    site.put("n/none")
    letter = site.draft()
    assert headings(site, letter) == [
        ("Allemagne – France", "Transports", ["n/one"]),
        ("Plusieurs frontières", "Santé", ["n/two"]),
        ("Sans frontière particulière", "Autres sujets", ["n/none"]),
    ]
    (two,) = [shown for shown in site.composed(letter).items if shown.card.id == "n/two"]
    assert "Belgique – France · Allemagne – France" in facts(FR, two)
    by_theme = site.draft(arrangement=Arrangement.THEME)
    assert [heading for heading, _, _ in headings(site, by_theme)] == ["Transports", "Santé", "Autres sujets"]


def test_a_quote_stands_word_for_word_in_its_document_and_one_without_a_sentence_gets_none(site: LetterSite) -> None:
    site.put("n/tram", f"Où va-t-on ?\n\n{SENTENCE} Elle coûte trop cher pour eux.")
    site.put("n/list", "Prix\n\n12\n\n13")
    shown = {each.card.id: each for each in site.composed(site.draft()).items}
    quote = shown["n/tram"].quote
    assert quote is not None
    assert quote.text == SENTENCE == site.store.documents["n/tram"].text[quote.start : quote.end]
    assert quote.label == "p. 1"
    assert shown["n/list"].quote is None


def test_an_exchanged_text_is_said_to_be_updated(site: LetterSite) -> None:
    site.put("n/new")
    site.put("n/old")
    site.store.former["n/old"] = datetime(2025, 1, 1, tzinfo=UTC)
    site.put("n/twice")
    site.store.former["n/twice"] = datetime(2026, 3, 2, tzinfo=UTC)  # both came in on these days
    updated = {shown.card.id: shown.is_updated for shown in site.composed(site.draft()).items}
    assert updated == {"n/new": False, "n/old": True, "n/twice": False}


def test_events_and_deadlines_to_come_stand_by_day_and_only_there(site: LetterSite) -> None:
    site.put("e/late", kind=Kind.EVENT, starts=date(2026, 6, 1), place="Kehl", deadline=date(2026, 5, 1))
    site.put("e/over", kind=Kind.EVENT, starts=date(2026, 1, 1))
    site.put("c/call", kind=Kind.FUNDING_CALL, deadline=date(2026, 4, 1), on=date(2025, 1, 1), programme="Interreg")
    letter = site.draft()
    assert headings(site, letter)[-1] == ("Agenda et dates limites", "", ["c/call", "e/late"])
    assert [item.document_id for item in letter.items] == ["c/call", "e/late"]  # what is over is no news
    shown = {each.card.id: each for each in site.composed(letter).items}
    assert "Kehl" in facts(FR, shown["e/late"])
    assert "inscription jusqu’au 1 mai 2026" in facts(FR, shown["e/late"])
    assert "Interreg" in facts(FR, shown["c/call"])
    site.clock.wait(days=40)
    assert {each.card.id: each.is_past for each in site.composed(letter).items}["c/call"]


def test_documents_and_sections_move_among_those_beside_them(site: LetterSite) -> None:
    for name, border in (("a", "DE-FR"), ("b", "DE-FR"), ("c", "ES-FR")):
        site.put(f"n/{name}", borders=(border,), themes=("health",))
    letter = site.draft()
    composed = site.composed(letter)
    paths = {shown.card.id: shown.path for shown in composed.items}

    def order(path: tuple[str, ...], steps: int) -> list[str]:
        return [item.document_id for item in move(letter.items, lambda item: path_in(composed, item), path, steps)]

    assert order(paths["n/b"], -1) == ["n/b", "n/a", "n/c"]
    assert order(paths["n/b"], 1) == ["n/a", "n/b", "n/c"]  # the last of its section
    assert order(paths["n/c"][:1], -1) == ["n/c", "n/a", "n/b"]
    assert order(("nothing",), 1) == ["n/a", "n/b", "n/c"]


def test_of_two_who_change_a_letter_at_once_the_second_is_refused_and_loses_nothing(site: LetterSite) -> None:
    site.put("n/a")
    letter = site.draft()
    site.letters.change(letter.id, 1, "Anne", LetterEdit(title="D’Anne").apply)
    with pytest.raises(ChangedMeanwhile, match="Anne changed"):
        site.letters.change(letter.id, 1, "Paul", LetterEdit(title="De Paul").apply)
    assert site.letters.get(letter.id).title == "D’Anne"
    site.send(site.letters.get(letter.id))
    with pytest.raises(NotAllowed, match="was sent"):
        site.letters.change(letter.id, None, "Paul", LetterEdit(title="De Paul").apply)


def test_a_word_and_another_sentence_are_kept(site: LetterSite) -> None:
    other = "La ligne de bus 21 de Weil am Rhein traverse aussi la frontière le dimanche matin."
    site.put("n/a", f"{SENTENCE} {other}")
    letter = site.draft()
    edit = LetterEdit(items=[ItemChange("n/a", True, "À lire", 1)])
    site.letters.change(letter.id, 1, "Anne", edit.apply)
    (shown,) = site.composed(letter).items
    assert (shown.item.word, {quote.text for quote in shown.candidates if quote}) == ("À lire", {SENTENCE, other})
    assert shown.quote == shown.candidates[1]
