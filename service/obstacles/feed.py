"""`/obstacles/feed.atom`: private Atom feeds (RFC 4287) of new documents and of how far an obstacle has come."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

import anyio
from fastapi import APIRouter, Depends, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from index.documents import Access, Audience
from service.auth.authenticators import Authenticator
from service.auth.callers import NOBODY, Caller
from service.errors import Unauthenticated
from service.feeds.private_feed import Entry, render_feed
from service.http.dependencies import provided
from service.obstacles.following import NewDocument
from service.obstacles.labels import Labels, heading
from service.obstacles.model import State, UnknownObstacle
from service.obstacles.service import ObstaclesDependency, ObstacleService
from service.obstacles.store import STAFF_FEED, FeedAddresses
from service.web.citations import page_path
from service.web.translating import translator

router = APIRouter()


@router.api_route("/obstacles/feed.atom", methods=["GET", "HEAD"])
async def obstacles_feed(
    request: Request,
    obstacles: ObstaclesDependency,
    authenticator: Annotated[Authenticator, Depends(provided(Authenticator))],
) -> Response:
    """Return a private feed. It names only documents its owner may see now: fewer once they have left."""
    token = request.query_params.get("t", "")
    labels = Labels(translator(request), await obstacles.thesaurus())
    owner = await anyio.to_thread.run_sync(FeedAddresses(obstacles.register).owner, token)
    writer = FeedWriter(obstacles, authenticator, labels)
    try:
        if owner.startswith(STAFF_FEED):
            subject, path = owner.removeprefix(STAFF_FEED), "/staff/obstacles"
            entries = await obstacles.limiter.run(lambda: list(writer.for_staff(subject)))
        else:
            path = "/obstacles/mine"
            entries = await obstacles.limiter.run(lambda: list(writer.for_reporter(owner, token)))
    except UnknownObstacle as error:
        raise HTTPException(404, "There is no such feed.") from error
    base = obstacles.public_url
    content = render_feed(
        entries,
        title=labels.t("obstacles.feed.title"),
        address=f"{base}/obstacles/feed.atom?{request.url.query}",
        page=base + path,
        language=labels.t.language,
    )
    return Response(content, media_type="application/atom+xml", headers={"X-Robots-Tag": "noindex"})


@dataclass(frozen=True)
class FeedWriter:
    """Writes the entries of a feed in one language. Blocks."""

    obstacles: ObstacleService
    authenticator: Authenticator
    labels: Labels

    def for_reporter(self, owner: str, token: str) -> Iterator[Entry]:
        """Yield the entries for somebody who reported. Raises UnknownObstacle for an unknown token."""
        register, base = self.obstacles.register, self.obstacles.public_url
        reports = register.reports_by(owner) if owner else [register.report_by_token(token)]
        first = {report.obstacle_id: report for report in reports}  # of each obstacle, its owner's first report
        for followed in self.obstacles.followed(first.values(), self._caller(owner).access):
            name, state = f"{base}/obstacles/mine#report-{followed.report.handle}", followed.progress.state
            if state is not State.NEW:
                title = self.labels.t("obstacles.feed.state", state=self.labels.state(state))
                entry_id = f"{name}-{state.value.replace(' ', '-')}"
                yield Entry(entry_id, title, "", f"{base}/obstacles/mine", followed.progress.at)
            for new in followed.news:
                address = base + page_path(new.card.id)
                yield self._new_document(new, f"{name}-{page_path(new.card.id)}", address)

    def for_staff(self, subject: str) -> Iterator[Entry]:
        """Yield the entries for staff. Raises UnknownObstacle for somebody who is not staff any more."""
        if not self._caller(subject).is_staff:
            raise UnknownObstacle("a feed for staff")
        base, words = self.obstacles.public_url, self.obstacles.first_words()
        obstacles = {obstacle.id: obstacle for obstacle in self.obstacles.register.obstacles()}
        headings = {name: heading(obstacle, words.get(name, "")) for name, obstacle in obstacles.items()}
        for new in self.obstacles.new_documents(Access(Audience.STAFF)):
            name = new.notice.obstacle_id
            if name in obstacles:
                entry_id, address = (
                    f"{base}/obstacles/{name}#{page_path(new.card.id)}",
                    f"{base}/staff/obstacles/{name}",
                )
                yield self._new_document(new, entry_id, address, headings[name])
        for name, obstacle in obstacles.items():
            address = f"{base}/staff/obstacles/{name}"
            title = self.labels.t("obstacles.feed.reported", heading=headings[name])
            yield Entry(address, title, self.labels.state(obstacle.state), address, obstacle.created)

    def _new_document(self, new: NewDocument, entry_id: str, address: str, obstacle: str = "") -> Entry:
        title = self.labels.t("obstacles.feed.document", title=new.card.metadata.title)
        return Entry(entry_id, title, obstacle or self.labels.t("obstacles.feed.summary"), address, new.notice.at)

    def _caller(self, subject: str) -> Caller:
        """Return somebody with their present rights, NOBODY when they are unknown or their session is over."""
        if not subject:
            return NOBODY
        try:
            return self.authenticator.resume(subject)
        except Unauthenticated:
            return NOBODY
