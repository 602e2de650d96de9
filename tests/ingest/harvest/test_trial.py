"""A list is looked at before it is harvested: what it is, what it holds, what would be fetched; nothing else is."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from ingest.harvest import __main__ as command
from ingest.harvest.fetching import NotFetched
from ingest.harvest.mirror import Mirror
from ingest.harvest.plan import Harvest
from ingest.harvest.trial import Budget, Trial, try_harvest
from tests.ingest.harvest.site import HERE, PAGE, Harvester, Site, rss, sitemap

HEAD = '<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><responseDate>2026-03-01T00:00:00Z</responseDate>'


def look(folder: Path, address: str, format: str = "", **terms: Any) -> Trial:
    harvest = Harvest("actu", format or "feed", address, delay_s=0, **terms)
    return try_harvest(harvest, Mirror.open(folder / "actu"), HERE, is_unknown=not format, budget=Budget())


def test_the_first_entries_are_shown_and_no_document_is_fetched(tmp_path: Path, site: Site, base: str) -> None:
    site.pages = {"/feed": rss(base, *(f"p{number}" for number in range(30)))}
    trial = look(tmp_path, f"{base}/feed", only="p1", most=8)
    assert (trial.listed, trial.chosen, trial.to_fetch, len(trial.entries)) == (30, 11, 8, 10)
    assert trial.entries[0].address == f"{base}/p1"
    assert set(site.requested) == {"/robots.txt", "/feed"}
    assert list(tmp_path.iterdir()) == []


def test_what_a_list_is_is_detected(tmp_path: Path, site: Site, base: str) -> None:
    page = '<html><head><link rel="alternate" type="application/rss+xml" href="/feed"></head><body>x</body></html>'
    site.pages = {
        "/feed": rss(base, "tram"),
        "/map.xml": sitemap(base, "tram"),
        "/map.xml.gz": sitemap(base, "tram"),
        "/": ("text/html", page),
        "/oai": ("text/xml", f"{HEAD}<ListRecords></ListRecords></OAI-PMH>"),
    }
    detected = [
        (trial.harvest.format, trial.harvest.address.removeprefix(base))
        for path in ("feed", "map.xml", "map.xml.gz", "", "oai?verb=Identify")
        for trial in [look(tmp_path, f"{base}/{path}")]
    ]
    assert detected == [
        ("feed", "/feed"),
        ("sitemap", "/map.xml"),
        ("sitemap", "/map.xml.gz"),
        ("feed", "/feed"),
        ("oai", "/oai"),
    ]


@pytest.mark.parametrize("format", ["", "feed", "sitemap", "oai"])
def test_what_is_no_list_is_refused_in_words(tmp_path: Path, site: Site, base: str, format: str) -> None:
    site.pages = {"/page": ("text/html", PAGE.format("x"))}
    for path in ("page", "absent"):
        assert look(tmp_path, f"{base}/{path}", format).reason
    assert "address of this network" in look(tmp_path, base.replace("127.0.0.1", "127.0.0.2"), format).reason


def test_what_is_there_already_is_not_to_be_fetched(tmp_path: Path, site: Site, base: str) -> None:
    site.pages = {"/feed": rss(base, "tram"), "/tram": ("text/html", PAGE.format("tram"))}
    Harvester(tmp_path, Harvest("actu", "feed", f"{base}/feed"))()
    site.pages["/feed"] = rss(base, "tram", "pont")
    assert look(tmp_path, f"{base}/feed").to_fetch == 1


def test_a_look_waits_for_no_slow_site() -> None:
    slept: list[float] = []
    budget = Budget(20.0, clock=lambda: 0.0, sleep=slept.append)
    budget.wait(1.0)
    with pytest.raises(NotFetched, match="took too long"):
        budget.wait(30.0)
    assert slept == [1.0]


def answer(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: list[str], **terms: Any) -> Any:
    monkeypatch.setattr(sys, "stdin", io.StringIO(json.dumps({"terms": {"name": "actu", **terms}})))
    assert command.main(words, {"PASSERELLE_HARVEST_ALLOW": "127.0.0.1"}) == 0
    return json.loads(capsys.readouterr().out)


def test_the_command_answers_the_service_in_json(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, site: Site, base: str
) -> None:
    site.pages = {"/feed": rss(base, "tram")}
    words = ["try", "--data", str(tmp_path)]
    tried = answer(monkeypatch, capsys, words, address=f"{base}/feed", delay_s=0)
    assert (tried["format"], tried["to_fetch"], tried["fault"]["reason"]) == ("feed", 1, "")
    assert tried["entries"] == [{"address": f"{base}/tram", "title": "tram", "published": "2026-03-03"}]
    checked = answer(monkeypatch, capsys, ["check"], format="feed", address=f"{base}/feed")
    assert (checked["terms"]["audience"], checked["terms"]["most"]) == ("staff", 500)
    for wrong in ({"every_s": 1}, {"only": "("}, {"address": "file:///etc/passwd"}, {"colour": "red"}):
        refused = answer(monkeypatch, capsys, ["check"], **{"format": "feed", "address": base, **wrong})
        assert [refused["field"]] == list(wrong)
