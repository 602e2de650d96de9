"""Hosted below a path, every link, form, redirect, cookie and file has that path, and leads somewhere."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from index.documents import Audience
from index.errors import SettingsError
from service.app import create_app
from service.http.sub_path import origin, prefix_links, sub_path
from service.settings import Settings
from service.wiring import key_store
from tests.service.conftest import make_parts
from tests.service.signing_in import token_of

PREFIX = "/centre/recherche"
ADDRESS = re.compile(r'\s(?:href|src|action|data-completions)="([^"]*)"')
PAGES = (
    *("/", "/?q=ambulance", "/documents/notes/teletravail", "/experiences", "/signin", "/nothing", "/journal"),
    *("/experiences?q=ambulance transport patient&border=ES-FR", "/obstacles", "/obstacles/report"),
    *("/staff", "/staff/obstacles", "/staff/upload", "/staff/withdrawn", "/staff/judging"),
)


@pytest.fixture
def client(tmp_path: Path) -> TestClient:
    parts = make_parts(tmp_path, public_url=f"http://testserver{PREFIX}")
    client = TestClient(create_app(parts), raise_server_exceptions=False)
    key = key_store(parts.settings).add("S", Audience.STAFF)
    token = token_of(client.get(f"{PREFIX}/signin").text)
    form = {"key": key, "token": token, "next": "/staff"}
    answer = client.post(f"{PREFIX}/signin", data=form, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{PREFIX}/staff")
    return client


@pytest.mark.parametrize("page", PAGES)
def test_every_address_of_a_page_lies_below_the_path_and_leads_somewhere(client: TestClient, page: str) -> None:
    shown = client.get(PREFIX + page).text
    addresses = [html.unescape(address) for address in ADDRESS.findall(shown)]
    local = [address for address in addresses if address.startswith("/")]
    assert local
    assert all(address.startswith(f"{PREFIX}/") for address in local)
    for address in dict.fromkeys(re.findall(r'\s(?:href|src)="(/[^"]*)"', shown)):
        assert client.get(html.unescape(address)).status_code == 200 or page == "/nothing", address


def test_cookies_are_for_the_path(client: TestClient) -> None:
    cookies = client.get(f"{PREFIX}/?lang=de").headers.get_list("set-cookie")
    assert cookies
    assert all(f"; Path={PREFIX}/" in cookie for cookie in cookies)


@pytest.mark.parametrize(
    ("asked", "led_to"),
    [
        (PREFIX, f"{PREFIX}/"),
        (f"{PREFIX}/?q=tram&from=", f"{PREFIX}/?q=tram"),
        (f"{PREFIX}/staff/", f"{PREFIX}/staff"),
        (f"{PREFIX}/experiences/", f"http://testserver{PREFIX}/experiences"),
    ],
)
def test_redirects_stay_below_the_path(client: TestClient, asked: str, led_to: str) -> None:
    assert client.get(asked, follow_redirects=False).headers["location"] == led_to


def test_a_proxy_may_take_the_path_off_itself(client: TestClient) -> None:
    assert f'href="{PREFIX}/static/passerelle.css"' in client.get("/").text
    assert client.get("/static/passerelle.css").status_code == 200


def test_addresses_in_json_and_feeds_have_the_path_once(client: TestClient) -> None:
    found = client.post(f"{PREFIX}/api/v1/search", json={"query": "ambulance"}).json()
    assert found["results"][0]["citation"]["url"].startswith(f"http://testserver{PREFIX}/documents/")
    assert f"http://testserver{PREFIX}/documents/" in client.get(f"{PREFIX}/feed.atom").text
    assert f'template="http://testserver{PREFIX}/?q={{searchTerms}}"' in client.get(f"{PREFIX}/opensearch.xml").text


def test_only_addresses_of_this_host_get_the_path() -> None:
    others = '<a href="//host/x" data-x="/x" href="?q=1" href="#x" href="https://host/x">&#34; href=&#34;/x&#34;</a>'
    assert prefix_links(others, "/p") == others
    assert prefix_links('<a href="/x">', "") == '<a href="/x">'
    assert prefix_links('<form action="/"><a href="/x">', "/p") == '<form action="/p/"><a href="/p/x">'


@pytest.mark.parametrize(
    "url", ["https://a.example/x y", "https://a.example/x?q=1", "https://a.example//x", "https://a.example/#x"]
)
def test_an_address_that_is_no_path_is_refused(url: str) -> None:
    with pytest.raises(SettingsError):
        Settings.from_environ({"PASSERELLE_PUBLIC_URL": url})
    settings = Settings.from_environ({"PASSERELLE_PUBLIC_URL": "https://a.example/x/"})
    assert (settings.public_url, origin(settings.public_url)) == ("https://a.example/x", "https://a.example")
    assert sub_path(settings.public_url) == "/x"
    assert sub_path("https://a.example") == ""
