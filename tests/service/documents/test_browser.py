"""A document and comparable experiences in a real browser: light and dark, narrow and wide, by the keyboard alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page

from index.documents import Kind
from service.app import create_app
from tests.service.browsing import needs_chromium
from tests.service.cases import SITUATION, THESAURUS, case
from tests.service.paged import FIRST, READ, SECOND, document, parts_with, pdf
from tests.service.serving import served

pytestmark = needs_chromium
START = len(READ[0]) + 2
SPAN = f"start={START}&end={START + len(READ[1])}"
DOCUMENT = f"/documents/convention?{SPAN}&q=ambulance+passe+pont+convention"
CLOSER = f"/documents/convention/pages/2?{SPAN}"
EXPERIENCES = f"/experiences?q={quote(SITUATION)}"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("browsed")
    (folder / "thesaurus.ttl").write_text(THESAURUS, encoding="utf-8")
    cases = [case("voisins", "DE-FR"), case("au-loin", "BR-FR"), case("double", "BE-FR", kind=Kind.STUDY)]
    fields = {"borders": ("ES-FR",), "countries": ("ES", "FR"), "author": "A. Tester", "notice": "Essai."}
    own = document("convention", "good", **fields)
    scan = document("scan", "good", ["Rien de ceci ne se trouve là, hélas."])
    parts = parts_with(folder, [own, scan, *cases], {"good": pdf([FIRST, SECOND])})
    with served(create_app(replace(parts, thesaurus=folder / "thesaurus.ttl"))) as address:
        yield address


@pytest.fixture
def page(browser: Browser, site: str) -> Iterator[Page]:
    context = browser.new_context(base_url=site, locale="fr-FR", viewport={"width": 1280, "height": 720})
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_axe_finds_nothing_and_nothing_scrolls_sideways(browser: Browser, site: str, scheme: str, width: int) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    size = {"width": width, "height": 800}
    context = browser.new_context(base_url=site, locale="fr-FR", viewport=size, color_scheme=scheme)  # type: ignore[arg-type]
    page, messages = context.new_page(), []
    page.on("console", lambda message: messages.append(message.text))
    for path in (DOCUMENT, CLOSER, EXPERIENCES):
        page.goto(path)
        for fold in page.locator("details").all():
            fold.evaluate("element => element.open = true")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        assert messages == [], path
        violations = axe.run(page).response["violations"]
        assert [(violation["id"], violation["nodes"][0]["html"]) for violation in violations] == [], path
    context.close()


def test_the_page_of_the_file_stands_beside_the_marked_passage(page: Page) -> None:
    page.goto(DOCUMENT)
    picture = page.locator(".page-beside img")
    page.wait_for_function("document.querySelector('.page-beside img').complete")
    assert picture.evaluate("image => image.naturalWidth") == 1000
    assert "La convention transfrontalière" in (picture.get_attribute("alt") or "")
    beside, text = picture.bounding_box(), page.locator("article.text").bounding_box()
    assert beside is not None
    assert text is not None
    assert beside["x"] >= text["x"] + text["width"]
    assert page.get_by_text("Le passage est encadré").is_visible()
    page.get_by_role("link", name="Agrandir la page").click()
    page.wait_for_url("**/documents/convention/pages/2?*")
    page.get_by_role("link", name="Page précédente").click()
    page.wait_for_url("**/documents/convention/pages/1?*")
    assert page.get_by_text("Le passage ne se trouve pas sur cette page").is_visible()
    page.get_by_role("link", name="Retour au texte du document").click()
    assert page.locator("mark#passage").first.is_visible()


def test_a_page_whose_words_are_not_found_says_so(page: Page) -> None:
    page.goto("/documents/scan?start=0&end=20")
    assert page.get_by_text("Le passage n’a pas pu être situé sur cette image").is_visible()


def test_the_matches_can_be_walked_through_without_a_script(browser: Browser, site: str) -> None:
    context = browser.new_context(base_url=site, locale="fr-FR", java_script_enabled=False)
    page = context.new_page()
    page.goto("/?q=ambulance+passe+pont+convention")
    page.locator("ol.results a[href*='/documents/convention']").first.click()
    walk = page.get_by_role("navigation", name="Passages trouvés dans ce document")
    assert walk.get_by_text("Passage 1 sur 2").is_visible() or walk.get_by_text("Passage 2 sur 2").is_visible()
    before = page.locator("mark#passage").inner_text()
    walk.get_by_role("link", name="Passage suivant").or_(walk.get_by_role("link", name="Passage précédent")).click()
    assert page.locator("mark#passage").inner_text() != before
    context.close()


def test_the_map_leads_by_the_keyboard_to_the_cases_of_a_border(page: Page) -> None:
    page.goto(EXPERIENCES)
    drawn = page.get_by_role("group", name="Carte des frontières")
    assert drawn.get_by_role("link").count() == 3
    assert drawn.get_by_role("img", name="Espagne – France : votre frontière").count() == 1
    mark = drawn.get_by_role("link", name="Allemagne – France : 1 cas")
    for _ in range(40):
        page.keyboard.press("Tab")
        if mark.evaluate("element => element === document.activeElement"):
            break
    page.keyboard.press("Enter")
    page.wait_for_url("**#border-DE-FR")
    assert page.locator("#border-DE-FR").is_visible()


def test_every_statement_of_a_case_is_one_click_from_its_words(page: Page) -> None:
    unfold = "for (const fold of document.querySelectorAll('details')) fold.open = true"
    statements = ".case blockquote, .case .key-facts dd"
    page.goto(EXPERIENCES)
    count = page.locator(statements).count()
    assert count > 2
    for number in range(count):
        page.evaluate(unfold)
        quoted = page.locator(statements).nth(number)
        words = quoted.locator("p, dd > span").first.inner_text().removesuffix(" …").removeprefix("… ")
        quoted.get_by_role("link").click()
        assert " ".join(words.split()) in " ".join(page.locator("mark#passage").all_inner_texts()).replace("\n", " ")
        page.go_back()


def test_a_document_is_compared_from_its_page(page: Page) -> None:
    page.goto(DOCUMENT)
    page.get_by_role("link", name="Expériences comparables").last.click()
    page.wait_for_url("**/experiences?document=convention")
    assert page.locator("#border-DE-FR, .far-cases").count() > 0
