"""Contacts answer only questions for somebody or some place to turn to: of the law they say nothing to rely on."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from index.documents import Kind
from index.types import RankedDocument
from service.answering.answer_types import expected_kinds

# What asks for a contact without "who" or "where", in six languages.
_CONTACT: Final = re.compile(
    r"\b(?:contact|kontakt|contatt|s[’']adresser|m[’']adresser|nous adresser|interlocuteur|joindre|coordonnées|ansprech"
    r"|wende[nt]?\b|dirigirse|dirigirme|rivolger|terecht\b|get in touch|reach\b)",
    re.IGNORECASE,
)


def asks_whom(question: str) -> bool:
    """Say whether a question asks whom to turn to, or where."""
    return bool(expected_kinds(question) & {"person", "place"}) or bool(_CONTACT.search(question))


def documents_to_answer_from(question: str, documents: Iterable[RankedDocument]) -> tuple[RankedDocument, ...]:
    """Return the documents an answer may be taken from, in order: all but contacts, unless the question is for one."""
    is_for_contacts = asks_whom(question)
    return tuple(ranked for ranked in documents if is_for_contacts or ranked.document.metadata.kind is not Kind.CONTACT)
