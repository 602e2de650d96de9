"""Whatever happens: nothing is told beyond its reader's access at that moment, and each new document exactly once."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.documents import Access, Audience
from service.alerts.model import Alert, readers_of
from service.auth.callers import Caller
from service.errors import Unauthenticated
from tests.accesses import GROUPS, accesses
from tests.service.alerts.site import AlertSite, text_of

IDS = tuple(f"n/{letter}" for letter in "abc")  # few, so that the same ones come, change and go
OWNERS = ("key:1", "key:2", "oidc:0123456789ab:lea")
SOME_GROUPS = st.lists(st.sampled_from(GROUPS), max_size=2, unique=True).map(tuple)
PUT = st.tuples(st.just("put"), st.sampled_from(IDS), st.sampled_from(list(Audience)), SOME_GROUPS)
STEPS = st.one_of(
    PUT,
    st.tuples(st.just("look")),
    PUT,
    st.tuples(st.just("remove"), st.sampled_from(IDS)),
    st.tuples(st.just("access"), st.sampled_from(OWNERS), st.one_of(st.none(), accesses)),
    st.tuples(st.just("look")),
    st.tuples(st.just("send")),
    st.tuples(st.just("lose")),
)


@dataclass
class Rights:
    """An authenticator whose callers' rights change."""

    now: dict[str, Access] = field(default_factory=dict)
    held: dict[str, list[Access]] = field(default_factory=dict)  # all that each has had

    def give(self, owner: str, access: Access | None) -> None:
        self.now.pop(owner, None)
        if access:
            self.now[owner] = access
            self.held.setdefault(owner, []).append(access)

    def caller(self, token: str) -> Caller:
        raise NotImplementedError

    def resume(self, subject: str) -> Caller:
        if subject not in self.now:
            raise Unauthenticated("gone")
        access = self.now[subject]
        return Caller("x", access.audience, subject, groups=access.groups)

    def of(self, alert: Alert) -> Access | None:
        if alert.owner in self.now:
            return self.now[alert.owner]
        return Access() if not alert.owner or alert.owner.startswith("oidc:") else None


@dataclass
class Receiver:
    """A mail server that takes everything, or for a while nothing, and looks at what it took at that moment."""

    check: Callable[[str, EmailMessage], None]
    settings: Any = field(default_factory=lambda: SimpleNamespace(sender="alerts@example.org"))
    is_lost: bool = False

    @contextmanager
    def connect(self) -> Iterator[Any]:
        from service.mailing.smtp import MailServerUnavailable

        if self.is_lost:
            raise MailServerUnavailable("away")
        yield SimpleNamespace(smtp=SimpleNamespace(sock=object()), send=self.send)

    def send(self, message: bytes, to: str, begin: Callable[[], bool]) -> None:
        from service.mailing.smtp import NotBegun

        if not begin():
            raise NotBegun
        parsed = message_from_bytes(message, policy=default)
        assert isinstance(parsed, EmailMessage)
        self.check(to, parsed)


@given(
    steps=st.lists(STEPS, min_size=10, max_size=30),
    first=st.lists(st.one_of(st.none(), accesses), min_size=3, max_size=3),
    there=st.lists(st.tuples(st.sampled_from(IDS), st.sampled_from(list(Audience)), SOME_GROUPS), max_size=3),
)
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nothing_is_told_beyond_the_present_access_and_each_new_document_once(
    tmp_path_factory: pytest.TempPathFactory,
    steps: list[tuple[Any, ...]],
    first: list[Access | None],
    there: list[tuple[str, Audience, tuple[str, ...]]],
) -> None:
    site, rights = AlertSite(tmp_path_factory.mktemp("alerts")), Rights()
    for owner, access in zip(OWNERS, first, strict=True):
        rights.give(owner, access)
    site.store.documents.clear()
    for document_id, audience, groups in there:
        site.put(document_id, audience=audience, groups=groups, borders=("BE-FR",))
    alerts = {
        f"{number}@example.org": site.add("", owner, f"{number}@example.org", filters={"borders": ["BE-FR"]})
        for number, owner in enumerate(("", *OWNERS))
    }
    mailed: Counter[tuple[str, str]] = Counter()

    def check(to: str, message: EmailMessage) -> None:
        access = rights.of(alerts[to])
        assert access is not None
        for document_id in set(re.findall(r"/documents/(n/\w)\b", text_of(message) + text_of(message, "html"))):
            assert access.may_see(site.store.documents[document_id].metadata)
            mailed[to, document_id] += 1

    receiver = Receiver(check)
    site.job.server, site.job.authenticator = receiver, rights  # type: ignore[assignment]
    for step in [*steps, ("found",), ("look",), ("send",)]:
        take(step, site, rights, receiver, alerts)
    assert set(mailed.values()) <= {1}
    for to, alert in alerts.items():
        access = rights.of(alert)
        for document_id, document in site.store.documents.items():
            if (
                access is not None
                and access.may_see(document.metadata)
                and not was_there(site, alert, rights, document_id)
            ):
                assert mailed[to, document_id] == 1, (to, document_id)


def was_there(site: AlertSite, alert: Alert, rights: Rights, document_id: str) -> bool:
    """Say whether a document was there, for somebody of any access its owner has had, when the alert was made."""
    readers = {reader for access in [Access(), *rights.held.get(alert.owner, ())] for reader in readers_of(access)}
    with site.job.file.open() as db:
        rows = db.execute("SELECT reader, first FROM sightings WHERE document_id = ?", (document_id,)).fetchall()
    return any(reader in readers and first <= alert.since for reader, first in rows)


def take(step: tuple[Any, ...], site: AlertSite, rights: Rights, receiver: Receiver, alerts: dict[str, Alert]) -> None:
    match step:
        case ("put", document_id, audience, groups):
            site.put(document_id, audience=audience, groups=groups, borders=("BE-FR",))
        case ("remove", document_id):
            if document_id in site.store.documents:
                site.remove(document_id)
        case ("access", owner, access):
            rights.give(owner, access)
        case ("look",):
            site.job.look()
        case ("send",):
            site.clock.wait(days=1)
            site.job.send()
        case ("lose",):
            receiver.is_lost = not receiver.is_lost
        case ("found",):  # what a revoked key has stopped goes on once its owner says so
            receiver.is_lost = False
            for alert in alerts.values():
                site.alerts.pause(alert.id, is_paused=False)
