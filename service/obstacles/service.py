"""What of the register one audience reads, in lists and one by one: the only door to it besides staff's own pages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from index.documents import Audience
from index.types import DocumentCard
from service.desk import Desk
from service.library.concepts import read_thesaurus
from service.obstacles.intake import Intake
from service.obstacles.model import Notice, Obstacle, UnknownObstacle, Wanted
from service.obstacles.notices import Notices


class Told(NamedTuple):
    """A notice with the document it is about, which its reader may see."""

    notice: Notice
    card: DocumentCard


def listed(desk: Desk, audience: Audience, wanted: Wanted) -> list[Obstacle]:
    """Return the obstacles an audience may see and wants to, the one reported most often, as it knows, first."""
    found = [one for one in desk.obstacles.obstacles() if one.is_for(audience) and wanted.holds(one)]
    return sorted(found, key=lambda one: -one.reports(audience))


def found(desk: Desk, audience: Audience, obstacle_id: str) -> Obstacle:
    """Return an obstacle. Raises UnknownObstacle, also when the audience may not see it."""
    one = desk.obstacles.obstacle(obstacle_id)
    if not one.is_for(audience):
        raise UnknownObstacle(obstacle_id)
    return one


def solutions(desk: Desk, audience: Audience, obstacles: Iterable[Obstacle]) -> dict[str, DocumentCard]:
    """Return the documents that solve obstacles, as far as the audience may see them, by their ids."""
    return cards(desk, audience, [one.solved_by for one in obstacles if one.solved_by])


def told(desk: Desk, audience: Audience, obstacle_ids: Sequence[str] | None = None) -> list[Told]:
    """Return what an audience is told of obstacles, all or these, the latest first."""
    notices = Notices(desk.obstacles).of(audience, obstacle_ids)
    known = cards(desk, audience, [one.document_id for one in notices])
    return [Told(one, known[one.document_id]) for one in notices if one.document_id in known]


def cards(desk: Desk, audience: Audience, document_ids: Sequence[str]) -> dict[str, DocumentCard]:
    """Return the documents of these ids that the audience may see. Raises NotReady when there are some to look up."""
    return desk.library.borrow().store.cards(sorted(set(document_ids)), audience) if document_ids else {}


def intake(desk: Desk) -> Intake:
    """Return what takes reports in, over the index as it stands. Raises NotReady."""
    return Intake(desk.obstacles, desk.library.borrow(), read_thesaurus(desk.thesaurus))
