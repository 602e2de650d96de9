"""What programs of others read: an Atom feed, OAI-PMH, the sitemap and robots.txt. Public documents, nothing else."""

from __future__ import annotations

import hashlib
from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import APIRouter, Query, Request
from starlette.responses import PlainTextResponse, Response

from service.desk import AtDesk, Desk
from service.feeds import atom, sitemap
from service.feeds.ledger import Record
from service.feeds.oai import Provider

PATHS = ("/feed.atom", "/oai", "/sitemap.xml", "/robots.txt")
XML = "application/xml"

router = APIRouter()


@router.api_route("/feed.atom", methods=["GET", "HEAD"])
async def feed(request: Request, desk: AtDesk) -> Response:
    """Return the newest public documents as an Atom feed (RFC 4287)."""
    records = await _records(desk)
    return _answer(request, atom.feed(records, base=desk.settings.public_url), "application/atom+xml")


@router.api_route("/sitemap.xml", methods=["GET", "HEAD"])
async def site_map(
    request: Request, desk: AtDesk, part: Annotated[int | None, Query(ge=1, le=50_000)] = None
) -> Response:
    """Return the addresses of the public documents' pages, in parts where there are very many."""
    records = await _records(desk)
    return _answer(request, sitemap.sitemap(records, base=desk.settings.public_url, part=part), XML)


@router.api_route("/robots.txt", methods=["GET", "HEAD"])
async def robots(desk: AtDesk) -> Response:
    return PlainTextResponse(
        sitemap.robots(desk.settings.public_url), headers={"Cache-Control": "public, max-age=3600"}
    )


@router.api_route("/oai", methods=["GET", "HEAD", "POST"])
async def oai(request: Request, desk: AtDesk) -> Response:
    """Answer a harvester (OAI-PMH 2.0), asked by address or by form."""
    said = (await request.body()).decode("utf-8", "replace") if request.method == "POST" else request.url.query
    records = await _records(desk)
    provider = Provider(records, base=desk.settings.public_url)
    answer = await desk.turns.run(lambda: provider.answer(parse_qsl(said, keep_blank_values=True)))
    return Response(answer, media_type="text/xml", headers={"Cache-Control": "no-cache"})


async def _records(desk: Desk) -> tuple[Record, ...]:
    return await desk.turns.run(lambda: desk.ledger.records(desk.library.borrow().store))


def _answer(request: Request, content: bytes, media_type: str) -> Response:
    """Return the content, or 304 to whoever has it already."""
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    headers = {"Cache-Control": "public, max-age=300", "ETag": tag}
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=media_type, headers=headers)
