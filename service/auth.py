"""Who is asking: nobody (public), or somebody an authenticator knows. A wrong key is refused, never made public."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Protocol

from index.documents import Audience
from service.keys import Key, KeyStore


class Unauthenticated(Exception):
    """A token was shown and is not good: unknown, expired, revoked or malformed. The message never says which."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody and what they may see. `subject` finds them again in a session ("key:3"); nobody's is empty."""

    name: str
    audience: Audience
    subject: str = ""

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
        return Caller(key.name, key.audience, f"key:{key.id}")


def bearer_token(authorization: str) -> str:
    """Return the token of an `Authorization: Bearer TOKEN` header. Raises Unauthenticated for any other form."""
    scheme, _, token = authorization.strip().partition(" ")
    if scheme.lower() != "bearer" or not token.strip() or " " in token.strip():
        raise Unauthenticated("Wanted: `Authorization: Bearer KEY`.")
    return token.strip()
