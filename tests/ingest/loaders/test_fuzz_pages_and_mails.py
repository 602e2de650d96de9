"""Whatever a page, a mail, a text, a table or a book holds, it is read or refused: no other exception, no hang.

And of pages made at random, every word that is shown is stored, and none that is hidden.
"""

from __future__ import annotations

import random
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.loaders.dispatch import load
from ingest.loaders.loaded_file import LoadedFile, UnreadableFile
from tests.conftest import ROOT
from tests.ingest.loaders.test_fuzz import mutated

CASES = Path(__file__).parent / "cases"
QUICK, MANY = 200, 5_000
SECONDS = 10.0  # of the processor, for a file of some kilobytes
EXAMPLES = 60
TAGS = (
    "<p> </p> <div> <ul> <li> </ul> <ol_start=x> <ol_type=i> <table> <tr> <td> <td_rowspan=0> <td_colspan=999999> "
    "<th_rowspan=70000> </table> <caption> <h1> <h2> </h2> <dl> <dt> <dd> </dl> <sup> 12 </sup> <sub> 2 </sub> <del> "
    "</del> <span_style=display:none> <span_style=;;:;> </span> <b_hidden> <math><mfrac> </math> <svg><text> </svg> "
    "<style>.a{display:none}</style> <style>@media{ } <style>a:not( <i_class=a> <select><option> <br> <!-- --> <q> "
    "<iframe_srcdoc='<p>x'> <pre> <textarea> <template> <dialog> <details> <summary> <nav> <main> <a_href=#1>1</a> "
    "<a_href=#fn1> </a> <![CDATA[ ]]> <?xml?> &#0; &nbsp &#x110000; \x00 \ufffd \x85 é € 10 mot Article_5 <frame> "
    "<title> <plaintext>"
)
LINES = """--B
--B--
--C
Content-Type: text/plain
Content-Type: text/html; charset=x
Content-Type: multipart/alternative; boundary=C
Content-Type: multipart/mixed; boundary=B
Content-Type: message/rfc822
Content-Type: text/plain; charset*0=utf; format=flowed
Content-Type: image/png
Content-Transfer-Encoding: base64
Content-Transfer-Encoding: quoted-printable
Content-Transfer-Encoding: x-uuencode
Content-Disposition: attachment; filename*=utf-8''%E9
Content-Disposition: inline; filename="a.html
Content-ID: <a>
Subject: =?utf-8?B?x?=
Subject: =?x?Q?=E9?= =?x?Q?=?=
Date: hier
From: <
begin 644 a.txt
=E9=
é
<p>Un</p>
Un.
"""


def read(path: Path) -> LoadedFile | None:
    """Return what a file says, None if it is refused; fail if it takes too long or anything else happens."""
    started = time.process_time()
    try:
        loaded = load(path)
    except UnreadableFile:
        loaded = None
    assert time.process_time() - started < SECONDS
    return loaded


def originals() -> list[Path]:
    """Return the small files of the formats read here."""
    pages = sorted((ROOT / "corpus/documents").rglob("*.html"))
    return [*sorted(CASES.glob("html-*")), *sorted(CASES.glob("mail-*")), *sorted(CASES.glob("csv-*")), *pages]


def write_book(path: Path, chapter: bytes) -> Path:
    container = '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfile full-path="b.opf"/>'
    package = '<package xmlns="http://www.idpf.org/2007/opf"><item id="a" href="a.xhtml"/><itemref idref="a"/>'
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("META-INF/container.xml", f"{container}</container>")
        archive.writestr("b.opf", f"{package}</package>")
        archive.writestr("a.xhtml", chapter)
    return path


def read_mutated(folder: Path, count: int, seed: int) -> None:
    """Read `count` damaged files, under their own suffix and under others of these formats."""
    chance = random.Random(seed)
    files = originals()
    for number in range(count):
        original = chance.choice(files)
        content = mutated(original.read_bytes(), chance)
        suffix = chance.choice(
            (original.suffix, original.suffix, ".html", ".mht", ".eml", ".csv", ".md", ".txt", ".epub")
        )
        path = folder / f"{number}{suffix}"
        if suffix == ".epub":
            write_book(path, content)
        else:
            path.write_bytes(content)
        read(path)
        path.unlink()


def test_two_hundred_damaged_files_are_read_or_refused(tmp_path: Path) -> None:
    read_mutated(tmp_path, QUICK, seed=11)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(5))
def test_five_thousand_damaged_files_are_read_or_refused(tmp_path: Path, seed: int) -> None:
    read_mutated(tmp_path, MANY // 5, seed=2000 + seed)


def read_drawn(folder: Path, name: str, text: str) -> None:
    path = folder / name
    path.write_bytes(text.encode("utf-8", errors="surrogatepass"))
    read(path)


def many(test: Callable[..., None]) -> Callable[..., None]:
    """Draw examples without a limit on each one's time: the machine may be busy."""
    checks = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
    return settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=checks)(test)


