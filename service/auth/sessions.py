"""Sessions of readers who signed in on a page, kept here and known to the browser by a random name alone.

A cookie holds 256 random bits. What is stored is their SHA-256, so that whoever reads the file can open no session, and
a session that was ended is gone, whatever copies of its cookie there are.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import re
import secrets
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from index.errors import StoreError
from service.auth.callers import Caller
from service.auth.session_store import Session, SessionStore

log = logging.getLogger("passerelle.sessions")

SESSION_COOKIE: Final = "passerelle_session"
TOUCHED_EVERY_S: Final = 60.0  # how exactly it is known when a session was last used: not each request writes
NONCE_BYTES: Final = 12  # of AES-GCM
BROWSERS: Final = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
SYSTEMS: Final = (
    ("iPhone|iPad", "iOS"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X|Macintosh", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux|X11", "Linux"),
)


@dataclass(frozen=True, slots=True)
class Visit:
    """Where a request comes from: its address, and the browser as far as its owner needs to recognise it."""

    address: str = ""
    browser: str = ""


@dataclass(frozen=True)
class Sessions:
    """Opens, finds and ends sessions. One is over `lifetime_s` after its start, or when not used for `idle_s`."""

    store: SessionStore
    lifetime_s: float
    idle_s: float
    clock: Callable[[], float] = time.time

    def open(
        self, caller: Caller, visit: Visit | None = None, *, issuer_session: str = "", refresh_token: str = ""
    ) -> str:
        """Return the cookie value of a new session for `caller`."""
        now, cookie, visit = self.clock(), secrets.token_urlsafe(32), visit or Visit()
        self.store.purge(opened_before=now - self.lifetime_s, used_before=now - self.idle_s)
        self.store.add(
            Session(
                session_id(cookie),
                caller.subject,
                caller.audience,
                opened=now,
                used=now,
                checked=now,
                address=visit.address,
                browser=visit.browser,
                issuer_session=issuer_session,
                refresh_token=_seal(refresh_token, cookie),
            )
        )
        return cookie

    def find(self, cookie: str, visit: Visit | None = None) -> Session | None:
        """Return the session a cookie names, None when there is none or it is over; note that it was used."""
        session = self.store.find(session_id(cookie)) if cookie else None
        if session is None:
            return None
        if self._is_over(session):
            self.store.end(session.id)
            return None
        now, visit = self.clock(), visit or Visit(session.address, session.browser)
        if now - session.used >= TOUCHED_EVERY_S or visit != Visit(session.address, session.browser):
            try:
                self.store.touch(session.id, now, visit.address, visit.browser)
            except (sqlite3.OperationalError, StoreError):  # a full disk must not keep anybody from reading
                log.exception("that a session was used could not be noted")
        return session

    def of(self, subject: str) -> list[Session]:
        """Return a subject's sessions that are not over, the one used last first."""
        return [session for session in self.store.of(subject) if not self._is_over(session)]

    def end(self, cookie: str) -> None:
        """End the session a cookie names."""
        self.store.end(session_id(cookie))

    def claim_check(self, session: Session, every_s: float) -> bool:
        """Say whether the issuer has to be asked about a session now, and by whoever calls this."""
        now = self.clock()
        return now - session.checked >= every_s and self.store.claim_check(session.id, now, now - every_s)

    def refresh_token(self, session: Session, cookie: str) -> str:
        """Return the issuer's refresh token of a session, "" without one; only its cookie can read it."""
        return _unseal(session.refresh_token, cookie)

    def keep_refresh_token(self, session: Session, cookie: str, refresh_token: str) -> None:
        self.store.replace_refresh_token(session.id, _seal(refresh_token, cookie))

    def _is_over(self, session: Session) -> bool:
        now = self.clock()
        return now - session.opened >= self.lifetime_s or now - session.used >= self.idle_s


def session_id(cookie: str) -> str:
    """Return the name a cookie's session is stored under."""
    return hashlib.sha256(cookie.encode("utf-8", "replace")).hexdigest()


def cookie_name(name: str, *, is_secure: bool) -> str:
    """Return a cookie's name; behind https one that browsers take from this very host alone (RFC 6265bis, 4.1.3.2)."""
    return f"__Host-{name}" if is_secure else name


def describe_browser(user_agent: str) -> str:
    """Return browser and system in two words, such as "Firefox, Linux": enough for its owner, and no fingerprint."""
    browser = next((name for mark, name in BROWSERS if f"{mark}/" in user_agent), "")
    system = next((name for mark, name in SYSTEMS if re.search(mark, user_agent)), "")
    return ", ".join(filter(None, (browser, system)))


def _seal(text: str, cookie: str) -> bytes:
    """Encrypt a text under a cookie; the file alone does not give it away."""
    if not text:
        return b""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + AESGCM(_key(cookie)).encrypt(nonce, text.encode(), None)


def _unseal(sealed: bytes, cookie: str) -> str:
    if not sealed:
        return ""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return AESGCM(_key(cookie)).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], None).decode()


def _key(cookie: str) -> bytes:
    return hmac.digest(cookie.encode("utf-8", "replace"), b"refresh token", hashlib.sha256)
