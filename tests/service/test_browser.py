"""The pages in a real browser, as a member uses them."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.service.browsing import Site, needs_chromium, served_site

pytestmark = needs_chromium
PAGES = (
    "/",
    "/?q=ambulance+transport+patient+insurance+?",
    "/documents/notes/teletravail?start=0&end=30",
    "/signin",
    "/experiences?q=ambulance+transport+patient+insurance&border=ES-FR",
    "/compare?q=Rettungswagen+ambulance",
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with served_site(tmp_path_factory.mktemp("site")) as site:
        yield site


@pytest.fixture
def page(browser: Browser, site: Site) -> Iterator[Page]:
    context = browser.new_context(base_url=site.address, locale="fr-FR", viewport={"width": 1280, "height": 720})
    yield context.new_page()
    context.close()


def test_a_member_searches_and_reads_the_passage_in_its_place(page: Page) -> None:
    page.goto("/")
    page.get_by_label("Votre question ou vos mots").fill("certificat A1 institution")
    page.get_by_role("button", name="Rechercher").click()
    page.get_by_role("link", name="Télétravail et sécurité sociale", exact=True).click()
    mark = page.locator("mark#passage")
    assert "certificat A1" in mark.inner_text()
    assert mark.is_visible()
    box = mark.bounding_box()
    assert box is not None
    assert 0 <= box["y"] < 720


def test_the_head_is_one_slim_line_in_the_site_s_own_fonts(page: Page) -> None:
    for language in ("fr", "de", "es"):
        page.set_viewport_size({"width": 1280, "height": 800})
        page.goto(f"/?lang={language}")
        head = page.locator("header.site").bounding_box()
        assert head is not None
        assert head["height"] <= 56, language
    page.evaluate("document.fonts.ready")
    loaded = page.evaluate("[...document.fonts].filter(face => face.status === 'loaded').map(face => face.family)")
    assert {family.strip('"') for family in loaded} >= {"Passerelle Sans", "Passerelle Serif"}


def test_the_query_is_not_the_largest_text_and_feedback_waits_for_a_click(page: Page) -> None:
    size = "element => parseFloat(getComputedStyle(element).fontSize)"
    page.goto("/?q=ambulance")
    title = page.locator(".results h2").first.evaluate(size)
    assert page.locator("#q").evaluate(size) < title
    assert page.locator(".found-head h1").evaluate(size) < title
    button = page.locator(".results .vote button").first
    assert not button.is_visible()
    page.locator(".results .vote summary").first.click()
    assert button.is_visible()


def test_an_answer_s_citation_leads_to_its_sentence(page: Page) -> None:
    page.goto("/?q=Who+pays+for+the+transport+of+the+patient?")
    answer = page.get_by_role("region", name="Ce que disent les documents")
    sentence = answer.locator("blockquote strong").first.inner_text()
    answer.get_by_role("link").first.click()
    assert page.locator("mark#passage").inner_text() == sentence


def test_a_follow_up_is_asked_by_keyboard_and_what_it_takes_over_can_be_removed(page: Page) -> None:
    page.goto("/?q=Qui demande le certificat A1 pour un salarié ?")
    page.get_by_label("Votre question suivante").focus()
    page.keyboard.type("Et qui le paie ?")
    page.keyboard.press("Enter")
    conversation = page.get_by_role("region", name="Questions précédentes")
    assert "qui le paie\u202f? (certificat, salarié)" in conversation.inner_text()
    conversation.get_by_role("link", name="Ne pas reprendre salarié").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "drop=" in url)
    assert "qui le paie\u202f? (certificat)" in conversation.inner_text()


def test_a_facet_narrows_the_results_and_its_chip_widens_them_again(page: Page) -> None:
    page.goto("/?q=ambulance Grenze Rettungswagen border")
    before = page.locator("ol.results > li").count()
    page.get_by_role("link", name="Allemand 1").click()
    assert page.locator("ol.results > li").count() == 1 < before
    assert "language=de" in page.url
    chosen = page.get_by_role("region", name="Filtres choisis")
    chosen.get_by_role("link", name="Retirer le filtre Langue du passage : Allemand").click()
    assert page.locator("ol.results > li").count() == before
    assert chosen.count() == 0


def test_a_new_query_keeps_the_filters_and_they_are_cleared_together(page: Page) -> None:
    page.goto("/?q=ambulance&kind=study&from=2018&valid_on=2024-03-01")
    assert page.get_by_text("En vigueur le 1 mars 2024").is_visible()
    page.get_by_label("Votre question ou vos mots").fill("ambulance dispatch")
    page.get_by_role("button", name="Rechercher").click()
    page.wait_for_url("**/?q=ambulance+dispatch&kind=study&from=2018&valid_on=2024-03-01")
    page.get_by_role("link", name="Tout effacer").click()
    page.wait_for_url("**/?q=ambulance+dispatch")


def test_years_and_days_are_set_in_a_form_that_leaves_a_clean_address(page: Page) -> None:
    page.goto("/?q=ambulance&country=FR")
    page.get_by_label("De", exact=True).fill("2020")
    page.get_by_label("Montrer aussi ce qui n’est plus en vigueur").check()
    page.get_by_role("button", name="Appliquer").click()
    page.wait_for_url("**/?q=ambulance&country=FR&from=2020&superseded=1")


def test_going_back_shows_the_results_where_they_were_left(page: Page) -> None:
    page.goto("/?q=télétravail ambulance Rettungswagen&superseded=1&sort=oldest")
    titles = page.locator("ol.results h2").all_inner_texts()
    link = page.locator("ol.results h2 a").last
    link.scroll_into_view_if_needed()
    was = page.evaluate("window.scrollY")
    link.click()
    page.wait_for_url("**/documents/**")
    page.go_back()
    page.wait_for_function("was => Math.abs(window.scrollY - was) < 5", arg=was)
    assert page.locator("ol.results h2").all_inner_texts() == titles


def test_the_list_is_saved_as_the_reader_sees_it(page: Page) -> None:
    page.goto("/?q=ambulance Rettungswagen&country=FR&lang=de")
    page.get_by_text("Liste exportieren").click()
    with page.expect_download() as saving:
        page.get_by_role("link", name="CSV-Tabelle").click()
    assert re.fullmatch(r"passerelle-[\d-]{10}\.csv", saving.value.suggested_filename)
    table = saving.value.path().read_text(encoding="utf-8-sig")
    assert table.startswith('"Rang";"Titel"')
    assert "Rettungsdienst ohne Grenzen" in table
    assert page.url.endswith("lang=de")  # the list stays where it was


def test_on_paper_there_is_the_list_and_where_each_quote_stands(page: Page) -> None:
    page.goto("/?q=ambulance")
    page.emulate_media(media="print")
    assert page.get_by_role("link", name="Cross-border ambulance", exact=True).is_visible()
    assert page.get_by_text(re.compile("Cross-border ambulance, p. 3 .*http://testserver/documents/")).is_visible()
    for hidden in ("#search", ".filters", ".export", ".order", "header.site", ".vote"):
        assert not page.locator(hidden).first.is_visible(), hidden


def test_the_language_is_switched_and_kept(page: Page) -> None:
    page.goto("/?q=ambulance")
    page.get_by_role("link", name="English").click()
    assert page.locator("html").get_attribute("lang") == "en"
    assert page.locator("#q").input_value() == "ambulance"
    page.goto("/")
    assert page.get_by_role("button", name="Search").is_visible()


def test_a_member_signs_in_and_sees_what_is_for_members(page: Page, site: Site) -> None:
    page.goto("/documents/membres/ambulance")
    assert "Page introuvable" in page.locator("h1").inner_text()
    page.locator("main").get_by_role("link", name="Se connecter").click()
    page.get_by_label("Votre clé").fill(site.member_key)
    page.locator("main").get_by_role("button", name="Se connecter").click()
    assert page.locator("h1").inner_text() == "Guide interne\u00a0: ambulance"
    assert page.get_by_text("Réservé aux membres").is_visible()
    page.get_by_role("button", name="Se déconnecter").click()
    page.goto("/documents/membres/ambulance")
    assert "Page introuvable" in page.locator("h1").inner_text()


def test_the_pages_work_without_javascript(browser: Browser, site: Site) -> None:
    context = browser.new_context(base_url=site.address, java_script_enabled=False)
    page = context.new_page()
    page.goto("/?q=certificat+A1")
    page.locator("ol.results h2 a").first.click()
    assert page.locator("mark#passage").is_visible()
    context.close()


@pytest.mark.parametrize("path", PAGES)
def test_a_page_breaks_no_rule_of_its_own_policy(page: Page, path: str) -> None:
    messages: list[str] = []
    page.on("console", lambda message: messages.append(message.text))
    page.goto(path)
    assert messages == []
