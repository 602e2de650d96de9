"""Which of several texts that say the same is quoted first: the reader's language, then what is in force, then rank."""

from __future__ import annotations

from datetime import date
from typing import Final

from index.clock import utc_today
from index.documents import Kind
from service.answering.candidates import Candidate

# The text of the law and its notes first, then what is reported and announced, then what members wrote to each other;
# a contact says whom to ask, and so comes after all that answers.
AUTHORITY: Final = (
    Kind.LEGAL_NOTE,
    Kind.PUBLICATION,
    Kind.STUDY,
    Kind.PROJECT_SHEET,
    Kind.PROBLEM_SHEET,
    Kind.FUNDING_CALL,
    Kind.EVENT,
    Kind.NEWS,
    Kind.PRESS_ARTICLE,
    Kind.FORUM_THREAD,
    Kind.CONTACT,
)


def precedence(candidate: Candidate, language: str) -> tuple[bool, bool, int, int]:
    """Return what candidates that say the same are sorted by, ascending; ties keep their order of likelihood."""
    metadata = candidate.document.metadata
    ended = metadata.replaced_by != "" or (metadata.valid_to or date.max) < utc_today()
    newest_first = -(metadata.published or date.min).toordinal()
    return candidate.language != language, ended, AUTHORITY.index(metadata.kind), newest_first
