"""The pages of an evaluation in a real browser: readable at 320 px and in the dark, and judged by click."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from eval.compare import compare_results, contrasts, write_comparison
from eval.pooling import pool, write_pool
from eval.report import write_report
from eval.results import Reply, Results
from service.judging.judgements import Judgement, read_judgements
from tests.eval.made import results, topic
from tests.service.browsing import needs_chromium

pytestmark = needs_chromium


def measured(value: float) -> Results:
    pairs = {
        f"{query}→{passage}": {"nDCG@10": {"t1": value}, "R@10": {"t1": 1 - value}}
        for query in "ab"
        for passage in "abc"
    }
    groups = {
        "all": {"nDCG@10": {"t1": value, "t2": 0.5}, "Answer@1": {"t1": value}},
        "acronym": {"nDCG@10": {"t1": value}},
    }
    replies = (Reply(True, 0.9, ("Oui.",), 1, True), Reply(True, 0.6, ("Non.",), 0, False))
    topics = [topic(f"t{at}", ["a", "b"], {"a": 3, "b": 0}, reply=reply) for at, reply in enumerate(replies, 1)]
    return results(groups | pairs, topics=topics)


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pages")
    before, after = measured(0.2), measured(0.7)
    write_report([before, after], folder / "report.html")
    changed = contrasts(before, after, "nDCG@10")
    write_comparison(before, after, compare_results(before, after), changed, folder / "compare.html", topics=5)
    write_pool(pool([after], {"t1": {"a": 3}}, 10), folder / "pool.html", "small")
    return folder


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["report", "compare", "pool"])
def test_a_page_is_accessible_and_fits_a_telephone(
    browser: Browser, pages: Path, name: str, scheme: Literal["light", "dark"]
) -> None:
    context = browser.new_context(viewport={"width": 320, "height": 700}, color_scheme=scheme)
    page = context.new_page()
    page.goto((pages / f"{name}.html").as_uri())
    violations = Axe().run(page).response["violations"]
    assert [(violation["id"], violation["nodes"][0]["html"]) for violation in violations] == []
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    context.close()


def test_what_is_judged_by_click_is_taken_in(browser: Browser, pages: Path, tmp_path: Path) -> None:
    context = browser.new_context(viewport={"width": 1000, "height": 700})
    page = context.new_page()
    page.goto((pages / "pool.html").as_uri())
    field = page.locator('fieldset[data-topic="t1"][data-judged="b"]')
    field.get_by_label("1 – ").check()
    field.get_by_label("Remarque").fill("à relire")
    page.get_by_label("Juge").fill("Agnès Dupont")
    page.reload()  # a closed window loses nothing
    assert page.get_by_role("status").inner_text() == "1 jugés sur 3"
    with page.expect_download() as saved:
        page.get_by_role("button", name="Enregistrer").click()
    saved.value.save_as(tmp_path / "saved.jsonl")
    (judged,) = read_judgements(tmp_path / "saved.jsonl")
    assert judged._replace(at="") == Judgement("t1", "b", 1, "Agnès Dupont", "", "à relire")
    context.close()
