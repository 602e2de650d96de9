"""A caller's groups: given with a key, kept for people, looked up at each request."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from index.documents import Access, Audience, is_group_id
from service.app import Parts
from service.auth.authenticators import KeyAuthenticator
from service.auth.callers import Caller
from service.auth.keys import KeyStore
from service.auth.people import People
from tests.service.test_privacy import run

SANTE = frozenset({"gt-sante"})


@pytest.mark.parametrize(
    ("text", "expected"),
    [("gt-sante", True), ("1", True), ("x" * 64, True), ("x" * 65, False), ("", False), ("-a", False), ("GT", False)]
    + [(text, False) for text in ("gt sante", "gt_sante", "santé", "gt-sante\n", "../a", "a/b", "²")],
)
def test_a_groups_id_has_one_form(text: str, expected: bool) -> None:
    assert is_group_id(text) is expected


def test_groups_count_for_members_alone() -> None:
    assert Access(Audience.STAFF, SANTE) == Access(Audience.STAFF)
    assert Access(Audience.PUBLIC, SANTE) == Access(Audience.PUBLIC)
    assert Access(Audience.MEMBER, SANTE) != Access(Audience.MEMBER)


def test_a_key_gives_its_groups_and_one_from_before_there_were_groups_gives_none(tmp_path: Path) -> None:
    path = tmp_path / "keys.sqlite"
    keys = KeyStore(path)
    old = keys.add("old", Audience.MEMBER)
    with closing(sqlite3.connect(path)) as db:
        db.execute("ALTER TABLE keys DROP COLUMN groups")
        db.commit()
    new = keys.add("new", Audience.MEMBER, groups=["gt-sante", "gt-travail"])
    known = KeyAuthenticator(keys)
    assert known.caller(old).groups == frozenset()
    assert known.caller(new).groups == {"gt-sante", "gt-travail"}
    assert known.resume("key:2").access == Access(Audience.MEMBER, frozenset({"gt-sante", "gt-travail"}))


def test_people_are_kept_with_their_groups_and_those_from_before_have_none(tmp_path: Path) -> None:
    people = People(tmp_path / "people.sqlite", lifetime_s=60)
    people.remember(Caller("Léa", Audience.MEMBER, "oidc:i:lea"))
    with closing(sqlite3.connect(people.path)) as db:
        db.execute("ALTER TABLE people DROP COLUMN groups")
        db.commit()
    found = people.find("oidc:i:lea")
    assert found is not None
    assert found.groups == frozenset()
    people.remember(Caller("Léa", Audience.MEMBER, "oidc:i:lea", groups=SANTE))
    found = people.find("oidc:i:lea")
    assert found is not None
    assert found.access == Access(Audience.MEMBER, SANTE)


def test_the_command_takes_groups_for_a_member_s_key_and_lists_them(parts: Parts) -> None:
    assert run(parts, "keys add --audience member --name Marie --groups gt-travail,gt-sante")[0] == 0
    status, listed = run(parts, "keys list")[:2]
    assert status == 0
    assert "groups gt-sante,gt-travail" in listed
    for audience in ("staff", "public"):
        assert run(parts, f"keys add --audience {audience} --name Anne --groups gt-sante")[0] == 1
    with pytest.raises(SystemExit):
        run(parts, "keys add --audience member --name Luc --groups GT1")
