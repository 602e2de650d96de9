"""An issuer ends sessions here (OpenID Connect Back-Channel Logout 1.0), and is asked again whom it vouches for."""

from __future__ import annotations

import base64
import json
import re
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from typing import Any

import httpx
import pytest

from index.documents import Audience
from service.auth.authenticators import SessionAuthenticator
from service.auth.callers import NOBODY
from service.auth.openid import LOGOUT
from service.auth.sessions import Visit
from service.auth.tokens import LOGOUT_EVENT
from tests.service.auth.oidc.site import Site
from tests.service.auth.oidc.site import site as site

RESERVED = "/documents/membres/ambulance"
NUMBERS = count()


@pytest.fixture
def browser(site: Site) -> Iterator[httpx.Client]:
    site.issuer.sign_in_as("marie")
    with httpx.Client(base_url=site.url, follow_redirects=True) as browser:
        assert browser.get("/signin/openid", params={"next": RESERVED}).status_code == 200
        yield browser


def cookie_of(browser: httpx.Client) -> str:
    return next(str(cookie.value) for cookie in browser.cookies.jar if cookie.name == "passerelle_session")


def issuer_session(site: Site, browser: httpx.Client) -> str:
    session = site.parts.sessions.find(cookie_of(browser))
    assert session is not None
    assert session.issuer_session
    return session.issuer_session


def claims_of(site: Site, **changes: Any) -> dict[str, Any]:
    now = int(time.time())
    claims = {
        "iss": site.issuer.url,
        "aud": "passerelle",
        "iat": now,
        "exp": now + 120,
        "jti": f"logout-{next(NUMBERS)}",
        "sub": "marie",
        "events": {LOGOUT_EVENT: {}},
    }
    return {name: value for name, value in (claims | changes).items() if value is not None}


def send(site: Site, token: str) -> httpx.Response:
    return httpx.post(site.url + LOGOUT, data={"logout_token": token})


def logout(site: Site, **changes: Any) -> httpx.Response:
    return send(site, site.issuer.sign(claims_of(site, **changes), typ="logout+jwt"))


def test_a_sign_out_at_the_issuer_ends_the_session_here(site: Site, browser: httpx.Client) -> None:
    copied = {"passerelle_session": cookie_of(browser)}
    confirmation = browser.get(f"{site.issuer.url}/session/end", params={"client_id": "passerelle"})
    assert httpx.get(site.url + RESERVED, cookies=copied).status_code == 200
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', confirmation.text))
    browser.post(f"{site.issuer.url}/session/end/confirm", data=fields | {"logout": "yes"})
    assert httpx.get(site.url + RESERVED, cookies=copied).status_code == 404


def test_a_logout_token_for_a_person_ends_all_their_sessions(site: Site, browser: httpx.Client) -> None:
    with httpx.Client(base_url=site.url, follow_redirects=True) as phone:
        phone.get("/signin/openid")
        answer = logout(site)
        assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
        assert phone.get(RESERVED).status_code == browser.get(RESERVED).status_code == 404


def test_a_logout_token_for_a_session_leaves_the_others_alone(site: Site, browser: httpx.Client) -> None:
    with httpx.Client(base_url=site.url, follow_redirects=True) as phone:
        phone.get("/signin/openid")
        assert logout(site, sub=None, sid=issuer_session(site, phone)).status_code == 200
        assert phone.get(RESERVED).status_code == 404
        assert browser.get(RESERVED).status_code == 200
        assert logout(site, sub="anne", sid=issuer_session(site, browser)).status_code == 200  # not hers
        assert browser.get(RESERVED).status_code == 200
        assert logout(site, sid=issuer_session(site, browser)).status_code == 200
        assert browser.get(RESERVED).status_code == 404


WRONG: dict[str, dict[str, Any]] = {
    "another issuer": {"iss": "http://127.0.0.1:1"},
    "no issuer": {"iss": None},
    "another client": {"aud": "tool"},
    "no audience": {"aud": None},
    "no time": {"iat": None},
    "made long ago": {"iat": int(time.time()) - 4000, "exp": int(time.time()) + 4000},
    "made in the future": {"iat": int(time.time()) + 4000, "exp": int(time.time()) + 8000},
    "a time that is none": {"iat": "now"},
    "over": {"exp": int(time.time()) - 100},
    "no end": {"exp": None},
    "no id": {"jti": None},
    "an empty id": {"jti": ""},
    "an id that is no text": {"jti": 3},
    "nobody": {"sub": None},
    "names that are no text": {"sid": ["a"]},
    "no event": {"events": None},
    "another event": {"events": {"https://example.org/hello": {}}},
    "an event that is no object": {"events": {LOGOUT_EVENT: True}},
    "events that are a list": {"events": [LOGOUT_EVENT]},
    "a nonce": {"nonce": "a"},
    "an empty nonce": {"nonce": ""},
}


