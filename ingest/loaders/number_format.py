"""Show a number as its cell does, by its number format code (ECMA-376 part 1, 18.8.31).

Two things differ from what a spreadsheet program draws, so that a number reads the same in every language: thousands
are not grouped (in "1,500" the comma is a decimal mark for most readers here), and a whole number is written without
its ",00". "25%" is written "25 %". No package on PyPI is both maintained and right about quoted signs (`0.0"%"`).
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction
from functools import lru_cache
from typing import Final, Literal, NamedTuple

from index.lexical.stopwords import STOP_WORDS

# By locale of the reader's computer: shown as ISO dates, which nobody takes for another day.
_OF_THE_COMPUTER: Final = {
    "mm-dd-yy": "yyyy-mm-dd",
    "m/d/yy": "yyyy-mm-dd",
    "m/d/yy h:mm": "yyyy-mm-dd hh:mm",
    "[$-F800]": "yyyy-mm-dd",
    "[$-F400]": "hh:mm:ss",
}
_LANGUAGE_OF_LCID: Final = {0x07: "de", 0x09: "en", 0x0A: "es", 0x0C: "fr", 0x10: "it", 0x13: "nl"}
_TOKEN: Final = re.compile(
    r'"(?P<quoted>[^"]*)"?|\\(?P<escaped>.)|_(?P<width>.)|\*(?P<fill>.)|(?P<elapsed>\[(?:h+|m+|s+)\](?:\.0+)?)|\[(?P<bracket>[^\]]*)\]'
    r"|(?P<general>General|Standard)|(?P<half>AM/PM|A/P)|(?P<date>(?:y+|m+|d+|h+|s+)(?:\.0+)?)|(?P<exponent>E[+-])"
    r"|(?P<digit>[0#?])|(?P<other>.)",
    re.IGNORECASE | re.DOTALL,
)
_CONDITION: Final = re.compile(r"(<=|>=|<>|<|>|=)\s*(-?[\d.]+)")
_WIDTHS: Final[dict[int, Literal["abbreviated", "narrow", "wide"]]] = {3: "abbreviated", 5: "narrow"}
_DAYS: Final = 2_958_466  # of 31 December 9999, the last that spreadsheets know
_DIGITS: Final = 400  # of the largest double


class _Token(NamedTuple):
    kind: str  # "text", "digit", "date", "elapsed", "half", "exponent", "general", or a sign that may have a meaning
    text: str


class _Section(NamedTuple):
    tokens: tuple[_Token, ...]
    condition: tuple[str, float] | None
    language: str


def format_number(value: float, code: str, language: str = "", *, epoch: datetime | None = None) -> str:
    """Return the number as a cell of this format shows it, "" where the format shows nothing.

    `language` is that of the decimal mark and the names of months unless the format states one; `epoch` is day 0.
    """
    if not math.isfinite(value):
        return ""
    sections = _parse(_OF_THE_COMPUTER.get(code, code))
    section, shown = _choose(sections, float(value))
    language = section.language or language
    kinds = {token.kind for token in section.tokens}
    placeholder = next((kind for kind in ("general", "@") if kind in kinds), "")
    if placeholder or (not section.tokens and len(sections) == 1):
        return _join(section.tokens, _plain(shown, language), placeholder)
    if kinds & {"date", "elapsed", "half"}:
        return _format_date(section.tokens, value, language, epoch or datetime(1899, 12, 30))
    text = _format_digits(section.tokens, shown, language)
    return re.sub(r"(?<=\d)%", " %", " ".join(text.split()))


def format_text(text: str, code: str) -> str:
    """Return a text as a cell of this format shows it: as it is, but for a section of the format meant for texts."""
    sections = _parse(code)
    section = sections[3] if len(sections) > 3 else sections[-1]
    if len(sections) <= 3 and not any(token.text == "@" for token in section.tokens):
        return text
    return _join(section.tokens, text, "@")


def guess_language(labels: Iterable[str]) -> str:
    """Return the language most function words of a table's labels are of, "" if there are none."""
    words = Counter(word for label in labels for word in re.findall(r"[^\W\d_]+", label.lower()))
    counts = {
        language: sum(count for word, count in words.items() if word in stop) for language, stop in STOP_WORDS.items()
    }
    best = max(counts, key=lambda language: counts[language], default="")
    return best if best and counts[best] else ""


def plain_number(value: float, language: str = "") -> str:
    """Return a number without a format: 3 for 3.0, never with an exponent."""
    return _plain(value, language)


