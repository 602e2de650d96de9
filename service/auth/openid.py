"""Sign people in through their OpenID Connect issuer: authorization code with PKCE, each attempt good for one answer.

Authlib builds the requests and checks the claims. What it cannot do is ours: accept one attempt's answer only once (its
clients keep the state in a session cookie, which can be sent again with the answer it belongs to), and hold the answer
to the issuer's name (RFC 9207).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlencode

from itsdangerous import BadSignature, URLSafeTimedSerializer

from service.auth.callers import Caller
from service.auth.people import People
from service.auth.provider import Issuer, ProviderMetadata
from service.auth.tokens import LEEWAY_S, LOGOUT_WITHIN_S, BadToken, Logout, Person, Tokens
from service.errors import IssuerUnavailable
from service.settings import OpenIdSettings

if TYPE_CHECKING:
    from authlib.integrations.httpx_client import OAuth2Client

ATTEMPT_COOKIE: Final = "passerelle_attempt"
ATTEMPT_S: Final = 600
CALLBACK: Final = "/signin/openid/callback"
LOGOUT: Final = "/signin/openid/logout"  # the issuer's own calls (back-channel logout)
TIMEOUT_S: Final = 5.0
BUSY: Final = frozenset({"temporarily_unavailable", "server_error"})  # errors that say nothing of a person


class SignInFailed(Exception):
    """A sign-in that came to nothing; the message is for the log."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """Where to send somebody who wants to sign in, and the cookie that ties the answer to their browser."""

    address: str
    cookie: str


@dataclass(frozen=True, slots=True)
class Grant:
    """What the issuer gave: whom it vouches for, its name for their session there, and what to ask it again with."""

    person: Caller
    issuer_session: str = ""
    refresh_token: str = ""


@dataclass(frozen=True)
class OpenId:
    """One issuer's people. `public_url` is this service's address, which the issuer sends them back to."""

    settings: OpenIdSettings
    issuer: Issuer
    tokens: Tokens
    people: People
    secret: str
    public_url: str

    def begin(self, back: str) -> Attempt:
        """Return the way to the issuer and back to `back`. Raises IssuerUnavailable."""
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        metadata = self.issuer.metadata()
        with self._client(metadata) as client:
            address, _ = client.create_authorization_url(
                metadata.authorization, state=state, nonce=nonce, code_verifier=verifier
            )
        return Attempt(str(address), str(self._signer().dumps([state, nonce, verifier, back])))

    def finish(self, answer: Mapping[str, str], cookie: str) -> tuple[Grant, str]:
        """Return who came back from the issuer, remembered, and where they were. Raises SignInFailed."""
        try:
            state, nonce, verifier, back = self._signer().loads(cookie, max_age=ATTEMPT_S)
        except (BadSignature, ValueError) as error:
            raise SignInFailed("no attempt of this browser") from error
        if not hmac.compare_digest(state.encode(), answer.get("state", "").encode("utf-8", "replace")):
            raise SignInFailed("the answer to another attempt")
        if not self.people.use(hashlib.sha256(state.encode()).hexdigest(), ATTEMPT_S + 60):
            raise SignInFailed("an answer that came before")
        metadata = self.issuer.metadata()
        if answer.get("iss", "" if metadata.sends_iss else self.settings.issuer) != self.settings.issuer:
            raise SignInFailed("another issuer's answer")
        if not answer.get("code"):
            raise SignInFailed(f"the issuer refused ({answer.get('error', 'no code')[:60]!r})")
        grant = self._redeem(metadata, answer["code"], nonce, verifier)
        self.people.remember(grant.person)
        return grant, str(back)

    def refresh(self, subject: str, refresh_token: str) -> Grant:
        """Return what the issuer says now of somebody who signed in, remembered.

        Raises SignInFailed when it does not vouch for them any more, IssuerUnavailable.
        """
        from authlib.common.errors import AuthlibBaseError
        from httpx2 import HTTPError, HTTPStatusError

        metadata = self.issuer.metadata()
        try:
            with self._client(metadata) as client:
                response = client.refresh_token(metadata.token, refresh_token=refresh_token)
                person = self._renewed(client, metadata, response, subject)
        except (BadToken, AuthlibBaseError) as error:
            if getattr(error, "error", "") in BUSY:
                raise IssuerUnavailable(f"{metadata.token}: {error}") from error
            raise SignInFailed(str(error)) from error
        except HTTPStatusError as error:
            if error.response.status_code < 500:
                raise SignInFailed(f"the issuer answered {error.response.status_code}") from error
            raise IssuerUnavailable(f"{metadata.token}: {error.response.status_code}") from error
        except (HTTPError, ValueError, AttributeError) as error:
            raise IssuerUnavailable(f"{metadata.token}: {type(error).__name__}") from error
        self.people.remember(person)
        return Grant(person, refresh_token=str(response.get("refresh_token") or refresh_token))

    def logout(self, token: str) -> Logout:
        """Return what an issuer's logout token ends, subjects as they are named here; each is good once.

        Raises BadToken, IssuerUnavailable.
        """
        logout = self.tokens.logout(token)
        name = hashlib.sha256(f"logout\0{self.settings.issuer}\0{logout.token_id}".encode()).hexdigest()
        if not self.people.use(name, LOGOUT_WITHIN_S + 2 * LEEWAY_S):
            raise BadToken("a logout token that came before")
        return replace(logout, subject=self.subject_prefix + logout.subject if logout.subject else "")

    def bearer(self, token: str) -> Caller:
        """Return whose access token it is. Raises BadToken, IssuerUnavailable."""
        return self._caller(self.tokens.access(token))

    def logout_url(self) -> str:
        """Return where the issuer's own session is ended, "" when it offers no such thing or is out of reach.

        Only an address at the issuer's own origin counts: pages allow forms to lead there and nowhere else.
        """
        try:
            address = self.issuer.metadata().end_session
        except IssuerUnavailable:
            return ""
        if not address.startswith(f"{self.settings.origin}/"):
            return ""
        query = urlencode({"client_id": self.settings.client_id, "post_logout_redirect_uri": f"{self.public_url}/"})
        return f"{address}{'&' if '?' in address else '?'}{query}"

    def is_own(self, subject: str) -> bool:
        """Say whether a subject is a person of this issuer."""
        return subject.startswith(self.subject_prefix)

    def _redeem(self, metadata: ProviderMetadata, code: str, nonce: str, verifier: str) -> Grant:
        """Return what the issuer gives for this code. Raises SignInFailed."""
        import httpx2
        from authlib.common.errors import AuthlibBaseError

        try:
            with self._client(metadata) as client:
                response = client.fetch_token(metadata.token, code=code, code_verifier=verifier)
                access_token = str(response.get("access_token", ""))
                claims = self.tokens.identity(str(response.get("id_token", "")), nonce, access_token)
                issuer_session = claims.get("sid", "")
                claims = _user_info(client, metadata, str(claims["sub"]), access_token) | claims
            person = self._caller(self.tokens.person(claims))
            return Grant(person, str(issuer_session), str(response.get("refresh_token") or ""))
        except (BadToken, AuthlibBaseError) as error:
            raise SignInFailed(str(error)) from error
        except (httpx2.HTTPError, ValueError, AttributeError) as error:  # the last two: no JSON, or no object
            raise SignInFailed(f"{metadata.token}: {type(error).__name__}") from error

    def _renewed(
        self, client: OAuth2Client, metadata: ProviderMetadata, response: Mapping[str, Any], subject: str
    ) -> Caller:
        """Return somebody as the answer to a refresh has them. Raises BadToken, and what the client raises."""
        name = subject.removeprefix(self.subject_prefix)
        claims = _user_info(client, metadata, name, str(response.get("access_token", "")))
        if response.get("id_token"):
            claims |= self.tokens.renewed_identity(str(response["id_token"]), name)
        if claims:
            return self._caller(self.tokens.person(claims))
        person = self.people.find(subject)  # still vouched for, and nothing new is said
        if person is None:
            raise BadToken("nobody who is known here")
        return person

    def _client(self, metadata: ProviderMetadata) -> OAuth2Client:
        from authlib.integrations.httpx_client import OAuth2Client

        client = OAuth2Client(
            self.settings.client_id,
            self.settings.client_secret or None,
            token_endpoint_auth_method=self._client_authentication(metadata),
            scope=self.settings.scope,
            redirect_uri=self.public_url + CALLBACK,
            code_challenge_method="S256",
            follow_redirects=False,
            timeout=TIMEOUT_S,
        )
        client.register_client_auth_method(("client_secret_basic", _encode_basic))
        return client

    def _client_authentication(self, metadata: ProviderMetadata) -> str:
        if not self.settings.client_secret:
            return "none"
        is_basic = "client_secret_basic" in metadata.client_authentication
        return "client_secret_basic" if is_basic else "client_secret_post"

    def _caller(self, person: Person) -> Caller:
        subject, organisation = self.subject_prefix + person.subject, person.organisation
        return Caller(person.name, person.audience, subject, groups=person.groups, organisation=organisation)

    @property
    def subject_prefix(self) -> str:
        """Name the issuer in each subject: the same number of another issuer's is somebody else."""
        return f"oidc:{hashlib.sha256(self.settings.issuer.encode()).hexdigest()[:12]}:"

    def _signer(self) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(self.secret, salt="attempt")


def _user_info(client: OAuth2Client, metadata: ProviderMetadata, subject: str, access_token: str) -> dict[str, Any]:
    """Return what the issuer says of somebody beside the token: often more. Raises BadToken."""
    if not metadata.userinfo or not access_token:
        return {}
    more = client.get(metadata.userinfo).raise_for_status().json()
    if more.get("sub") != subject:
        raise BadToken("the user info of somebody else")
    return dict(more)


def _encode_basic(client: Any, method: str, uri: str, headers: dict[str, str], body: str) -> tuple[Any, ...]:
    """Authenticate with id and secret encoded by RFC 6749, 2.3.1: Authlib leaves ":", "%" and "+" as they are."""
    pair = f"{quote(client.client_id, safe='')}:{quote(client.client_secret, safe='')}"
    headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
    return uri, headers, body
