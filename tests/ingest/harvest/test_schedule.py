"""Plans among the sources of a run."""

from __future__ import annotations

from pathlib import Path

from ingest.harvest.schedule import Harvests
from ingest.sources.catalogue import take_inventory
from tests.ingest.harvest.site import PAGE, Site, rss
from tests.ingest.harvest.test_plan import RIGHT


def test_the_plans_among_the_sources_are_harvested_and_read_as_folders(tmp_path: Path, site: Site, base: str) -> None:
    site.pages = {"/feed": rss(base, "tram"), "/tram": ("text/html", PAGE.format("tram"))}
    plan = tmp_path / "plan.toml"
    plan.write_text(RIGHT.replace("https://exemple.org/rss", f"{base}/feed") + "delay_s = 0", encoding="utf-8")
    harvests = Harvests([tmp_path / "corpus", plan], tmp_path / "harvest", allowed="127.0.0.1")
    assert (harvests.other_sources, harvests.folders) == ((tmp_path / "corpus",), [])
    assert [outcome.fetched for outcome in harvests.update()] == [1]
    assert harvests.folders == [tmp_path / "harvest/actu"]
    assert len(take_inventory(harvests.folders[0]).candidates) == 1


def test_in_the_background_one_harvest_goes_on_at_a_time_and_is_reported_when_it_has_ended(
    tmp_path: Path, site: Site, base: str
) -> None:
    site.pages = {"/feed": rss(base, "tram"), "/tram": ("text/html", PAGE.format("tram"))}
    plan = tmp_path / "plan.toml"
    plan.write_text(RIGHT.replace("https://exemple.org/rss", f"{base}/feed") + "delay_s = 0", encoding="utf-8")
    with Harvests([plan], tmp_path / "harvest", in_background=True, allowed="127.0.0.1") as harvests:
        assert harvests.update() == []
        harvests.wait_for_running()
        assert [outcome.fetched for outcome in harvests.update()] == [1]


def test_a_process_that_ends_does_not_wait_for_a_long_harvest(tmp_path: Path, site: Site, base: str) -> None:
    site.pages = {"/feed": rss(base, "tram"), "/tram": ("text/html", PAGE.format("tram"))}
    plan = tmp_path / "plan.toml"
    plan.write_text(RIGHT.replace("https://exemple.org/rss", f"{base}/feed") + "delay_s = 3600", encoding="utf-8")
    with Harvests([plan], tmp_path / "harvest", in_background=True, allowed="127.0.0.1") as harvests:
        harvests.update()
    assert "/tram" not in site.requested
