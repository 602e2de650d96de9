"""A service with an issuer, both on loopback."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from service.access_settings import AccessSettings, OpenIdSettings
from service.app import create_app
from service.auth.openid import CALLBACK
from service.auth.tokens import Tokens
from service.desk import Desk
from tests.service.auth.oidc.issuer import RunningIssuer, running_issuer
from tests.service.conftest import make_desk
from tests.service.serving import served


@dataclass
class Site:
    """A service with an issuer, both on loopback."""

    url: str
    desk: Desk
    issuer: RunningIssuer

    @property
    def tokens(self) -> Tokens:
        assert self.desk.open_id is not None
        return self.desk.open_id.tokens


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with socket.socket() as reserved:  # the issuer must know the address before there is a service
        reserved.bind(("127.0.0.1", 0))
        port = reserved.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    with running_issuer(url + CALLBACK, f"{url}/") as issuer:
        open_id = OpenIdSettings(
            issuer=issuer.url,
            client_id="passerelle",
            client_secret="a secret: with / signs",
            audience=issuer.api,
            scope="openid profile roles",
        )
        desk = make_desk(tmp_path_factory.mktemp("people"), AccessSettings(open_id), url)
        with served(create_app(desk), port=port):
            yield Site(url, desk, issuer)
