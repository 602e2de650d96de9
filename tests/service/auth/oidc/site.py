"""A service with an issuer, both on loopback."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from service.app import Parts, create_app
from service.auth.openid import CALLBACK, LOGOUT
from service.auth.tokens import Tokens
from service.settings import OpenIdSettings
from tests.service.auth.oidc.issuer import RunningIssuer, running_issuer
from tests.service.conftest import make_parts
from tests.service.serving import served


@dataclass
class Site:
    """A service with an issuer, both on loopback."""

    url: str
    parts: Parts
    issuer: RunningIssuer

    @property
    def tokens(self) -> Tokens:
        assert self.parts.open_id is not None
        return self.parts.open_id.tokens


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with socket.socket() as reserved:  # the issuer must know the address before there is a service
        reserved.bind(("127.0.0.1", 0))
        port = reserved.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    with running_issuer(url + CALLBACK, f"{url}/", url + LOGOUT) as issuer:
        open_id = OpenIdSettings(
            issuer=issuer.url,
            client_id="passerelle",
            client_secret="a secret: with / signs, 100% + more",
            audience=issuer.api,
            scope="openid profile roles",
        )
        parts = make_parts(tmp_path_factory.mktemp("people"), oidc=open_id, public_url=url)
        with served(create_app(parts), port=port):
            yield Site(url, parts, issuer)
