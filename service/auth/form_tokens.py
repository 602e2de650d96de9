"""Tokens against forged forms (CSRF): tied to a cookie that only pages of this site set."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from typing import Final

from itsdangerous import URLSafeSerializer

FORM_COOKIE: Final = "passerelle_form"


@dataclass(frozen=True)
class FormTokens:
    """Makes and checks the tokens of forms."""

    secret: str

    def token(self, nonce: str) -> str:
        """Return the token a form must carry when the reader's cookie holds `nonce`."""
        return str(URLSafeSerializer(self.secret, salt="form").dumps(nonce))

    def is_own(self, nonce: str, token: str) -> bool:
        """Say whether a form came from a page made for the reader with this nonce."""
        return bool(nonce) and hmac.compare_digest(self.token(nonce).encode(), token.encode("utf-8", "replace"))


def new_nonce() -> str:
    return secrets.token_urlsafe(16)
