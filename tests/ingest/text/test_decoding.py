"""Bytes become the letters a reader sees, whatever their declaration says, and nothing is deleted."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.text.decoding import UNKNOWN, decode, find_codec

SENTENCES = {
    "fr": "Le comité a décidé : l’indemnité versée à Genève où l’œuvre coûte 12 %, « ça » n° 5.",
    "de": "Die Grenzgänger müssen für Straßburg übermäßig Öl zahlen, § 5 gilt für Ärzte.",
    "es": "¿Cuánto cuesta el año? El niño pagó según la Convención de Ávila, mañana también.",
    "it": "È necessario perché la città non può più pagare così, già da lunedì.",
    "nl": "Eén coördinator voor België; reële en geïnde bedragen à 5 euro, naïef.",
    "en": "The café’s naïve résumé – “quoted” in Zürich.",
}
PAGES = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252", "iso8859-15", "cp850", "mac_roman")


def encodable(text: str, encoding: str) -> bytes:
    """Return the text as a program of that encoding would have written it."""
    for sign, plain in (("’", "'"), ("“", '"'), ("”", '"'), ("–", "-")):
        if encoding in ("cp850", "iso8859-15"):
            text = text.replace(sign, plain)
    return (text.replace("œ", "oe") if encoding == "cp850" else text).encode(encoding)


@pytest.mark.parametrize("encoding", PAGES)
@pytest.mark.parametrize("language", SENTENCES)
def test_an_undeclared_encoding_is_recognised_by_the_letters_it_makes(language: str, encoding: str) -> None:
    content = encodable(SENTENCES[language], encoding)
    assert decode(content) == content.decode(encoding)


@pytest.mark.parametrize("declared", ["us-ascii", "utf-8", "unknown-8bit", "x-user", "utf-16", "hex", "", "8bit"])
@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "mac_roman"])
def test_a_wrong_or_unknown_declaration_changes_no_letter(encoding: str, declared: str) -> None:
    assert decode(SENTENCES["fr"].encode(encoding), declared) == SENTENCES["fr"]


@pytest.mark.parametrize("declared", ["iso-8859-1", "windows-1252", "ISO-8859-15", "koi8-r", "windows-1250"])
def test_utf_8_is_utf_8_whatever_is_declared(declared: str) -> None:
    assert decode(SENTENCES["de"].encode(), declared) == SENTENCES["de"]


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Zażółć gęślą jaźń", "iso-8859-2"),
        ("Привет, как дела", "koi8-r"),
        ("日本語の文書", "shift_jis"),
        ("日本語の文書", "iso-2022-jp"),
        ("Le coût : 12 €", "iso-8859-15"),
    ],
)
def test_a_declaration_that_may_be_right_is_believed(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding), encoding) == text


def test_latin_1_is_read_as_browsers_read_it() -> None:
    assert decode("L’œuvre coûte 12 €".encode("cp1252"), "ISO-8859-1") == "L’œuvre coûte 12 €"


def test_one_wrong_byte_costs_one_character_and_not_the_whole_text() -> None:
    text = SENTENCES["fr"] * 20
    assert decode(text.encode() + " été.".encode("cp1252")) == f"{text} été."


def test_a_letter_cut_off_at_the_end_is_unknown() -> None:
    assert decode("Le comité de Genève a décidé".encode()[:-1]) == f"Le comité de Genève a décid{UNKNOWN}"


def test_a_few_bytes_that_are_utf_8_by_accident_are_the_letters_they_were() -> None:
    assert decode("C’est là\xa0» dit-il".encode("cp1252")) == "C’est là\xa0» dit-il"


@pytest.mark.parametrize(
    ("label", "codec"),
    [
        ("latin1", "cp1252"),
        ("cp-850", "cp850"),
        ("macintosh", "mac-roman"),
        ("x-mac-roman", "mac-roman"),
        ('"utf-8"', "utf-8"),
        ("utf-16", "utf-8"),
        ("rot13", ""),
        ("base64", ""),
        ("idna", ""),
        ("", ""),
        ("\0", ""),
    ],
)
def test_labels_mean_what_browsers_take_them_for(label: str, codec: str) -> None:
    assert find_codec(label) == codec


@given(st.binary(max_size=200), st.sampled_from(["", "utf-8", "us-ascii", "utf-16", "gb18030", "utf-7", "x"]))
def test_any_bytes_are_decoded(content: bytes, declared: str) -> None:
    assert isinstance(decode(content, declared), str)


@given(st.text(alphabet="abcdefghij éèàùçœßüöäñ’«»€", min_size=5, max_size=80))
def test_utf_8_of_our_languages_is_never_taken_for_something_else(text: str) -> None:
    assert decode(text.encode(), "iso-8859-1") == text
