"""Access tokens on the API, against a certified provider on loopback: good ones, wrong ones, forged ones, new keys."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from index.documents import Access, Audience
from service.app import create_app
from service.auth.provider import Issuer, web_client
from service.auth.tokens import BadToken, Tokens, claim_values
from service.errors import IssuerUnavailable
from service.settings import OpenIdSettings
from tests.service.auth.oidc.site import Site
from tests.service.auth.oidc.site import site as site
from tests.service.conftest import make_parts


def search(site: Site, token: str) -> httpx.Response:
    body = {"query": "ambulance transport assurance patient équipe forum", "k": 100}
    return httpx.post(f"{site.url}/api/v1/search", json=body, headers={"Authorization": f"Bearer {token}"})


def audiences(answer: httpx.Response) -> set[str]:
    return {result["document"]["audience"] for result in answer.raise_for_status().json()["results"]}


def claims_of(site: Site, **change: Any) -> dict[str, Any]:
    now = int(time.time())
    claims = {"iss": site.issuer.url, "aud": site.issuer.api, "sub": "p", "exp": now + 60, "iat": now}
    return {name: value for name, value in (claims | change).items() if value is not None}


def test_an_access_token_opens_the_api(site: Site) -> None:
    assert audiences(search(site, site.issuer.access_token())) == {"public", "member"}
    assert audiences(search(site, site.issuer.sign(claims_of(site, roles="staff")))) == {"public", "member", "staff"}
    assert audiences(search(site, site.issuer.sign(claims_of(site)))) == {"public"}


def test_a_tokens_groups_open_their_documents_and_what_is_no_group_s_id_opens_none(site: Site) -> None:
    claims = claims_of(site, roles="member", groups=["gt-sante", "GT Santé", 7, "x" * 65, "/admins"])
    person = site.parts.authenticator.caller(site.issuer.sign(claims))
    assert person.groups == {"gt-sante"}
    assert person.access == Access(Audience.MEMBER, frozenset({"gt-sante"}))


@pytest.mark.parametrize(
    ("claim", "expected"),
    [("Ville de Menton", "Ville de Menton"), (["MOT"], "MOT"), (["a", "b"], ""), (7, ""), ("x" * 101, ""), (None, "")],
)
def test_a_token_s_organisation_is_the_one_it_names(site: Site, claim: object, expected: str) -> None:
    token = site.issuer.sign(claims_of(site, roles="member", organisation=claim))
    assert site.parts.authenticator.caller(token).organisation == expected


WRONG: dict[str, dict[str, Any]] = {
    "expired": {"exp": 1_700_000_000},
    "without an end": {"exp": None},
    "not yet good": {"nbf": 4_000_000_000},
    "issued in the future": {"iat": 4_000_000_000},
    "wrong audience": {"aud": "https://elsewhere.example"},
    "no audience": {"aud": None},
    "an ID token": {"aud": "passerelle"},
    "wrong issuer": {"iss": "http://127.0.0.1:1"},
    "no issuer": {"iss": None},
    "nobody": {"sub": None},
    "an empty name": {"sub": " "},
    "an odd end": {"exp": "tomorrow"},
}


@pytest.mark.parametrize("change", WRONG.values(), ids=WRONG.keys())
def test_a_signed_token_that_is_not_good_here_is_refused(site: Site, change: dict[str, Any]) -> None:
    answer = search(site, site.issuer.sign(claims_of(site, roles="staff", **change)))
    assert answer.status_code == 401
    assert answer.json()["detail"] == "This access token is not good here. Sign in again for another."


def test_a_token_expires(site: Site) -> None:
    token = site.issuer.access_token()
    site.tokens.access(token)
    later = Tokens(site.tokens.settings, site.tokens.issuer, clock=lambda: time.time() + 3600)
    with pytest.raises(BadToken, match="ExpiredToken"):
        later.access(token)


def published(site: Site) -> dict[str, Any]:
    key: dict[str, Any] = httpx.get(f"{site.issuer.url}/jwks").json()["keys"][0]
    return key


def encoded(thing: object) -> str:
    content = thing if isinstance(thing, bytes) else json.dumps(thing).encode()
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def forgeries(site: Site) -> dict[str, str]:
    """Return tokens of staff that anyone can make who knows what the issuer publishes."""
    from joserfc.jwk import RSAKey

    key, claims = published(site), claims_of(site, roles="staff")
    kid, public = key["kid"], RSAKey.import_key(key)
    forged = {}
    for alg in ("none", "None", "NONE", ""):
        forged[f"alg {alg!r}"] = f"{encoded({'alg': alg, 'kid': kid})}.{encoded(claims)}."
    for name, secret in (
        ("PEM", public.as_pem(private=False)),
        ("PEM, stripped", public.as_pem(private=False).strip()),
        ("DER", public.as_der(private=False)),
        ("JWK", json.dumps(key).encode()),
        ("modulus", base64.urlsafe_b64decode(key["n"] + "==")),
    ):
        signed = f"{encoded({'alg': 'HS256', 'kid': kid, 'typ': 'at+jwt'})}.{encoded(claims)}"
        forged[f"HS256 by the {name}"] = f"{signed}.{encoded(hmac.digest(secret, signed.encode(), hashlib.sha256))}"
    own = RSAKey.generate_key(2048, private=True)
    from joserfc import jwt

    forged["another's key"] = jwt.encode({"alg": "RS256", "kid": kid}, claims, own)
    inside = {"alg": "RS256", "kid": kid, "jwk": own.as_dict(private=False)}
    forged["a key of its own"] = jwt.encode(inside, claims, own)
    good = site.issuer.sign(claims_of(site))
    head, _, end = good.split(".")
    forged["other claims"] = f"{head}.{encoded(claims)}.{end}"
    forged["no signature"] = f"{head}.{encoded(claims)}."
    return forged | {"long": "a." + "b" * 20_000 + ".c", "nonsense": "a.b.c", "dots": "..", "five": "a.b.c.d.e"}


def test_no_forged_token_is_taken(site: Site) -> None:
    for name, token in forgeries(site).items():
        with pytest.raises(BadToken):
            site.tokens.access(token)
        assert search(site, token).status_code == 401, name


def test_a_token_made_for_something_else_is_refused(site: Site) -> None:
    with pytest.raises(BadToken, match="no access token"):
        site.tokens.access(site.issuer.sign(claims_of(site), typ="logout+jwt"))


def test_new_keys_of_the_issuer_are_fetched_when_a_token_names_them(site: Site) -> None:
    now = [1000.0]
    paths: list[str] = []

    def client() -> httpx.Client:
        noted: dict[str, list[Any]] = {"request": [lambda request: paths.append(request.url.path)]}
        return httpx.Client(event_hooks=noted)

    issuer = Issuer(site.issuer.url, client, clock=lambda: now[0], least_s=30)
    tokens = Tokens(site.tokens.settings, issuer)
    before = site.issuer.access_token()
    tokens.access(before)
    tokens.access(before)
    assert paths.count("/jwks") == 1
    now[0] += 31
    site.issuer.rotate()
    after = site.issuer.access_token()
    tokens.access(after)
    assert paths.count("/jwks") == 2
    with pytest.raises(BadToken, match="does not publish"):  # the old key is gone
        tokens.access(before)
    for number in range(20):
        with pytest.raises(BadToken):
            tokens.access(site.issuer.sign(claims_of(site), kid=f"forged-{number}"))
    assert paths.count("/jwks") == 2  # a moment after the last look nobody makes it look again
    now[0] += 31
    with pytest.raises(BadToken):
        tokens.access(site.issuer.sign(claims_of(site), kid="forged"))
    assert paths.count("/jwks") == 3
    site.parts.open_id.issuer._keys = None  # type: ignore[union-attr]  # the service's own is within its 30 s


def test_keys_kept_are_used_on_while_the_issuer_is_away(site: Site) -> None:
    now, is_away = [1000.0], [False]

    def client() -> httpx.Client:
        def refuse(request: httpx.Request) -> httpx.Response:
            raise httpx.ConnectError("away")

        return httpx.Client(transport=httpx.MockTransport(refuse)) if is_away[0] else httpx.Client()

    tokens = Tokens(site.tokens.settings, Issuer(site.issuer.url, client, clock=lambda: now[0]))
    token = site.issuer.access_token()
    tokens.access(token)
    is_away[0], now[0] = True, now[0] + 7200
    tokens.access(token)
    fresh = Tokens(site.tokens.settings, Issuer(site.issuer.url, client, clock=lambda: now[0]))
    with pytest.raises(IssuerUnavailable):
        fresh.access(token)


def test_an_issuer_out_of_reach_is_told_as_such(tmp_path: Path) -> None:
    from starlette.testclient import TestClient

    open_id = OpenIdSettings(issuer="http://127.0.0.1:9", client_id="passerelle", audience="api")
    with TestClient(create_app(make_parts(tmp_path, oidc=open_id))) as client:
        headers = {"Authorization": f"Bearer {encoded({'alg': 'RS256', 'kid': 'a'})}.{encoded({})}.abcd"}
        answer = client.post("/api/v1/search", json={"query": "a"}, headers=headers)
        assert answer.status_code == 503
        assert "Retry-After" in answer.headers
        assert client.get("/signin/openid").status_code == 503
        assert client.get("/signin/openid/callback?state=a&code=b").status_code == 401


def test_an_issuer_that_names_another_is_not_believed(site: Site) -> None:
    with pytest.raises(IssuerUnavailable, match="another issuer"):
        Issuer(f"{site.issuer.url}/", web_client).metadata()


@pytest.mark.parametrize(
    ("claims", "name", "values"),
    [
        ({"roles": ["a", "b", 3]}, "roles", {"a", "b"}),
        ({"role": "a b"}, "role", {"a b"}),
        ({"realm_access": {"roles": ["a"]}}, "realm_access.roles", {"a"}),
        ({"https://x.example/roles": ["a"]}, "https://x.example/roles", {"a"}),
        ({"realm_access": ["roles"]}, "realm_access.roles", set()),
        ({"roles": {"staff": True}}, "roles", set()),
        ({}, "roles", set()),
    ],
)
def test_a_claim_is_found_by_its_name_or_along_its_dots(claims: dict[str, Any], name: str, values: set[str]) -> None:
    assert claim_values(claims, name) == values


def test_everybody_the_issuer_knows_may_be_a_member_and_never_staff(site: Site) -> None:
    anybody = Tokens(OpenIdSettings(member_values=("*",)), site.tokens.issuer)
    assert anybody.audience({}) is Audience.MEMBER
    assert (
        Tokens(OpenIdSettings.model_construct(staff_values=("*",)), site.tokens.issuer).audience({}) is Audience.PUBLIC
    )
