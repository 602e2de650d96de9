"""The list of obstacles to take along: what staff have put, and nobody's words."""

from __future__ import annotations

import csv
import io
import json

import httpx
from hypothesis import given
from hypothesis import strategies as st

from index.documents import Audience
from service.auth.scopes import Scope
from service.obstacles.export import safe_cell
from service.obstacles.model import Level
from tests.service.obstacles.site import SALT, TRAM, Site, confirm, post_report


def test_the_export_holds_what_staff_have_put_and_nobody_s_words(client: httpx.Client, site: Site) -> None:
    post_report(client, TRAM)
    confirm(site, '=HYPERLINK("http://evil.example")', level=Level.LOCAL, borders=("DE-FR", "CH-FR"))
    post_report(client, SALT)  # nobody has put it yet
    staff = site.bearer(Audience.STAFF)
    answer = client.get("/api/v1/staff/obstacles/export", headers=staff)
    assert answer.headers["content-disposition"] == 'attachment; filename="obstacles.csv"'
    (row,) = csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert row["statement"] == '\'=HYPERLINK("http://evil.example")'
    assert (row["borders"], row["level"], row["reports"], row["state"]) == ("DE-FR | CH-FR", "local", "1", "confirmed")
    (exported,) = client.get("/api/v1/staff/obstacles/export?format=json", headers=staff).json()["obstacles"]
    assert exported["borders"] == ["DE-FR", "CH-FR"]
    for text in (answer.text, json.dumps(exported, ensure_ascii=False)):
        assert "abonnements" not in text
        assert "saleuse" not in text


def test_the_export_is_for_staff(client: httpx.Client, site: Site) -> None:
    path = "/api/v1/staff/obstacles/export"
    reading_only = site.bearer(Audience.STAFF, "r", scopes=[Scope.REPORT])
    for headers in ({}, site.bearer(Audience.MEMBER), reading_only):
        assert client.get(path, headers=headers).status_code == 403


@given(st.text())
def test_no_cell_is_a_formula(text: str) -> None:
    cell = safe_cell(text)
    assert not cell.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r"))
    assert cell.removeprefix("'") == text.removeprefix("'")
