"""What becomes of a report, as its author may know it.

Others may have reported the same before, to staff and members alone. Until an obstacle is for its reader, they are told
what was done since their own report came in, as if it had been the first: neither the state of an obstacle it was put
with nor documents noticed earlier tell that there was one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from index.documents import Audience
from index.types import DocumentCard
from service.obstacles.model import Event, Notice, Obstacle, Report, State

_REACHED: Final = {"confirmed": State.CONFIRMED, "passed on": State.PASSED_ON, "solved": State.SOLVED}


class NewDocument(NamedTuple):
    """A notice with the document it is about, which its reader may see."""

    notice: Notice
    card: DocumentCard


class Progress(NamedTuple):
    """How far an obstacle has come for somebody, and when it got there."""

    state: State
    at: datetime


class FollowedReport(NamedTuple):
    """A report, what was done, and what its reader may see of the obstacle, its solution and new documents."""

    report: Report
    progress: Progress
    obstacle_id: str  # "" when the obstacle is not for its reader
    solution: DocumentCard | None
    news: Sequence[NewDocument]


def progress_of(report: Report, obstacle: Obstacle, history: Iterable[Event], audience: Audience) -> Progress:
    """Return how far a report has come for its author; `history` is the obstacle's, the latest first."""
    if obstacle.is_for(audience):
        return Progress(obstacle.state, obstacle.changed)
    reached = [Progress(State.NEW, report.at)]
    for event in sorted(history, key=lambda event: event.at):
        if event.at < report.at:
            continue
        if event.what == "reopened" and reached[-1].state is State.SOLVED:
            reached.pop()
        elif event.what in _REACHED:
            reached.append(Progress(_REACHED[event.what], event.at))
    return reached[-1]
