"""What pages record in the journal: a page of results, and that one of its documents was opened."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from fastapi import Request
from starlette.responses import RedirectResponse, Response

from service.journal.service import Consent, Journal, SearchEvent
from service.web.citations import page_path
from service.web.rendering import local_path

AGAIN: Final = "again"  # in an address: the search a reader comes back to, which is not another one
FROM: Final = "from"  # on a document's link: the search that listed it
_TOKEN = re.compile(r"[A-Za-z0-9_-]{12}")


@dataclass(frozen=True)
class RecordedSearch:
    """A search in the journal as its page knows it; `token` is "" when no journal is kept."""

    token: str
    back: str
    query: str = ""

    def path(self, document_id: str, *, start: int | None = None, end: int | None = None, lang: str = "") -> str:
        """Return the path of a document's page; that of a passage carries the query, and opening it is recorded."""
        plain = page_path(document_id, start=start, end=end, lang=lang, q=self.query if start is not None else "")
        if not self.token or start is None:
            return plain
        address, hash_, anchor = plain.partition("#")
        return f"{address}{'&' if '?' in address else '?'}{FROM}={self.token}{hash_}{anchor}"


def is_token(text: str) -> bool:
    """Say whether a text has the form of a search's token."""
    return _TOKEN.fullmatch(text) is not None


def record_page_search(
    request: Request, journal: Journal, event: SearchEvent, consent: Consent, *, is_further_page: bool = False
) -> RecordedSearch:
    """Record the search of a page; further results of a search, and coming back to it, are not recorded again."""
    again = request.query_params.get(AGAIN, "")
    token = again if is_token(again) else journal.new_token()
    separator = "&" if "?" in local_path(request) else "?"
    back = local_path(request) if again else f"{local_path(request)}{separator}{AGAIN}={token}"
    if not is_token(again) and not is_further_page:
        journal.record_search(event, consent, token)
    return RecordedSearch(token if journal.days else "", back, event.query)


def record_opening(request: Request, journal: Journal, document_id: str) -> Response | None:
    """Record that a result was opened and redirect to its plain address, which can be shared; else return None."""
    token = request.query_params.get(FROM, "")
    if not token:
        return None
    if is_token(token):
        journal.record_opening(token, document_id)
    address = request.url.remove_query_params(FROM)
    query = f"?{address.query}" if address.query else ""
    return RedirectResponse(f"{request.scope.get('root_path', '')}{address.path}{query}", 303)
