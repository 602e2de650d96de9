"""Harvests that staff added are fetched when they are due, read, and leave with their documents when they are over."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from index.errors import PasserelleError
from index.splitting import PassageSplitter
from index.store.locks import exclusive_lock
from ingest.harvest.mirror import Mirror
from ingest.harvest.records import Record, Records
from ingest.harvest.run import RETRY_S
from ingest.harvest.schedule import Harvests
from ingest.harvest.staff_harvests import StaffFetcher, StaffHarvests
from ingest.harvest.staff_plan import FOLDER, PLAN
from ingest.sync.progress import NoProgress
from ingest.sync.run import Options, run
from tests.ingest.centre import Centre
from tests.ingest.harvest.site import HERE, PAGE, Site, rss, sitemap
from tests.ingest.harvest.test_plan import RIGHT


class Harvesting(Centre):
    """A resource centre that staff add harvests to, and a clock that is set by hand."""

    def __init__(self, root: Path, base: str) -> None:
        super().__init__(root)
        self.data, self.base = root / "var", base
        self.entries: dict[str, dict[str, Any]] = {}
        self.revision, self.time = 0, 1_000_000.0
        self.on_wait: Callable[[], None] = lambda: None
        self.staff_harvests = StaffHarvests(self.data)

    def plan(self, name: str, *, status: str = "active", until: str = "", requested: str = "", **terms: Any) -> None:
        """Add or change a harvest, as the service does."""
        self.revision += 1
        before = self.entries.get(name, {}).get("terms", {"name": name, "format": "feed", "delay_s": 0})
        own = {"status": status, "until": until, "requested": requested, "revision": self.revision}
        self.entries[name] = {"terms": {**before, **terms}, **own}
        payload = {"revision": self.revision, "harvests": [*self.entries.values()]}
        (self.data / PLAN).write_text(json.dumps(payload))

    def fetch(self) -> list[str]:
        def wait(_: float) -> None:
            self.on_wait()

        return StaffFetcher(self.data, HERE, wait, lambda: self.time).fetch()

    def read(self, *, with_sources: bool = False) -> bool:
        """Read as a job does; say whether there was anything to read."""
        sources = self.staff_harvests.sources(with_sources=with_sources)
        if sources:
            splitter = PassageSplitter(lambda texts: [len(text.split()) for text in texts])
            options = Options(may_be_empty=frozenset(sources))
            self.staff_harvests.finish(run(sources, self.indexer, splitter, options=options, progress=NoProgress()))
        return bool(sources)

    def record(self, name: str = "actu") -> Record:
        return Records(self.data).all()[f"{FOLDER}/{name}"]

    def rows(self, name: str = "actu") -> set[str]:
        return set(Mirror.open(self.data / FOLDER / name).entries)


@pytest.fixture
def centre(tmp_path: Path, site: Site, base: str) -> Harvesting:
    site.pages = {"/feed": rss(base, "tram", "pont"), "/tram": ("text/html", PAGE.format("tram"))}
    site.pages["/pont"] = ("text/html", PAGE.format("pont"))
    centre = Harvesting(tmp_path, base)
    centre.plan("actu", address=f"{base}/feed")
    return centre


def test_a_harvest_is_fetched_when_it_is_due_and_read_once(centre: Harvesting) -> None:
    assert [centre.fetch(), centre.fetch()] == [["actu"], []]
    record = centre.record()
    assert (record.fetched, record.documents, record.due) == (2, 2, 1_003_600.0)
    assert record.began <= record.ended
    assert [centre.read(), centre.read(), centre.read(with_sources=True)] == [True, False, True]
    assert centre.documents == 2
    centre.time += 3601
    assert centre.fetch() == ["actu"]
    assert not centre.read()  # nothing had changed


def test_documents_of_a_harvest_that_states_no_audience_are_for_staff(centre: Harvesting) -> None:
    centre.fetch()
    catalogue = (centre.data / FOLDER / "actu/catalogue.csv").read_text()
    assert catalogue.count(",staff,") == 2


def test_narrower_readers_wait_for_no_site(centre: Harvesting, site: Site) -> None:
    centre.plan("actu", audience="public")
    centre.fetch()
    centre.read()
    requested = len(site.requested)
    centre.plan("actu", audience="member", status="paused")
    assert centre.fetch() == []
    assert len(site.requested) == requested
    assert centre.read()
    assert {str(row["audience"]) for row in stated(centre)} == {"member"}


def stated(centre: Harvesting) -> list[Any]:
    return [entry.stated for entry in Mirror.open(centre.data / FOLDER / "actu").entries.values()]


def test_a_paused_harvest_is_not_fetched_and_a_requested_one_before_its_time(centre: Harvesting) -> None:
    centre.plan("actu", status="paused")
    assert centre.fetch() == []
    centre.plan("actu")
    assert centre.fetch() == ["actu"]
    centre.plan("actu", requested="2999-01-01T00:00:00.000+00:00")
    assert centre.fetch() == ["actu"]


def test_a_list_that_cannot_be_read_is_tried_again_later_with_the_reason_on_record(
    centre: Harvesting, site: Site
) -> None:
    del site.pages["/feed"]
    assert [centre.fetch(), centre.fetch()] == [["actu"], []]
    assert not centre.record().is_listed
    assert "HTTP 404" in centre.record().failures[0].reason
    centre.time += RETRY_S
    assert centre.fetch() == ["actu"]


def test_another_address_is_read_from_its_beginning_and_what_is_no_longer_chosen_goes(
    centre: Harvesting, site: Site
) -> None:
    centre.fetch()
    centre.plan("actu", only="/tram")
    assert centre.fetch() == ["actu"]
    assert centre.rows() == {f"{centre.base}/tram"}
    site.pages["/other"] = site.pages["/feed"]  # with the same ETag as the list before
    centre.plan("actu", only="", address=f"{centre.base}/other")
    assert centre.fetch() == ["actu"]
    assert centre.rows() == {f"{centre.base}/tram", f"{centre.base}/pont"}


def test_a_choice_that_leaves_little_of_a_sitemap_is_a_decision_and_no_fault_of_the_site(
    centre: Harvesting, site: Site
) -> None:
    names = [f"p{number}" for number in range(20)]
    site.pages |= {f"/{name}": ("text/html", PAGE.format(name)) for name in names}
    site.pages["/map.xml"] = sitemap(centre.base, *names)
    centre.plan("plan", format="sitemap", address=f"{centre.base}/map.xml")
    centre.fetch()
    centre.plan("plan", only="p1$")
    centre.fetch()
    assert centre.rows("plan") == {f"{centre.base}/p1"}


def test_a_harvest_that_is_changed_while_it_goes_on_stops_and_begins_again(centre: Harvesting) -> None:
    centre.plan("actu", delay_s=1)

    def pause() -> None:
        centre.on_wait = lambda: None
        centre.plan("actu", status="paused")

    centre.on_wait = pause
    centre.fetch()
    assert (centre.record().fetched, centre.record().is_cut) == (0, True)
    centre.plan("actu")
    assert centre.fetch() == ["actu"]
    assert centre.record().fetched == 2


def test_a_harvest_that_another_job_fetches_is_left_alone(centre: Harvesting, site: Site) -> None:
    with exclusive_lock(centre.data / FOLDER / ".actu.lock"):
        centre.fetch()
    assert site.requested == []
    centre.fetch()
    assert centre.record().fetched == 2


def test_documents_of_an_ended_harvest_stay_until_their_day_and_then_go_with_its_folder(centre: Harvesting) -> None:
    centre.fetch()
    centre.read()
    centre.plan("actu", status="ended", until="2999-01-01")
    centre.fetch()
    assert not centre.read()
    assert centre.documents == 2
    centre.plan("actu", status="ended", until="2026-01-01")
    assert centre.read()
    assert centre.documents == 0
    assert not (centre.data / FOLDER / "actu").exists()
    assert Records(centre.data).all() == {}


def test_a_harvest_whose_documents_are_all_gone_keeps_no_other_source_waiting(centre: Harvesting, site: Site) -> None:
    site.pages["/map.xml"] = sitemap(centre.base, "tram", "pont")
    centre.plan("actu", format="sitemap", address=f"{centre.base}/map.xml")
    centre.fetch()
    centre.read()
    site.pages["/map.xml"] = sitemap(centre.base)
    centre.time += 3601
    centre.fetch()
    assert centre.read()
    assert centre.documents == 0


def test_a_file_that_cannot_be_read_is_on_record_by_its_address(centre: Harvesting, site: Site) -> None:
    site.pages["/pont"] = ("application/pdf", "%PDF-1.7 cut off")
    centre.fetch()
    centre.read()
    (remark,) = centre.record().unread
    assert (remark.path, bool(remark.reason)) == (f"{centre.base}/pont", True)


def test_a_file_of_which_the_catalogue_does_not_say_yet_who_may_read_it_is_not_read(centre: Harvesting) -> None:
    centre.fetch()
    (centre.data / FOLDER / "actu/pages/on-its-way.html").write_text(PAGE.format("x"))
    assert centre.read()
    assert centre.documents == 2


def test_a_plan_that_cannot_be_read_removes_nothing(centre: Harvesting) -> None:
    centre.fetch()
    centre.read()
    (centre.data / PLAN).write_text('{"revision": 1, "harv')
    for job in (centre.fetch, centre.read):
        with pytest.raises(PasserelleError, match="What was harvested stays"):
            job()
    (centre.data / PLAN).unlink()
    assert not centre.read(with_sources=True)
    assert centre.documents == 2


def test_a_job_that_watches_fetches_them_too(centre: Harvesting) -> None:
    with Harvests([], centre.data / "harvest", in_background=True, allowed="127.0.0.1") as harvests:
        harvests.update()
        harvests.wait_for_running()
    assert centre.record().fetched == 2


def test_of_an_operator_s_harvest_is_recorded_which_plan_it_stands_in(centre: Harvesting, tmp_path: Path) -> None:
    plan = tmp_path / "plan.toml"
    plan.write_text(RIGHT.replace("https://exemple.org/rss", f"{centre.base}/feed") + "delay_s = 0", encoding="utf-8")
    Harvests([plan], centre.data / "harvest", allowed="127.0.0.1").update()
    record = Records(centre.data).all()["harvest/actu"]
    assert (record.plan, record.fetched, record.terms["address"]) == (str(plan), 2, f"{centre.base}/feed")
    plan.write_text(plan.read_text(encoding="utf-8").replace('"actu"', '"news"'), encoding="utf-8")
    Harvests([plan], centre.data / "harvest", allowed="127.0.0.1").update()
    assert list(Records(centre.data).all()) == ["harvest/news"]
