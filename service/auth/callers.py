"""Who is asking: nobody (public), or somebody an authenticator knows. A wrong key is refused, never made public."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Protocol

from index.documents import Audience
from service.auth.keys import PREFIX, Key, KeyStore
from service.auth.openid import OpenId
from service.auth.people import KnownPerson
from service.auth.scopes import Scope, usual_scopes
from service.auth.tokens import BadToken

log = logging.getLogger("passerelle.auth")


class Unauthenticated(Exception):
    """A token was shown and is not good: unknown, expired, revoked or malformed. The message never says which."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody and what they may see. `subject` finds them again in a session ("key:3"); nobody's is empty.

    `scopes` narrow what a key is for; without them it is what is usual for the audience.
    """

    name: str
    audience: Audience
    subject: str = ""
    scopes: frozenset[Scope] | None = None

    def may(self, scope: Scope) -> bool:
        """Say whether the caller may do a thing at all; which documents it shows is the audience's to say."""
        return scope in (usual_scopes(self.audience) if self.scopes is None else self.scopes)

    @property
    def is_known(self) -> bool:
        return bool(self.subject)


NOBODY = Caller(name="", audience=Audience.PUBLIC)


class Authenticator(Protocol):
    """Tells who stands behind a bearer token, and whether somebody signed in is still welcome."""

    def caller(self, token: str) -> Caller:
        """Return whose token it is. Raises Unauthenticated."""
        ...

    def resume(self, subject: str) -> Caller:
        """Return the caller a session was opened for, as they stand now. Raises Unauthenticated."""
        ...


def _utc_today() -> date:
    return datetime.now(UTC).date()


@dataclass(frozen=True)
class KeyAuthenticator:
    """Knows callers by their API key."""

    store: KeyStore
    today: Callable[[], date] = _utc_today

    def caller(self, token: str) -> Caller:
        return self._welcome(self.store.by_token(token))

    def resume(self, subject: str) -> Caller:
        scheme, _, key_id = subject.partition(":")
        if scheme != "key" or not key_id.isdecimal():
            raise Unauthenticated("This session is not good any more. Sign in again.")
        return self._welcome(self.store.by_id(int(key_id)))

    def _welcome(self, key: Key | None) -> Caller:
        if key is None or not key.is_good(self.today()):
            raise Unauthenticated("This key is not known or not good any more. Ask the resource centre for another.")
        return Caller(key.name, key.audience, f"key:{key.id}", key.scopes)


@dataclass(frozen=True)
class OpenIdAuthenticator:
    """Knows people by their issuer's access tokens, and those who signed in on a page by what it said then."""

    open_id: OpenId

    def caller(self, token: str) -> Caller:
        """Return whose token it is. Raises Unauthenticated, IssuerUnavailable."""
        try:
            return _person(self.open_id.bearer(token))
        except BadToken as error:
            log.info("an access token was refused: %s", error)
            raise Unauthenticated("This access token is not good here. Sign in again for another.") from error

    def resume(self, subject: str) -> Caller:
        known = self.open_id.people.find(subject)
        if known is None or not self.open_id.is_own(subject):
            raise Unauthenticated("This session is not good any more. Sign in again.")
        return _person(known)


@dataclass(frozen=True)
class KeysAndPeople:
    """Keys and, where there is an issuer, people: each token goes to the one who can judge it."""

    keys: KeyAuthenticator
    people: OpenIdAuthenticator

    def caller(self, token: str) -> Caller:
        is_signed = token.count(".") == 2 and not token.startswith(PREFIX)
        return self.people.caller(token) if is_signed else self.keys.caller(token)

    def resume(self, subject: str) -> Caller:
        return self.people.resume(subject) if subject.startswith("oidc:") else self.keys.resume(subject)


def _person(known: KnownPerson) -> Caller:
    return Caller(known.name, known.audience, known.subject)


def bearer_token(authorization: str) -> str:
    """Return the token of an `Authorization: Bearer TOKEN` header. Raises Unauthenticated for any other form."""
    scheme, _, token = authorization.strip().partition(" ")
    if scheme.lower() != "bearer" or not token.strip() or " " in token.strip():
        raise Unauthenticated("Wanted: `Authorization: Bearer KEY`.")
    return token.strip()
