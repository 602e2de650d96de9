"""The register of obstacles in a real browser: from a report to the notice that something came in that may solve it."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree import ElementTree

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from index.documents import Audience
from tests.service.browsing import needs_chromium
from tests.service.obstacles.site import SALT, THESAURUS, TRAM, Site
from tests.service.serving import served

pytestmark = needs_chromium
STATEMENT = "Un engin acquis en commun n'est pas assuré de l'autre côté de la frontière."


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, str]]:
    site = Site(tmp_path_factory.mktemp("register"), THESAURUS)
    site.watcher.look()
    with served(site.app()) as address:
        yield site, address


def reader(browser: Browser, address: str, key: str = "", width: int = 1280) -> tuple[BrowserContext, Page]:
    context = browser.new_context(base_url=address, locale="fr-FR", viewport={"width": width, "height": 800})
    page = context.new_page()
    if key:
        page.goto("/signin")
        page.get_by_label("Votre clé").fill(key)
        page.locator("main").get_by_role("button", name="Se connecter").click()
    return context, page


def test_from_a_report_to_the_notice_on_the_page_and_in_the_feed(browser: Browser, site: tuple[Site, str]) -> None:
    centre, address = site
    member, page = reader(browser, address, centre.key(Audience.MEMBER, "Marie"))
    page.goto("/?q=saleuse")
    page.get_by_role("link", name="Ou décrire l’obstacle que vous rencontrez").click()
    page.get_by_label("Ce qui se passe").fill(SALT)
    page.get_by_label("À quelle frontière").select_option("ES-FR")
    page.get_by_label("J’accepte que ces mots soient gardés").check()
    page.get_by_role("button", name="Envoyer").click()
    assert page.get_by_role("status").inner_text().startswith("Merci")
    follow = page.get_by_label("Adresse de suivi").input_value()

    staff, staff_page = reader(browser, address, centre.key(Audience.STAFF, "Anne"))
    staff_page.goto("/staff/obstacles")
    staff_page.get_by_role("link", name="Aucun assureur ne couvre").click()
    assert "assureur" in staff_page.get_by_role("region", name="Pourquoi ces propositions").inner_text()
    staff_page.get_by_role("button", name="Confirmer").click()
    assert "formulation neutre" in staff_page.get_by_role("alert").inner_text()
    staff_page.get_by_label("Formulation neutre").fill(STATEMENT)
    staff_page.get_by_label("niveau national").check()
    staff_page.get_by_role("button", name="Confirmer").click()
    staff_page.get_by_label("À qui").fill("Point de coordination franco-espagnol")
    staff_page.get_by_role("button", name="Transmettre").click()
    assert "Transmis à Point de coordination" in staff_page.locator(".band").inner_text()

    page.goto("/obstacles")
    assert page.get_by_role("link", name=STATEMENT).is_visible()
    assert "saleuse" not in page.locator("main").inner_text()

    centre.put("notes/assurance", f"{SALT} Une police commune est possible.", Audience.MEMBER, title="Assurer à deux")
    centre.put("equipe/assurance", f"{SALT} Pour l'équipe.", Audience.STAFF, title="Note à nous")
    assert centre.watcher.look() == 3  # a member is told of one, staff of both
    page.goto("/obstacles/mine")
    assert page.get_by_role("link", name="Assurer à deux").is_visible()
    assert "Note à nous" not in page.content()
    feed = page.get_by_label("Adresse privée du fil Atom").input_value().replace("http://testserver", address)
    assert "Nouveau document\u00a0: Assurer à deux" in titles(feed)
    assert "Note à nous" not in str(titles(feed))

    page.goto(follow.replace("http://testserver", address))
    assert page.get_by_role("link", name="Assurer à deux").is_visible()  # signed in as the member

    staff_page.goto("/staff/obstacles")
    assert staff_page.get_by_role("link", name="Note à nous").is_visible()
    staff_page.locator(".results a").first.click()
    staff_page.locator("form", has_text="Assurer à deux").get_by_role("button", name="Ce document le résout").click()
    assert "résolu" in staff_page.locator(".band .state").inner_text()
    page.goto("/obstacles")
    assert page.get_by_role("link", name="Assurer à deux").is_visible()
    member.close()
    staff.close()


def titles(address: str) -> list[str]:
    root = ElementTree.fromstring(httpx.get(address).raise_for_status().content)
    return [title.text or "" for title in root.iterfind(".//{http://www.w3.org/2005/Atom}entry/{*}title")]


def test_a_question_without_an_answer_is_handed_on_with_one_click(browser: Browser, site: tuple[Site, str]) -> None:
    centre, address = site
    nobody, page = reader(browser, address)
    page.goto("/?q=zzz+quaggas+xylophones+wombats+?")
    page.get_by_role("button", name="Faire connaître cette question au réseau").click()
    assert "quaggas" in page.locator("blockquote").inner_text()
    page.get_by_role("button", name="Retirer et effacer ce signalement").click()
    assert "Signalement effacé" in page.locator("h1").inner_text()
    assert not [report for report in centre.register.reports() if "quaggas" in report.text]
    nobody.close()


LONG = [
    pytest.param(language, marks=pytest.mark.soak) for language in ("en", "es", "it", "nl")
]  # the same pages once more


@pytest.mark.parametrize("language", ["fr", "de", *LONG])
def test_the_pages_break_no_rule_of_axe_and_fit_320_pixels(
    browser: Browser, site: tuple[Site, str], language: str
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    centre, address = site
    name = f"axe {language}"
    context, page = reader(browser, address, centre.key(Audience.STAFF, name), width=320)
    page.goto(f"/obstacles/report?lang={language}")
    page.locator("textarea[name=text]").fill(f"{TRAM} ({language})")
    page.locator("input[name=consent]").check()
    page.locator(".obstacle-form button").click()
    follow = page.url
    report = next(report for report in centre.register.reports() if report.text.endswith(f"({language})"))
    for path in (
        *("/obstacles/report", "/obstacles", "/obstacles/mine", follow, "/staff/obstacles"),
        f"/staff/obstacles/{report.obstacle_id}",
    ):
        page.goto(path)
        violations = axe.run(page).response["violations"]
        assert [(path, rule["id"], rule["nodes"][0]["html"]) for rule in violations] == []
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, path
    context.close()
