"""Verify the tokens an issuer signs: whose they are, for whom they were made, and what their holder may see."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from index.documents import Audience, is_group_id
from service.auth.callers import organisation_name
from service.auth.provider import Issuer, UnknownKeyId
from service.settings import ANYBODY, OpenIdSettings

# Signatures anyone can check and only the issuer can make. No HMAC: the key it is checked with is public here, and
# whoever reads it could sign. No "none".
ALGORITHMS: Final = (
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
    "Ed25519",
    "EdDSA",
)
LEEWAY_S: Final = 30
LONGEST_TOKEN: Final = 16_384
ACCESS_TYPES: Final = frozenset({"", "jwt", "at+jwt", "application/at+jwt"})
LOGOUT_TYPES: Final = frozenset({"", "jwt", "logout+jwt", "application/logout+jwt"})
LOGOUT_EVENT: Final = "http://schemas.openid.net/event/backchannel-logout"
LOGOUT_WITHIN_S: Final = 300  # a logout token is sent as soon as it is made


class BadToken(Exception):
    """A token that is not good here; the message is for the log and never for whoever showed it."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody the issuer vouches for, as its token says."""

    subject: str
    name: str
    audience: Audience
    groups: frozenset[str] = frozenset()
    organisation: str = ""


@dataclass(frozen=True, slots=True)
class Logout:
    """What an issuer says is over: one session of its own (`session`), or all of a subject; one of the two is given."""

    token_id: str
    subject: str
    session: str


