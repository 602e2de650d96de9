"""Something to ask of every operation and every page there is, and what must be equal of two answers."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

LOOSE = re.compile(r"score|took_ms|confidence|strength|created|chatcmpl")
# A version's key is made of its time.
TIMES = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+(?:Z|\+00:00)?|\d\d:\d\d UTC|chatcmpl-\w+|\bv[0-9a-f]{16}\b")
TOKEN = re.compile(r'name="(?:token|search)" value="[^"]*"|(?:from|again)=[\w-]{12}')  # drawn anew for each page


@dataclass(frozen=True)
class SentRequest:
    """One request, the same to both services."""

    method: str
    path: str
    body: dict[str, Any] | None = None


def with_words(example: Any, words: str) -> Any:
    """Return a schema's example asking for these words, and filtered by nothing."""
    free = {"query", "question", "title", "body", "text", "situation", "content"}
    if isinstance(example, dict):
        kept = {key: value for key, value in example.items() if key != "filters"}
        return {
            key: words if key in free and isinstance(value, str) else with_words(value, words)
            for key, value in kept.items()
        }
    return [with_words(item, words) for item in example] if isinstance(example, list) else example


EXAMPLES = {"ChatRequest": {"model": "passerelle", "messages": [{"role": "user", "content": "…"}]}}


def bodies(schema: dict[str, Any], operation: dict[str, Any], words: str) -> Iterator[dict[str, Any]]:
    """Yield the examples of an operation's request, made to ask for these words."""
    reference = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    name = reference.get("$ref", "").rpartition("/")[2]
    named = schema["components"]["schemas"].get(name, {})
    for example in named.get("examples", [EXAMPLES[name]] if name in EXAMPLES else []):
        body = with_words(example, words)
        yield body | ({"k": 100} if "k" in named["properties"] else {})


# Operations that take what is no query. `HELD_ELSEWHERE` of `test_leaks_routes` says what holds them.
NOT_QUERIES = (
    "/api/v1/alerts",
    "/api/v1/obstacles",
    "/api/v1/threads",
    "/api/v1/webhooks/",
    "/api/v1/staff/",
    "/api/v1/dossiers",
    "/api/v1/shared",
    "/api/v1/translate",
)
PLAIN = (  # pages and answers that hang on no document, and must not
    *("/health", "/ready", "/api/v1/health", "/api/v1/ready", "/api/v1/openapi.json", "/signin"),
    *("/alerts", "/alerts/new?q=tram", "/alerts/confirm", "/alerts/unsubscribe", "/alerts/feed.atom"),
    *("/newsletter", "/newsletter/confirm", "/newsletter/unsubscribe"),
    *(
        "/dossiers",
        "/journal",
        "/obstacles",
        "/obstacles/report",
        "/obstacles/follow",
        "/obstacles/feed.atom",
        "/sitemap.xml",
    ),
    *(
        "/feed.atom",
        "/robots.txt",
        "/.well-known/security.txt",
        "/opensearch.xml",
        "/forum-suggest.js",
        "/static/passerelle.css",
    ),
)
STAFF_ONLY = (  # for others they do not exist, whatever there is
    *(
        "/metrics",
        "/staff",
        "/staff/",
        "/staff/journal.csv",
        "/staff/upload",
        "/staff/ingestion",
        "/staff/harvests",
        "/staff/harvests/a",
        "/staff/withdrawn",
        "/staff/obstacles",
        "/staff/judging",
        "/staff/keys",
        "/staff/groups",
        "/staff/groups/gt-sante",
        "/staff/thesaurus",
        "/staff/thesaurus/export",
        "/staff/keys/1",
        "/staff/newsletters",
        "/staff/newsletters/a",
    ),
    "/api/v1/staff/newsletters",
    *("/staff/obstacles/export.csv", "/staff/obstacles/0123456789", "/staff/reports/a", "/staff/evaluations/a"),
    *("/api/v1/staff/dashboard", "/api/v1/staff/journal.csv", "/api/v1/staff/uploads", "/api/v1/staff/withdrawn"),
    *(
        "/api/v1/staff/ingestion",
        "/api/v1/staff/harvests",
        "/api/v1/staff/harvests/a",
        "/api/v1/staff/corrections",
        "/api/v1/staff/obstacles/export?format=csv",
        "/api/v1/staff/keys",
        "/api/v1/staff/groups",
        "/api/v1/staff/groups/gt-sante",
    ),
    *("/api/v1/staff/thesaurus", "/api/v1/staff/thesaurus/export"),
)


