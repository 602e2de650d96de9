"""`/obstacles/feed.atom`: what those who reported are told, and staff, each at a private address."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import anyio
from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from index.documents import Audience
from service.auth.callers import NOBODY, Caller, Unauthenticated
from service.auth.scopes import Scope
from service.desk import AtDesk, Desk
from service.documents.citations import page_path
from service.obstacles.feed import Entry, feed
from service.obstacles.labels import Naming, heading
from service.obstacles.model import State, UnknownObstacle
from service.obstacles.notices import STAFF_FEED, Feeds
from service.obstacles.service import Told, told
from service.web.translating import translator

router = APIRouter()


@router.api_route("/obstacles/feed.atom", methods=["GET", "HEAD"])
async def obstacles_feed(request: Request, desk: AtDesk) -> Response:
    """Return a private feed. What it tells of documents is what its owner may see now: less once they have left."""
    token, naming = request.query_params.get("t", ""), Naming(translator(request), desk.thesaurus)
    owner = await anyio.to_thread.run_sync(Feeds(desk.obstacles).owner, token)
    try:
        if owner.startswith(STAFF_FEED):
            entries = await desk.turns.run(lambda: list(_for_staff(desk, owner.removeprefix(STAFF_FEED), naming)))
            place = "/staff/obstacles"
        else:
            entries = await desk.turns.run(lambda: list(_for_one(desk, owner, token, naming)))
            place = "/obstacles/mine"
    except UnknownObstacle as error:
        raise HTTPException(404, "There is no such feed.") from error
    base = desk.settings.public_url
    content = feed(
        entries,
        title=naming.t("obstacles.feed.title"),
        address=f"{base}/obstacles/feed.atom?{request.url.query}",
        page=base + place,
        language=naming.t.language,
    )
    return Response(content, media_type="application/atom+xml", headers={"X-Robots-Tag": "noindex"})


def _for_one(desk: Desk, owner: str, token: str, naming: Naming) -> Iterator[Entry]:
    """Yield what somebody who reported is told. Raises UnknownObstacle for an address that is nobody's."""
    reports = desk.obstacles.of(owner) if owner else [desk.obstacles.followed(token)]
    ids = list(dict.fromkeys(one.obstacle_id for one in reports))
    base = desk.settings.public_url
    for one in (desk.obstacles.obstacle(name) for name in ids):
        if one.state is not State.NEW:
            title = naming.t("obstacles.feed.state", state=naming.state(one.state))
            address = f"{base}/obstacles/mine"
            yield Entry(
                f"{base}/obstacles/{one.id}#{one.state.value.replace(' ', '-')}", title, "", address, one.changed
            )
    for said in told(desk, _caller(desk, owner).audience, ids):
        yield _new_document(desk, said, naming, base + page_path(said.card.id), "")


def _for_staff(desk: Desk, subject: str, naming: Naming) -> Iterator[Entry]:
    """Yield what staff are told. Raises UnknownObstacle for somebody who is not staff any more."""
    caller = _caller(desk, subject)
    if caller.audience is not Audience.STAFF or not caller.may(Scope.STAFF):
        raise UnknownObstacle("a feed for staff")
    first = {one.obstacle_id: one.text for one in reversed(desk.obstacles.reports())}
    known = {one.id: one for one in desk.obstacles.obstacles()}
    base = desk.settings.public_url
    news: Sequence[Told] = told(desk, Audience.STAFF)
    for said in news:
        one = known.get(said.notice.obstacle_id)
        if one is not None:
            name = heading(one, first.get(one.id, ""))
            yield _new_document(desk, said, naming, f"{base}/staff/obstacles/{one.id}", name)
    for one in known.values():
        title = naming.t("obstacles.feed.reported", heading=heading(one, first.get(one.id, "")))
        address = f"{base}/staff/obstacles/{one.id}"
        yield Entry(address, title, naming.state(one.state), address, one.created)


def _new_document(desk: Desk, said: Told, naming: Naming, address: str, obstacle: str) -> Entry:
    name = f"{desk.settings.public_url}/obstacles/{said.notice.obstacle_id}#{page_path(said.card.id)}"
    title = naming.t("obstacles.feed.document", title=said.card.metadata.title)
    return Entry(name, title, obstacle or naming.t("obstacles.feed.summary"), address, said.notice.at)


def _caller(desk: Desk, subject: str) -> Caller:
    """Return somebody as they stand now, nobody when they are not known (any more) or their session is over."""
    if not subject:
        return NOBODY
    try:
        return desk.authenticator.resume(subject)
    except Unauthenticated:
        return NOBODY
