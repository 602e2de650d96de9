"""What an OpenID Connect issuer publishes: its metadata and its keys, fetched seldom and kept.

Keys change without notice: a token that names an unknown key has them fetched again, but never more often than every
`least_s` seconds, so that forged key names cannot make this service hammer its issuer. Authlib's client, which could
fetch both, asks again at each such token, keeps metadata for ever, and has nothing to use on while the issuer is away
(`tests/service/auth/test_tokens.py` holds all three).
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from service.errors import IssuerUnavailable

if TYPE_CHECKING:
    import httpx
    from joserfc.jwk import Key, KeySet

log = logging.getLogger("passerelle.issuer")

KEPT_S: Final = 3600.0  # after so long what is kept is fetched again, and used on while that fails
LEAST_S: Final = 30.0
TIMEOUT_S: Final = 5.0
LARGEST: Final = 1_000_000  # bytes of a document that is still believed
DISCOVERY: Final = "/.well-known/openid-configuration"


class UnknownKeyId(Exception):
    """The issuer publishes no key of that name."""


@dataclass(frozen=True, slots=True)
class ProviderMetadata:
    """What of the discovery document is used here; "" for what the issuer does not offer."""

    authorization: str
    token: str
    jwks: str
    userinfo: str = ""
    end_session: str = ""
    sends_iss: bool = False  # RFC 9207: the answer to an authorization request names the issuer
    client_authentication: tuple[str, ...] = ("client_secret_basic",)


@dataclass
class Issuer:
    """One issuer. Safe to call from several threads; each document is fetched by one of them at a time."""

    url: str
    client: Callable[[], httpx.Client]
    clock: Callable[[], float] = time.monotonic
    least_s: float = LEAST_S
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _metadata: tuple[float, ProviderMetadata] | None = None
    _keys: tuple[float, KeySet] | None = None
    _tried: dict[str, float] = field(default_factory=dict)

    def metadata(self) -> ProviderMetadata:
        """Return the issuer's metadata. Raises IssuerUnavailable."""
        with self._lock:
            return self._current_metadata()

    def key(self, kid: str | None) -> Key:
        """Return the key of that name (its only key for none). Raises UnknownKeyId, IssuerUnavailable."""
        with self._lock:
            if self._keys is None or self.clock() - self._keys[0] > KEPT_S:
                self._fetch_keys()
            try:
                return self._find_key(kid)
            except UnknownKeyId:
                if not self._may_try("keys"):
                    raise
            self._fetch_keys()
            return self._find_key(kid)

    def _find_key(self, kid: str | None) -> Key:
        keys = [key for key in (self._keys[1].keys if self._keys else ()) if key.as_dict().get("use", "sig") == "sig"]
        matching = keys if kid is None else [key for key in keys if key.kid == kid]
        if len(matching) != 1:
            raise UnknownKeyId(kid)
        return matching[0]

    def _current_metadata(self) -> ProviderMetadata:
        kept = self._metadata
        if kept is not None and self.clock() - kept[0] <= KEPT_S:
            return kept[1]
        try:
            metadata = self._fetch_metadata()
        except IssuerUnavailable:
            if kept is None:
                raise
            log.warning("%s: not reached; what it said before is used on", self.url)
            metadata = kept[1]
        self._metadata = (self.clock(), metadata)
        return metadata

    def _fetch_metadata(self) -> ProviderMetadata:
        document = self._get("discovery", self.url.rstrip("/") + DISCOVERY)
        if document.get("issuer") != self.url:
            raise IssuerUnavailable(f"{self.url}: its discovery document is another issuer's.")
        try:
            return ProviderMetadata(
                authorization=_address(document["authorization_endpoint"]),
                token=_address(document["token_endpoint"]),
                jwks=_address(document["jwks_uri"]),
                userinfo=_address(document.get("userinfo_endpoint", "")),
                end_session=_address(document.get("end_session_endpoint", "")),
                sends_iss=document.get("authorization_response_iss_parameter_supported") is True,
                client_authentication=tuple(
                    document.get("token_endpoint_auth_methods_supported", ("client_secret_basic",))
                ),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise IssuerUnavailable(f"{self.url}: its discovery document is not complete.") from error

    def _fetch_keys(self) -> None:
        """Fetch the keys; those kept are used on when that fails. Raises IssuerUnavailable when there are none."""
        from joserfc.errors import JoseError
        from joserfc.jwk import KeySet

        try:
            document = self._get("keys", self._current_metadata().jwks)
            keys = KeySet.import_key_set({"keys": [key for key in document["keys"] if key.get("kty") != "oct"]})
        except (IssuerUnavailable, JoseError, KeyError, TypeError, ValueError, AttributeError) as error:
            if self._keys is None:
                raise IssuerUnavailable(f"{self.url}: its keys cannot be read.") from error
            log.warning("%s: its keys cannot be read; those kept are used on", self.url)
            self._keys = (self.clock(), self._keys[1])
            return
        self._keys = (self.clock(), keys)

    def _may_try(self, what: str) -> bool:
        last = self._tried.get(what)
        return last is None or self.clock() - last >= self.least_s

    def _get(self, what: str, address: str) -> dict[str, Any]:
        import httpx

        nothing_kept = self._keys is None if what == "keys" else self._metadata is None
        if not self._may_try(f"{what} failed") and nothing_kept:
            raise IssuerUnavailable(f"{self.url}: was not reached a moment ago.")
        self._tried[what] = self.clock()
        try:
            with self.client() as client:
                answer = client.get(address, headers={"Accept": "application/json"}, timeout=TIMEOUT_S)
                answer.raise_for_status()
                if len(answer.content) > LARGEST:
                    raise ValueError("too large")
                document = answer.json()
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            self._tried[f"{what} failed"] = self.clock()
            log.warning("%s: %s cannot be read (%s)", self.url, what, error)
            raise IssuerUnavailable(f"{self.url}: cannot be reached.") from error
        self._tried.pop(f"{what} failed", None)
        if not isinstance(document, dict):
            raise IssuerUnavailable(f"{self.url}: its {what} is no JSON object.")
        return document


def _address(value: object) -> str:
    if not isinstance(value, str) or (value and not value.startswith(("https://", "http://"))):
        raise ValueError(value)
    return value


def web_client() -> httpx.Client:
    """Return a client that follows no redirects: an issuer's documents lie where it says."""
    import httpx

    return httpx.Client(follow_redirects=False, timeout=TIMEOUT_S)
