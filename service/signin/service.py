"""Signing readers in and out: with a key, through the issuer, here and everywhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from index.documents import Audience
from service.auth.audit import AuditLog
from service.auth.authenticators import Authenticator
from service.auth.callers import Caller
from service.auth.failures import FailedSignIns
from service.auth.openid import Attempt, OpenId, SignInFailed
from service.auth.scopes import Scope
from service.auth.sessions import Sessions
from service.errors import Unauthenticated


@dataclass(frozen=True)
class SignInService:
    """Opens and ends sessions, and records when staff and keys do so. Its methods block."""

    authenticator: Authenticator
    sessions: Sessions
    audit: AuditLog
    failures: FailedSignIns
    open_id: OpenId | None = None

    def with_key(self, key: str, address: str) -> str:
        """Return the cookie of a session for the key's owner, "" when the key does not open the pages.

        `address` is whose sign-in it is. Raises TooManyRequests when too many failed there.
        """
        self.failures.check(address)
        try:
            caller = self.authenticator.caller(key)
        except Unauthenticated as error:
            self.failures.record(address, "key", str(error))
            return ""
        if not caller.subject.startswith("key:") or not caller.may(Scope.SEARCH):
            self.failures.record(address, "key", "It is not for reading.")
            return ""
        return self._open("sign in", caller)

    def begin(self, back: str) -> Attempt | None:
        """Return the way to the issuer and back to `back`, None without an issuer. Raises IssuerUnavailable."""
        return self.open_id.begin(back) if self.open_id else None

    def finish(self, answer: Mapping[str, str], attempt: str, address: str) -> tuple[str, str] | None:
        """Return the cookie of a session for whom the issuer's answer names, and where they were before.

        None without an issuer. Raises SignInFailed, IssuerUnavailable, TooManyRequests.
        """
        if self.open_id is None:
            return None
        self.failures.check(address)
        try:
            person, back = self.open_id.finish(answer, attempt)
        except SignInFailed as error:
            self.failures.record(address, "openid", str(error))
            raise
        return self._open("sign in", person), back

    def end_everywhere(self, caller: Caller) -> None:
        """Void every session of a caller, on whatever device."""
        if caller.is_known:
            self.sessions.end_all(caller.subject)
            self._record("sign out everywhere", caller)

    def logout_url(self, caller: Caller) -> str:
        """Return where the caller's session at the issuer is ended, "" when there is none to end."""
        if self.open_id is None or not self.open_id.is_own(caller.subject):
            return ""
        return self.open_id.logout_url()

    def _open(self, action: str, caller: Caller) -> str:
        self._record(action, caller)
        return self.sessions.open(caller.subject)

    def _record(self, action: str, caller: Caller) -> None:
        """Record what staff and keys do; when other people come and go is not kept."""
        if caller.audience is Audience.STAFF or caller.subject.startswith("key:"):
            self.audit.write(action, caller)
