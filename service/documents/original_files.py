"""Hand out an original file so that nothing in it can run in the reader's session."""

from __future__ import annotations

import mimetypes
from pathlib import Path, PurePosixPath

from starlette.responses import FileResponse

from index.documents import Document
from index.errors import UnknownDocument

SHOWN_IN_BROWSER = frozenset({"application/pdf", "text/plain"})


def media_type(document: Document) -> str:
    """Return the media type the name of the original file stands for."""
    suffix = PurePosixPath(document.path).suffix.lower()
    if suffix in {".md", ".markdown"}:
        return "text/markdown"
    return mimetypes.guess_type(f"file{suffix}")[0] or "application/octet-stream"


def file_response(document: Document, path: Path) -> FileResponse:
    """Return the file under its own name: a PDF opens in the browser, all else is saved. Raises UnknownDocument."""
    if not path.is_file():
        raise UnknownDocument(f"The original file of {document.id} is not kept here.")
    kind = media_type(document)
    name = PurePosixPath(document.path).name or f"{PurePosixPath(document.id).name}.bin"
    place = "inline" if kind in SHOWN_IN_BROWSER else "attachment"
    response = FileResponse(path, media_type=kind, filename=name, content_disposition_type=place)
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    if kind == "application/pdf":  # browsers' own PDF viewers do not start in a sandbox
        response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; object-src 'self'"
    return response
