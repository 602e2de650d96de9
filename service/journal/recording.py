"""From what a route has in its hands to a record of the journal."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Final

from index.types import Filter
from service.auth.callers import Caller
from service.desk import Desk
from service.journal.service import Consent, Seen

_SETS: Final = ("languages", "kinds", "themes", "countries", "borders")
_ONES: Final = ("published_from", "published_to", "valid_on")


def filters_said(within: Filter) -> tuple[str, ...]:
    """Return the filters somebody set, as "themes=health"."""
    several = [(name, one) for name in _SETS for one in sorted(getattr(within, name))]
    single = [(name, value) for name in _ONES if (value := getattr(within, name)) is not None]
    return tuple(f"{name}={value}" for name, value in [*several, *single])


def note_found(
    desk: Desk,
    channel: str,
    what: str,
    query: str,
    within: Filter,
    shown: Iterable[str],
    began: float,
    consent: Consent,
    *,
    answered: bool | None = None,
    token: str = "",
) -> str:
    """Note what somebody looked for since `began` (`time.perf_counter`) and found; return the search's token."""
    token = token or desk.journal.new_token()
    seen = Seen(
        channel=channel,
        what=what,
        query=query,
        audience=within.audience.value,
        filters=filters_said(within),
        shown=tuple(shown),
        answered=answered,
        took_ms=(time.perf_counter() - began) * 1000,
    )
    desk.journal.searched(token, seen, consent)
    return token


def silent(caller: Caller) -> Consent:
    """Return the consent of somebody who was not asked: none."""
    return Consent(False, caller.subject)
