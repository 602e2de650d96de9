"""WCAG 2.2 AA on every page, in every language, light and dark, wide and narrow: axe finds nothing, nothing is cut off.

A new page is one line in PAGES; an address with a reader's name before it is visited as that reader.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import axe_playwright_python
import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from index.documents import Access, Audience
from service.alerts.sightings import Sightings
from service.alerts.store import Alerts, NewAlert, alerts_of
from service.auth.groups import Group
from service.dossiers.model import Quote, digest_of
from service.harvesting.records import RECORDS
from service.harvesting.store import FOLDER, HarvestPlan, PlannedHarvest
from service.library.filters import Filters
from service.newsletter.database import newsletter_of
from service.newsletter.model import Arrangement, Item, Part, Readership
from service.newsletter.store import Draft, Letters
from service.web.translating import INTERFACE_LANGUAGES
from tests.service.browsing import Site, chromium, needs_chromium, served_site

pytestmark = needs_chromium
PAGES = (
    "/",
    "/?q=télétravail ambulance Rettungswagen Belgique&superseded=1&sort=newest&country=FR&valid_on=2021-06-01",
    "/?q=Who pays for the transport of the patient?",
    "/?q=ambulance&language=nl",
    "/?q=Et en Suisse ?&after=Qui paie le transport du patient en Belgique ?&after=Et son ambulance ?",
    "/?q=Combien de notes juridiques ?",
    "/?q=ambulance&page=9",
    "/?q=ambulance&page=0",
    "/nothing",
    "/signin",
    "/documents/notes/teletravail?start=0&end=30",
    "/documents/notes/teletravail-2020?on=2021-05-03",
    "/documents/notes/teletravail/overview",
    "/browse?kind=legal+note",
    "/directory",
    "/directory?border=BE-FR&theme=health",
    "/experiences",
    "/experiences?q=ambulance transport patient insurance&border=ES-FR",
    "/compare",
    "/compare?q=Rettungswagen ambulance",
    "/compare?document=projekte/rettungsdienst&document=notes/teletravail",
    "/obstacles",
    "/obstacles/report",
    "/journal",
    "/alerts",
    "/alerts/new?q=ambulance&border=BE-FR&kind=study",
    "member /alerts",
    "member /alerts/new?q=ambulance&border=BE-FR",
    "member /?q=ambulance",
    "member /signin",
    "/dossiers",
    "/dossiers/add?quote=0:30::notes/teletravail",
    "/shared?t={link}",
    "member /dossiers",
    "member /dossiers/{dossier}",
    "member /dossiers/add?quote=0:30::notes/teletravail&question=Qui ?&column=a&column=b&cell=1",
    "member /documents/membres/ambulance",
    "staff /staff",
    "staff /staff/obstacles",
    "staff /staff/upload",
    "staff /staff/ingestion",
    "staff /staff/harvests",
    "staff /staff/harvests/actu",
    "staff /staff/corrections/notes/teletravail",
    "staff /staff/withdrawn",
    "staff /staff/judging",
    "staff /staff/thesaurus?q=a",
    "staff /staff/keys",
    "staff /staff/keys/2",
    "staff /staff/groups",
    "staff /staff/groups/gt-sante",
    "/newsletter",
    "member /newsletter",
    "staff /staff/newsletters",
    "staff /staff/newsletters/{letter}",
    "staff /staff/newsletters/{letter}/send",
)
AXE = Path(axe_playwright_python.__file__).parent / "axe.min.js"
RUN = """async colours => {
  const rules = {"target-size": {enabled: true}, "color-contrast": {enabled: colours}};
  const found = await axe.run(document, {resultTypes: ["violations"], preload: false, iframes: false, rules});
  return found.violations.map(one => [one.id, one.nodes.map(node => node.html + " " + node.failureSummary)]);
}"""
OPEN = "() => { for (const fold of document.querySelectorAll('details')) fold.open = true; }"
SIDEWAYS = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
SPACED = """() => {
  const sheet = new CSSStyleSheet();
  const wide = "line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important;";
  sheet.replaceSync(`* { ${wide} }`);
  document.adoptedStyleSheets = [sheet];
}"""  # WCAG 1.4.12
MOVING = """() => [...document.querySelectorAll("*")].filter(one => {
  const style = getComputedStyle(one), lasts = parseFloat(style.transitionDuration);
  return lasts > 0 || style.animationName !== "none" || style.scrollBehavior === "smooth";
}).length"""


class Walk(NamedTuple):
    """A browser's contexts, one a reader."""

    site: Site
    browser: Browser
    contexts: dict[str, BrowserContext]
    made: dict[str, str]  # what stands in addresses for ids that are drawn by chance

    def page(self, reader: str) -> Page:
        if reader not in self.contexts:
            self.contexts[reader] = context = self.browser.new_context(
                base_url=self.site.address, reduced_motion="reduce", locale="fr-FR"
            )
            context.add_init_script(path=AXE)
            page = context.new_page()
            key = {"member": self.site.member_key, "staff": self.site.staff_key}.get(reader)
            if key:
                page.goto("/signin")
                page.fill("#key", key)
                page.locator("main button").click()
        return self.contexts[reader].pages[0]


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walk]:
    with served_site(tmp_path_factory.mktemp("site")) as site, chromium() as browser:
        keep_an_alert(site)
        declare_a_group(site)
        keep_a_harvest(site.parts.settings.index.data)
        yield Walk(site, browser, {}, make_dossier(site))


