"""What files and catalogues state, in a documentalist's words, to `Metadata`; what cannot be understood is refused."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from index.documents import Audience, Kind, Metadata
from ingest.sources.dates import InvalidMetadata, date_of
from ingest.sources.vocabulary import (
    AUDIENCES,
    COUNTRY_CODES,
    COUNTRY_WORDS,
    KINDS,
    LANGUAGE_WORDS,
    THEME_WORDS,
    folded,
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


def known_keys(stated: Mapping[str, object]) -> dict[str, Any]:
    """Return what is stated under our own names; unknown keys and blank values are left out."""
    said: dict[str, Any] = {}
    for name, value in stated.items():
        plain = re.sub(r"^(?:dc|dcterms)[.:]", "", folded(str(name)).replace(" ", "_"))
        key = _SYNONYMS.get(plain)
        blank = value is None or (isinstance(value, str) and not value.strip()) or value == []
        if key and not blank:
            said.setdefault(key, value)
    return said


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
    return Metadata(
        title=title,
        kind=Kind(_one_of(KINDS, "kind", stated["kind"])) if "kind" in stated else Kind.PUBLICATION,
        audience=audience_of(stated["audience"]) if "audience" in stated else Audience.STAFF,
        language=language,
        countries=tuple(dict.fromkeys(country_of(one) for one in _several(stated, "countries"))),
        borders=tuple(dict.fromkeys(border_of(one) for one in _several(stated, "borders"))),
        themes=tuple(dict.fromkeys(_one_of(THEME_WORDS, "themes", one) for one in _several(stated, "themes"))),
        legal_instruments=tuple(dict.fromkeys(_several(stated, "legal_instruments"))),
        published=_date(stated, "published") or _hinted_date(hints),
        valid_from=_date(stated, "valid_from"),
        valid_to=_date(stated, "valid_to", last=True),
        author=", ".join(_several(stated, "author", between="|;")) or one_line(hints.get("author", "")),
        solved=_yes_or_no(stated["solved"]) if "solved" in stated else None,
        **{key: one_line(str(stated[key])) for key in _TEXTS if key in stated},
    )


_TEXTS: Final = ("address", "notice", "rights", "replaces", "replaced_by", "translation_of")


def audience_of(value: object) -> Audience:
    """Raises InvalidMetadata."""
    return Audience(_one_of(AUDIENCES, "audience", value))


def kind_of(value: object) -> Kind:
    """Raises InvalidMetadata."""
    return Kind(_one_of(KINDS, "kind", value))


def language_of(value: object) -> str:
    """Return "fr" for fr, FR, fr-BE, fra, français. Raises InvalidMetadata."""
    said = folded(str(value))
    code = LANGUAGE_WORDS.get(said) or LANGUAGE_WORDS.get(said.split(" ")[0]) or said.split(" ")[0]
    if not re.fullmatch(r"[a-z]{2}", code):
        raise InvalidMetadata("language", value, "a two-letter code such as fr, en, de, es, it, nl")
    return code


def country_of(value: str) -> str:
    """Return "FR" for FR, fr, France, Frankreich; "GB" for UK. Raises InvalidMetadata."""
    code = COUNTRY_WORDS.get(folded(value), value.strip().upper())
    if code not in COUNTRY_CODES:
        raise InvalidMetadata("countries", value, "ISO 3166-1 codes such as FR, BE, GB, or the country's name")
    return code


def border_of(value: str) -> str:
    """Return "BE-FR" for FR-BE, be/fr, France–Belgique. Raises InvalidMetadata."""
    if folded(value) in COUNTRY_WORDS:
        raise InvalidMetadata("borders", value, "two countries, such as BE-FR or France–Belgique")
    for sides in (re.split(r"\s*[–—/|]\s*|\s+-\s+", value.strip()), re.split(r"\s*-\s*", value.strip())):
        if len(sides) == 2 and all(sides):
            try:
                return "-".join(sorted(map(country_of, sides)))
            except InvalidMetadata:
                continue
    raise InvalidMetadata("borders", value, "two countries, such as BE-FR or France–Belgique")


def _date(stated: Mapping[str, Any], key: str, *, last: bool = False) -> date | None:
    return date_of(stated[key], last=last, key=key) if key in stated else None


def _hinted_date(hints: Mapping[str, str]) -> date | None:
    try:
        return date_of(hints["published"]) if hints.get("published") else None
    except InvalidMetadata:
        return None


def _one_of(allowed: Mapping[str, str], key: str, value: object) -> str:
    try:
        return allowed[folded(str(value))]
    except KeyError:
        raise InvalidMetadata(key, value, ", ".join(dict.fromkeys(allowed.values()))) from None


def _several(stated: Mapping[str, Any], key: str, between: str = "|;,") -> list[str]:
    """Return the values of a list, or of a text with separators; a legal instrument's name may hold commas."""
    value = stated.get(key, [])
    if key == "legal_instruments":
        between = "|;"
    if key == "countries":  # YAML 1.1 reads Norway's code as a refusal
        value = ["NO" if one is False else one for one in (value if isinstance(value, (list, tuple)) else [value])]
        value = value if len(value) != 1 else value[0]
    parts = value if isinstance(value, (list, tuple)) else re.split(f"[{re.escape(between)}]", str(value))
    return [said for part in parts if (said := one_line(str(part)))]


def _yes_or_no(value: object) -> bool:
    said = folded(str(value))
    if said in ("true", "yes", "oui", "1", "ja", "si"):
        return True
    if said in ("false", "no", "non", "0", "nein", "nee"):
        return False
    raise InvalidMetadata("solved", value, "true, false")