def requests(schema: dict[str, Any], words: str, ids: list[str]) -> Iterator[SentRequest]:
    """Yield something to ask of every operation there is, and of every page."""
    for path, operations in schema["paths"].items():
        if path.startswith(NOT_QUERIES):
            continue
        for method, operation in operations.items():
            for body in bodies(schema, operation, words) if method == "post" else [None]:
                for document_id in ids if "{" in path else [""]:
                    yield SentRequest(method, re.sub(r"\{\w+\}", document_id, path), body)
    for document_id in ids:
        yield from (SentRequest("get", f"/documents/{document_id}"), SentRequest("get", f"/files/{document_id}"))
        yield from (
            SentRequest("get", f"/documents/{document_id}?q={words}"),
            SentRequest("get", f"/documents/{document_id}?version=1"),
            SentRequest("get", f"/documents/{document_id}?on=2021-05-03"),
            SentRequest("get", f"/documents/{document_id}/overview"),
            SentRequest("get", f"/api/v1/documents/{document_id}/timeline?on=2021-05-03"),
        )
        yield from (SentRequest("get", f"/{at}/{document_id}/pages/1") for at in ("documents", "api/v1/documents"))
        yield SentRequest("get", f"/documents/{document_id}/pages/1.png?start=0&end=9")
        yield SentRequest("get", f"/dossiers/add?quote=0:9::{document_id}")
    yield from (SentRequest("get", f"/?q={words}+{words}+{words}+?&superseded=1"), SentRequest("get", "/"))
    for turn in (
        f"Et+en+Suisse+?&after=Qui+paie+le+{words}+?",
        f"R%C3%A9sume+{words}",
        f"Liste+{words}",
        f"Compare+{words}",
    ):
        yield SentRequest("get", f"/?q={turn}")
    yield SentRequest("get", "/?q=Combien+d%27articles+de+presse+?&kind=press+article")
    for question in ("Combien d'études ?", f"Résume {words}"):
        yield SentRequest("post", "/api/v1/ask", {"question": question, "conversation": [words]})
    yield from (SentRequest("get", f"{path}?q={words}&format=csv") for path in ("/export", "/api/v1/search/export"))
    yield from (SentRequest("get", f"{path}?q={words[:3]}") for path in ("/completions", "/api/v1/completions"))
    yield SentRequest("get", f"/experiences?q={words}+{words}")
    yield from (SentRequest("get", f"/experiences?document={document_id}") for document_id in ids)
    for path in ("/compare?", "/compare/export?format=csv&"):
        yield SentRequest("get", f"{path}q={words}&kind=study&kind=news&kind=press+article&kind=publication")
        yield from (SentRequest("get", f"{path}document={document_id}") for document_id in ids)
    yield from (SentRequest("post", "/api/v1/compare", {"document_ids": [document_id]}) for document_id in ids)
    yield from (
        SentRequest("get", f"{path}?{narrowed}")
        for path in ("/browse", "/api/v1/documents")
        for narrowed in ("", "kind=study", "theme=health&sort=title", "border=BX-FR&border=CX-FR", "since=2020-01-01")
    )
    yield from (
        SentRequest("get", f"{path}{narrowed}")
        for path in ("/directory", "/api/v1/directory")
        for narrowed in ("", "?theme=health", "?border=BX-FR", "?territory=Eurodistrict")
    )
    situation = f"{words} {words}"
    yield SentRequest("get", f"/experiences/export?q={situation}&format=csv")
    yield from (SentRequest("get", f"/experiences/export?document={document_id}&format=ris") for document_id in ids)
    yield SentRequest("post", "/api/v1/experiences/export", {"situation": situation, "format": "csv"})
    yield from (
        SentRequest("get", f"/documents/{document_id}/cite.{form}") for document_id in ids for form in ("bib", "ris")
    )
    yield from (SentRequest("get", path) for path in PLAIN)
    yield from (
        SentRequest(method, f"/oai?verb={verb}")
        for method in ("get", "post")
        for verb in ("ListRecords&metadataPrefix=oai_dc", "ListIdentifiers&metadataPrefix=oai_dc", "ListSets")
    )


def comparable(answer: Any) -> Any:
    """Return what must be equal: everything but scores and times, in no order."""
    if answer.headers["content-type"].partition(";")[0] in {"application/json", "application/problem+json"}:
        return _without_scores(answer.json())
    return sorted(TOKEN.sub("", TIMES.sub("", text_of(answer))).splitlines())


def text_of(answer: Any) -> str:
    """Return an answer's content as text; of an office file its parts, without the times its archive notes."""
    if not answer.content.startswith(b"PK"):
        return str(answer.content.decode("utf-8", "replace"))
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        return "\n".join(f"{name}\n{archive.read(name).decode('utf-8', 'replace')}" for name in archive.namelist())


def _without_scores(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_scores(item) for key, item in value.items() if not LOOSE.search(key)}
    if isinstance(value, list):
        return sorted((_without_scores(item) for item in value), key=lambda item: json.dumps(item, sort_keys=True))
    return TIMES.sub("", value) if isinstance(value, str) else value