def make_dossier(site: Site) -> dict[str, str]:
    """Have the member keep something of every kind, share it, and return its id and the secret of its link."""
    headers, quote = (
        {"Authorization": f"Bearer {site.member_key}"},
        {"document_id": "notes/ambulance", "start": 0, "end": 73},
    )
    with httpx.Client(base_url=f"{site.address}/api/v1", headers=headers) as member:
        path = f"/dossiers/{member.post('/dossiers', json={'title': 'Conseil'}).json()['id']}"
        for item in (
            {"kind": "passage", **quote},
            {"kind": "answer", "question": "Qui paie ?", "quotes": [quote]},
            {"kind": "comparison", "question": "Q", "columns": ["a", "b"], "cells": [quote | {"column": 1}]},
            {"kind": "note", "text": "Une note"},
        ):
            member.post(f"{path}/items", json=item).raise_for_status()
        link = member.post(f"{path}/shares", json={"with": "link"}).json()["url"]
    return {"{dossier}": path.rpartition("/")[2], "{link}": link.partition("t=")[2], "{letter}": make_letter(site)}


def make_letter(site: Site) -> str:
    """Have a letter with a document and a word, and a document that has to be left out; return its id."""
    quote = Quote("notes/ambulance", "", 0, 73, digest_of(""))
    items = (Item("notes/ambulance", Part.DOCUMENTS, (quote,), 0, "Un mot"), Item("notes/absent"))
    day = date(2026, 11, 1)
    draft = Draft("Lettre", "fr", Readership(), day, day, Arrangement.BORDER, items)
    return Letters(newsletter_of(site.parts.settings.index)).add(draft, "Paul").id


def keep_an_alert(site: Site) -> None:
    """Have the member an alert that has told of a document."""
    file = alerts_of(site.parts.settings.index)
    alert = Alerts(file).add(NewAlert("key:1", "télétravail", Filters(borders=["DE-FR"]), "fr", "marie@example.org"), 9)
    Sightings(file).record(alert, Access(Audience.MEMBER), 1, ["notes/teletravail"])


def declare_a_group(site: Site) -> None:
    """Have a group with a key in it, and a name that forms offer."""
    site.parts.groups.write(Group("gt-sante", {"fr": "GT Santé", "de": "AG Gesundheit"}, "Les soins."))
    site.parts.keys.add("Luc", Audience.MEMBER, groups=["gt-sante"])


def keep_a_harvest(data: Path) -> None:
    """Have staff a harvest that could not fetch an address, nor read a document."""
    terms = {"name": "actu", "format": "feed", "address": "https://exemple.org/rss", "audience": "public"}
    with HarvestPlan(data).changing() as draft:
        draft.put(PlannedHarvest(terms))
    remarks = [{"path": "https://exemple.org/perdu", "reason": "it is gone (HTTP 404)."}]
    times = {"began": "2026-11-30T09:00:00.000+00:00", "ended": "2026-11-30T09:01:00.000+00:00", "due": 4e9}
    entry = {
        "name": "actu",
        **times,
        "revision": 1,
        "failed": 1,
        "failures": remarks,
        "unreadable": 1,
        "unread": remarks,
    }
    (data / RECORDS).write_text(json.dumps({"harvests": {f"{FOLDER}/actu": entry}}))


LIGHT, DARK = ("light", 1280), ("dark", 320)
OTHER_LANGUAGES = {"en": LIGHT, "de": DARK, "es": LIGHT, "it": DARK, "nl": LIGHT}


def ways_of_axe(address: str, language: str) -> list[tuple[str, int]]:
    """Return in which ways axe reads a page in a language: in French in both, in the others where it is their turn."""
    if language == "fr":
        return [LIGHT, DARK]
    in_turn = list(OTHER_LANGUAGES)[PAGES.index(address) % len(OTHER_LANGUAGES)]
    return [OTHER_LANGUAGES[language]] if language == in_turn else []


@pytest.mark.parametrize("language", INTERFACE_LANGUAGES)
@pytest.mark.parametrize("address", PAGES)
def test_everybody_can_read_and_use_the_page(walk: Walk, address: str, language: str) -> None:
    """Languages share templates and one style sheet, and differ in how long their texts are.

    So the layout is held in every language, while axe, which takes most of the time, reads each page in French in both
    ways, and in one other language where it does not weigh the colours again. `make soak` has it read all in every way.
    """
    read(walk, address, language, ways_of_axe(address, language), colours=language == "fr")


@pytest.mark.soak
@pytest.mark.parametrize("language", INTERFACE_LANGUAGES)
@pytest.mark.parametrize("address", PAGES)
def test_everybody_can_read_and_use_the_page_in_every_way(walk: Walk, address: str, language: str) -> None:
    read(walk, address, language, [(scheme, width) for scheme in ("light", "dark") for width in (1280, 320)])


