"""Events to come and deadlines: which documents tell of one, and on which day."""

from __future__ import annotations

from datetime import date

from index.documents import Kind, Metadata


def day_of(metadata: Metadata) -> date | None:
    """Return the day a document is sorted by: a call's deadline, an event's first day; None for anything else."""
    match metadata.kind:
        case Kind.FUNDING_CALL:
            return metadata.deadline
        case Kind.EVENT:
            return metadata.starts
        case _:
            return None


def is_to_come(metadata: Metadata, today: date) -> bool:
    """Say whether a document is about something to come: a call still open, an event that has not ended."""
    return day_of(metadata) is not None and metadata.closes is not None and metadata.closes >= today
