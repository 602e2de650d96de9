"""People through OpenID Connect, against a certified provider on loopback and a real HTTP server here."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from service.auth.openid import CALLBACK
from service.auth.tokens import BadToken
from tests.service.auth.oidc.site import Site
from tests.service.auth.oidc.site import site as site

RESERVED = "/documents/membres/ambulance"


@pytest.fixture
def browser(site: Site) -> Iterator[httpx.Client]:
    """A browser as far as a sign-in needs one: it keeps cookies and goes where it is sent."""
    site.issuer.sign_in_as("marie")
    with httpx.Client(base_url=site.url, follow_redirects=True) as browser:
        yield browser


def sign_in(browser: httpx.Client, site: Site, who: str, back: str = "/") -> httpx.Response:
    site.issuer.sign_in_as(who)
    return browser.get("/signin/openid", params={"next": back})


def answer_of(browser: httpx.Client) -> str:
    """Go to the issuer and return where it sends one back to, without going there."""
    browser.follow_redirects = False
    answer = browser.get("/signin/openid")
    while CALLBACK not in answer.headers.get("location", ""):
        assert answer.is_redirect, answer.text
        assert answer.next_request is not None
        answer = browser.send(answer.next_request)
    return answer.headers["location"]


def form_token(page: str) -> str:
    token = re.search(r'name="token" value="([^"]+)"', page)
    assert token is not None
    return token[1]


@pytest.mark.parametrize(
    ("who", "name", "status"), [("marie", "Marie Curie", 200), ("anne", "Anne", 200), ("paul", "Paul", 404)]
)
def test_a_person_signs_in_and_sees_what_their_claim_stands_for(
    site: Site, browser: httpx.Client, who: str, name: str, status: int
) -> None:
    shown = sign_in(browser, site, who, RESERVED)
    assert urlsplit(str(shown.url)).path == RESERVED
    assert shown.status_code == status
    assert name in shown.text
    assert browser.get("/documents/equipe/text").status_code == (200 if who == "anne" else 404)


def test_the_way_to_the_issuer_carries_pkce_state_and_nonce(browser: httpx.Client) -> None:
    answer = browser.get("/signin/openid", follow_redirects=False)
    query = parse_qs(urlsplit(answer.headers["location"]).query)
    assert query["response_type"] == ["code"]
    assert query["code_challenge_method"] == ["S256"]
    assert all(len(query[name][0]) >= 43 for name in ("state", "nonce", "code_challenge"))
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    again = parse_qs(urlsplit(browser.get("/signin/openid", follow_redirects=False).headers["location"]).query)
    assert again["state"] != query["state"]
    assert again["nonce"] != query["nonce"]


def test_an_answer_is_good_once_even_with_the_cookie_of_then(site: Site, browser: httpx.Client) -> None:
    answer = answer_of(browser)
    kept = {cookie.name: str(cookie.value) for cookie in browser.cookies.jar if cookie.name == "passerelle_attempt"}
    assert browser.get(answer).status_code == 303
    with httpx.Client(cookies=kept) as thief:
        replayed = thief.get(answer)
    assert replayed.status_code == 401
    assert "passerelle_session" not in replayed.headers.get("set-cookie", "")


def test_an_answer_is_good_in_no_other_browser(site: Site, browser: httpx.Client) -> None:
    answer = answer_of(browser)
    with httpx.Client(base_url=site.url) as other:
        assert other.get(answer).status_code == 401
        other.get("/signin/openid")  # with an attempt of its own, which this is not the answer to
        assert other.get(answer).status_code == 401


@pytest.mark.parametrize(
    "change", [("state=", "state=x"), ("iss=http", "iss=https"), ("code=", "code=x"), ("code=", "c=")]
)
def test_an_answer_that_was_changed_is_refused(browser: httpx.Client, change: tuple[str, str]) -> None:
    answer = answer_of(browser)
    assert change[0] in answer
    refused = browser.get(answer.replace(*change))
    assert refused.status_code == 401
    assert "passerelle_session" not in browser.cookies


def test_the_nonce_of_another_sign_in_is_refused(site: Site) -> None:
    now = int(time.time())
    claims = {"iss": site.issuer.url, "aud": "passerelle", "sub": "marie", "exp": now + 60, "iat": now, "nonce": "a"}
    token = site.issuer.sign(claims)
    assert site.tokens.identity(token, "a")["sub"] == "marie"
    for nonce in ("b", ""):
        with pytest.raises(BadToken, match="another sign-in"):
            site.tokens.identity(token, nonce)
    for change in ({"aud": ["passerelle", "other"]}, {"azp": "other"}, {"aud": "other"}, {"nonce": ""}):
        with pytest.raises(BadToken):
            site.tokens.identity(site.issuer.sign(claims | change), "a")


def test_signing_out_leads_through_the_issuer_and_back(site: Site, browser: httpx.Client) -> None:
    shown = sign_in(browser, site, "marie", "/signin")
    left = browser.post("/signout", data={"token": form_token(shown.text)})
    assert str(left.url).startswith(f"{site.issuer.url}/session/end")
    assert left.status_code == 200
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', left.text))
    back = browser.post(f"{site.issuer.url}/session/end/confirm", data=fields | {"logout": "yes"})
    assert str(back.url) == f"{site.url}/"
    assert "Marie Curie" not in back.text


def test_signing_out_everywhere_ends_the_sessions_of_every_device(site: Site, browser: httpx.Client) -> None:
    with httpx.Client(base_url=site.url, follow_redirects=True) as phone:
        sign_in(phone, site, "marie")
        shown = sign_in(browser, site, "marie", "/signin")
        stolen = browser.cookies.get("passerelle_session") or ""
        assert phone.get(RESERVED).status_code == 200
        browser.post("/signout/everywhere", data={"token": form_token(shown.text)}, follow_redirects=False)
        assert phone.get(RESERVED).status_code == 404
    assert httpx.get(site.url + RESERVED, cookies={"passerelle_session": stolen}).status_code == 404
    with httpx.Client(base_url=site.url, follow_redirects=True) as again:
        assert sign_in(again, site, "marie", RESERVED).status_code == 200


def test_the_issuer_is_the_only_place_forms_may_lead_to(site: Site) -> None:
    policy = httpx.get(site.url).headers["content-security-policy"]
    assert f"form-action 'self' {site.issuer.url};" in policy
