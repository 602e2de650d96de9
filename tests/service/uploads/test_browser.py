"""Staff at work in a real browser: upload, found, withdrawn, not found; a vote that reaches the dashboard; axe."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page

from index.dense.flat import FlatIndex
from index.documents import Audience
from index.engine import SearchEngine
from index.lexical.tantivy_index import TantivyIndex
from index.settings import IndexSettings
from index.splitting import PassageSplitter
from index.store.filter_columns import FilterColumns
from index.store.store import Store
from index.update import Indexer
from ingest.sync.progress import NoProgress
from ingest.sync.run import Options, run
from ingest.sync.uploads import Uploads
from ingest.sync.withdrawals import remove_withdrawn
from service.app import create_app
from service.library.open_index import OpenIndex
from service.settings import Settings
from service.wiring import answerer, build_parts, key_store
from tests.conftest import HashEmbedder
from tests.service.browsing import needs_chromium
from tests.service.marked import EAGER
from tests.service.serving import served

pytestmark = needs_chromium
TEXT = "# Le bac de Lauterbourg\n\nLe bac passe le Rhin et relie les deux rives pour les cyclistes.\n"


@dataclass
class Centre:
    """A data folder, the job that writes its index, and a library that is opened anew after a run."""

    data: Path
    trouble: str = ""
    cut_off: str = ""

    def __post_init__(self) -> None:
        self.store = Store(self.data / "passerelle.sqlite", create=True)
        self.indexer = Indexer(self.store, HashEmbedder(), TantivyIndex(self.data / "lexical"))
        self.uploads = Uploads(self.data)
        self.work()

    def work(self) -> None:
        """Run as the ingestion job that watches does, and have the service open what it wrote."""
        remove_withdrawn(self.store, self.indexer)
        sources = self.uploads.sources(self.store, with_sources=False)
        if sources:
            splitter = PassageSplitter(HashEmbedder().count_tokens)
            report = run(sources, self.indexer, splitter, options=Options(), progress=NoProgress())
            report.write(self.data)
            self.uploads.write_state(report, self.store)
        lexical = TantivyIndex(self.data / "lexical")
        lexical.update(self.store)
        vectors, columns = FlatIndex(*self.store.passage_table.vectors()), FilterColumns.read(self.store)
        engine = SearchEngine(self.store, HashEmbedder(), vectors, lexical, columns, self.store.generation)
        self.index = OpenIndex(engine, self.store)

    def borrow(self) -> OpenIndex:
        return self.index


@dataclass
class Site:
    centre: Centre
    address: str
    key: str


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    data = tmp_path_factory.mktemp("staff")
    centre = Centre(data)
    parts = build_parts(Settings(index=IndexSettings(data=data)), centre)
    parts = replace(parts, answerer=lambda index, within: answerer(index, within, EAGER))
    key = key_store(parts.settings).add("Anne", Audience.STAFF)
    with served(create_app(parts)) as address:
        yield Site(centre, address, key)


@pytest.fixture(scope="module")
def signed_in(browser: Browser, site: Site) -> Iterator[BrowserContext]:
    """A browser in which somebody of the staff signed in."""
    context = browser.new_context(base_url=site.address, locale="fr-FR")
    page = context.new_page()
    page.goto("/signin")
    page.get_by_label("Votre clé").fill(site.key)
    page.locator("main").get_by_role("button", name="Se connecter").click()
    page.close()
    yield context
    context.close()


@pytest.fixture
def page(signed_in: BrowserContext) -> Iterator[Page]:
    page = signed_in.new_page()
    page.set_viewport_size({"width": 1280, "height": 900})
    yield page
    page.close()


def results(page: Page, query: str) -> list[str]:
    page.goto(f"/?q={query}")
    return page.locator("ol.results h2").all_inner_texts()


def test_a_document_is_uploaded_read_found_withdrawn_and_found_no_more(page: Page, site: Site) -> None:
    page.goto("/staff/upload")
    sent = {"name": "Bac.md", "mimeType": "text/markdown", "buffer": TEXT.encode()}
    page.get_by_label("Fichiers").set_input_files(sent)  # type: ignore[arg-type]
    page.get_by_label("Visible par").select_option(label="Tout le monde")
    page.get_by_label("Titre").fill("Le bac sur le Rhin")
    page.get_by_label("Transports").check()
    page.get_by_role("button", name="Déposer").click()
    assert "1 fichier déposé" in page.get_by_role("status").inner_text()
    assert page.locator(".state-waiting").count() == 1
    assert page.get_by_text("python -m ingest --watch").is_visible()
    site.centre.work()
    page.reload()
    page.get_by_role("link", name="Le bac sur le Rhin", exact=True).click()
    assert page.locator("h1").inner_text() == "Le bac sur le Rhin"
    assert results(page, "bac+cyclistes") == ["Le bac sur le Rhin"]

    page.get_by_role("link", name="Le bac sur le Rhin", exact=True).click()
    page.get_by_text("Retirer ce document…").click()
    page.get_by_label("Pourquoi ?").fill("périmé")
    page.get_by_role("button", name="Retirer tout de suite").click()
    assert "est retiré" in page.get_by_role("status").inner_text()
    assert results(page, "bac+cyclistes") == []
    site.centre.work()
    assert results(page, "bac+cyclistes") == []
    page.goto("/staff/upload")
    assert page.locator(".state-withdrawn").count() == 1

    page.goto("/staff/withdrawn")
    page.get_by_role("button", name="Remettre").click()
    site.centre.work()
    assert results(page, "bac+cyclistes") == ["Le bac sur le Rhin"]


def test_a_vote_and_its_word_reach_the_dashboard(page: Page, site: Site) -> None:
    page.goto("/journal")
    page.get_by_role("button", name="J’accepte").click()
    assert "gardés à partir de maintenant" in page.get_by_role("status").inner_text()
    page.goto("/?q=bac+pour+les+cyclistes+?")
    page.locator(".results details.vote summary").first.click()
    page.get_by_role("group", name="Ce résultat vous a-t-il aidé").first.get_by_role("button", name="Non").click()
    assert page.get_by_role("status").is_visible()
    page.get_by_label("Un mot de plus").fill("horaires absents")
    page.get_by_role("button", name="Envoyer").click()
    page.get_by_role("link", name="Revenir où vous étiez").click()
    assert page.locator("#q").input_value() == "bac pour les cyclistes ?"
    page.goto("/staff")
    assert page.get_by_role("cell", name="horaires absents").is_visible()
    assert page.get_by_role("rowheader", name="bac pour les cyclistes ?").first.is_visible()
    assert page.locator("svg.plot rect").count() >= 1


PAGES = ("/staff", "/staff/upload", "/staff/withdrawn", "/journal", "/?q=bac+pour+les+cyclistes+?")


@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing_no_rule_of_the_policy_is_broken_and_nothing_scrolls_sideways(page: Page, path: str) -> None:
    messages: list[str] = []
    page.on("console", lambda message: messages.append(message.text))
    page.goto(path)
    for fold in page.locator("details").all():
        fold.evaluate("element => element.open = true")
    rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        violations = Axe().run(page, options={"runOnly": rules}).response["violations"]
        assert [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in violations] == []
    assert messages == []
    page.set_viewport_size({"width": 320, "height": 640})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_the_form_is_filled_in_by_keyboard_alone(page: Page) -> None:
    page.goto("/staff/upload")
    page.get_by_label("Fichiers").focus()
    seen = []
    for _ in range(60):
        page.keyboard.press("Tab")
        seen.append(page.evaluate("document.activeElement.name || document.activeElement.textContent"))
        if seen[-1] == "Déposer":
            break
    assert {"audience", "kind", "language", "title", "themes", "borders", "published", "Déposer"} <= set(seen)
