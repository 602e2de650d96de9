"""A page is decoded as a browser does it, and by its bytes where its declaration contradicts them."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest.loaders.dispatch import load
from ingest.loaders.web.charset import decode_page

TEXT = "L’été à Genève : l’œuvre coûte 12 €."


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize(
    "declaration",
    [
        "",
        '<meta charset="utf-8">',
        "<meta charset=iso-8859-1>",
        "<meta charset=utf-16>",
        "<META HTTP-EQUIV='Content-Type' CONTENT='text/html; charset=windows-1252'>",
        "<meta name=x content=y><meta charset=nonsense>",
    ],
)
def test_a_page_keeps_its_letters_whatever_it_declares(tmp_path: Path, encoding: str, declaration: str) -> None:
    page = f"<html><head>{declaration}<title>{TEXT}</title></head><body><p>{TEXT}</p></body></html>"
    (tmp_path / "a.html").write_bytes(page.encode(encoding))
    loaded = load(tmp_path / "a.html")
    assert (loaded.hints["title"], [section.text for section in loaded.sections]) == (TEXT, [TEXT])
    assert loaded.warnings == ()


def test_a_declaration_far_into_the_head_counts_and_one_in_a_comment_does_not() -> None:
    polish = "Zażółć gęślą jaźń"
    head = "<!-- <meta charset=utf-8> -->" + "<script>x</script>" * 500 + "<meta charset='iso-8859-2'>"
    assert polish in decode_page(f"{head}<p>{polish}".encode("iso-8859-2"))


def test_the_declaration_of_xml_counts() -> None:
    page = "<?xml version='1.0' encoding='ISO-8859-2'?><html><p>Zażółć</p></html>"
    assert "Zażółć" in decode_page(page.encode("iso-8859-2"))


def test_what_brought_the_page_knows_better_than_the_page() -> None:
    page = "<meta charset=iso-8859-1><p>Łódź</p>"
    assert "Łódź" in decode_page(page.encode("cp1250"), "windows-1250")


def test_what_cannot_be_decoded_is_kept_as_unknown_and_told(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_bytes("<p>Le comité\ufffd de B\ufffdle</p>".encode())
    loaded = load(tmp_path / "a.html")
    assert loaded.sections[0].text == "Le comité\ufffd de B\ufffdle"
    assert loaded.warnings == (
        "2 characters could not be decoded, shown as \ufffd: save the file anew, as UTF-8 if it is text.",
    )
