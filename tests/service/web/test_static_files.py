"""Fonts are served from here, kept by browsers, small, and free to be used; style sheets are asked for again."""

from __future__ import annotations

import re

from starlette.testclient import TestClient

from tests.conftest import ROOT

STATIC = ROOT / "service/web/static"
FONTS = sorted((STATIC / "fonts").glob("*.woff2"))


def test_a_font_is_kept_and_a_style_sheet_is_not(client: TestClient) -> None:
    font = client.get(f"/static/fonts/{FONTS[0].name}")
    assert font.status_code == 200
    assert font.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert font.headers["content-type"] == "font/woff2"
    sheet = client.get("/static/passerelle.css")
    assert sheet.headers["cache-control"] == "public, no-cache"
    unchanged = client.get("/static/passerelle.css", headers={"If-None-Match": sheet.headers["etag"]})
    assert (unchanged.status_code, unchanged.headers["cache-control"]) == (304, "public, no-cache")


def test_every_font_is_used_and_every_font_used_is_there() -> None:
    style = (STATIC / "passerelle.css").read_text(encoding="utf-8")
    base = (STATIC.parent / "templates/base.html").read_text(encoding="utf-8")
    assert {*re.findall(r'url\("fonts/([^"]+)"\)', style)} == {path.name for path in FONTS}
    assert {*re.findall(r'href="/static/fonts/([^"]+)"', base)} <= {path.name for path in FONTS}
    assert style.count("font-display: swap") == len(FONTS)


def test_fonts_are_small_and_come_with_their_licence() -> None:
    assert sum(path.stat().st_size for path in FONTS) < 250_000
    assert "SIL OPEN FONT LICENSE" in (STATIC / "fonts/OFL.txt").read_text(encoding="utf-8").upper()


def test_pages_may_load_fonts_from_this_site_alone(client: TestClient) -> None:
    assert "font-src 'self';" in client.get("/").headers["content-security-policy"]
