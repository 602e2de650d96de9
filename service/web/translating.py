"""The texts of pages in the reader's language: message catalogues, and CLDR's names of dates and places."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

from babel import Locale
from babel.dates import format_date, format_interval
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations
from fastapi import Request

from index.documents import Audience, Kind
from index.reasons import Reason

INTERFACE_LANGUAGES = ("fr", "en", "de", "es", "it", "nl")  # the first is used when a reader prefers none of them
REASON_LANGUAGE = "en"  # of `index.reasons`, which has no catalogue of its own here
LANGUAGE_COOKIE = "passerelle_lang"
MESSAGES = Path(__file__).parent / "messages"
_WEIGHT = re.compile(r"q=([01](?:\.\d{0,3})?)", re.IGNORECASE)


@dataclass(frozen=True)
class Translator:
    """Translates message keys into one language; an unknown key is returned as it is."""

    language: str

    def __call__(self, key: str, **values: Any) -> str:
        text = _catalogue(self.language).gettext(key)
        return text % values if values else text

    def plural(self, singular: str, plural: str, n: int) -> str:
        return _catalogue(self.language).ngettext(singular, plural, n) % {"n": n}

    def day(self, day: date) -> str:
        return str(format_date(day, "long", locale=self.language))

    def days(self, first: date, last: date) -> str:
        """Return one day, or the first and the last of several: "4–6 mai 2026"."""
        return self.day(first) if first == last else str(format_interval(first, last, "yMMMMd", locale=self.language))

    def month(self, day: date) -> str:
        return str(format_date(day, "MMMM y", locale=self.language))

    def language_name(self, code: str) -> str:
        name = self.language_within(code)
        return name[:1].upper() + name[1:]

    def language_within(self, code: str) -> str:
        """Return a language's name as it stands within a sentence: "allemand", "Deutsch"."""
        return str(Locale(self.language).languages.get(code, code))

    def country(self, code: str) -> str:
        return str(Locale(self.language).territories.get(code, code))

    def border(self, code: str) -> str:
        return " \u2013 ".join(self.country(part) for part in code.split("-"))

    def kind(self, kind: str) -> str:
        return self(f"kind.{Kind(kind).value.replace(' ', '-')}")

    def value(self, facet: str, value: str) -> str:
        """Return the name of a value of a facet: language, kind, theme, border or country."""
        names = {
            "language": self.language_name,
            "kind": self.kind,
            "theme": self.theme,
            "border": self.border,
            "country": self.country,
        }
        return names[facet](value)

    def audience(self, audience: Audience) -> str:
        """Return who may see a document, "" for everybody."""
        return "" if audience is Audience.PUBLIC else self(f"audience.{audience.value}")

    def reason(self, reason: str) -> str:
        """Return why something was not read in the reader's language; a text that has no code stays as it is."""
        if not isinstance(reason, Reason) or self.language == REASON_LANGUAGE:
            return reason
        catalogue, key, given = _catalogue(self.language), f"reason.{reason.code}", reason.values
        text = catalogue.gettext(key) if "n" not in given else catalogue.ngettext(key, f"{key}.many", int(given["n"]))
        spoken = {name: self.reason(value) if isinstance(value, Reason) else value for name, value in given.items()}
        return str(text % spoken)

    def reason_language(self, reason: str) -> str:
        """Return which language `reason` says it in."""
        return self.language if isinstance(reason, Reason) else REASON_LANGUAGE

    def theme(self, theme: str) -> str:
        key = f"theme.{theme}"
        text = self(key)
        return theme if text == key else text


@cache
def _catalogue(language: str) -> Translations:
    messages = Catalog(locale=language)
    for path in sorted((MESSAGES / language).glob("*.po")):  # one file for each part of the site
        with path.open("rb") as file:
            for message in read_po(file, locale=language):
                if message.id:
                    messages[message.id] = message
    compiled = BytesIO()
    write_mo(compiled, messages)
    compiled.seek(0)
    return Translations(compiled)


def translator(request: Request) -> Translator:
    """Return the translator the reader chose by `?lang=`, or before, else what their browser prefers, else French."""
    chosen = (request.query_params.get("lang"), request.cookies.get(LANGUAGE_COOKIE))
    for choice in (*chosen, *preferred_languages(request.headers.get("accept-language", ""))):
        if choice in INTERFACE_LANGUAGES:
            return Translator(choice)
    return Translator(INTERFACE_LANGUAGES[0])


def reader_languages(request: Request) -> frozenset[str]:
    """Return the languages a reader has chosen: the page's, those their browser accepts, those they filter by."""
    accepted = preferred_languages(request.headers.get("accept-language", ""))
    return frozenset({translator(request).language, *accepted, *request.query_params.getlist("language")})


def preferred_languages(accepted: str) -> list[str]:
    """Return the languages of an `Accept-Language` header, most preferred first (RFC 9110, 12.5.4)."""
    preferences = []
    for part in accepted[:500].split(","):
        name, _, parameter = part.partition(";")
        weight = _WEIGHT.fullmatch(parameter.strip())
        if not parameter.strip() or weight:
            preferences.append((float(weight[1]) if weight else 1.0, name.strip().partition("-")[0].lower()))
    preferences.sort(key=lambda preference: -preference[0])
    return [name for weight, name in preferences if weight > 0]


@cache
def own_names() -> dict[str, str]:
    """Return what each language of the pages calls itself."""
    return {code: Translator(code).language_name(code) for code in INTERFACE_LANGUAGES}
