"""security.txt says to whom a vulnerability is reported, where that is set, and nothing elsewhere."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from index.errors import SettingsError
from service.app import create_app
from service.settings import Settings
from tests.service.conftest import make_parts

PATH = "/.well-known/security.txt"


def get(folder: Path, **settings: Any) -> Any:
    with TestClient(create_app(make_parts(folder, **settings))) as client:
        return client.get(PATH)


def test_without_a_contact_there_is_no_such_file(tmp_path: Path) -> None:
    assert get(tmp_path).status_code == 404


def test_it_names_contact_last_day_and_languages(tmp_path: Path) -> None:
    contacts = ("mailto:security@example.org", "https://example.org/report")
    answer = get(tmp_path, security_contact=contacts, security_expires=date(2027, 12, 31))
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.text.splitlines() == [
        "Contact: mailto:security@example.org",
        "Contact: https://example.org/report",
        "Expires: 2027-12-31T23:59:59Z",
        "Preferred-Languages: fr, en, de, es, it, nl",
        "Canonical: http://testserver/.well-known/security.txt",
    ]


def test_a_contact_is_an_address_and_has_a_last_day() -> None:
    given = {"PASSERELLE_SECURITY_CONTACT": "mailto:a@example.org", "PASSERELLE_SECURITY_EXPIRES": "2027-12-31"}
    settings = Settings.from_environ(given)
    assert (settings.security_contact, settings.security_expires) == (("mailto:a@example.org",), date(2027, 12, 31))
    for wrong in ({"PASSERELLE_SECURITY_CONTACT": "Marie"}, {"PASSERELLE_SECURITY_EXPIRES": "soon"}):
        (name,) = wrong
        with pytest.raises(SettingsError, match=name):
            Settings.from_environ(given | wrong)
    with pytest.raises(SettingsError, match="PASSERELLE_SECURITY_EXPIRES"):
        Settings.from_environ({"PASSERELLE_SECURITY_CONTACT": "mailto:a@example.org"})
