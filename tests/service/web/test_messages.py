"""The message catalogues: every key used is there in every language, and none stands unused."""

from __future__ import annotations

import re
from dataclasses import fields
from datetime import date
from pathlib import Path
from typing import Any, get_args

import pytest
from babel.messages.pofile import read_po

from index.documents import THEMES, Audience, Kind
from index.reasons import TEXTS, Reason, count_parts
from index.store.corrections import CORRECTABLE
from service.alerts.model import Frequency
from service.answering.intents import IntentKind
from service.auth.scopes import Scope
from service.browse.listing import Order
from service.comparison.columns import Column
from service.documents.timeline import EventKind
from service.dossiers.model import ItemKind, ShareKind
from service.errors import UndrawablePage
from service.experiences.key_facts import FACETS
from service.exports.cases import UNSOLVED
from service.exports.csv_table import COLUMNS
from service.exports.formats import Format, NoteFormat
from service.exports.tables import TableFormat
from service.groups.pages import ACTIONS as GROUP_ACTIONS
from service.groups.schemas import NewGroupIn
from service.harvesting.pages import DONE, FORMATS
from service.harvesting.schemas import HarvestIn
from service.ingestion.state import What
from service.keys.schemas import NewKeyIn
from service.newsletter.model import Arrangement
from service.newsletter.staff_pages import FILES
from service.obstacles.cross_border_file import CrossBorderFile, DeadlineState, deadlines_of
from service.obstacles.model import Level, Source, State
from service.search.page_query import OTHERS
from service.search.sorting import Sort
from service.thesaurus.additions import LabelKind
from service.thesaurus.pages import ACTIONS
from service.thesaurus.service import SCHEMES
from service.web.rendering import EXPLAINED
from service.web.translating import INTERFACE_LANGUAGES, MESSAGES, REASON_LANGUAGE, Translator

WEB = MESSAGES.parent
REASONS = {f"reason.{code}": text for code, text in TEXTS.items()}  # in English: `index.reasons`, and no catalogue
JOINING = ("own", "beyond", "past", "groups", "closed")  # why a key is not put into a group, by the service of keys
_USED = re.compile(r"""\bt\(["']([\w.-]+)["'][,)]|'((?:home\.example|signin)\.[\w.]+)'|"(signin\.(?!html)\w+)\"""")
_PLURAL = re.compile(r"t\.plural\('([\w.]+)', '([\w.]+)'")


def catalogue(language: str) -> dict[str, Any]:
    messages_by_key: dict[str, Any] = {}
    for path in sorted((MESSAGES / language).glob("*.po")):
        with path.open("rb") as file:
            messages = [message for message in read_po(file, locale=language) if message.id]
        keys = [message.id if isinstance(message.id, str) else message.id[0] for message in messages]
        assert not messages_by_key.keys() & set(keys), f"{path}: said in another file as well"
        messages_by_key |= dict(zip(keys, messages, strict=True))
    return messages_by_key


def used_keys() -> set[str]:
    sources = [path.read_text() for path in [*WEB.parent.glob("*/templates/**/*.html"), *WEB.parent.glob("*/*.py")]]
    keys = {key for source in sources for keys_used in _USED.findall(source) for key in keys_used if key}
    keys |= {key for source in sources for key, _ in _PLURAL.findall(source)}
    keys |= {f"kind.{kind.value.replace(' ', '-')}" for kind in Kind} | {f"theme.{theme}" for theme in THEMES}
    keys |= {f"facet.{facet}" for facet in ("language", "kind", "theme", "border", "country")}
    keys |= {f"export.{name}" for name in Format} | {f"export.column.{column}" for column in COLUMNS}
    keys |= {f"sort.{sort}" for sort in Sort} | {"chip"} | {f"chip.{name}" for name in OTHERS}
    keys |= {f"error.{status}{part}" for status in EXPLAINED for part in ("", ".title")}
    differences = ("border", "country", "legal-form", "instrument", "language", "published", "valid-to")
    keys |= {f"differs.{facet}" for facet in differences} | {"experiences.instead"}
    keys |= {f"fact.{facet.replace(' ', '-')}" for facet in FACETS} | {"fact.solution", UNSOLVED}
    keys |= {f"browse.sort.{order}" for order in Order} | {"deadline.day"}
    keys |= {"export.note.title", "export.cases.title"}
    keys |= {f"document.page.{reason}" for reason in UndrawablePage.REASONS}
    keys |= {f"timeline.{kind}" for kind in get_args(EventKind)}
    keys |= {f"intent.{kind}" for kind in get_args(IntentKind)}
    keys |= {f"comparison.column.{column.replace(' ', '-')}" for column in Column}
    keys |= {f"comparison.file.{file}" for file in TableFormat}
    keys |= (
        obstacle_keys()
        | staff_keys()
        | dossier_keys()
        | alert_keys()
        | key_keys()
        | letter_keys()
        | thesaurus_keys()
        | group_keys()
    )
    keys |= harvest_keys()
    return keys | {"audience.member", "audience.staff"}