def read(walk: Walk, address: str, language: str, ways: Iterable[tuple[str, int]], *, colours: bool = True) -> None:
    reader, path = address.split(" ", 1) if not address.startswith("/") else ("", address)
    for name, value in walk.made.items():
        path = path.replace(name, value)
    page = walk.page(reader)
    page.goto(f"{path}{'&' if '?' in path else '?'}lang={language}")
    assert page.locator("html").get_attribute("lang") == language
    page.evaluate(OPEN)
    assert page.evaluate(MOVING) == 0, "moves although the reader asked for less motion"
    for scheme, width in ways:
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # one of its literals
        page.set_viewport_size({"width": width, "height": 720})
        assert page.evaluate(RUN, colours) == [], f"in {scheme}, at {width} pixels"
    for width in (1280, 640, 320):  # 640 is 1280 at 200 %
        page.set_viewport_size({"width": width, "height": 720})
        assert page.evaluate(SIDEWAYS) <= 0, f"scrolls sideways at {width} pixels"
    page.evaluate(SPACED)
    assert page.evaluate(SIDEWAYS) <= 0, "scrolls sideways with wider spacing"


@pytest.fixture
def page(walk: Walk) -> Iterator[Page]:
    context = walk.browser.new_context(
        base_url=walk.site.address, locale="fr-FR", viewport={"width": 1280, "height": 720}
    )
    yield context.new_page()
    context.close()


FOCUS = """() => {
  const one = document.activeElement, box = one.getBoundingClientRect();
  const ring = [one, one.closest(".field")].filter(Boolean).some(it => {
    const style = getComputedStyle(it);
    return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  });
  const x = box.left + Math.min(box.width, innerWidth) / 2, y = box.top + Math.min(box.height / 2, 12);
  const top = document.elementFromPoint(x, y);
  return {
    name: one.textContent.trim().replace(/\\s+/g, " ") || one.name || one.id, tag: one.tagName, ring,
    href: one.getAttribute("href") || "", seen: !!top && (one.contains(top) || top.contains(one)),
  };
}"""


def tab_to(page: Page, name: str, most: int = 80) -> dict[str, Any]:
    """Press Tab until what has this name is reached; on the way everything shows that it is focused."""
    for _ in range(most):
        page.keyboard.press("Tab")
        there: dict[str, Any] = page.evaluate(FOCUS)
        assert there["ring"], f"no ring around {json.dumps(there, ensure_ascii=False)}"
        assert there["seen"], f"hidden while focused: {json.dumps(there, ensure_ascii=False)}"
        if name in there["name"]:
            return there
    raise AssertionError(f"{name!r} is not reached by {most} tabs")


def test_the_keyboard_alone_leads_through_search_filter_result_document_and_back(page: Page) -> None:
    page.goto("/")
    assert tab_to(page, "Aller au contenu", 1)
    page.keyboard.press("Enter")
    tab_to(page, "q", 2)  # the content begins with the field
    page.keyboard.type("ambulance Rettungswagen border")
    page.keyboard.press("Enter")
    page.wait_for_url("**/?q=*")
    tab_to(page, "Santé")
    page.keyboard.press("Enter")
    page.wait_for_url("**theme=health*")
    tab_to(page, "Retirer le filtre Thème")
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "theme" not in url)
    tab_to(page, "Aller aux résultats")
    page.keyboard.press("Enter")
    tab_to(page, "les plus récents", 3)
    tab_to(page, "Exporter la liste", 3)
    there = tab_to(page, "Cross-border ambulance", 40)
    page.keyboard.press("Enter")
    page.wait_for_url("**/documents/**")
    assert page.locator("mark#passage").is_visible()
    page.go_back()
    page.wait_for_url(lambda url: "/?q=" in url)
    assert there["href"]
    assert page.get_by_role("link", name="Cross-border ambulance").first.is_visible()


def test_what_is_in_another_language_says_so(page: Page) -> None:
    page.goto("/?q=Rettungswagen ambulance border")
    spoken = page.evaluate(
        "() => [...document.querySelectorAll('blockquote p')]"
        ".map(one => [one.closest('[lang]').lang, one.textContent.slice(0, 3)])"
    )
    assert ["de", "Der"] in spoken
    assert ["en", "An "] in spoken


def test_a_reader_who_zooms_to_two_hundred_percent_still_searches(page: Page) -> None:
    page.set_viewport_size({"width": 640, "height": 360})
    page.goto("/?q=ambulance")
    page.get_by_text("Affiner").click()
    page.get_by_role("link", name="Santé").click()
    assert "theme=health" in page.url


def test_a_wrong_key_is_told_where_it_was_typed(page: Page) -> None:
    page.goto("/signin")
    page.fill("#key", "passerelle_wrong")
    page.locator("main button").click()
    assert page.locator("#key").get_attribute("aria-invalid") == "true"
    message = page.locator(f"#{page.locator('#key').get_attribute('aria-describedby')}")
    assert message.get_attribute("role") == "alert"
    page.evaluate(AXE.read_text())
    assert page.evaluate(RUN, True) == []
