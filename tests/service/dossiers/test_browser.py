"""Dossiers in a real browser: one click copies a citation, the keyboard orders, a file is downloaded."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.service.browsing import Site, needs_chromium, served_site

pytestmark = needs_chromium
QUERY = "/?q=ambulance transport"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with served_site(tmp_path_factory.mktemp("site")) as site:
        yield site


@pytest.fixture(params=[True, False], ids=["script", "no script"])
def page(browser: Browser, site: Site, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A member's page, with scripts and without."""
    context = browser.new_context(base_url=site.address, locale="fr-FR", java_script_enabled=request.param)
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto("/signin")
    page.fill("#key", site.member_key)
    page.locator("main button").click()
    yield page
    context.close()


def test_one_click_copies_a_citation_and_without_a_script_it_can_be_selected(
    page: Page, request: pytest.FixtureRequest
) -> None:
    for path in (QUERY, "/documents/notes/ambulance?start=0&end=30", "/experiences?q=ambulance&border=ES-FR"):
        page.goto(path)
        button = page.get_by_role("button", name="Copier la citation").first
        fold = page.locator(".take summary").first
        if request.node.callspec.params["page"]:
            assert not fold.is_visible()
            button.click()
            page.get_by_text("Copié.").first.wait_for()
            copied = str(page.evaluate("navigator.clipboard.readText()")).replace("\u00a0", " ")
            assert copied.startswith(("A. Tester, «", "Centre d", "« "))
            assert "/documents/" in copied
        else:
            assert page.get_by_role("button", name="Copier la citation").count() == 0
            fold.click()
            assert "/documents/" in page.locator(".take .citation").first.inner_text()


def test_a_member_collects_orders_shares_and_exports(page: Page, browser: Browser, site: Site, tmp_path: Path) -> None:
    page.goto(QUERY)
    page.get_by_role("link", name="Ajouter à un dossier").first.click()
    page.get_by_label("Un nouveau dossier").check()
    page.get_by_label("Titre du nouveau dossier").fill("Secours")
    page.get_by_role("button", name="Ajouter", exact=True).click()
    page.wait_for_url("**/?q=ambulance*")
    page.get_by_role("status").get_by_role("link").click()
    page.get_by_label("Ajouter une note personnelle").fill("Qui paie ?")
    page.get_by_role("button", name="Ajouter la note").click()
    items = page.locator(".dossier-items > li")
    assert items.count() == 2
    page.get_by_role("button", name="Monter").focus()
    page.keyboard.press("Enter")
    page.locator(".dossier-items > li:first-child .dossier-note").wait_for()
    assert items.first.locator(".dossier-note").inner_text() == "Qui paie ?"
    items.first.get_by_role("checkbox").uncheck()
    with page.expect_download() as download:
        page.get_by_role("button", name="OpenDocument").click()
    download.value.save_as(tmp_path / "note.odt")
    written = zipfile.ZipFile(tmp_path / "note.odt").read("content.xml").decode()
    assert "[1]" in written
    assert "Qui paie" not in written
    page.get_by_role("button", name="Créer un lien").click()
    link = page.get_by_label("Le lien de ce dossier").input_value().replace("http://testserver", site.address)
    stranger = browser.new_context(locale="fr-FR").new_page()
    stranger.goto(link)
    assert stranger.get_by_role("heading", name="Secours").is_visible()
    assert stranger.get_by_text("Qui paie").first.is_visible()
    assert stranger.get_by_role("button", name="Retirer").count() == 0
    page.get_by_role("button", name="Cesser le partage").click()
    stranger.reload()
    assert stranger.get_by_role("heading", name="Secours").count() == 0
    stranger.context.close()
