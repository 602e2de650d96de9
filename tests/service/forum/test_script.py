"""`forum-suggest.js` in Chromium, on a sample forum served from another port: it helps, and never stands in the way."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from service.forum.pages import SCRIPT
from tests.service.browsing import needs_chromium
from tests.service.forum.test_service import POST
from tests.service.sample_forum import served_forum

pytestmark = needs_chromium
ADDRESS = re.compile(r"^http://127\.0\.0\.1:\d+/documents/note\?start=0&end=\d+#passage$")


@pytest.fixture(scope="module")
def forum(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served_forum(tmp_path_factory.mktemp("forum")) as address:
        yield address


@pytest.fixture
def page(browser: Browser, forum: str) -> Iterator[Page]:
    context = browser.new_context(base_url=forum, locale="fr-FR", viewport={"width": 1000, "height": 700})
    page = context.new_page()
    page.goto("/")
    yield page
    context.close()


def write(page: Page) -> None:
    page.get_by_label("Titre").fill(POST.title)
    page.get_by_label("Texte").fill(POST.body)


def test_prior_solutions_appear_while_a_post_is_written(page: Page) -> None:
    write(page)
    panel = page.get_by_role("region", name="Peut-être déjà résolu")
    expect(panel).to_be_visible()
    expect(panel.get_by_role("heading", level=3)).to_have_text(["Fils résolus", "Documents"])
    link = panel.get_by_role("link", name="Dissoudre un groupement")
    expect(link).to_have_attribute("href", ADDRESS)
    expect(panel.get_by_text("Transférez d'abord l'emprunt au repreneur.")).to_be_visible()
    expect(panel.locator("mark").first).to_be_visible()
    expect(page.get_by_role("status")).to_have_text("2 réponses possibles sont affichées.")
    expect(page.get_by_label("Texte")).to_be_focused()


def test_one_burst_of_keys_is_one_question(page: Page) -> None:
    methods: list[str] = []
    page.on("request", lambda request: methods.append(request.method) if "/suggestions" in request.url else None)
    page.get_by_label("Titre").press_sequentially(POST.title, delay=5)
    expect(page.get_by_role("region", name="Peut-être déjà résolu")).to_be_visible()
    assert methods.count("POST") == 1


def test_it_is_dismissed_by_escape_and_stays_away_for_this_title(page: Page) -> None:
    write(page)
    panel = page.get_by_role("region", name="Peut-être déjà résolu")
    expect(panel).to_be_visible()
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    expect(page.get_by_label("Texte")).to_be_focused()
    with NoQuestion(page):
        page.get_by_label("Texte").fill(POST.body + " Merci !")
        page.wait_for_timeout(900)
    page.get_by_label("Titre").fill(POST.title + " sans ardoise")
    expect(panel).to_be_visible()


class NoQuestion:
    """Hold that nothing is asked of the resource centre inside."""

    def __init__(self, page: Page) -> None:
        self.page, self.urls = page, list[str]()

    def __enter__(self) -> None:
        self.page.on("request", lambda request: self.urls.append(request.url))

    def __exit__(self, *_: object) -> None:
        assert self.urls == []


def test_the_keyboard_reaches_each_link_and_the_button_and_comes_back(page: Page) -> None:
    write(page)
    panel = page.get_by_role("region", name="Peut-être déjà résolu")
    expect(panel).to_be_visible()
    page.get_by_label("Titre").focus()
    page.keyboard.press("Tab")
    expect(panel.get_by_role("button", name="Masquer les suggestions")).to_be_focused()
    for link in panel.get_by_role("link").all():
        page.keyboard.press("Tab")
        expect(link).to_be_focused()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    expect(panel).to_be_hidden()
    expect(page.get_by_label("Texte")).to_be_focused()


def test_nothing_is_shown_or_said_when_nothing_is_near(page: Page) -> None:
    write(page)
    panel = page.locator("section.panel")
    expect(panel).to_be_visible()
    page.get_by_label("Titre").fill("Qui a oublié une clé en salle B ?")
    page.get_by_label("Texte").fill("Elle est grise et dort à l'accueil depuis mardi.")
    expect(panel).to_be_hidden()
    expect(page.get_by_role("status")).to_have_text("")


def test_the_form_is_sent_at_once_whatever_becomes_of_the_resource_centre(page: Page) -> None:
    page.route("**/api/v1/suggestions", lambda route: None)  # never answered
    write(page)
    page.get_by_role("button", name="Publier").click()
    page.wait_for_url("**/sent?title=Dissoudre*")


@pytest.mark.parametrize("status", [429, 500, 503])
def test_trouble_is_kept_quiet_and_a_busy_service_is_left_alone(page: Page, status: int) -> None:
    requests: list[str] = []

    def refuse(route: object) -> None:
        requests.append("x")
        headers = {"Access-Control-Allow-Origin": "*", "Retry-After": "60"}
        route.fulfill(status=status, headers=headers, body="{}")  # type: ignore[attr-defined]

    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.route("**/api/v1/suggestions", refuse)
    with page.expect_response("**/api/v1/suggestions"):
        write(page)
    page.get_by_label("Titre").fill("Un autre titre, assez long")
    page.wait_for_timeout(900)
    assert (len(requests), errors) == (2 if status == 500 else 1, [])
    expect(page.locator("section.panel")).to_be_hidden()


def test_what_a_document_says_is_never_taken_for_markup(page: Page) -> None:
    evil = "<img src=x onerror=document.title='taken'>"
    suggestion = {
        "document": {"title": evil, "language": "fr"},
        "why": {
            "quote": {"text": evil, "url": "javascript:document.title='taken'"},
            "highlights": [[0, 4]],
            "words": [evil],
            "countries": [],
        },
        "solution": {"text": evil},
    }
    answer = {"threads": [suggestion], "documents": []}
    page.route(
        "**/api/v1/suggestions", lambda route: route.fulfill(json=answer, headers={"Access-Control-Allow-Origin": "*"})
    )
    write(page)
    panel = page.get_by_role("region", name="Peut-être déjà résolu")
    expect(panel).to_contain_text(evil)
    assert panel.locator("img").count() == 0
    assert panel.locator("a").get_attribute("href") is None
    assert page.title() == "Forum"


def test_it_asks_nothing_of_the_forum_s_policy(browser: Browser, forum: str) -> None:
    context = browser.new_context(base_url=forum)
    page = context.new_page()
    messages: list[str] = []
    page.on("console", lambda message: messages.append(message.text))
    page.goto("/")
    write(page)
    expect(page.locator("section.panel")).to_be_visible()
    assert [message for message in messages if "favicon" not in message] == []
    context.close()


def test_the_panel_fits_320_pixels_and_breaks_no_rule_of_axe(browser: Browser, forum: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    context = browser.new_context(base_url=forum, viewport={"width": 320, "height": 640}, bypass_csp=True)
    page = context.new_page()
    page.goto("/")
    write(page)
    expect(page.locator("section.panel")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    rules = [violation["id"] for violation in axe.run(page).response["violations"]]
    assert [rule for rule in rules if "landmark" not in rule and rule != "region"] == []
    context.close()


def test_the_discourse_component_is_whole() -> None:
    folder = SCRIPT.parent / "discourse_theme"
    about = json.loads((folder / "about.json").read_text(encoding="utf-8"))
    assert about["component"] is True
    (code,) = (folder / "javascripts").rglob("*.js")
    assert "PasserelleSuggest.attach" in code.read_text(encoding="utf-8")