@pytest.mark.parametrize("change", WRONG.values(), ids=WRONG.keys())
def test_a_signed_token_that_is_no_good_logout_token_ends_nothing(
    site: Site, browser: httpx.Client, change: dict[str, Any]
) -> None:
    answer = logout(site, **change)
    assert (answer.status_code, answer.json()) == (400, {"error": "invalid_request"})
    assert answer.headers["cache-control"] == "no-store"
    assert browser.get(RESERVED).status_code == 200


def test_an_access_token_is_no_logout_token(site: Site, browser: httpx.Client) -> None:
    assert send(site, site.issuer.sign(claims_of(site), typ="at+jwt")).status_code == 400
    assert browser.get(RESERVED).status_code == 200


def encoded(thing: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(thing).encode()).rstrip(b"=").decode()


def test_no_forged_logout_token_ends_anything(site: Site, browser: httpx.Client) -> None:
    from joserfc import jwt
    from joserfc.jwk import RSAKey

    kid = httpx.get(f"{site.issuer.url}/jwks").json()["keys"][0]["kid"]
    own, claims = RSAKey.generate_key(2048, private=True), claims_of(site)
    head, _, end = site.issuer.sign(claims_of(site, sub="anne"), typ="logout+jwt").split(".")
    forged = {
        "unsigned": f"{encoded({'alg': 'none', 'typ': 'logout+jwt'})}.{encoded(claims)}.",
        "another's key": jwt.encode({"alg": "RS256", "kid": kid, "typ": "logout+jwt"}, claims, own),
        "an unknown key": jwt.encode({"alg": "RS256", "kid": "mine", "typ": "logout+jwt"}, claims, own),
        "other claims": f"{head}.{encoded(claims)}.{end}",
        "nothing": "",
        "nonsense": "a.b.c",
    }
    for name, token in forged.items():
        assert send(site, token).status_code == 400, name
    assert browser.get(RESERVED).status_code == 200


def test_a_logout_token_is_good_once(site: Site, browser: httpx.Client) -> None:
    token = site.issuer.sign(claims_of(site), typ="logout+jwt")
    assert [send(site, token).status_code for _ in range(2)] == [200, 400]
    browser.get("/signin/openid")
    assert send(site, token).status_code == 400
    assert browser.get(RESERVED).status_code == 200


def asking_now(site: Site) -> SessionAuthenticator:
    """Return what asks the issuer at each request, where the service waits a while."""
    return SessionAuthenticator(site.parts.sessions, site.parts.authenticator, site.parts.open_id, recheck_s=0)


def signed_in(site: Site, who: str) -> str:
    site.issuer.sign_in_as(who)
    with httpx.Client(base_url=site.url, follow_redirects=True) as browser:
        browser.get("/signin/openid")
        return cookie_of(browser)


def test_a_session_goes_on_while_the_issuer_vouches_for_its_owner(site: Site) -> None:
    cookie = signed_in(site, "marie")
    for _ in range(3):  # what the issuer gives for the next time is kept
        assert asking_now(site).caller(cookie, Visit()).name == "Marie Curie"


def test_a_session_falls_when_the_issuer_lowers_its_owner_s_role(site: Site) -> None:
    site.issuer.give_roles("lea", "staff")
    cookie = signed_in(site, "lea")
    assert asking_now(site).caller(cookie, Visit()).is_staff
    site.issuer.give_roles("lea", "member")
    assert asking_now(site).caller(cookie, Visit()) == NOBODY
    assert httpx.get(site.url + RESERVED, cookies={"passerelle_session": cookie}).status_code == 404


def test_a_session_falls_when_the_issuer_does_not_know_its_owner_any_more(site: Site) -> None:
    site.issuer.give_roles("leo", "member")
    cookie = signed_in(site, "leo")
    assert httpx.get(site.url + RESERVED, cookies={"passerelle_session": cookie}).status_code == 200
    site.issuer.give_roles("leo")
    assert asking_now(site).caller(cookie, Visit()) == NOBODY
    assert httpx.get(site.url + RESERVED, cookies={"passerelle_session": cookie}).status_code == 404


def test_a_session_goes_on_without_a_group_its_owner_left(site: Site) -> None:
    open_id = site.parts.open_id
    assert open_id is not None
    settings = open_id.settings.model_copy(update={"groups_claim": "roles"})
    open_id = replace(open_id, tokens=replace(open_id.tokens, settings=settings))
    asking = SessionAuthenticator(site.parts.sessions, site.parts.authenticator, open_id, recheck_s=0)
    site.issuer.give_roles("ana", "member", "gt-sante")
    cookie = signed_in(site, "ana")
    assert "gt-sante" in asking.caller(cookie, Visit()).groups
    site.issuer.give_roles("ana", "member")
    caller = asking.caller(cookie, Visit())
    assert (caller.audience, "gt-sante" in caller.groups) == (Audience.MEMBER, False)
