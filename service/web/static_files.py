"""The files pages are made of: fonts are kept by browsers, everything else is asked for again and seldom sent twice."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

KEPT: Final = "public, max-age=31536000, immutable"  # a font's name has its version


class SiteFiles(StaticFiles):
    """Static files with how long a browser may keep them."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Return the file; one that has not changed is answered with 304, whose headers say the same."""
        response = await super().get_response(path, scope)
        is_font = path.startswith("fonts/") and path.endswith(".woff2")
        response.headers["Cache-Control"] = KEPT if is_font else "public, no-cache"
        return response