def thesaurus_keys() -> set[str]:
    """Return the keys of the thesaurus's page that are put together from what is done there."""
    keys = {f"thesaurus.{part}.{action}" for part in ("did", "done") for action in ACTIONS}
    keys |= {f"thesaurus.kind.{kind}" for kind in LabelKind} | {
        "thesaurus.obstacle.none",
        "thesaurus.obstacle.readonly",
    }
    keys |= {f"thesaurus.scheme.{scheme}" for scheme in (*SCHEMES, "borders", "countries", "levels")}
    keys |= {"thesaurus.obstacle.readonly"}
    sources = [path.read_text() for path in WEB.parent.glob("thesaurus/*.py")]
    rules = {rule for source in sources for rule in re.findall(r'rule="(\w+)"', source)}
    rules |= {"stale", "form", "unknown-broader", "unknown-countries"}
    return keys | {f"thesaurus.fault.{rule}" for rule in rules}


def harvest_keys() -> set[str]:
    """Return the keys of harvests that are put together from what they are, and what is done and refused there."""
    sources = [path.read_text() for path in WEB.parent.glob("harvesting/*.py")]
    rules = {rule for source in sources for rule in re.findall(r'rule="(\w+)"', source)}
    faults = {*HarvestIn.model_fields, *rules, "stale", "changed"}
    keys = {f"harvests.fault.{fault}" for fault in faults} | {f"harvests.done.{action}" for action in DONE}
    keys |= {f"harvests.did.{action}" for action in {*DONE, "add"} - {"added"}}
    keys |= {f"harvests.format.{name}" for name in FORMATS}
    named = {
        f"harvests.field.{name}" for name in ("name", "address", "set", "only", "most", "delay_s", "every_minutes")
    }
    hinted = {f"harvests.field.{name}.hint" for name in ("name", "address", "set", "only", "most")}
    counted = {f"harvests.{part}.{number}" for part in ("failures", "unread") for number in ("one", "many")}
    return keys | named | hinted | {key for key in counted if key.endswith(".one")}


def key_keys() -> set[str]:
    """Return the keys of access keys that are put together from what they are for."""
    keys = {f"keys.scope.{scope}" for scope in Scope} | {f"keys.audience.{audience}" for audience in Audience}
    keys |= {f"keys.did.{action}" for action in ("add", "change", "revoke")}
    source = "".join(
        (WEB.parent / path).read_text() for path in ("auth/key_rules.py", "auth/groups.py", "keys/service.py")
    )
    rules = re.findall(r'rule="(\w+)"|_unconfirmed\(.*, "(\w+)"\)|UnfitKey\(\s*"\w+",\s*"(\w+)"', source)
    keys |= {f"keys.fault.{rule}" for match in rules for rule in match if rule} | {
        "keys.fault.stale",
        "keys.fault.sure",
    }
    return keys | {f"keys.fault.field.{field}" for field in NewKeyIn.model_fields}


