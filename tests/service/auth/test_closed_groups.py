"""A closed group has no members, whatever says that somebody is one; and nothing is shown to more people by it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.documents import Access, Audience, Metadata
from index.errors import StoreError
from index.settings import IndexSettings
from index.store.private_database import open_private_database
from service.app import Parts
from service.auth.authenticators import KeyAuthenticator
from service.auth.callers import Caller
from service.auth.groups import Group, GroupStore, OpenGroups, groups_in
from service.auth.keys import KeyStore
from service.auth.present_access import present_access
from service.errors import ChangedMeanwhile
from tests.accesses import GROUPS, accesses, some_groups
from tests.service.test_privacy import run

CLOSED_AT = "2026-11-30T09:00:00+00:00"


@pytest.fixture
def groups(tmp_path: Path) -> GroupStore:
    return groups_in(IndexSettings(data=tmp_path))


class AnyMember:
    """Vouches for anybody: the token or subject names their groups, as an issuer's claim would."""

    def caller(self, token: str) -> Caller:
        return Caller("x", Audience.MEMBER, f"oidc:i:{token}", groups=frozenset(token.split()))

    def resume(self, subject: str) -> Caller:
        return self.caller(subject.removeprefix("oidc:i:"))


def test_a_closed_group_is_left_out_of_keys_sessions_and_what_jobs_may_tell(tmp_path: Path, groups: GroupStore) -> None:
    keys = KeyStore(tmp_path / "keys.sqlite")
    token = keys.add("Marie", Audience.MEMBER, groups=["gt-sante", "gt-travail"])
    known = OpenGroups(KeyAuthenticator(keys), groups)
    assert known.caller(token).groups == {"gt-sante", "gt-travail"}
    groups.write(Group("gt-sante", closed=CLOSED_AT))
    assert known.caller(token).groups == {"gt-travail"}
    assert known.resume("key:1").groups == {"gt-travail"}
    assert present_access(known, "key:1") == Access(Audience.MEMBER, frozenset({"gt-travail"}))


def test_a_closed_group_is_left_out_of_what_an_issuer_s_claim_says(groups: GroupStore) -> None:
    groups.write(Group("gt-sante", closed=CLOSED_AT))
    known = OpenGroups(AnyMember(), groups)
    assert known.caller("gt-sante eurodistrict-x").groups == {"eurodistrict-x"}
    assert known.resume("oidc:i:gt-sante").access == Access(Audience.MEMBER)


@given(
    access=accesses, closed=st.frozensets(st.sampled_from(GROUPS)), audience=st.sampled_from(Audience), to=some_groups
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_closing_groups_shows_nothing_to_anybody_who_did_not_see_it(
    tmp_path_factory: pytest.TempPathFactory,
    access: Access,
    closed: frozenset[str],
    audience: Audience,
    to: tuple[str, ...],
) -> None:
    store = groups_in(IndexSettings(data=tmp_path_factory.mktemp("data")))
    for group in closed:
        store.write(Group(group, closed=CLOSED_AT))
    document = Metadata("x", audience=audience, groups=to)
    before = Caller("x", access.audience, "oidc:i:x", groups=access.groups)

    class Somebody(AnyMember):
        def caller(self, token: str) -> Caller:
            return before

    after = OpenGroups(Somebody(), store).caller("x").access
    assert after.groups == access.groups - closed
    assert access.may_see(document) or not after.may_see(document)
    if access.audience is Audience.MEMBER and to and {*to} <= closed:
        assert not after.may_see(document)


def test_of_two_who_change_a_group_at_once_the_second_is_refused(groups: GroupStore) -> None:
    first = groups.write(Group("gt-sante", {"fr": "Santé"}))
    groups.write(Group("gt-sante", {"fr": "GT Santé"}, revision=first.revision))
    with pytest.raises(ChangedMeanwhile):
        groups.write(Group("gt-sante", {"fr": "Autre"}, revision=first.revision))
    with pytest.raises(ChangedMeanwhile):
        groups.write(Group("gt-sante", {"fr": "Autre"}))  # who saw that nobody had declared it
    with pytest.raises(ChangedMeanwhile):
        groups.remove(first)
    assert groups.find("gt-sante") == Group("gt-sante", {"fr": "GT Santé"}, revision=2)


def test_a_name_is_in_the_reader_s_language_or_in_another_or_the_id() -> None:
    group = Group("gt-sante", {"de": "AG Gesundheit", "fr": "GT Santé"})
    assert [group.name(language) for language in ("de", "fr", "nl")] == ["AG Gesundheit", "GT Santé", "GT Santé"]
    assert Group("gt-sante").name("fr") == "gt-sante"


def test_the_command_makes_no_key_for_a_closed_group(parts: Parts) -> None:
    parts.groups.write(Group("gt-sante", closed=CLOSED_AT))
    status, _, error = run(parts, "keys add --audience member --name Marie --groups gt-sante,gt-travail")
    assert (status, parts.keys.all()) == (1, [])
    assert "gt-sante is closed" in error
    assert run(parts, "keys add --audience member --name Marie --groups gt-travail")[0] == 0


def test_nobody_is_let_in_while_it_cannot_be_read_which_groups_are_closed(tmp_path: Path, groups: GroupStore) -> None:
    with open_private_database(tmp_path / "groups.sqlite") as db:
        db.execute("PRAGMA user_version = 99")
    with pytest.raises(StoreError, match="newer Passerelle"):
        OpenGroups(AnyMember(), groups).caller("gt-sante")
    assert OpenGroups(AnyMember(), groups).caller("").groups == frozenset()
