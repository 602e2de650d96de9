"""What tests of the newsletter share: a mail server on loopback, and a site that sends through it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from index.documents import Audience
from tests.service.alerts.site import Mailbox, mail_server, settings_of
from tests.service.newsletter.site import LetterSite
from tests.service.signing_in import sign_in


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with mail_server(Mailbox()) as mailbox:
        yield mailbox


@pytest.fixture
def site(tmp_path: Path, mailbox: Mailbox, database: str) -> LetterSite:
    return LetterSite(tmp_path, settings_of(mailbox.port), database=database)


@pytest.fixture
def client(site: LetterSite) -> Iterator[TestClient]:
    with TestClient(site.app(), raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def staff(site: LetterSite, client: TestClient) -> TestClient:
    """A reader of the pages who is staff."""
    assert sign_in(client, site.key(Audience.STAFF, "Anne")) == 303
    return client
