"""From a bearer token or a session's cookie to a caller. A wrong key is refused, never treated as nobody's."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from index.clock import utc_today
from index.errors import StoreError
from service.auth.callers import NOBODY, Caller
from service.auth.keys import PREFIX, Key, KeyStore
from service.auth.openid import OpenId, SignInFailed
from service.auth.session_store import Session
from service.auth.sessions import Sessions, Visit
from service.auth.tokens import BadToken
from service.errors import IssuerUnavailable, Unauthenticated

log = logging.getLogger("passerelle.auth")
SESSION_OVER = "This session is not good any more. Sign in again."


class Authenticator(Protocol):
    """Tells who stands behind a bearer token, and whether somebody who signed in may still come in."""

    def caller(self, token: str) -> Caller:
        """Return whose token it is. Raises Unauthenticated."""
        ...

    def resume(self, subject: str) -> Caller:
        """Return the caller a session was opened for, with their present rights. Raises Unauthenticated."""
        ...


@dataclass(frozen=True)
class KeyAuthenticator:
    """Knows callers by their API key."""

    store: KeyStore
    today: Callable[[], date] = utc_today

    def caller(self, token: str) -> Caller:
        return self._caller_of(self.store.by_token(token))

    def resume(self, subject: str) -> Caller:
        scheme, _, key_id = subject.partition(":")
        if scheme != "key" or not key_id.isdecimal():
            raise Unauthenticated(SESSION_OVER)
        return self._caller_of(self.store.by_id(int(key_id)))

    def _caller_of(self, key: Key | None) -> Caller:
        today = self.today()
        if key is None or not key.is_good(today):
            raise Unauthenticated("This key is not known or not good any more. Ask the resource centre for another.")
        if key.used != today:  # once a day
            self._note_use(key.id, today)
        return Caller(key.name, key.audience, f"key:{key.id}", key.scopes, key.binding, key.groups, key.organisation)

    def _note_use(self, key_id: int, today: date) -> None:
        try:
            self.store.note_use(key_id, today)
        except (sqlite3.OperationalError, StoreError):  # a full disk must not keep anybody from reading
            log.exception("that a key was used could not be noted")


@dataclass(frozen=True)
class OpenIdAuthenticator:
    """Knows people by their issuer's access tokens, and those who signed in on a page by what it said then."""

    open_id: OpenId

    def caller(self, token: str) -> Caller:
        """Return whose token it is. Raises Unauthenticated, IssuerUnavailable."""
        try:
            return self.open_id.bearer(token)
        except BadToken as error:
            log.info("an access token was refused: %s", error)
            raise Unauthenticated("This access token is not good here. Sign in again for another.") from error

    def resume(self, subject: str) -> Caller:
        person = self.open_id.people.find(subject)
        if person is None or not self.open_id.is_own(subject):
            raise Unauthenticated(SESSION_OVER)
        return person


@dataclass(frozen=True)
class KeysAndPeople:
    """Keys and people: each token and subject goes to the authenticator that can judge it."""

    keys: KeyAuthenticator
    people: OpenIdAuthenticator

    def caller(self, token: str) -> Caller:
        is_signed = token.count(".") == 2 and not token.startswith(PREFIX)
        return self.people.caller(token) if is_signed else self.keys.caller(token)

    def resume(self, subject: str) -> Caller:
        return self.people.resume(subject) if subject.startswith("oidc:") else self.keys.resume(subject)


@dataclass(frozen=True)
class SessionAuthenticator:
    """Knows readers by the cookie of their session. What they may see is looked up again at each request.

    Where the issuer gave a refresh token, it is asked every `recheck_s` whether it still vouches for them.
    """

    sessions: Sessions
    authenticator: Authenticator
    open_id: OpenId | None = None
    recheck_s: float = 900

    def caller(self, cookie: str, visit: Visit) -> Caller:
        """Return whose session it is, NOBODY without one.

        A session falls at once when its key or person is gone, or is for a narrower audience than when it was
        opened. One that left a group goes on without it.
        """
        session = self.sessions.find(cookie, visit)
        if session is None:
            return NOBODY
        try:
            self._recheck(session, cookie)
            caller = self.authenticator.resume(session.subject)
        except (Unauthenticated, SignInFailed) as error:
            log.info("a session is over: %s", error)
            self.sessions.end(cookie)
            return NOBODY
        if not caller.audience.may_see(session.audience):
            log.info("a session is over: its owner may see less than when it was opened")
            self.sessions.end(cookie)
            return NOBODY
        return caller

    def _recheck(self, session: Session, cookie: str) -> None:
        """Ask the issuer again when it is time to; one request does, for all workers. Raises SignInFailed."""
        if self.open_id is None or not session.refresh_token or not self.open_id.is_own(session.subject):
            return
        if not self.sessions.claim_check(session, self.recheck_s):
            return
        try:
            grant = self.open_id.refresh(session.subject, self.sessions.refresh_token(session, cookie))
        except IssuerUnavailable as error:  # nobody is signed out because the issuer is away; the limits still hold
            log.warning("a session could not be checked: %s", error)
        else:
            self.sessions.keep_refresh_token(session, cookie, grant.refresh_token)


def bearer_token(authorization: str) -> str:
    """Return the token of an `Authorization: Bearer TOKEN` header. Raises Unauthenticated for any other form."""
    scheme, _, token = authorization.strip().partition(" ")
    if scheme.lower() != "bearer" or not token.strip() or " " in token.strip():
        raise Unauthenticated("Expected `Authorization: Bearer KEY`.")
    return token.strip()
