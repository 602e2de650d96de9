"""A small web site on loopback, and a harvester of a feed of it that does not really wait."""

from __future__ import annotations

import csv
import gzip
from dataclasses import dataclass, field
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from ingest.harvest.addresses import parse_allowed
from ingest.harvest.plan import Harvest
from ingest.harvest.run import Outcome, run_plan

HERE = parse_allowed("127.0.0.1")
PAGE = "<!doctype html><title>{0}</title><main><h1>{0}</h1><p>Le texte de {0}.</p></main>"


@dataclass
class Site:
    """A small web site that records its requests; `pages` may be changed between two harvests."""

    pages: dict[str, tuple[str, str]] = field(default_factory=dict)  # path: (media type, text)
    busy: dict[str, int] = field(default_factory=dict)  # path: how many more times it answers 503
    redirects: dict[str, str] = field(default_factory=dict)  # path: address
    by_query: dict[str, tuple[str, str]] = field(default_factory=dict)  # pages of an OAI-PMH list, by resumption token
    tokens: list[str] = field(default_factory=list)  # that were sent
    requested: list[str] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)  # answered in full

    async def answer(self, request: Request) -> Response:
        path = request.url.path
        self.requested.append(path)
        if self.busy.get(path, 0) > 0:
            self.busy[path] -= 1
            return Response("later", 503, headers={"Retry-After": "7"})
        if path in self.redirects:
            return Response(status_code=302, headers={"Location": self.redirects[path]})
        if path == "/oai" and self.by_query:
            return self._answer_oai(request)
        if path not in self.pages:
            return Response("no", 404)
        media_type, text = self.pages[path]
        tag = f'"{hash(text)}"'
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers={"ETag": tag})
        self.sent.append(path)
        body = gzip.compress(text.encode()) if path.endswith(".gz") else text.encode()
        return Response(body, media_type=media_type, headers={"ETag": tag})

    def _answer_oai(self, request: Request) -> Response:
        token = request.query_params.get("resumptionToken", "")
        if request.query_params["verb"] == "ListRecords":
            self.tokens.append(token)
        media_type, text = self.by_query[token]
        return Response(text, media_type=media_type)


@dataclass
class Harvester:
    """Harvests a feed again and again, each time when it is due, without really waiting."""

    folder: Path
    harvest: Harvest
    pauses: list[float] = field(default_factory=list)
    time: float = 0.0

    def __call__(self) -> Outcome:
        self.time += self.harvest.every_s + 1
        return run_plan([self.harvest], self.folder, allowed=HERE, wait=self.pauses.append, now=lambda: self.time)[0]

    @property
    def rows(self) -> dict[str, dict[str, str]]:
        """Return the rows of the catalogue by title."""
        with (self.folder / self.harvest.name / "catalogue.csv").open(encoding="utf-8") as file:
            return {row["title"] or row["address"]: row for row in csv.DictReader(file)}

    def text(self, title: str) -> str:
        return (self.folder / self.harvest.name / self.rows[title]["file"]).read_text(encoding="utf-8")


def rss(base: str, *names: str, more: str = "") -> tuple[str, str]:
    items = "".join(
        f"<item><title>{name}</title><link>{base}/{name}</link><pubDate>Tue, 03 Mar 2026 08:00:00 GMT</pubDate></item>"
        for name in names
    )
    return "application/rss+xml", f'<rss version="2.0"><channel><title>t</title>{items}{more}</channel></rss>'


def sitemap(base: str, *names: str) -> tuple[str, str]:
    places = "".join(f"<url><loc>{base}/{name}</loc></url>" for name in names)
    return "application/xml", f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{places}</urlset>'
