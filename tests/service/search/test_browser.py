"""The list in a real browser: results are in view, on a screen, at 200 % zoom, and on paper."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.service.browsing import needs_chromium, served_site

pytestmark = needs_chromium
QUERY = "/?q=ambulance&lang=fr"


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Page]:
    folder = tmp_path_factory.mktemp("data")
    with served_site(folder) as site, browser.new_context(base_url=site.address, locale="fr-FR") as context:
        yield context.new_page()


def bottom(page: Page, selector: str) -> float:
    box = page.locator(selector).first.bounding_box()
    assert box is not None
    return box["y"] + box["height"]


def font_size(page: Page, selector: str) -> float:
    size = page.locator(selector).first.evaluate("element => parseFloat(getComputedStyle(element).fontSize)")
    return float(size)


def test_three_results_fit_on_a_screen(page: Page) -> None:
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto("/?q=télétravail+ambulance+Rettungswagen&lang=fr")
    assert page.locator(".results > li").count() >= 3
    assert bottom(page, "#result-3") <= 800


def test_the_query_is_not_the_largest_text(page: Page) -> None:
    page.goto(QUERY)
    assert font_size(page, ".found-head h1") <= font_size(page, ".results h2")
    assert font_size(page, "#q") <= font_size(page, ".results h2")


def test_at_200_per_cent_the_first_result_is_in_view(page: Page) -> None:
    page.set_viewport_size({"width": 640, "height": 400})
    page.goto(QUERY)
    assert bottom(page, "#result-1 h2") <= 400
    assert page.evaluate("document.documentElement.scrollWidth") <= 640


def test_paper_shows_what_was_found_and_where_it_stands_and_nothing_to_click(page: Page) -> None:
    page.set_viewport_size({"width": 700, "height": 1000})
    page.goto(QUERY)
    page.emulate_media(media="print")
    hidden = (".filters", ".band", ".over", ".vote", "header.site", "footer.site", ".results details")
    assert [selector for selector in hidden if page.locator(selector).first.is_visible()] == []
    assert "http://testserver/documents/" in page.locator(".results .cite").first.inner_text()
    assert bottom(page, "#result-1") < 1000
    page.emulate_media(media="screen")