@lru_cache(maxsize=512)
def _parse(code: str) -> tuple[_Section, ...]:
    """Return the sections of a format, at least one."""
    sections: list[_Section] = []
    tokens: list[_Token] = []
    condition, language = None, ""
    for match in _TOKEN.finditer(code):
        kind, text = str(match.lastgroup), match[str(match.lastgroup)]
        if kind == "other" and text == ";":
            sections.append(_Section(tuple(tokens), condition, language))
            tokens, condition, language = [], None, ""
        elif kind == "bracket":
            if comparison := _CONDITION.fullmatch(text):
                condition = (comparison[1], float(comparison[2]))
            elif text.startswith("$"):
                sign, _, locale = text[1:].rpartition("-") if "-" in text else (text[1:], "", "")
                tokens.append(_Token("text", sign))
                language = _language(locale) or language
        elif kind != "fill":
            tokens.append(_token(kind, text))
    sections.append(_Section(tuple(tokens), condition, language))
    return tuple(sections[:4])


def _token(kind: str, text: str) -> _Token:
    if kind in ("quoted", "escaped"):
        return _Token("text", text)
    if kind == "width":
        return _Token("text", " ")
    if kind == "elapsed":
        return _Token(kind, re.sub(r"[\[\]]", "", text.lower()))
    if kind == "other":
        return _Token(text if text in ".,%/@" else "text", text)
    return _Token(kind, text)


def _language(locale: str) -> str:
    """Return the language of a locale's number in hexadecimal ("40C"), or of its name ("fr-CH")."""
    if re.fullmatch(r"[0-9A-Fa-f]{1,8}", locale):
        return _LANGUAGE_OF_LCID.get(int(locale, 16) & 0xFF, "")
    return locale[:2].lower() if locale[:2].lower() in _LANGUAGE_OF_LCID.values() else ""


def _choose(sections: Sequence[_Section], value: float) -> tuple[_Section, float]:
    """Return the section for a number, and the number without the sign that the section itself shows."""
    if any(section.condition for section in sections):
        for section in sections[:3]:
            if section.condition is None or _holds(section.condition, value):
                return section, abs(value) if _is_negative_only(section.condition) else value
        return sections[min(len(sections), 3) - 1], value
    if value < 0 and len(sections) > 1:
        return sections[1], -value
    if value == 0 and len(sections) > 2:
        return sections[2], value
    return sections[0], value


def _is_negative_only(condition: tuple[str, float] | None) -> bool:
    return condition is not None and condition[0] in ("<", "<=") and condition[1] <= 0


def _holds(condition: tuple[str, float], value: float) -> bool:
    sign, bound = condition
    if sign == "=":
        return value == bound
    if sign == "<>":
        return value != bound
    if sign.startswith("<"):
        return value < bound or (sign == "<=" and value == bound)
    return value > bound or (sign == ">=" and value == bound)


def _join(tokens: Sequence[_Token], text: str, placeholder: str) -> str:
    """Return the texts of a section around `text`, which stands where the placeholder is."""
    parts = [text if token.kind == placeholder else token.text for token in tokens] if tokens else [""]
    return " ".join("".join(parts).split()) if tokens or placeholder == "@" else text


def _plain(value: float, language: str) -> str:
    """Return the number as the format "General" shows it in a wide cell: ten digits, or all of a whole number."""
    if value == int(value):
        return str(int(value))
    digits = format(Decimal(f"{value:.10g}"), "f") if abs(value) < 1e10 else format(round(Decimal(repr(value)), 2), "f")
    digits = digits.rstrip("0").rstrip(".") if "." in digits else digits
    return digits.replace(".", _decimal_mark(language))


def _decimal_mark(language: str) -> str:
    return "." if language in ("", "en") else ","


# Numbers


def _format_digits(tokens: Sequence[_Token], value: float, language: str) -> str:
    """Return a number in a section of digits: percents, scaling commas, fractions, exponents, texts between digits."""
    places = [index for index, token in enumerate(tokens) if token.kind == "digit"]
    if not places:
        sign = "-" if value < 0 else ""
        return sign + "".join(token.text for token in tokens if token.kind not in ("@", ","))
    slash = next((index for index, token in enumerate(tokens) if token.kind == "/"), None)
    if slash is not None and slash > places[0]:
        return _format_fraction(tokens, slash, value)
    number = Decimal(repr(value)) * 100 ** sum(token.kind == "%" for token in tokens)
    point = next((index for index, token in enumerate(tokens) if token.kind == "."), None)
    exponent = next((index for index, token in enumerate(tokens) if token.kind == "exponent"), None)
    whole = [index for index in places if point is None or index < point]
    if exponent is not None:
        whole = [index for index in whole if index < exponent]
        return _format_exponent(tokens, exponent, number, language)
    decimals = [index for index in places if point is not None and index > point]
    for last in filter(None, (whole[-1:], decimals[-1:])):
        for token in tokens[last[0] + 1 :]:
            if token.kind != ",":
                break
            number /= 1000
    return _fill(tokens, whole, decimals, number, language)