def group_keys() -> set[str]:
    """Return the keys of groups that are put together from what is done with them."""
    acts = {*GROUP_ACTIONS, "declare"}
    keys = {f"groups.{part}.{action}" for part in ("did", "done") for action in acts}
    source = "".join((WEB.parent / path).read_text() for path in ("groups/service.py", "groups/pages.py"))
    rules = {*re.findall(r'rule="(\w+)"', source), *JOINING}
    keys |= {f"groups.fault.{rule}" for rule in rules} | {"groups.fault.stale", "groups.fault.changed"}
    return keys | {f"groups.fault.field.{field}" for field in NewGroupIn.model_fields}


def dossier_keys() -> set[str]:
    """Return the keys of dossiers that are put together from what they hold."""
    keys = {f"dossiers.kind.{kind}" for kind in ItemKind} | {f"dossiers.export.{name}" for name in NoteFormat}
    keys |= {f"dossiers.share.{kind}.name" for kind in (ShareKind.ORGANISATION, ShareKind.GROUP)}
    return keys | {f"dossiers.fault.{fault}" for fault in ("text", "limit", "changed")}


def letter_keys() -> set[str]:
    """Return the keys of letters that are put together from what they hold."""
    faults = ("changed", "limit", "nomail", "address", "text", "days", "state", "empty")
    parts = {"fault": faults, "file": FILES, "arrangement": tuple(Arrangement), "readers": ("public", "member")}
    keys = {f"newsletter.{part}.{name}" for part, names in parts.items() for name in names}
    return keys | {"newsletter.up", "newsletter.down"}


def alert_keys() -> set[str]:
    """Return the keys of alerts that are put together from what they tell of."""
    keys = {f"alerts.fault.{fault}" for fault in ("stale", "address", "frequency", "many", "none")}
    keys |= {f"alerts.{part}.{frequency}" for part in ("frequency", "confirmed") for frequency in Frequency}
    return keys | {f"staff.mail.{state}" for state in ("waiting", "uncertain", "failed")} | {"alerts.found.one"}


def staff_keys() -> set[str]:
    """Return the keys of the staff's pages that are put together from what they tell of."""
    keys = {f"staff.audience.{audience.value}" for audience in Audience}
    keys |= {f"corrections.field.{name}" for name in CORRECTABLE}
    keys |= {f"ingestion.{part}.{what}" for part in ("running", "last") for what in get_args(What)}
    return keys | {f"staff.state.{state}" for state in ("waiting", "reading", "read", "failed", "withdrawn")}


def obstacle_keys() -> set[str]:
    """Return the keys of the register that are put together from what stands in it."""
    sources = [path.read_text() for path in WEB.parent.glob("obstacles/*.py")]
    keys = {key for source in sources for key in re.findall(r'"(obstacles\.(?:fault|feed|yes|no)[\w.]*)"', source)}
    events = ("confirmed", "corrected", "passed-on", "solved", "reopened", "merged", "split", "thread-solved", "file")
    about = ("themes", "borders", "countries", "types", "level")
    changes = (
        *about,
        "statement",
        "language",
        "is_public",
        "to",
        "on",
        "document",
        "reports",
        "from",
        "into",
        "fields",
    )
    items = ("obstacle", "classes", "borders", "level", "point", "kind.public", "kind.private")
    parts = {
        "state": tuple(state.value.replace(" ", "-") for state in State),
        "level": tuple(Level),
        "source": tuple(Source),
        "consent": ("form", "question", "api", "forum"),
        "event": events,
        "told": (*changes, "fields"),
        "why": about,
        "file": (*(field.name for field in fields(CrossBorderFile)), *items, "reply_due.hint", "redress_until.hint"),
        "deadline": tuple(deadline.name for deadline in deadlines_of(CrossBorderFile(), date(2026, 1, 1))),
        "due": tuple(DeadlineState),
    }
    return keys | {f"obstacles.{part}.{name}" for part, names in parts.items() for name in names}


@pytest.mark.parametrize("language", INTERFACE_LANGUAGES)
def test_no_key_lacks_and_none_is_unused(language: str) -> None:
    assert set(catalogue(language)) == used_keys() | (REASONS.keys() if language != REASON_LANGUAGE else set())


