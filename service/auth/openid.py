"""Sign people in through their issuer: authorization code with PKCE, each attempt good for one answer only."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, urlencode

from itsdangerous import BadSignature, URLSafeTimedSerializer

from service.access_settings import OpenIdSettings
from service.auth.people import KnownPerson, People
from service.auth.provider import Addresses, Issuer, IssuerUnavailable
from service.auth.tokens import BadToken, Person, Tokens

ATTEMPT_COOKIE: Final = "passerelle_attempt"
ATTEMPT_S: Final = 600
CALLBACK: Final = "/signin/openid/callback"


class SignInFailed(Exception):
    """A sign-in that came to nothing; the message is for the log."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """Where to send somebody who wants to sign in, and the cookie that ties the answer to their browser."""

    address: str
    cookie: str


@dataclass(frozen=True)
class OpenId:
    """One issuer's people. `base` is this service's public address, which the issuer sends them back to."""

    settings: OpenIdSettings
    issuer: Issuer
    tokens: Tokens
    people: People
    secret: str
    base: str

    def begin(self, back: str) -> Attempt:
        """Return the way to the issuer and back to `back`. Raises IssuerUnavailable."""
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        asked = {
            "response_type": "code",
            "client_id": self.settings.client_id,
            "redirect_uri": self.base + CALLBACK,
            "scope": self.settings.scope,
            "state": state,
            "nonce": nonce,
            "code_challenge": _challenge(verifier),
            "code_challenge_method": "S256",
        }
        cookie = self._signer().dumps([state, nonce, verifier, back])
        return Attempt(_with_query(self.issuer.addresses().authorization, asked), str(cookie))

    def finish(self, said: Mapping[str, str], cookie: str) -> tuple[KnownPerson, str]:
        """Return who came back from the issuer, remembered, and where they were. Raises SignInFailed."""
        try:
            state, nonce, verifier, back = self._signer().loads(cookie, max_age=ATTEMPT_S)
        except (BadSignature, ValueError) as error:
            raise SignInFailed("no attempt of this browser") from error
        if not hmac.compare_digest(state.encode(), said.get("state", "").encode("utf-8", "replace")):
            raise SignInFailed("the answer to another attempt")
        if not self.people.use(hashlib.sha256(state.encode()).hexdigest(), ATTEMPT_S + 60):
            raise SignInFailed("an answer that came before")
        addresses = self.issuer.addresses()
        if said.get("iss", "" if addresses.says_iss else self.settings.issuer) != self.settings.issuer:
            raise SignInFailed("another issuer's answer")
        if not said.get("code"):
            raise SignInFailed(f"the issuer refused ({said.get('error', 'no code')[:60]!r})")
        try:
            person = self._person(addresses, said["code"], nonce, verifier)
        except BadToken as error:
            raise SignInFailed(str(error)) from error
        known = KnownPerson(self._subject(person), person.name, person.audience)
        self.people.remember(known)
        return known, str(back)

    def bearer(self, token: str) -> KnownPerson:
        """Return whose access token it is. Raises BadToken, IssuerUnavailable."""
        person = self.tokens.access(token)
        return KnownPerson(self._subject(person), person.name, person.audience)

    def way_out(self) -> str:
        """Return where the issuer's own session is ended, "" when it offers no such thing or is out of reach.

        Only an address at the issuer's own origin is taken: pages allow forms to lead there and nowhere else.
        """
        try:
            address = self.issuer.addresses().end_session
        except IssuerUnavailable:
            return ""
        if not address.startswith(f"{self.settings.origin}/"):
            return ""
        told = {"client_id": self.settings.client_id, "post_logout_redirect_uri": f"{self.base}/"}
        return _with_query(address, told)

    def _person(self, addresses: Addresses, code: str, nonce: str, verifier: str) -> Person:
        given = self._exchange(addresses, code, verifier)
        claims = self.tokens.identity(str(given.get("id_token", "")), nonce)
        access = given.get("access_token")
        if addresses.userinfo and isinstance(access, str):  # many issuers say more there than in the token
            more = self._ask("GET", addresses.userinfo, headers={"Authorization": f"Bearer {access}"})
            if more.get("sub") != claims["sub"]:
                raise BadToken("what is told of somebody else")
            claims = more | claims
        return self.tokens.person(claims)

    def _exchange(self, addresses: Addresses, code: str, verifier: str) -> dict[str, Any]:
        asked = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.base + CALLBACK,
            "code_verifier": verifier,
        }
        headers = {}
        if self.settings.client_secret and "client_secret_basic" in addresses.client_authentication:
            pair = f"{quote(self.settings.client_id, safe='')}:{quote(self.settings.client_secret, safe='')}"
            headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
        elif self.settings.client_secret:
            asked |= {"client_id": self.settings.client_id, "client_secret": self.settings.client_secret}
        else:
            asked["client_id"] = self.settings.client_id
        return self._ask("POST", addresses.token, data=asked, headers=headers)

    def _ask(self, method: str, address: str, **request: Any) -> dict[str, Any]:
        import httpx

        try:
            with self.issuer.client() as client:
                answer = client.request(method, address, **request)
                said = answer.json() if answer.status_code == 200 else None
        except (httpx.HTTPError, json.JSONDecodeError, ValueError) as error:
            raise SignInFailed(f"{address}: {type(error).__name__}") from error
        if not isinstance(said, dict):
            raise SignInFailed(f"{address}: answered {answer.status_code}")
        return said

    def is_own(self, subject: str) -> bool:
        """Say whether a subject is a person of this issuer."""
        return subject.startswith(self._beginning)

    def _subject(self, person: Person) -> str:
        return self._beginning + person.subject

    @property
    def _beginning(self) -> str:
        """Name the issuer in each subject: the same number of another issuer's is somebody else."""
        return f"oidc:{hashlib.sha256(self.settings.issuer.encode()).hexdigest()[:12]}:"

    def _signer(self) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(self.secret, salt="attempt")


def _challenge(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _with_query(address: str, said: dict[str, str]) -> str:
    return f"{address}{'&' if '?' in address else '?'}{urlencode(said)}"
