"""Requests are as late as the server asks, and what is gone is recognised."""

from __future__ import annotations

from index.reasons import Reason
from ingest.harvest.fetching import NotFetched, retry_seconds


def test_how_long_to_wait_is_read_in_seconds_or_as_a_date() -> None:
    assert retry_seconds("7") == 7
    assert retry_seconds("Wed, 21 Oct 2015 07:28:00 GMT") == 0
    assert retry_seconds("soon") == 30


def test_not_fetched_says_whether_it_is_gone() -> None:
    assert NotFetched(Reason("no-text"), is_gone=True).is_gone
    assert not NotFetched(Reason("no-text")).is_gone
