"""What tests of alerts share: a mail server on loopback, and a site that sends through it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from tests.service.alerts.site import AlertSite, Mailbox, mail_server, settings_of


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with mail_server(Mailbox()) as mailbox:
        yield mailbox


@pytest.fixture
def site(tmp_path: Path, mailbox: Mailbox, database: str) -> AlertSite:
    return AlertSite(tmp_path, settings_of(mailbox.port), database=database)


@pytest.fixture
def client(site: AlertSite) -> Iterator[TestClient]:
    with TestClient(site.app(), raise_server_exceptions=False) as client:
        yield client
