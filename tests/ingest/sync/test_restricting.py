"""An audience that becomes narrower holds at once, whatever happens to the file; a wider one waits for the file."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from index.documents import Audience
from ingest.harvest.plan import Harvest
from ingest.harvest.run import run_plan
from ingest.sources.catalogue import take_inventory
from tests.ingest.centre import Centre
from tests.ingest.harvest.site import HERE, PAGE, Site, rss


def catalogue(centre: Centre, *rows: str) -> None:
    (centre.folder / "catalogue.csv").write_text("\n".join(("file,audience,kind", *rows)), encoding="utf-8")


def audience_of(centre: Centre, name: str = "a") -> Audience:
    return centre.document(name).metadata.audience


def damage(path: Path) -> None:
    path.write_bytes(b"%PDF-1.7 nothing that can be read")


def empty(path: Path) -> None:
    path.write_text("---\ntitle: rien\n---\n", encoding="utf-8")


def break_link(path: Path) -> None:
    path.unlink()
    path.symlink_to(path.with_name("gone"))


def lead_out(path: Path) -> None:
    path.unlink()
    path.symlink_to("/etc/hostname")


def loop(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


@pytest.mark.parametrize("spoil", [damage, empty, break_link, lead_out, loop])
def test_the_catalogues_narrower_audience_holds_although_the_file_cannot_be_read(
    centre: Centre, spoil: Callable[[Path], None]
) -> None:
    path = centre.write("a.md", "Texte public.")
    catalogue(centre, "a.md,public,")
    centre.ingest()
    assert audience_of(centre) is Audience.PUBLIC
    spoil(path)
    catalogue(centre, "a.md,member,")
    report = centre.ingest()
    assert audience_of(centre) is Audience.MEMBER
    assert centre.document("a").text == "Texte public."
    assert any("for member only" in warning.reason for warning in report.warnings)
    catalogue(centre, "a.md,staff,")
    centre.ingest()
    assert audience_of(centre) is Audience.STAFF
    catalogue(centre, "a.md,public,")
    centre.ingest()
    assert audience_of(centre) is Audience.STAFF  # a wider one waits for the file
    path.unlink()
    centre.write("a.md", "Texte de nouveau lisible.")
    centre.ingest()
    assert audience_of(centre) is Audience.PUBLIC


@pytest.mark.parametrize("spoil", [damage, empty, break_link, lead_out, loop])
def test_the_catalogues_groups_hold_although_the_file_cannot_be_read(
    centre: Centre, spoil: Callable[[Path], None]
) -> None:
    path = centre.write("a.md", "Texte réservé.")

    def state(row: str) -> tuple[Audience, tuple[str, ...]]:
        (centre.folder / "catalogue.csv").write_text(f"file,audience,groups\na.md,{row}\n", encoding="utf-8")
        centre.ingest()
        metadata = centre.document("a").metadata
        return metadata.audience, metadata.groups

    assert state("public,") == (Audience.PUBLIC, ())
    spoil(path)
    assert state("public,gt-a|gt-b") == (Audience.MEMBER, ("gt-a", "gt-b"))
    assert state("member,gt-b|gt-c") == (Audience.MEMBER, ("gt-b",))  # who is in gt-c waits for the file
    assert state("member,") == (Audience.MEMBER, ("gt-b",))
    assert state("member,gt-c") == (Audience.STAFF, ())
    path.unlink()
    centre.write("a.md", "Texte de nouveau lisible.")
    assert state("member,gt-c") == (Audience.MEMBER, ("gt-c",))


@pytest.mark.parametrize("groups", ["GT Santé", "gt-a|../b"])
def test_groups_that_are_not_understood_leave_the_document_to_staff(centre: Centre, groups: str) -> None:
    centre.write("a.md", "Texte public.", audience="public")
    centre.ingest()
    centre.write("a.md", "Texte d'un groupe.", audience="member", groups=groups)
    assert centre.ingest().failures
    assert (audience_of(centre), centre.document("a").text) == (Audience.STAFF, "Texte public.")


def test_groups_in_the_catalogue_alone_do_not_open_a_file_that_cannot_be_asked_for_its_audience(
    centre: Centre,
) -> None:
    path = centre.write("a.md", "Texte public.", audience="public")
    centre.ingest()
    damage(path)
    (centre.folder / "catalogue.csv").write_text("file,groups\na.md,gt-a\n", encoding="utf-8")
    centre.ingest()
    assert audience_of(centre) is Audience.STAFF


def test_a_row_that_is_removed_leaves_a_file_that_cannot_be_read_to_staff(centre: Centre) -> None:
    path = centre.write("a.md", "Texte public.")
    centre.write("b.md", "Autre.", audience="staff")
    catalogue(centre, "a.md,public,")
    centre.ingest()
    damage(path)
    catalogue(centre)
    centre.ingest()
    assert audience_of(centre) is Audience.STAFF


def test_a_file_that_cannot_be_read_keeps_its_audience_while_nothing_new_is_stated(centre: Centre) -> None:
    path = centre.write("a.md", "Texte public.", audience="public")
    catalogue(centre, "a.md,,study")
    centre.ingest()
    damage(path)
    assert centre.ingest().failures
    assert audience_of(centre) is Audience.PUBLIC


@pytest.mark.parametrize("stated", [{"kind": "nonsense"}, {"id": "a?b"}, {"published": "someday"}])
def test_a_narrower_audience_holds_although_something_else_is_not_understood(
    centre: Centre, stated: dict[str, str]
) -> None:
    centre.write("a.md", "Texte public.", audience="public")
    centre.ingest()
    centre.write("a.md", "Texte désormais interne.", audience="staff", **stated)
    assert centre.ingest().failures
    assert (audience_of(centre), centre.document("a").text) == (Audience.STAFF, "Texte public.")


def test_a_copy_that_cannot_be_read_does_not_restrict_the_document_it_repeats(centre: Centre) -> None:
    centre.write("a.md", "Le même texte public.", audience="public")
    path = centre.write("b.md", "Le même texte public.", audience="public")
    centre.ingest()
    damage(path)
    catalogue(centre, "b.md,staff,")
    centre.ingest()
    assert audience_of(centre) is Audience.PUBLIC


def test_a_plans_narrower_audience_holds_although_its_site_is_away(tmp_path: Path, site: Site, base: str) -> None:
    site.pages = {"/feed": rss(base, "tram"), "/tram": ("text/html", PAGE.format("tram"))}

    def harvest_with(**stated: str) -> str:
        run_plan([Harvest("actu", "feed", f"{base}/feed", delay_s=0, stated=stated)], tmp_path, allowed=HERE)
        (candidate,) = take_inventory(tmp_path / "actu").candidates
        return " ".join(candidate.stated.get(name, "") for name in ("audience", "groups")).strip()

    assert harvest_with(audience="public", kind="news") == "public"
    site.pages = {}
    assert harvest_with(audience="member", kind="news") == "member"  # before it is due again
    assert harvest_with(audience="member", groups="gt-a", kind="news") == "member gt-a"
    assert harvest_with() == ""  # staff only
