"""What other programs read, all of it public: feed, OAI-PMH, sitemap, OpenSearch, robots.txt, security.txt."""

from __future__ import annotations

import hashlib
from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import APIRouter, Query, Request
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse, Response

from service.feeds.opensearch import MEDIA_TYPE, write_opensearch
from service.feeds.security_txt import write_security_txt
from service.feeds.service import FeedsDependency
from service.http.dependencies import SettingsDependency
from service.web.translating import translator

SECURITY_TXT = "/.well-known/security.txt"
PATHS = ("/feed.atom", "/oai", "/sitemap.xml", "/robots.txt", "/opensearch.xml", SECURITY_TXT)

router = APIRouter()


@router.api_route("/feed.atom", methods=["GET", "HEAD"])
async def feed(request: Request, feeds: FeedsDependency) -> Response:
    """Return the newest public documents as an Atom feed (RFC 4287)."""
    return _cacheable(request, await feeds.atom(), "application/atom+xml")


@router.api_route("/sitemap.xml", methods=["GET", "HEAD"])
async def sitemap(
    request: Request, feeds: FeedsDependency, part: Annotated[int | None, Query(ge=1, le=50_000)] = None
) -> Response:
    """Return the addresses of the public documents' pages, in parts where there are very many."""
    return _cacheable(request, await feeds.sitemap(part), "application/xml")


@router.api_route("/robots.txt", methods=["GET", "HEAD"])
async def robots(feeds: FeedsDependency) -> Response:
    return PlainTextResponse(feeds.robots(), headers={"Cache-Control": "public, max-age=3600"})


@router.api_route("/opensearch.xml", methods=["GET", "HEAD"])
async def opensearch(request: Request, settings: SettingsDependency) -> Response:
    """Return how a browser adds this site to its search engines, in the reader's language."""
    content = write_opensearch(settings.public_url, translator(request))
    return Response(content, media_type=MEDIA_TYPE, headers={"Cache-Control": "public, max-age=3600"})


@router.api_route(SECURITY_TXT, methods=["GET", "HEAD"])
async def security_txt(settings: SettingsDependency) -> Response:
    """Return to whom a vulnerability is reported (RFC 9116); there is none where no contact is set."""
    if not settings.security_contact or settings.security_expires is None:
        raise HTTPException(404, "There is no such file.")
    text = write_security_txt(settings.security_contact, settings.security_expires, settings.public_url)
    return PlainTextResponse(text, headers={"Cache-Control": "public, max-age=3600"})


@router.api_route("/oai", methods=["GET", "HEAD", "POST"])
async def oai(request: Request, feeds: FeedsDependency) -> Response:
    """Answer a harvester (OAI-PMH 2.0), whose arguments come in the address or as a form."""
    query = (await request.body()).decode("utf-8", "replace") if request.method == "POST" else request.url.query
    answer = await feeds.oai(parse_qsl(query, keep_blank_values=True))
    return Response(answer, media_type="text/xml", headers={"Cache-Control": "no-cache"})


def _cacheable(request: Request, content: bytes, media_type: str) -> Response:
    """Return the content, or 304 to whoever has it already."""
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    headers = {"Cache-Control": "public, max-age=300", "ETag": tag}
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=media_type, headers=headers)