@dataclass(frozen=True)
class Tokens:
    """Checks signature, issuer, audience and times, in that order."""

    settings: OpenIdSettings
    issuer: Issuer
    clock: Callable[[], float] = time.time

    def access(self, token: str) -> Person:
        """Return who shows an access token for the API. Raises BadToken, IssuerUnavailable."""
        if not self.settings.audience:
            raise BadToken("no access token is accepted: PASSERELLE_OIDC_AUDIENCE is not set")
        header, claims = self._verify(token, self.settings.audience)
        if str(header.get("typ", "")).lower() not in ACCESS_TYPES:
            raise BadToken("no access token")
        return self.person(claims)

    def identity(self, token: str, nonce: str, access_token: str = "") -> dict[str, Any]:
        """Return the claims of an ID token made for this sign-in, and with this access token if one is given.

        Raises BadToken, IssuerUnavailable.
        """
        from authlib.oidc.core import CodeIDToken
        from joserfc.errors import JoseError

        header, claims = self._verify(token, self.settings.client_id)
        if not nonce or claims.get("nonce") != nonce:  # Authlib asks for no nonce when it is given an empty one
            raise BadToken("made for another sign-in")
        client = {"client_id": self.settings.client_id, "nonce": nonce, "access_token": access_token}
        try:
            CodeIDToken(claims, header, {}, client).validate(int(self.clock()), LEEWAY_S)
        except JoseError as error:
            raise BadToken(f"made for another client: {error}") from error
        return claims

    def renewed_identity(self, token: str, subject: str) -> dict[str, Any]:
        """Return the claims of an ID token that came with a refresh, about the same person. Raises BadToken.

        It needs no nonce (OpenID Connect Core 1.0, 12.2).
        """
        _, claims = self._verify(token, self.settings.client_id)
        if claims["sub"] != subject:
            raise BadToken("made for somebody else")
        return claims

    def logout(self, token: str) -> Logout:
        """Return what a logout token ends (OpenID Connect Back-Channel Logout 1.0, 2.6). Raises BadToken."""
        header, claims = self._verify(token, self.settings.client_id, essential=("iat", "jti"))
        if str(header.get("typ", "")).lower() not in LOGOUT_TYPES:
            raise BadToken("no logout token")
        if "nonce" in claims:  # an ID token is never one
            raise BadToken("a logout token has no nonce")
        events = claims.get("events")
        if not isinstance(events, dict) or not isinstance(events.get(LOGOUT_EVENT), dict):
            raise BadToken("it tells of no logout")
        issued, now = claims["iat"], self.clock()
        if not isinstance(issued, int | float) or not -LEEWAY_S <= now - issued <= LOGOUT_WITHIN_S + LEEWAY_S:
            raise BadToken("not made just now")
        subject, session = claims.get("sub", ""), claims.get("sid", "")
        token_id = claims["jti"]
        if not all(isinstance(text, str) for text in (subject, session, token_id)) or not token_id:
            raise BadToken("its names are no text")
        if not subject and not session:
            raise BadToken("it names nobody")
        return Logout(token_id, subject, session)

    def person(self, claims: Mapping[str, Any]) -> Person:
        """Return whom the claims speak of and what they may see."""
        names = (claims.get(key) for key in ("name", "preferred_username", "email"))
        name = next((name for name in names if isinstance(name, str)), "")
        return Person(
            str(claims["sub"]),
            _printable(name or str(claims["sub"])),
            self.audience(claims),
            self.groups(claims),
            self.organisation(claims),
        )

    def audience(self, claims: Mapping[str, Any]) -> Audience:
        """Return the audience the configured claim stands for; PUBLIC when it says nothing known here."""
        values = claim_values(claims, self.settings.claim)
        if values & set(self.settings.staff_values):
            return Audience.STAFF
        if ANYBODY in self.settings.member_values or values & set(self.settings.member_values):
            return Audience.MEMBER
        return Audience.PUBLIC

    def groups(self, claims: Mapping[str, Any]) -> frozenset[str]:
        """Return the groups the configured claim names; what cannot be a group's id is left out."""
        return frozenset(filter(is_group_id, claim_values(claims, self.settings.groups_claim)))

    def organisation(self, claims: Mapping[str, Any]) -> str:
        """Return the organisation the configured claim names, "" when it names none, or several."""
        values = claim_values(claims, self.settings.organisation_claim)
        return organisation_name(values.pop()) if len(values) == 1 else ""

    def _verify(
        self, token: str, audience: str, essential: Collection[str] = ("sub",)
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return header and claims of a token that the issuer signed for this audience, and that is in force.

        Raises BadToken, also when it lacks one of the `essential` claims; IssuerUnavailable.
        """
        from joserfc import jws, jwt
        from joserfc.errors import JoseError

        if len(token) > LONGEST_TOKEN or token.count(".") != 2:
            raise BadToken("not a signed token")
        try:
            header = jws.extract_compact(token.encode("ascii")).headers()
            if header.get("alg") not in ALGORITHMS:
                raise BadToken("not signed with an algorithm that is accepted here")
            kid = header.get("kid")
            key = self.issuer.key(str(kid) if kid is not None else None)
            decoded = jwt.decode(token, key, algorithms=list(ALGORITHMS))
            jwt.JWTClaimsRegistry(
                now=lambda: int(self.clock()),
                leeway=LEEWAY_S,
                iss={"essential": True, "value": self.settings.issuer},
                aud={"essential": True, "value": audience},
                sub={"essential": "sub" in essential},
                iat={"essential": "iat" in essential},
                jti={"essential": "jti" in essential},
                exp={"essential": True},
            ).validate(decoded.claims)
        except UnknownKeyId as error:
            raise BadToken("signed with a key the issuer does not publish") from error
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise BadToken(f"{type(error).__name__}: {error}") from error
        subject = str(decoded.claims.get("sub", ""))
        if len(subject) > 255 or ("sub" in essential and not subject.strip()):
            raise BadToken("it names nobody")
        return dict(decoded.header), dict(decoded.claims)


def claim_values(claims: Mapping[str, Any], name: str) -> set[str]:
    """Return the values of a claim, found by its full name or along its dots: one word, or a list of them."""
    claim: Any = claims.get(name)
    if claim is None:
        claim = claims
        for part in name.split("."):
            claim = claim.get(part) if isinstance(claim, Mapping) else None
    if isinstance(claim, str):
        return {claim}
    return {value for value in claim if isinstance(value, str)} if isinstance(claim, list) else set()


def _printable(name: str) -> str:
    return "".join(character for character in name if character.isprintable())[:100]