def _fill(
    tokens: Sequence[_Token], whole: Sequence[int], decimals: Sequence[int], number: Decimal, language: str
) -> str:
    """Return the texts of a section with the number's digits in the places for whole digits and for decimals."""
    with localcontext() as context:
        context.prec = _DIGITS
        rounded = abs(number).quantize(Decimal(1).scaleb(-len(decimals)), ROUND_HALF_UP)
    digits, _, fraction = format(rounded, "f").partition(".")
    fraction = _without_zeros(tokens, decimals, fraction)
    digits = digits.lstrip("0")
    grouping = _grouping_spaces(tokens, whole)
    places = dict(zip(whole, _whole_digits(tokens, whole, digits), strict=True))
    places |= dict(zip(decimals, [*fraction, *[""] * len(decimals)], strict=False))
    sign = "-" if number < 0 and any(map(str.isdigit, digits + fraction)) and (digits or fraction.strip("0")) else ""
    text = ""
    for index, token in enumerate(tokens):
        if index in places:
            text += places[index]
        elif token.kind == ".":
            text += "0" * (not whole and bool(fraction)) + _decimal_mark(language) * bool(fraction)
        elif token.kind not in (",", "@") and index not in grouping:
            text += token.text
    return sign + text


def _whole_digits(tokens: Sequence[_Token], whole: Sequence[int], digits: str) -> list[str]:
    """Return what stands in each place for a whole digit, filled from the right; the first holds all that is left."""
    filled: list[str] = []
    for place, index in enumerate(reversed(whole)):
        is_first = place == len(whole) - 1
        if place < len(digits):
            filled.append(digits[: len(digits) - place] if is_first else digits[len(digits) - 1 - place])
        else:
            filled.append("0" if tokens[index].text == "0" else "")
    return filled[::-1]


def _without_zeros(tokens: Sequence[_Token], decimals: Sequence[int], fraction: str) -> str:
    """Return the decimals that are shown: none if all are 0, and no trailing 0 where the format has # or ?."""
    if not fraction.strip("0"):
        return ""
    while fraction.endswith("0") and tokens[decimals[len(fraction) - 1]].text != "0":
        fraction = fraction[:-1]
    return fraction


def _grouping_spaces(tokens: Sequence[_Token], whole: Sequence[int]) -> frozenset[int]:
    """Return where spaces are typed to group thousands, as in "# ##0", if no other text is between the digits."""
    between = [index for index in range(whole[0], whole[-1]) if tokens[index].kind == "text"] if whole else []
    groups = [sum(place > index for place in whole) for index in between]
    is_grouping = all(not tokens[index].text.strip() for index in between) and all(size % 3 == 0 for size in groups)
    return frozenset(between) if is_grouping else frozenset()


def _format_exponent(tokens: Sequence[_Token], exponent: int, number: Decimal, language: str) -> str:
    """Return a number such as 1,41E+06."""
    mantissa = tokens[:exponent]
    point = next((index for index, token in enumerate(mantissa) if token.kind == "."), len(mantissa))
    whole = [index for index, token in enumerate(mantissa) if token.kind == "digit" and index < point]
    decimals = [index for index, token in enumerate(mantissa) if token.kind == "digit" and index > point]
    step = max(len(whole), 1)
    power = number.adjusted() if number else 0
    power = power // step * step if step > 1 else power
    scaled = number.scaleb(-power)
    if round(abs(scaled), len(decimals)) >= 10**step:
        power += step
        scaled = number.scaleb(-power)
    tail = tokens[exponent + 1 :]
    width = sum(token.kind == "digit" for token in tail)
    sign = "-" if power < 0 else "+" if tokens[exponent].text.endswith("+") else ""
    after = "".join(token.text for token in tail if token.kind not in ("digit", ","))
    return f"{_fill(mantissa, whole, decimals, scaled, language)}E{sign}{str(abs(power)).zfill(width)}{after}"


def _format_fraction(tokens: Sequence[_Token], slash: int, value: float) -> str:
    """Return a number as a whole one and a fraction: "1 1/2"."""
    before = [index for index in range(slash) if tokens[index].kind == "digit"]
    gaps = [index for index in before if index + 1 not in before and index + 1 < slash]
    has_whole = bool(gaps) and before[-1] > gaps[-1]
    below = "".join(token.text for token in tokens[slash + 1 :]).split(" ")[0]
    fixed = re.match(r"[1-9]\d*", below)
    exact = Fraction(repr(abs(value)))
    whole = int(exact) if has_whole else 0
    rest = exact - whole
    limit = 10 ** max(1, min(6, sum(character in "0#?" for character in below)))
    part = Fraction(round(rest * int(fixed[0])), int(fixed[0])) if fixed else rest.limit_denominator(limit - 1)
    if has_whole and part == 1:
        whole, part = whole + 1, Fraction(0)
    above, under = (round(part * int(fixed[0])), int(fixed[0])) if fixed else (part.numerator, part.denominator)
    shown = f"{above}/{under}" if above or not has_whole else ""
    if not has_whole and under == 1 and not fixed:
        shown = f"{above}/1"
    text = " ".join(filter(None, [str(whole) if whole or (has_whole and not shown) else "", shown]))
    after = "".join(token.text for token in tokens[slash + 1 :] if token.kind == "text" and token.text.strip())
    return f"{'-' if value < 0 else ''}{text}{' ' + after if after and not fixed else ''}"


