"""Signing readers in and out: with a key, through the issuer, here, in one place and everywhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from index.documents import Audience
from service.auth.audit import AuditLog
from service.auth.authenticators import Authenticator
from service.auth.callers import NOBODY, Caller
from service.auth.failures import FailedSignIns
from service.auth.openid import Attempt, OpenId, SignInFailed
from service.auth.scopes import Scope
from service.auth.sessions import Sessions, Visit, session_id
from service.auth.tokens import BadToken
from service.errors import Unauthenticated


@dataclass(frozen=True, slots=True)
class OpenSession:
    """One of a reader's sessions, as they are shown it."""

    id: str
    is_here: bool
    browser: str
    address: str
    opened: datetime
    used: datetime


@dataclass(frozen=True)
class SignInService:
    """Opens and ends sessions, and records when staff and keys do so. Its methods block."""

    authenticator: Authenticator
    sessions: Sessions
    audit: AuditLog
    failures: FailedSignIns
    open_id: OpenId | None = None

    def with_key(self, key: str, visit: Visit) -> str:
        """Return the cookie of a session for the key's owner, "" when the key does not open the pages.

        Raises TooManyRequests when too many failed at this address.
        """
        address = visit.address
        self.failures.check(address)
        try:
            caller = self.authenticator.caller(key)
        except Unauthenticated as error:
            self.failures.record(address, "key", str(error))
            return ""
        if not caller.subject.startswith("key:") or not caller.may(Scope.SEARCH):
            self.failures.record(address, "key", "It is not for reading.")
            return ""
        self._record("sign in", caller)
        return self.sessions.open(caller, visit)

    def begin(self, back: str) -> Attempt | None:
        """Return the way to the issuer and back to `back`, None without an issuer. Raises IssuerUnavailable."""
        return self.open_id.begin(back) if self.open_id else None

    def finish(self, answer: Mapping[str, str], attempt: str, visit: Visit) -> tuple[str, str] | None:
        """Return the cookie of a session for whom the issuer's answer names, and where they were before.

        None without an issuer. Raises SignInFailed, IssuerUnavailable, TooManyRequests.
        """
        if self.open_id is None:
            return None
        self.failures.check(visit.address)
        try:
            grant, back = self.open_id.finish(answer, attempt)
        except SignInFailed as error:
            self.failures.record(visit.address, "openid", str(error))
            raise
        self._record("sign in", grant.person)
        cookie = self.sessions.open(
            grant.person, visit, issuer_session=grant.issuer_session, refresh_token=grant.refresh_token
        )
        return cookie, back

    def open_sessions(self, caller: Caller, cookie: str) -> list[OpenSession]:
        """Return a caller's sessions, the one used last first; `cookie` tells which one they read this in."""
        here = session_id(cookie)
        return [
            OpenSession(
                session.id,
                session.id == here,
                session.browser,
                session.address,
                datetime.fromtimestamp(session.opened, UTC),
                datetime.fromtimestamp(session.used, UTC),
            )
            for session in (self.sessions.of(caller.subject) if caller.is_known else [])
        ]

    def end(self, cookie: str) -> None:
        """End the session of this cookie."""
        self.sessions.end(cookie)

    def end_one(self, caller: Caller, session: str) -> None:
        """End one of a caller's own sessions, by its id; anybody else's is left alone."""
        if caller.is_known and self.sessions.store.end(session, caller.subject):
            self._record("sign out one", caller)

    def end_everywhere(self, caller: Caller) -> None:
        """End every session of a caller, on whatever device."""
        if caller.is_known:
            self.sessions.store.end_all(caller.subject)
            self._record("sign out everywhere", caller)

    def end_by_issuer(self, logout_token: str, address: str) -> bool:
        """End what the issuer's logout token names, and say whether the token is good.

        Raises TooManyRequests when too many were not at this address; IssuerUnavailable.
        """
        if self.open_id is None:
            return False
        try:
            logout = self.open_id.logout(logout_token)
        except BadToken as error:
            self.failures.record(address, "logout token", str(error))
            return False
        store = self.sessions.store
        if logout.session:
            ended = store.end_issuer_session(logout.session, logout.subject, self.open_id.subject_prefix)
        else:
            ended = store.end_all(logout.subject)
        self.audit.write("sign out by issuer", NOBODY, sessions=ended)
        return True

    def logout_url(self, caller: Caller) -> str:
        """Return where the caller's session at the issuer is ended, "" when there is none to end."""
        if self.open_id is None or not self.open_id.is_own(caller.subject):
            return ""
        return self.open_id.logout_url()

    def _record(self, action: str, caller: Caller) -> None:
        """Record what staff and keys do; when other people come and go is not kept."""
        if caller.audience is Audience.STAFF or caller.subject.startswith("key:"):
            self.audit.write(action, caller)
