"""Write a formula of Word (OMML) or OpenDocument (MathML) on one line: 45/100, 10⁶, (a + b)/2."""

from __future__ import annotations

import re
from typing import Any, Final

from ingest.loaders.raised_digits import SUPERSCRIPTS, write_lowered
from ingest.text.cleaning import one_line

_SKIPPED: Final = frozenset(
    (
        "annotation",
        "rPr",
        "ctrlPr",
        "fPr",
        "sSupPr",
        "sSubPr",
        "radPr",
        "dPr",
        "naryPr",
        "accPr",
        "delText",
        "instrText",
    )
)
_SINGLE: Final = re.compile(r"\w+(?:[.,]\w+)?%?|\(.*\)", re.DOTALL)
_ORDER: Final = {  # of the parts of an element, in Word's names; MathML goes by position
    "f": ("num", "den"),
    "sSup": ("e", "sup"),
    "sSub": ("e", "sub"),
    "sSubSup": ("e", "sub", "sup"),
    "nary": ("sub", "sup", "e"),
    "rad": ("deg", "e"),
}
_SAME: Final = {"mfrac": "f", "msup": "sSup", "msub": "sSub", "msubsup": "sSubSup", "mroot": "rad", "msqrt": "rad"}


def read_formula(node: Any) -> str:
    """Return a formula's text."""
    return one_line(_write(node))


def _write(node: Any) -> str:
    if not isinstance(node.tag, str):
        return ""
    name = node.tag.rpartition("}")[2]
    if name in _SKIPPED:
        return ""
    kind = _SAME.get(name, name)
    if kind in _ORDER:
        return _write_structure(kind, *_parts(node, kind, name))
    if name == "d":
        return _write_brackets(node)
    if name == "mfenced":
        return f"({', '.join(_write(child) for child in node)})"
    if len(node):
        return "".join(_write(child) for child in node)
    text = (node.text or "").strip() if name.startswith("m") and name != "mtext" else node.text or ""
    return f" {text} " if name == "mo" and text in ("=", "+", "−", "-", "×", "≤", "≥", "<", ">", "±") else text


def _parts(node: Any, kind: str, name: str) -> tuple[str, str, str]:
    """Return the parts of a structure in the order of _ORDER, "" for those it lacks."""
    if name in _SAME:
        texts = [_write(child) for child in node if isinstance(child.tag, str)]
        texts = ["", "".join(texts)] if name == "msqrt" else texts[::-1] if name == "mroot" else texts
    else:
        by_name = {child.tag.rpartition("}")[2]: _write(child) for child in node if isinstance(child.tag, str)}
        texts = [by_name.get(part, "") for part in _ORDER[kind]]
    first, second, third = [*texts[:3], "", "", ""][:3]
    return first, second, third


def _write_structure(kind: str, first: str, second: str, third: str) -> str:
    if kind == "f":
        return f"{_bracket(first)}/{_bracket(second)}"
    if kind == "sSup":
        return f"{_bracket(first)}{_power(second)}"
    if kind == "sSub":
        return f"{first}{_index(second)}"
    if kind == "sSubSup":
        return f"{first}{_index(second)}{_power(third)}"
    if kind == "nary":
        return f"∑{_index(first)}{_power(second)} {third}"
    degree = f"{first.strip()}".translate(SUPERSCRIPTS) if first.strip() else ""
    return f"{degree}√{_bracket(second)}"


def _write_brackets(node: Any) -> str:
    """Return what stands between the brackets of Word's m:d, which are "(" and ")" unless it says otherwise."""
    signs = {child.tag.rpartition("}")[2]: child for child in node.iterfind("{*}dPr/*")}
    value = {name: next(iter(child.attrib.values()), "") for name, child in signs.items()}
    inner = "; ".join(_write(child) for child in node.iterfind("{*}e"))
    return f"{value.get('begChr', '(')}{inner}{value.get('endChr', ')')}"


def _bracket(text: str) -> str:
    text = text.strip()
    return text if _SINGLE.fullmatch(text) else f"({text})"


def _power(text: str) -> str:
    text = "".join(text.split())
    return (
        text.translate(SUPERSCRIPTS)
        if text and re.fullmatch(r"[\d+\-−n=()]+", text)
        else f"^{_bracket(text)}" * bool(text)
    )


def _index(text: str) -> str:
    text = text.strip()
    return write_lowered(text) if re.fullmatch(r"[\d+\-−=()]+", text) else f"_{_bracket(text)}" * bool(text)
