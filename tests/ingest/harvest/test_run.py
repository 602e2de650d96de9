"""Feeds, sitemaps and OAI-PMH repositories on loopback become folders that the job reads."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from ingest.harvest.plan import Harvest
from ingest.harvest.run import run_plan
from service.app import create_app
from tests.ingest.harvest.site import HERE, PAGE, Harvester, Site, rss, sitemap
from tests.service.conftest import make_parts
from tests.service.serving import served


def test_entries_of_a_feed_are_fetched_with_what_it_states_about_them(tmp_path: Path, site: Site, base: str) -> None:
    site.pages = {"/feed": rss(base, "tram", "pont"), "/tram": ("text/html", PAGE.format("tram"))}
    site.pages["/pont"] = ("text/html; charset=utf-8", PAGE.format("pont"))
    run = Harvester(tmp_path, Harvest("actu", "feed", f"{base}/feed", stated={"audience": "public", "kind": "news"}))
    assert run().line() == "actu: 2 fetched, 0 unchanged, 0 gone"
    assert run.rows["tram"]["published"] == "2026-03-03"
    assert (run.rows["tram"]["audience"], run.rows["tram"]["kind"]) == ("public", "news")
    assert run.rows["tram"]["address"] == f"{base}/tram"
    assert "Le texte de pont." in run.text("pont")


def test_what_did_not_change_is_not_sent_again(tmp_path: Path, site: Site, base: str) -> None:
    site.pages = {"/feed": rss(base, "tram"), "/tram": ("text/html", PAGE.format("tram"))}
    run = Harvester(tmp_path, Harvest("actu", "feed", f"{base}/feed"))
    run()
    assert run().unchanged == 1
    assert site.sent == ["/feed", "/tram"]
    site.pages["/feed"] = rss(base, "tram", "pont")
    site.pages["/pont"] = ("text/html", PAGE.format("pont"))
    run()
    assert site.sent == ["/feed", "/tram", "/feed", "/pont"]
    assert set(run.rows) == {"tram", "pont"}


def test_a_feed_is_not_requested_before_it_is_due(tmp_path: Path, site: Site, base: str) -> None:
    site.pages = {"/feed": rss(base)}
    feed = Harvest("actu", "feed", f"{base}/feed", delay_s=0, every_s=600)
    times = iter([1.0, 1.0, 600.0, 602.0, 602.0])  # read before each run, and again after one that was due
    for _ in range(3):
        run_plan([feed], tmp_path, allowed=HERE, now=times.__next__)
    assert site.requested.count("/feed") == 2


def test_an_entrys_own_text_stands_in_for_a_page_that_cannot_be_fetched(tmp_path: Path, site: Site, base: str) -> None:
    text = "Le pont est rouvert aux piétons. " * 10
    more = f"<item><title>pont</title><link>{base}/perdu</link><description>{text}</description></item>"
    site.pages = {"/feed": rss(base, "absent", more=more)}
    run = Harvester(tmp_path, Harvest("actu", "feed", f"{base}/feed"))
    outcome = run()
    assert "Le pont est rouvert" in run.text("pont")
    assert [remark.path for remark in outcome.failures] == [f"{base}/absent"]
    assert "HTTP 404" in outcome.failures[0].reason


def test_robots_txt_is_obeyed(tmp_path: Path, site: Site, base: str) -> None:
    site.pages = {
        "/robots.txt": ("text/plain", "User-agent: *\nDisallow: /prive\nCrawl-delay: 5"),
        "/feed": rss(base, "prive", "tram"),
        "/tram": ("text/html", PAGE.format("tram")),
    }
    run = Harvester(tmp_path, Harvest("actu", "feed", f"{base}/feed", delay_s=0))
    outcome = run()
    assert "/prive" not in site.requested
    assert outcome.failures[0].reason == "robots.txt asks not to fetch it."
    assert max(run.pauses) > 4


def test_requests_to_one_host_are_apart(tmp_path: Path, site: Site, base: str) -> None:
    site.pages = {"/feed": rss(base, "tram"), "/tram": ("text/html", PAGE.format("tram"))}
    run = Harvester(tmp_path, Harvest("actu", "feed", f"{base}/feed", delay_s=3))
    run()
    assert len(run.pauses) == 2  # between robots.txt, feed and page
    assert all(2 < pause <= 3 for pause in run.pauses)


def test_a_busy_server_is_given_the_time_it_asks_for_and_then_left_alone(tmp_path: Path, site: Site, base: str) -> None:
    site.pages = {"/feed": rss(base, "tram"), "/tram": ("text/html", PAGE.format("tram"))}
    site.busy = {"/tram": 1}
    run = Harvester(tmp_path, Harvest("actu", "feed", f"{base}/feed", delay_s=0))
    assert run().fetched == 1
    assert any(6 < pause <= 7 for pause in run.pauses)
    site.busy = {"/feed": 9}
    outcome = run()
    assert "too busy" in outcome.failures[0].reason
    assert site.busy["/feed"] == 6
    assert set(run.rows) == {"tram"}


def test_a_sitemap_of_sitemaps_is_followed_and_what_it_no_longer_lists_is_gone(
    tmp_path: Path, site: Site, base: str
) -> None:
    index = '<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{}</sitemapindex>'
    below = f"<sitemap><loc>{base}/a.xml</loc></sitemap><sitemap><loc>{base}/b.xml.gz</loc></sitemap>"
    site.pages = {
        "/sitemap.xml": ("application/xml", index.format(below)),
        "/a.xml": sitemap(base, "pub/tram", "blog/moi"),
        "/b.xml.gz": sitemap(base, "pub/note.pdf"),
        "/pub/tram": ("text/html", PAGE.format("tram")),
        "/pub/note.pdf": ("application/octet-stream", "%PDF-1.4"),
    }
    run = Harvester(tmp_path, Harvest("site", "sitemap", f"{base}/sitemap.xml", only="/pub/"))
    assert run().fetched == 2
    assert run.rows[f"{base}/pub/note.pdf"]["file"].endswith(".pdf")
    assert "/blog/moi" not in site.requested
    site.pages["/a.xml"] = sitemap(base, "blog/moi")
    assert run().dropped == 1
    assert list(run.rows) == [f"{base}/pub/note.pdf"]
    assert len(list((tmp_path / "site/pages").iterdir())) == 1


def test_a_sitemap_that_has_lost_most_of_its_pages_removes_nothing(tmp_path: Path, site: Site, base: str) -> None:
    names = [f"p{number}" for number in range(20)]
    site.pages = {f"/{name}": ("text/html", PAGE.format(name)) for name in names}
    site.pages["/sitemap.xml"] = sitemap(base, *names)
    run = Harvester(tmp_path, Harvest("site", "sitemap", f"{base}/sitemap.xml", delay_s=0))
    run()
    site.pages["/sitemap.xml"] = sitemap(base, "p1")
    outcome = run()
    assert "19 of 20 documents are no longer listed" in outcome.failures[0].reason
    assert len(run.rows) == 20


def test_a_long_list_is_fetched_over_several_runs(tmp_path: Path, site: Site, base: str) -> None:
    site.pages = {f"/p{number}": ("text/html", PAGE.format(number)) for number in range(5)}
    site.pages["/feed"] = rss(base, *(f"p{number}" for number in range(5)))
    run = Harvester(tmp_path, Harvest("actu", "feed", f"{base}/feed", most=2))
    assert [(run().fetched, len(run.rows)) for _ in range(3)] == [(2, 2), (2, 4), (1, 5)]


def test_a_page_that_is_gone_leaves_and_one_that_fails_stays(tmp_path: Path, site: Site, base: str) -> None:
    site.pages = {f"/{name}": ("text/html", PAGE.format(name)) for name in ("tram", "pont")}
    site.pages["/sitemap.xml"] = sitemap(base, "tram", "pont")
    run = Harvester(tmp_path, Harvest("site", "sitemap", f"{base}/sitemap.xml", delay_s=0))
    run()
    del site.pages["/tram"]
    site.busy = {"/pont": 9}
    outcome = run()
    assert (outcome.dropped, len(outcome.failures)) == (1, 1)
    assert list(run.rows) == [f"{base}/pont"]


@pytest.mark.parametrize("what", ["feed", "sitemap", "oai"])
def test_something_else_than_a_list_is_reported_and_what_is_there_stays(
    tmp_path: Path, site: Site, base: str, what: str
) -> None:
    site.pages = {"/list": ("text/html", "<p>Maintenance en cours"), "/b": ("application/xml", "<a/>")}
    for address in (f"{base}/list", f"{base}/b", f"{base}/nothing", "http://127.0.0.1:9"):
        outcome = Harvester(tmp_path, Harvest("x", what, address, delay_s=0))()
        assert [remark.path for remark in outcome.failures] == [address]
        assert outcome.failures[0].reason.endswith("What was harvested before stays.")


def test_another_passerelle_is_harvested_over_oai_pmh(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    parts = make_parts(tmp_path / "data")
    with served(create_app(parts)) as base:
        parts = replace(parts, settings=parts.settings.model_copy(update={"public_url": base}))
        with served(create_app(parts)) as site:
            run = Harvester(tmp_path, Harvest("voisin", "oai", f"{site}/oai", delay_s=0))
            outcome = run()
            assert not outcome.failures
            assert outcome.fetched == len(run.rows) == 4
            assert all(row["published"] and row["language"] for row in run.rows.values())
            assert not any("membres" in row["address"] for row in run.rows.values())
            assert run().fetched == 0


def test_deleted_records_are_dropped(tmp_path: Path, site: Site, base: str) -> None:
    def answer(verb: str, inside: str) -> tuple[str, str]:
        head = '<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><responseDate>2026-03-01T00:00:00Z</responseDate>'
        return "text/xml", f"{head}<{verb}>{inside}</{verb}></OAI-PMH>"

    record = (
        "<record><header><identifier>x:1</identifier><datestamp>2026-02-01</datestamp></header><metadata>"
        '<oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<dc:title>Note</dc:title><dc:identifier>{base}/note</dc:identifier></oai_dc:dc></metadata></record>"
    )
    gone = '<record><header status="deleted"><identifier>x:1</identifier><datestamp/></header></record>'
    site.pages = {"/oai": answer("ListRecords", record), "/note": ("text/html", PAGE.format("note"))}
    run = Harvester(tmp_path, Harvest("depot", "oai", f"{base}/oai", delay_s=0))
    assert run().fetched == 1
    site.pages["/oai"] = answer("ListRecords", gone)
    assert run().dropped == 1
    assert not run.rows


def test_a_run_that_was_killed_between_two_writes_goes_on_from_there(tmp_path: Path, site: Site, base: str) -> None:
    site.pages = {"/feed": rss(base, "tram"), "/tram": ("text/html", PAGE.format("tram"))}
    run = Harvester(tmp_path, Harvest("actu", "feed", f"{base}/feed", delay_s=0))
    run()
    before = run.rows
    (tmp_path / "actu/.harvest.json").write_text('{"kept": {"half', encoding="utf-8")
    assert run().fetched == 1
    assert run.rows == before
    assert json.loads((tmp_path / "actu/.harvest.json").read_text(encoding="utf-8"))["kept"]


def test_a_feed_that_lists_this_network_is_not_followed_there(tmp_path: Path, site: Site, base: str) -> None:
    site.pages = {"/feed": rss(base.replace("127.0.0.1", "127.0.0.2"), "secret")}
    outcome = Harvester(tmp_path, Harvest("actu", "feed", f"{base}/feed", delay_s=0))()
    assert "127.0.0.2 is an address of this network" in outcome.failures[0].reason
