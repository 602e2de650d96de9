"""Write the characters of symbol fonts (Symbol, Wingdings, Webdings) as the signs a reader sees: ≥, →, ☑."""

from __future__ import annotations

from typing import Final

# Adobe's encoding of the font Symbol, from 0x21 to 0x7E and from 0xA0 to 0xFE (unicode.org, VENDORS/ADOBE/symbol.txt).
_SYMBOL_LOW: Final = "!∀#∃%&∋()∗+,−./0123456789:;<=>?≅ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ[∴]⊥_‾αβχδεφγηιϕκλμνοπθρστυϖωξψζ{|}∼"
_SYMBOL_HIGH: Final = "€ϒ′≤⁄∞ƒ♣♦♥♠↔←↑→↓°±″≥×∝∂•÷≠≡≈…⏐⎯↵ℵℑℜ℘⊗⊕∅∩∪⊃⊇⊄⊂⊆∈∉∠∇®©™∏√⋅¬∧∨⇔⇐⇑⇒⇓◊⟨®©™∑⎛⎜⎝⎡⎢⎣⎧⎨⎩⎪\0⟩∫⌠⎮⌡⎞⎟⎠⎤⎥⎦⎫⎬⎭"
_SYMBOL: Final = {0x21 + place: sign for place, sign in enumerate(_SYMBOL_LOW)} | {
    0xA0 + place: sign for place, sign in enumerate(_SYMBOL_HIGH)
}
# Boxes, ticked or not, arrows, bullets and figures, as used in forms and lists.
_WINGDINGS: Final = {
    0x21: "✏", 0x22: "✂", 0x28: "☎", 0x29: "✆", 0x2A: "✉", 0x36: "⌛", 0x3F: "✍", 0x45: "☜", 0x46: "☞", 0x47: "☝",
    0x48: "☟", 0x4A: "☺", 0x4B: "😐", 0x4C: "☹", 0x6C: "●", 0x6D: "❍", 0x6E: "■", 0x6F: "☐", 0x70: "☐", 0x71: "❑",
    0x72: "❒", 0x73: "⬧", 0x74: "⧫", 0x75: "◆", 0x76: "❖", 0x77: "⬥", 0x78: "☒", 0x9E: "·", 0x9F: "•", 0xA1: "○",
    0xA4: "◉", 0xA7: "▪", 0xA8: "☐", 0xAB: "★", 0xD8: "➢", 0xDB: "⮈", 0xDC: "⮊", 0xDF: "←", 0xE0: "→", 0xE1: "↑",
    0xE2: "↓", 0xE8: "➔", 0xEF: "⇦", 0xF0: "⇨", 0xF1: "⇧", 0xF2: "⇩", 0xF3: "⬄", 0xFB: "✗", 0xFC: "✓", 0xFD: "☒",
    0xFE: "☑",
} | {0x80 + digit: "⓪①②③④⑤⑥⑦⑧⑨⑩"[digit] for digit in range(11)} | {
    0x8B + digit: "⓿❶❷❸❹❺❻❼❽❾❿"[digit] for digit in range(11)
}  # fmt: skip
_WINGDINGS_2: Final = {0x4F: "✗", 0x50: "✓", 0x51: "☒", 0x52: "☑", 0x53: "☒", 0x54: "☒", 0xA3: "☐", 0x2A: "☐"}
_WINGDINGS_3: Final = {0x66: "←", 0x67: "→", 0x68: "↑", 0x69: "↓", 0x7D: "▶", 0x75: "▲", 0x84: "▶"}
_WEBDINGS: Final = {0x61: "✓", 0x63: "☐", 0x67: "■", 0x6E: "●", 0x72: "✗", 0x34: "▶", 0x33: "◀", 0x35: "▲", 0x36: "▼"}
_FONTS: Final = {
    "symbol": _SYMBOL,
    "symbolmt": _SYMBOL,
    "wingdings": _WINGDINGS,
    "wingdings2": _WINGDINGS_2,
    "wingdings3": _WINGDINGS_3,
    "webdings": _WEBDINGS,
}


def is_symbol_font(font: str) -> bool:
    """Say whether the font has signs in the places of letters."""
    return _fold(font) in _FONTS


def write_symbols(text: str, font: str) -> str:
    """Return the text with the private characters of symbol fonts as signs, and all of it if its font is one.

    Private characters of an unknown font are read as Symbol's if they are among its signs of mathematics.
    """
    signs = _FONTS.get(_fold(font))
    if signs is None and not any("\uf020" <= character <= "\uf0ff" for character in text):
        return text
    return "".join(_write(character, signs) for character in text)


def write_symbol(code: int, font: str) -> str:
    """Return the sign of a character code, such as 0xF0B3, in a font; "" for one that is not known."""
    signs = _FONTS.get(_fold(font))
    if signs is None:
        return (
            ""
            if 0xE000 <= code <= 0xF8FF
            else chr(code)
            if 32 <= code < 0x110000 and not 0xD800 <= code < 0xE000
            else ""
        )
    return signs.get(code & 0xFF, "") if code < 0x100 or 0xF000 <= code <= 0xF0FF else chr(code)


def _write(character: str, signs: dict[int, str] | None) -> str:
    code = ord(character)
    if signs is None:
        return character
    if 0xF020 <= code <= 0xF0FF:
        return signs.get(code & 0xFF, character)
    return signs.get(code, character) if 0x20 < code < 0x100 else character


def _fold(font: str) -> str:
    return "".join(font.split()).lower().partition("+")[2] or "".join(font.split()).lower()
