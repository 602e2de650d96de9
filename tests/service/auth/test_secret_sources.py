"""Secrets in files and in rows: made once, the same for all, and the former ones kept as long as they are needed."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest

from index.settings import IndexSettings
from service.auth.secret_sources import former_secrets, load_secret, rotate_secret, secret_in
from tests.databases import Postgresql


@pytest.fixture(params=["sqlite", "postgresql"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[IndexSettings]:
    if request.param == "sqlite":
        yield IndexSettings(data=tmp_path)
        return
    databases = Postgresql(request.getfixturevalue("postgresql"))
    yield databases.settings(tmp_path)
    databases.drop_databases()


def test_a_secret_is_made_once_whoever_needs_it_first(settings: IndexSettings) -> None:
    sources = [secret_in(settings, "session-secret") for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        (secret,) = set(pool.map(load_secret, sources))
    assert len(bytes.fromhex(secret)) == 32
    assert load_secret(secret_in(settings, "journal-secret")) != secret


def test_a_former_secret_is_kept_as_long_as_it_is_needed(settings: IndexSettings) -> None:
    source = secret_in(settings, "journal-secret")
    first = load_secret(source)
    rotate_secret(source, date(2026, 1, 1), keep_days=90)
    second = load_secret(source)
    assert former_secrets(source) == (first,)
    rotate_secret(source, date(2026, 3, 1), keep_days=90)
    assert former_secrets(source) == (second, first)
    rotate_secret(source, date(2026, 4, 15), keep_days=90)
    assert first not in former_secrets(source)
    rotate_secret(source, date(2026, 4, 15))
    assert former_secrets(source) == ()


def test_no_message_holds_the_secret(settings: IndexSettings) -> None:
    source = secret_in(settings, "session-secret")
    secret = load_secret(source)
    assert "session-secret" in str(source)
    assert secret not in str(source) + repr(source)


def test_the_secret_of_a_data_folder_goes_on_in_the_database(settings: IndexSettings, tmp_path: Path) -> None:
    own = secret_in(IndexSettings(data=tmp_path), "journal-secret")
    first = load_secret(own)
    rotate_secret(own, date(2026, 1, 1), keep_days=90)
    shared = secret_in(settings, "journal-secret")
    assert (load_secret(shared), former_secrets(shared)) == (load_secret(own), (first,))
