"""Turn what files and catalogues state, in a documentalist's words, into `Metadata`; refuse what is not understood."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final, NamedTuple

from index.documents import GROUP_FORM, Audience, Kind, Metadata, is_group_id
from index.errors import PasserelleError
from index.reasons import Reason
from ingest.sources.vocabulary import (
    AUDIENCES,
    COUNTRY_CODES,
    COUNTRY_WORDS,
    KINDS,
    LANGUAGE_WORDS,
    THEME_WORDS,
    fold,
)
from ingest.text.cleaning import one_line

# Our names by every accepted name (Dublin Core's and common ones), lower case, without "dc:" and "dcterms:".
_SYNONYMS: Final = {
    name: key
    for key, names in {
        "id": "id identifier identifiant",
        "title": "title titre titel",
        "kind": "kind type genre nature",
        "audience": "audience public_vise acces access accessrights access_rights",
        "groups": "groups group groupes groupe",
        "language": "language lang langue sprache",
        "countries": "countries country coverage spatial pays",
        "borders": "borders border frontiere frontieres",
        "themes": "themes theme subject subjects thematique thematiques",
        "legal_instruments": "legal_instruments legal_instrument instruments instrument textes",
        "published": "published date issued publication_date date_de_publication",
        "valid_from": "valid_from en_vigueur date_in_force",
        "valid_to": "valid_to valid_until expires",
        "author": "author creator authors creators auteur auteurs",
        "address": "address url link lien uri adresse",
        "notice": "notice avertissement",
        "rights": "rights licence license droits",
        "replaces": "replaces remplace",
        "replaced_by": "replaced_by is_replaced_by isreplacedby remplace_par",
        "translation_of": "translation_of traduction_de is_version_of",
        "solved": "solved resolu accepted",
        "programme": "programme program programm programa programma",
        "amount": "amount montant betrag importe importo bedrag",
        "deadline": "deadline closing_date date_limite date_de_cloture frist einsendeschluss plazo fecha_limite"
        " scadenza sluitingsdatum",
        "starts": "starts start_date date_de_debut beginn fecha_de_inicio data_di_inizio begindatum",
        "ends": "ends end_date date_de_fin ende fecha_de_fin data_di_fine einddatum",
        "place": "place venue lieu ort veranstaltungsort lugar luogo plaats",
        "organisation": "organisation organization organisme organiser organizer organisateur financeur veranstalter"
        " organizacion organizzazione organisatie",
        "function": "function fonction funktion funcion funzione functie",
        "territory": "territory territoire gebiet territorio gebied",
    }.items()
    for name in names.split()
}
_MISLEADING: Final = re.compile(
    r"pr[ée]sentation powerpoint|powerpoint[- ]pr[äe]sentation|powerpoint presentation|diapositive \d+|slide \d+"
    r"|microsoft (?:word|powerpoint|excel).*"
    r"|.*\.(?:docx?|pptx?|odt|rtf|indd|qxd|pdf|xlsx?|pub|html?)|untitled.*|sans titre.*"
    r"|document\s?\d*|titre|title|titel|\d*|ohne titel|home|accueil|index",
    re.IGNORECASE,
)


_DATE_FORMATS: Final = (  # with the numbers of the groups of year, month and day
    (re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ].*)?"), (1, 2, 3)),
    (re.compile(r"(\d{1,2})[./](\d{1,2})[./](\d{4})"), (3, 2, 1)),
    (re.compile(r"(\d{4})[-/](\d{1,2})"), (1, 2, 0)),
    (re.compile(r"(\d{1,2})[./-](\d{4})"), (2, 1, 0)),
    (re.compile(r"(\d{4})"), (1, 0, 0)),
)
_PLAIN_TEXTS: Final = (
    *("address", "notice", "rights", "replaces", "replaced_by", "translation_of"),
    *("programme", "amount", "place", "organisation", "function", "territory"),
)


class InvalidMetadata(PasserelleError):
    """A value that a person stated is not understood; the reason names key, value and what is allowed."""

    def __init__(self, key: str, value: object, allowed: str) -> None:
        self.key = key
        self.reason = Reason("not-understood", key=key, value=repr(str(value)[:80]), allowed=allowed)
        super().__init__(self.reason)


class Readers(NamedTuple):
    """Whom a document is for: an audience and, of its members, those of one of these groups, or without any all."""

    audience: Audience = Audience.STAFF
    groups: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.audience} ({', '.join(self.groups)})" if self.groups else self.audience.value

    def narrowed_by(self, other: Readers) -> Readers:
        """Return those who are among both; where the two have no group in common, staff."""
        audience = max(self.audience, other.audience, key=lambda audience: audience.rank)
        if not self.groups or not other.groups:
            return Readers(audience, self.groups or other.groups)
        groups = tuple(group for group in self.groups if group in other.groups)
        return Readers(audience, groups) if groups else Readers(Audience.STAFF)


def known_keys(stated: Mapping[str, object]) -> dict[str, Any]:
    """Return what is stated under our own names, without unknown keys and blank values."""
    known: dict[str, Any] = {}
    for name, value in stated.items():
        plain = re.sub(r"^(?:dc|dcterms)[.:]", "", fold(str(name)).replace(" ", "_"))
        key = _SYNONYMS.get(plain)
        is_blank = value is None or (isinstance(value, str) and not value.strip()) or value == []
        if key and not is_blank:
            known.setdefault(key, value)
    return known


def title_of(stated: Mapping[str, Any], hints: Mapping[str, str], stem: str) -> str:
    """Return the stated title, else what the file's program noted, else its first heading, else its cleaned name."""
    if "title" in stated:
        return one_line(str(stated["title"]))
    noted = one_line(hints.get("title", ""))
    if noted and not _MISLEADING.fullmatch(noted):
        return noted
    heading = one_line(hints.get("heading", ""))
    name = " ".join(re.sub(r"[_\-.]+", " ", stem).split())
    return heading or (name[:1].upper() + name[1:])


