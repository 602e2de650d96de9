"""`/forum-suggest.js`: the one file that pages of other origins load from here."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from fastapi import APIRouter
from starlette.responses import FileResponse

SCRIPT: Final = Path(__file__).parent / "forum-suggest.js"

router = APIRouter()


@router.api_route("/forum-suggest.js", methods=["GET", "HEAD"])
async def forum_suggest() -> FileResponse:
    """Return the script any forum can include. It holds nothing but code, so any origin may load it."""
    headers = {
        "Cross-Origin-Resource-Policy": "cross-origin",
        "Access-Control-Allow-Origin": "*",
        "Cache-Control": "public, max-age=3600",
    }
    return FileResponse(SCRIPT, media_type="text/javascript; charset=utf-8", headers=headers)
