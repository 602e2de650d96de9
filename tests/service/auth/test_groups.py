"""A caller's groups and organisation: given with a key, kept for people, looked up at each request."""

from __future__ import annotations

import io
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from index.documents import Access, Audience, is_group_id
from service.__main__ import command
from service.app import Parts
from service.auth.authenticators import KeyAuthenticator
from service.auth.callers import Caller, organisation_name
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
        db.execute("PRAGMA user_version = 0")
        db.commit()
    new = keys.add("new", Audience.MEMBER, groups=["gt-sante", "gt-travail"])
    known = KeyAuthenticator(keys)
    assert known.caller(old).groups == frozenset()
    assert known.caller(new).groups == {"gt-sante", "gt-travail"}
    assert known.resume("key:2").access == Access(Audience.MEMBER, frozenset({"gt-sante", "gt-travail"}))


def test_people_are_kept_with_their_groups_and_those_from_before_have_none(tmp_path: Path) -> None:
    people = People(tmp_path / "people.sqlite", lifetime_s=60)
    people.remember(Caller("Léa", Audience.MEMBER, "oidc:i:lea"))
    with closing(sqlite3.connect(tmp_path / "people.sqlite")) as db:
        db.execute("ALTER TABLE people DROP COLUMN groups")
        db.execute("PRAGMA user_version = 0")
        db.commit()
    person = people.find("oidc:i:lea")
    assert person is not None
    assert person.groups == frozenset()
    people.remember(Caller("Léa", Audience.MEMBER, "oidc:i:lea", groups=SANTE))
    person = people.find("oidc:i:lea")
    assert person is not None
    assert person.access == Access(Audience.MEMBER, SANTE)


def test_the_command_takes_groups_for_a_member_s_key_and_lists_them(parts: Parts) -> None:
    assert run(parts, "keys add --audience member --name Marie --groups gt-travail,gt-sante")[0] == 0
    status, listed = run(parts, "keys list")[:2]
    assert status == 0
    assert "groups gt-sante,gt-travail" in listed
    for audience in ("staff", "public"):
        assert run(parts, f"keys add --audience {audience} --name Anne --groups gt-sante")[0] == 1
    with pytest.raises(SystemExit):
        run(parts, "keys add --audience member --name Luc --groups GT1")


@pytest.mark.parametrize(
    ("text", "expected"),
    [("Ville de  Menton\n", "Ville de Menton"), ("", ""), (" ", ""), ("x" * 101, ""), ("a\x00b", ""), ("a\u202eb", "")],
)
def test_an_organisation_is_one_line_of_some_length(text: str, expected: str) -> None:
    assert organisation_name(text) == expected


def test_a_key_and_a_person_have_the_organisation_they_were_given_and_those_from_before_none(tmp_path: Path) -> None:
    keys, people = KeyStore(tmp_path / "keys.sqlite"), People(tmp_path / "people.sqlite", lifetime_s=60)
    old = keys.add("old", Audience.MEMBER)
    people.remember(Caller("Léa", Audience.MEMBER, "oidc:i:lea"))
    for table in ("keys", "people"):
        with closing(sqlite3.connect(tmp_path / f"{table}.sqlite")) as db:
            db.execute(f"ALTER TABLE {table} DROP COLUMN organisation")
            db.execute("PRAGMA user_version = 0")
            db.commit()
    person = people.find("oidc:i:lea")
    assert person is not None
    assert (KeyAuthenticator(keys).caller(old).organisation, person.organisation) == ("", "")
    new = keys.add("new", Audience.MEMBER, organisation="Ville de Menton")
    people.remember(Caller("Max", Audience.MEMBER, "oidc:i:max", organisation="Ville de Menton"))
    person = people.find("oidc:i:max")
    assert person is not None
    assert (KeyAuthenticator(keys).caller(new).organisation, person.organisation) == ("Ville de Menton",) * 2


def test_the_command_takes_an_organisation_for_any_key_and_lists_it(parts: Parts) -> None:
    assert (
        command_of(parts, "keys", "add", "--audience", "staff", "--name", "Anne", "--organisation", " Ville  X ") == 0
    )
    assert "of Ville X" in run(parts, "keys list")[1]
    with pytest.raises(SystemExit):
        command_of(parts, "keys", "add", "--audience", "staff", "--name", "Luc", "--organisation", " ")


def command_of(parts: Parts, *words: str) -> int:
    environ = {"PASSERELLE_DATA": str(parts.settings.index.data)}
    return command(words, environ, io.StringIO(), io.StringIO())