@many
@given(st.lists(st.sampled_from(TAGS.split(" ")), max_size=60), st.sampled_from(["a.html", "a.md", "a.txt", "a.csv"]))
def test_pages_of_any_tags_are_read_or_refused(tmp_path: Path, tokens: list[str], name: str) -> None:
    read_drawn(tmp_path, name, " ".join(token.replace("_", " ") for token in tokens))


@many
@given(st.lists(st.sampled_from(LINES.split("\n")), max_size=30), st.sampled_from(["\n", "\r\n", "\n\n"]))
def test_mails_of_any_headers_are_read_or_refused(tmp_path: Path, parts: list[str], end: str) -> None:
    read_drawn(tmp_path, "m.eml", f"From: a\nContent-Type: multipart/mixed; boundary=B\n\n{end.join(parts)}")


@many
@given(st.text(max_size=300), st.sampled_from(["a.html", "a.md", "a.txt", "a.csv", "a.eml", "a.mht"]))
def test_any_text_is_read_or_refused(tmp_path: Path, text: str, name: str) -> None:
    read_drawn(tmp_path, name, text)


class Drawn(NamedTuple):
    """A piece of a page: its HTML, in which each word is to be numbered, and which of its words are shown."""

    html: str
    shown: tuple[bool, ...]


def word() -> st.SearchStrategy[Drawn]:
    return st.just(Drawn("@ ", (True,)))


def around(inner: st.SearchStrategy[Drawn]) -> st.SearchStrategy[Drawn]:
    """Draw an element around one to four pieces."""
    pieces = st.lists(inner, min_size=1, max_size=4)
    return st.builds(wrap, st.sampled_from(sorted(SHELLS)), pieces)


PLAIN = (
    "p div span b em a section aside article form small u h2 h3 blockquote figure figcaption details pre center font"
)
ROWS = "<table><tr><th>@ </th><th>@ </th></tr><tr><td rowspan=2>@ </td><td>"
SHELLS = {
    **{name: (f"<{name}>", f"</{name}>", True) for name in PLAIN.split()},
    "items": ("<ul><li>", "</ul>", True),
    "numbers": ("<ol start=4><li>", "</ol>", True),
    "odd list": ("<ul><ul><li>", "</ul></ul>", True),
    "definition": ("<dl><dt>@ </dt><dd>", "</dd></dl>", True),
    "rows": (ROWS, "</td></tr><tr><td>@ </td></tr></table>", True),
    "caption": ("<table><caption>@ </caption><tr><td>", "</td><td>@ </td></tr></table>", True),
    "hidden": ("<div hidden>", "</div>", False),
    "none": ("<span style='display:none'>", "</span>", False),
    "class": ("<div class='gone'>", "</div>", False),
    "struck": ("<s>", "</s>", True),
    "raised": ("<sup>", "</sup>", True),
    "social": ("<section id='securite-sociale'>", "</section>", True),
    "question": ("<h3><button aria-expanded=false>@ </button></h3><div>", "</div>", True),
}


def wrap(name: str, pieces: list[Drawn]) -> Drawn:
    opening, closing, is_shown = SHELLS[name]
    inner = "".join(piece.html for piece in pieces)
    shown = [flag and is_shown for piece in pieces for flag in piece.shown]
    return Drawn(opening + inner + closing, (True,) * opening.count("@") + tuple(shown) + (True,) * closing.count("@"))


def pages() -> st.SearchStrategy[Drawn]:
    parts = st.lists(st.recursive(word(), around, max_leaves=12), min_size=1, max_size=5)
    return parts.map(lambda pieces: wrap("div", pieces))


def check_page(folder: Path, drawn: Drawn) -> None:
    html = drawn.html
    for number in range(len(drawn.shown)):
        html = html.replace("@", f"mot{number}x", 1)
    path = folder / "page.html"
    path.write_text(
        f"<html><head><style>.gone{{display:none}}</style></head><body>{html}</body></html>", encoding="utf-8"
    )
    loaded = read(path)
    texts = [f"{section.heading} {section.text}" for section in loaded.sections] if loaded else []
    stored = " ".join([*texts, *(loaded.hints.values() if loaded else [])])
    lost = [number for number, is_shown in enumerate(drawn.shown) if is_shown and f"mot{number}x" not in stored]
    public = [number for number, is_shown in enumerate(drawn.shown) if not is_shown and f"mot{number}x" in stored]
    assert (lost, public) == ([], []), html


@many
@given(pages())
def test_every_shown_word_of_a_page_is_stored_and_no_hidden_one(tmp_path: Path, drawn: Drawn) -> None:
    check_page(tmp_path, drawn)


@pytest.mark.soak
@settings(max_examples=MANY, deadline=None, suppress_health_check=list(HealthCheck))
@given(pages())
def test_every_shown_word_of_five_thousand_pages_is_stored(tmp_path: Path, drawn: Drawn) -> None:
    check_page(tmp_path, drawn)
