"""Responses with a document's original file or a picture of its page; nothing in a file can run in the session."""

from __future__ import annotations

import json
import mimetypes
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path, PurePosixPath
from typing import Any

from starlette.responses import FileResponse, Response
from starlette.types import Receive, Scope, Send

from index.documents import Document
from service.pictures.page_images import PageImage

SHOWN_IN_BROWSER = frozenset({"application/pdf", "text/plain"})


def media_type(document: Document) -> str:
    """Return the media type the name of the original file stands for."""
    suffix = PurePosixPath(document.path).suffix.lower()
    if suffix in {".md", ".markdown"}:
        return "text/markdown"
    return mimetypes.guess_type(f"file{suffix}")[0] or "application/octet-stream"


class OpenOriginal:
    """An original file that is there until it is closed, or nothing refers to it any more."""

    def __init__(self, original: AbstractContextManager[Path]) -> None:
        self._stack = ExitStack()
        self.path = self._stack.enter_context(original)

    def close(self) -> None:
        self._stack.close()


class _OriginalResponse(FileResponse):
    """Sends an original file, and closes it whether all of it was sent or not."""

    def __init__(self, original: OpenOriginal, **options: Any) -> None:
        super().__init__(original.path, **options)
        self._original = original

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._original.close()


def file_response(document: Document, original: OpenOriginal) -> FileResponse:
    """Return the file under its own name: a PDF opens in the browser, all else is saved."""
    kind = media_type(document)
    name = PurePosixPath(document.path).name or f"{PurePosixPath(document.id).name}.bin"
    disposition = "inline" if kind in SHOWN_IN_BROWSER else "attachment"
    response = _OriginalResponse(original, media_type=kind, filename=name, content_disposition_type=disposition)
    response.headers["ETag"] = f'"{document.original}"'  # not of the file's age: it may be a copy, made just now
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    if kind == "application/pdf":  # browsers' own PDF viewers do not start in a sandbox
        response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; object-src 'self'"
    return response


def page_image_response(image: PageImage) -> Response:
    """Return a page's picture, with where its boxes are."""
    headers = {"X-Passerelle-Boxes": json.dumps(image.boxes), "X-Passerelle-Pages": str(image.pages)}
    return Response(image.png, media_type="image/png", headers=headers)