# Dates and durations


def _format_date(tokens: Sequence[_Token], value: float, language: str, epoch: datetime) -> str:
    """Return a day, a time or a duration; a number that is no day as it is."""
    is_elapsed = any(token.kind == "elapsed" for token in tokens)
    if abs(value) >= _DAYS or (value < 0 and not is_elapsed):
        return _plain(value, language)
    decimals = max(len(token.text.partition(".")[2]) for token in tokens if token.kind in ("date", "elapsed", "half"))
    seconds = Decimal(repr(abs(value))) * 86_400
    seconds = seconds.quantize(Decimal(1).scaleb(-max(decimals, 0)), ROUND_HALF_UP)
    day = value if value >= 60 or epoch.year != 1899 else value + 1  # before 1 March 1900 spreadsheets are a day off
    moment = epoch + timedelta(days=int(abs(day))) + timedelta(seconds=int(seconds) % 86_400)
    if int(seconds) // 86_400 > int(abs(value)):
        moment += timedelta(days=1)  # rounded up to midnight
    has_half = any(token.kind == "half" for token in tokens)
    parts = []
    for index, token in enumerate(tokens):
        if token.kind == "date":
            parts.append(_date_part(token.text.lower(), _is_minute(tokens, index), moment, seconds, has_half, language))
        elif token.kind == "elapsed":
            parts.append(_elapsed(token.text, seconds, language))
        elif token.kind == "half":
            parts.append("AM" if moment.hour < 12 else "PM")
        elif token.kind not in ("@", "general"):
            parts.append(token.text)
    text = " ".join("".join(parts).split())
    text = re.sub(r"\s0?0:00(?::00)?$", "", text) if moment.time() == datetime.min.time() else text
    return f"-{text}" if value < 0 else text


def _elapsed(code: str, seconds: Decimal, language: str) -> str:
    """Return a whole duration in hours, minutes or seconds."""
    letters, _, decimals = code.partition(".")
    count = int(seconds) // {"h": 3600, "m": 60, "s": 1}[letters[0]]
    fraction = format(seconds % 1, "f").partition(".")[2][: len(decimals)]
    return str(count).zfill(len(letters)) + (f"{_decimal_mark(language)}{fraction}" if decimals else "")


def _is_minute(tokens: Sequence[_Token], index: int) -> bool:
    """Say whether an m stands for minutes: after hours or before seconds."""
    if not tokens[index].text.lower().startswith("m") or len(tokens[index].text) > 2:
        return False
    timed = [(place, token) for place, token in enumerate(tokens) if token.kind in ("date", "elapsed")]
    before = [token.text[0].lower() for place, token in timed if place < index]
    after = [token.text[0].lower() for place, token in timed if place > index]
    return bool(before and before[-1] == "h") or bool(after and after[0] == "s")


def _date_part(code: str, is_minute: bool, moment: datetime, seconds: Decimal, has_half: bool, language: str) -> str:
    letter, _, decimals = code.partition(".")
    width = len(letter)
    if letter[0] == "y":
        return f"{moment.year:04}" if width > 2 else f"{moment.year % 100:02}"
    if letter[0] == "h":
        hour = (moment.hour % 12 or 12) if has_half else moment.hour
        return str(hour).zfill(min(width, 2))
    if letter[0] == "s":
        fraction = format(seconds % 1, "f").partition(".")[2][: len(decimals)]
        return str(moment.second).zfill(min(width, 2)) + (f"{_decimal_mark(language)}{fraction}" if decimals else "")
    if is_minute:
        return str(moment.minute).zfill(min(width, 2))
    if width <= 2:
        return str(moment.month if letter[0] == "m" else moment.day).zfill(width)
    return _name(letter, moment, language)


def _name(letters: str, moment: datetime, language: str) -> str:
    """Return the name of a month or a weekday: short for three letters, one letter for five."""
    from babel.dates import get_day_names, get_month_names

    width = _WIDTHS.get(len(letters), "wide")
    if letters[0] == "m":
        return str(get_month_names(width, locale=language or "fr")[moment.month])
    return str(get_day_names(width, locale=language or "fr")[moment.weekday()])