def parse_metadata(stated: Mapping[str, Any], *, title: str, language: str, hints: Mapping[str, str]) -> Metadata:
    """Return the metadata; `stated` has our names. Raises InvalidMetadata."""
    themes = (_look_up(THEME_WORDS, "themes", theme) for theme in _values(stated, "themes"))
    readers = parse_readers(stated)
    metadata = Metadata(
        title=title,
        kind=parse_kind(stated["kind"]) if "kind" in stated else Kind.PUBLICATION,
        audience=readers.audience,
        groups=readers.groups,
        language=language,
        countries=tuple(dict.fromkeys(map(parse_country, _values(stated, "countries")))),
        borders=tuple(dict.fromkeys(map(parse_border, _values(stated, "borders")))),
        themes=tuple(dict.fromkeys(themes)),
        legal_instruments=tuple(dict.fromkeys(_values(stated, "legal_instruments"))),
        published=_stated_date(stated, "published") or _hinted_date(hints),
        valid_from=_stated_date(stated, "valid_from"),
        valid_to=_stated_date(stated, "valid_to", last=True),
        author=", ".join(_values(stated, "author", separators="|;")) or one_line(hints.get("author", "")),
        solved=_parse_boolean("solved", stated["solved"]) if "solved" in stated else None,
        deadline=_stated_date(stated, "deadline", last=True),
        starts=_stated_date(stated, "starts"),
        ends=_stated_date(stated, "ends", last=True),
        **{key: one_line(str(stated[key])) for key in _PLAIN_TEXTS if key in stated},
    )
    if contradiction := metadata.find_contradiction():
        key, allowed = contradiction
        raise InvalidMetadata(key, stated[key], allowed)
    return metadata


def parse_audience(value: object) -> Audience:
    """Return the audience a word of the vocabulary stands for. Raises InvalidMetadata."""
    return Audience(_look_up(AUDIENCES, "audience", value))


def parse_groups(value: object) -> tuple[str, ...]:
    """Return the ids of a list, or of a text with separators, each once. Raises InvalidMetadata."""
    groups = tuple(dict.fromkeys(_values({"groups": value}, "groups")))
    for group in groups:
        if not is_group_id(group):
            raise InvalidMetadata("groups", group, GROUP_FORM)
    return groups


def parse_readers(stated: Mapping[str, Any]) -> Readers:
    """Return whom a document is for: who states groups states members, who states nothing staff.

    Raises InvalidMetadata.
    """
    groups = parse_groups(stated["groups"]) if "groups" in stated else ()
    if "audience" not in stated:
        return Readers(Audience.MEMBER if groups else Audience.STAFF, groups)
    audience = parse_audience(stated["audience"])
    return Readers(Audience.MEMBER if groups and audience is Audience.PUBLIC else audience, groups)


