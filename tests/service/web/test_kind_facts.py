"""What calls, events and contacts state is said in the reader's words, and when a call or an event is over."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from index.clock import utc_today
from index.documents import Kind, Metadata
from service.web.kind_facts import describe_deadline, describe_end, kind_facts, plain_facts
from service.web.translating import Translator

FR, DE = Translator("fr"), Translator("de")
TODAY = utc_today()


def about(kind: Kind, **fields: Any) -> Metadata:
    return Metadata("Titre", kind, **fields)


def test_each_kind_states_its_own_facts_and_no_other() -> None:
    facts: dict[str, Any] = {
        "programme": "Interreg",
        "amount": "1 €",
        "organisation": "Eurocité",
        "function": "Accueil",
        "territory": "Pays basque",
        "place": "Hendaye",
        "starts": date(2026, 5, 4),
        "ends": date(2026, 5, 6),
    }
    assert kind_facts(about(Kind.FUNDING_CALL, **facts), FR) == ["Interreg", "1 €", "Eurocité"]
    assert kind_facts(about(Kind.CONTACT, **facts), FR) == ["Accueil", "Eurocité", "Pays basque"]
    days, *others = kind_facts(about(Kind.EVENT, **facts), FR)
    assert (days.replace("\u2009", "").replace(" ", ""), others) == ("4–6mai2026", ["Hendaye", "Eurocité"])
    assert kind_facts(about(Kind.STUDY, **facts), FR) == []
    assert plain_facts(about(Kind.EVENT, place="Hendaye", starts=date(2026, 5, 4))) == ["Hendaye", "starts: 2026-05-04"]


@pytest.mark.parametrize(("days", "left"), [(0, "aujourd’hui"), (1, "dans 1 jour"), (12, "dans 12 jours")])
def test_an_open_call_says_how_many_days_are_left(days: int, left: str) -> None:
    call = about(Kind.FUNDING_CALL, deadline=TODAY + timedelta(days=days))
    assert describe_deadline(call, FR) == f"Date limite\u00a0: {FR.day(TODAY + timedelta(days=days))} ({left})"


def test_what_is_closed_has_no_deadline_and_says_since_when() -> None:
    yesterday = TODAY - timedelta(days=1)
    call = about(Kind.FUNDING_CALL, deadline=yesterday)
    event = about(Kind.EVENT, starts=yesterday, deadline=yesterday)
    assert [describe_deadline(each, FR) for each in (call, event, about(Kind.FUNDING_CALL))] == ["", "", ""]
    assert describe_end(call, FR) == f"Clos depuis le {FR.day(yesterday)}"
    assert describe_end(event, DE) == f"Beendet seit {DE.day(yesterday)}"
    assert describe_end(about(Kind.STUDY, valid_to=yesterday), FR) == "Plus en vigueur"


def test_an_event_says_until_when_one_registers() -> None:
    tomorrow = TODAY + timedelta(days=1)
    event = about(Kind.EVENT, starts=tomorrow, deadline=tomorrow)
    assert describe_deadline(event, FR) == f"Inscription jusqu’au {FR.day(tomorrow)} (dans 1 jour)"