@pytest.mark.parametrize("language", INTERFACE_LANGUAGES)
def test_every_message_is_said_with_the_same_values(language: str) -> None:
    first = {key: message.string for key, message in catalogue(INTERFACE_LANGUAGES[0]).items()} | REASONS
    for key, message in catalogue(language).items():
        assert isinstance(message.string, tuple) is isinstance(first[key], tuple), key
        assert all(texts_of(message.string)), key
        assert values_in(message.string) == values_in(first[key]), key


def texts_of(string: str | tuple[str, ...]) -> tuple[str, ...]:
    return string if isinstance(string, tuple) else (string,)


def values_in(string: str | tuple[str, ...]) -> set[str]:
    return {value for text in texts_of(string) for value in re.findall(r"%\((\w+)\)s", text)}


@pytest.mark.parametrize("language", INTERFACE_LANGUAGES)
def test_every_reason_is_said_in_every_language_with_its_values(language: str) -> None:
    t = Translator(language)
    for code, text in TEXTS.items():
        values = dict.fromkeys(values_in(text) - {"n"}, "<value>")
        for counted in ({"n": 1}, {"n": 2}) if isinstance(text, tuple) else ({},):
            shown = t.reason(Reason(code, **values, **counted))
            assert shown.count("<value>") == len(values), code
            assert not re.search(r"reason\.|%[(%]", shown), code


def test_a_reason_within_a_reason_is_said_in_the_same_language() -> None:
    reason = Reason("attachment-unread", name="a.pdf", reason=Reason("too-many-rows", most=50_000))
    french = Translator("fr").reason(reason).replace("\u00a0", " ")
    assert french == "sa pièce jointe a.pdf n’est pas lue : plus de 50000 lignes : partagez-le."
    assert Translator("de").reason(count_parts("hidden column", 2)) == "2 verborgene Spalten"
    assert Translator("en").reason(reason) == reason


def test_a_reason_without_a_code_stays_as_it_was_written() -> None:
    assert Translator("fr").reason("encrypted.") == "encrypted."
    assert Translator("fr").reason_language("encrypted.") == "en"
    assert Translator("fr").reason_language(Reason("no-text")) == "fr"


def test_dates_places_and_numbers_are_said_in_the_language() -> None:
    fr, en = Translator("fr"), Translator("en")
    assert fr.border("BE-FR") == "Belgique \u2013 France"
    assert en.language_name("de") == "German"
    assert fr.day(date(2023, 7, 1)) == "1 juillet 2023"
    assert fr.plural("results.one", "results.many", 0) == "0 document"
    assert en.plural("results.one", "results.many", 0) == "0 documents"


def test_french_keeps_its_marks_on_the_line_of_their_word() -> None:
    for key, message in catalogue("fr").items():
        for text in message.string if isinstance(message.string, tuple) else (message.string,):
            assert not re.search(r" [?!;:»]|« |\w[?!;»]|«\w", text), key


@pytest.mark.parametrize("language", INTERFACE_LANGUAGES)
def test_each_language_counts_in_its_own_words(language: str) -> None:
    t = Translator(language)
    assert [t.plural("results.one", "results.many", n).partition(" ")[2] for n in (1, 2, 5, 1_000_000)] == [
        t.plural("results.one", "results.many", 1).partition(" ")[2],
        *[t.plural("results.one", "results.many", 2).partition(" ")[2]] * 3,
    ]
    assert "results" not in t.plural("results.one", "results.many", 2)


def test_the_catalogues_are_where_the_package_ships_them() -> None:
    assert {path.name for path in Path(MESSAGES).iterdir()} == set(INTERFACE_LANGUAGES)
    parts = {language: {po.name for po in Path(MESSAGES, language).iterdir()} for language in INTERFACE_LANGUAGES}
    parts[REASON_LANGUAGE].add("reasons.po")
    assert len(set(map(frozenset, parts.values()))) == 1