def parse_kind(value: object) -> Kind:
    """Return the kind a word of the vocabulary stands for. Raises InvalidMetadata."""
    return Kind(_look_up(KINDS, "kind", value))


def parse_language(value: object) -> str:
    """Return "fr" for fr, FR, fr-BE, fra, français. Raises InvalidMetadata."""
    words = fold(str(value))
    first = words.split(" ")[0]
    code = LANGUAGE_WORDS.get(words) or LANGUAGE_WORDS.get(first) or first
    if not re.fullmatch(r"[a-z]{2}", code):
        raise InvalidMetadata("language", value, Reason("allowed-language"))
    return code


def parse_country(value: str) -> str:
    """Return "FR" for FR, fr, France, Frankreich; "GB" for UK. Raises InvalidMetadata."""
    code = COUNTRY_WORDS.get(fold(value), value.strip().upper())
    if code not in COUNTRY_CODES:
        raise InvalidMetadata("countries", value, Reason("allowed-country"))
    return code


def parse_border(value: str) -> str:
    """Return "BE-FR" for FR-BE, be/fr, France–Belgique. Raises InvalidMetadata."""
    if fold(value) in COUNTRY_WORDS:
        raise InvalidMetadata("borders", value, Reason("allowed-border"))
    for sides in (re.split(r"\s*[–—/|]\s*|\s+-\s+", value.strip()), re.split(r"\s*-\s*", value.strip())):
        if len(sides) == 2 and all(sides):
            try:
                return "-".join(sorted(map(parse_country, sides)))
            except InvalidMetadata:
                continue
    raise InvalidMetadata("borders", value, Reason("allowed-border"))


def parse_date(value: object, *, last: bool = False, key: str = "date") -> date:
    """Return the day of 2021-05-18, 18/05/2021, 18.05.2021, 05/2021 or 2021. Raises InvalidMetadata.

    A month or a year stands for its first day, or its last.
    """
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    for pattern, (year, month, day) in _DATE_FORMATS:
        match = pattern.fullmatch(str(value).strip())
        if match:
            try:
                return _day(int(match[year]), int(match[month]) if month else 0, int(match[day]) if day else 0, last)
            except ValueError:
                break
    raise InvalidMetadata(key, value, Reason("allowed-day"))


def _day(year: int, month: int, day: int, last: bool) -> date:
    """Return the date; without a day or month (0) the first, or last, of that month or year."""
    if day:
        return date(year, month, day)
    if not last:
        return date(year, month or 1, 1)
    following = date(year + 1, 1, 1) if month in (0, 12) else date(year, month + 1, 1)
    return date.fromordinal(following.toordinal() - 1)


def _stated_date(stated: Mapping[str, Any], key: str, *, last: bool = False) -> date | None:
    return parse_date(stated[key], last=last, key=key) if key in stated else None


def _hinted_date(hints: Mapping[str, str]) -> date | None:
    try:
        return parse_date(hints["published"]) if hints.get("published") else None
    except InvalidMetadata:
        return None


def _look_up(vocabulary: Mapping[str, str], key: str, value: object) -> str:
    try:
        return vocabulary[fold(str(value))]
    except KeyError:
        raise InvalidMetadata(key, value, ", ".join(dict.fromkeys(vocabulary.values()))) from None


def _values(stated: Mapping[str, Any], key: str, separators: str = "|;,") -> list[str]:
    """Return the values of a list, or of a text with separators; a legal instrument's name may hold commas."""
    value = stated.get(key, [])
    if key == "legal_instruments":
        separators = "|;"
    if key == "countries":  # YAML 1.1 reads Norway's code as False
        value = ["NO" if item is False else item for item in (value if isinstance(value, (list, tuple)) else [value])]
        value = value if len(value) != 1 else value[0]
    parts = value if isinstance(value, (list, tuple)) else re.split(f"[{re.escape(separators)}]", str(value))
    return [text for part in parts if (text := one_line(str(part)))]


def _parse_boolean(key: str, value: object) -> bool:
    word = fold(str(value))
    if word in ("true", "yes", "oui", "1", "ja", "si"):
        return True
    if word in ("false", "no", "non", "0", "nein", "nee"):
        return False
    raise InvalidMetadata(key, value, "true, false")
