"""Sessions of readers who signed in on a page: signed cookies, and tokens against forged forms (CSRF)."""

from __future__ import annotations

import hmac
import os
import secrets
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from itsdangerous import BadSignature, URLSafeSerializer, URLSafeTimedSerializer

from service.auth.people import People

SESSION_COOKIE = "passerelle_session"
FORM_COOKIE = "passerelle_form"


@dataclass(frozen=True)
class Sessions:
    """Signs and reads the two cookies. The authenticator decides whether the subject may still come in."""

    secret: str
    lifetime_s: int
    people: People | None = None  # counts the generations of a subject's sessions

    def open(self, subject: str) -> str:
        """Return a cookie value that stands for `subject` until its lifetime is over or its sessions are ended."""
        return str(URLSafeTimedSerializer(self.secret, salt="session").dumps([subject, self._generation(subject)]))

    def end_all(self, subject: str) -> None:
        """Void every session of a subject, on whatever device it was opened."""
        if self.people is not None:
            self.people.end_sessions(subject)

    def subject(self, cookie: str) -> str:
        """Return for whom the cookie was signed, "" when it is forged, too old, ended or absent."""
        try:
            payload = URLSafeTimedSerializer(self.secret, salt="session").loads(cookie, max_age=self.lifetime_s)
        except BadSignature:
            return ""
        match payload:
            case [str(subject), int(generation)] if generation == self._generation(subject):
                return subject
        return ""

    def _generation(self, subject: str) -> int:
        return self.people.generation(subject) if self.people is not None else 0

    def form_token(self, nonce: str) -> str:
        """Return the token a form must carry when the reader's cookie holds `nonce`."""
        return str(URLSafeSerializer(self.secret, salt="form").dumps(nonce))

    def is_own_form(self, nonce: str, token: str) -> bool:
        """Say whether a form came from a page made for the reader with this nonce."""
        return bool(nonce) and hmac.compare_digest(self.form_token(nonce).encode(), token.encode("utf-8", "replace"))


def new_nonce() -> str:
    return secrets.token_urlsafe(16)


def load_secret(path: Path) -> str:
    """Return the secret in the file at `path`, made when there is none, readable by its owner alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        fresh = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_hex(32))
        with suppress(FileExistsError):  # another process was first, and its secret counts
            os.link(fresh, path)
        fresh.unlink()
    return path.read_text().strip()
