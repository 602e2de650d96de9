"""Comparable cases as a list to take away: what each opens with, and the unsolved threads like them, marked."""

from __future__ import annotations

from typing import Final

from index.documents import Kind
from service.experiences.cases import Case
from service.experiences.service import ComparableCases
from service.experiences.unsolved import UnsolvedThread
from service.exports.listing import OPENING, Entry, Finding, readable
from service.web.citations import page_path

UNSOLVED: Final = "experiences.unsolved"
PROBLEM: Final = "experiences.problem"


def case_entries(comparable: ComparableCases, base: str) -> tuple[Entry, ...]:
    """Return the cases, best first, then the unsolved threads; addresses begin with `base`."""
    cases = sorted(comparable.cases, key=lambda case: -case.score)
    return (*(_case(case, base) for case in cases), *(_unsolved(thread, base) for thread in comparable.unsolved))


def _case(case: Case, base: str) -> Entry:
    document, quote = case.document, case.quote
    is_thread = document.metadata.kind is Kind.FORUM_THREAD
    findings = tuple(
        Finding(
            "fact.solution" if is_thread else f"fact.{fact.facet.replace(' ', '-')}",
            readable(fact.quote.text),
            readable(fact.quote.label),
            base + page_path(document.id, start=fact.quote.start, end=fact.quote.end),
        )
        for fact in case.facts
    )
    url = base + page_path(document.id, start=quote.start, end=quote.end)
    language = document.metadata.language
    return Entry(document.id, document.metadata, quote.label, readable(quote.text), language, url, findings)


def _unsolved(thread: UnsolvedThread, base: str) -> Entry:
    document, meta = thread.document, thread.metadata
    address = base + page_path(document.id) if document else thread.address
    words = readable(thread.quote.text[:OPENING])
    mark = PROBLEM if meta.kind is Kind.PROBLEM_SHEET else UNSOLVED
    return Entry(document.id if document else "", meta, "", words, meta.language, address, mark=mark)
