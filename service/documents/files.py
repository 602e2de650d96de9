"""Responses with a document's original file or a picture of its page; nothing in a file can run in the session."""

from __future__ import annotations

import json
import mimetypes
from pathlib import Path, PurePosixPath

from starlette.responses import FileResponse, Response

from index.documents import Document
from index.errors import UnknownDocument
from service.pictures.page_images import PageImage

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
    disposition = "inline" if kind in SHOWN_IN_BROWSER else "attachment"
    response = FileResponse(path, media_type=kind, filename=name, content_disposition_type=disposition)
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    if kind == "application/pdf":  # browsers' own PDF viewers do not start in a sandbox
        response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; object-src 'self'"
    return response


def page_image_response(image: PageImage) -> Response:
    """Return a page's picture, with where its boxes are."""
    headers = {"X-Passerelle-Boxes": json.dumps(image.boxes), "X-Passerelle-Pages": str(image.pages)}
    return Response(image.png, media_type="image/png", headers=headers)
