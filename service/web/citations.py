"""How a document and its passages are cited: in words, and by the addresses that show them."""

from __future__ import annotations

from urllib.parse import quote, urlencode

from index.documents import Metadata


def citation_text(metadata: Metadata, label: str) -> str:
    """Return "Title, p. 12 (Author, 2021)"; what is not known is left out."""
    source = ", ".join(
        part for part in (metadata.author, str(metadata.published.year) if metadata.published else "") if part
    )
    title = f"{metadata.title}, {label}" if label and label != metadata.title else metadata.title
    return f"{title} ({source})" if source else title


def page_path(
    document_id: str,
    *,
    start: int | None = None,
    end: int | None = None,
    lang: str = "",
    q: str = "",
    version: str = "",
) -> str:
    """Return the path of a document's page, at the passage [start, end) when given, with the query that found it."""
    params = {"start": start, "end": end, "lang": lang or None, "q": q or None, "version": version or None}
    query = urlencode({name: value for name, value in params.items() if value is not None})
    anchor = "#passage" if start is not None else ""
    return f"/documents/{quote(document_id, safe='/')}{'?' if query else ''}{query}{anchor}"


def cite_path(document_id: str, suffix: str, marked: tuple[int, int] | None) -> str:
    """Return the path of a reference to a document, or to a passage of it, for a reference manager."""
    query = "?" + urlencode({"start": marked[0], "end": marked[1]}) if marked else ""
    return f"/documents/{quote(document_id, safe='/')}/cite.{suffix}{query}"


def page_image_path(
    document_id: str, number: int, marked: tuple[int, int] | None, *, width: int = 0, suffix: str = ".png"
) -> str:
    """Return the path of the picture of a page, or without the suffix of the page that shows it large."""
    params = {"start": marked[0], "end": marked[1]} if marked else {}
    query = urlencode(params | ({"width": width} if width else {}))
    return f"/documents/{quote(document_id, safe='/')}/pages/{number}{suffix}{'?' if query else ''}{query}"
