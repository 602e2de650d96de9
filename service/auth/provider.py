"""What an OpenID Connect issuer publishes: its addresses and its keys, fetched seldom and kept.

Keys change without notice: a token that names an unknown key has them fetched again, but never more often than every
`least_s` seconds, so that forged key names cannot make this service hammer its issuer.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import httpx
    from joserfc.jwk import Key, KeySet

log = logging.getLogger("passerelle.issuer")

KEPT_S: Final = 3600.0  # after so long what is kept is fetched again, and used on while that fails
LEAST_S: Final = 30.0
TIMEOUT_S: Final = 5.0
LARGEST: Final = 1_000_000  # bytes of a document that is still believed
DISCOVERY: Final = "/.well-known/openid-configuration"


class IssuerUnavailable(Exception):
    """The issuer cannot be reached, or what it says is no OpenID Connect; nobody's token can be judged now."""


class UnknownKeyId(Exception):
    """The issuer publishes no key of that name."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """What of the discovery document is used here; "" for what the issuer does not offer."""

    authorization: str
    token: str
    jwks: str
    userinfo: str = ""
    end_session: str = ""
    says_iss: bool = False  # RFC 9207: the answer to an authorization request names the issuer
    client_authentication: tuple[str, ...] = ("client_secret_basic",)


@dataclass
class Issuer:
    """One issuer. Safe to call from several threads; each thing is fetched by one of them at a time."""

    url: str
    client: Callable[[], httpx.Client]
    clock: Callable[[], float] = time.monotonic
    least_s: float = LEAST_S
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _addresses: tuple[float, Addresses] | None = None
    _keys: tuple[float, KeySet] | None = None
    _tried: dict[str, float] = field(default_factory=dict)

    def addresses(self) -> Addresses:
        """Return the issuer's addresses. Raises IssuerUnavailable."""
        with self._lock:
            return self._known_addresses()

    def key(self, kid: str | None) -> Key:
        """Return the key of that name (its only key for none). Raises UnknownKeyId, IssuerUnavailable."""
        with self._lock:
            if self._keys is None or self.clock() - self._keys[0] > KEPT_S:
                self._fetch_keys()
            try:
                return self._named(kid)
            except UnknownKeyId:
                if not self._may_try("keys"):
                    raise
            self._fetch_keys()
            return self._named(kid)

    def _named(self, kid: str | None) -> Key:
        keys = [key for key in (self._keys[1].keys if self._keys else ()) if key.as_dict().get("use", "sig") == "sig"]
        found = keys if kid is None else [key for key in keys if key.kid == kid]
        if len(found) != 1:
            raise UnknownKeyId(kid)
        return found[0]

    def _known_addresses(self) -> Addresses:
        kept = self._addresses
        if kept is not None and self.clock() - kept[0] <= KEPT_S:
            return kept[1]
        try:
            found = self._read_addresses()
        except IssuerUnavailable:
            if kept is None:
                raise
            log.warning("%s: not reached; what it said before is used on", self.url)
            found = kept[1]
        self._addresses = (self.clock(), found)
        return found

    def _read_addresses(self) -> Addresses:
        said = self._get("discovery", self.url.rstrip("/") + DISCOVERY)
        if said.get("issuer") != self.url:
            raise IssuerUnavailable(f"{self.url}: its discovery document is another issuer's.")
        try:
            return Addresses(
                authorization=_address(said["authorization_endpoint"]),
                token=_address(said["token_endpoint"]),
                jwks=_address(said["jwks_uri"]),
                userinfo=_address(said.get("userinfo_endpoint", "")),
                end_session=_address(said.get("end_session_endpoint", "")),
                says_iss=said.get("authorization_response_iss_parameter_supported") is True,
                client_authentication=tuple(
                    said.get("token_endpoint_auth_methods_supported", ("client_secret_basic",))
                ),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise IssuerUnavailable(f"{self.url}: its discovery document is not complete.") from error

    def _fetch_keys(self) -> None:
        """Fetch the keys; those kept are used on when that fails. Raises IssuerUnavailable when there are none."""
        from joserfc.errors import JoseError
        from joserfc.jwk import KeySet

        try:
            said = self._get("keys", self._known_addresses().jwks)
            keys = KeySet.import_key_set({"keys": [one for one in said["keys"] if one.get("kty") != "oct"]})
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

        nothing_kept = self._keys is None if what == "keys" else self._addresses is None
        if not self._may_try(f"{what} failed") and nothing_kept:
            raise IssuerUnavailable(f"{self.url}: was not reached a moment ago.")
        self._tried[what] = self.clock()
        try:
            with self.client() as client:
                answer = client.get(address, headers={"Accept": "application/json"}, timeout=TIMEOUT_S)
                answer.raise_for_status()
                if len(answer.content) > LARGEST:
                    raise ValueError("too large")
                said = answer.json()
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            self._tried[f"{what} failed"] = self.clock()
            log.warning("%s: %s cannot be read (%s)", self.url, what, error)
            raise IssuerUnavailable(f"{self.url}: cannot be reached.") from error
        self._tried.pop(f"{what} failed", None)
        if not isinstance(said, dict):
            raise IssuerUnavailable(f"{self.url}: its {what} is no JSON object.")
        return said


def _address(said: object) -> str:
    if not isinstance(said, str) or (said and not said.startswith(("https://", "http://"))):
        raise ValueError(said)
    return said


def web_client() -> httpx.Client:
    """Return a client that follows no redirects: an issuer's documents lie where it says."""
    import httpx

    return httpx.Client(follow_redirects=False, timeout=TIMEOUT_S)
