"""The layers around everything that answers over HTTP, the same for the API, the pages and the MCP server."""

from __future__ import annotations

from typing import Final

from starlette.middleware import Middleware
from starlette.types import ASGIApp

from service.audit import Audited
from service.desk import Desk
from service.edge import Edge
from service.gate import Deadline, RateGate, Tell
from service.metrics import Measured

UPLOAD_PATHS: Final = ("/staff/upload", "/api/v1/staff/uploads")
UPLOAD_DEADLINE_S: Final = 900  # a hundred megabytes over a slow line


def layers(desk: Desk, tell: Tell) -> list[Middleware]:
    """Return the layers, the outermost first; `tell` answers what they refuse."""
    settings, access = desk.settings, desk.settings.access
    deadline_s = access.limits.deadline_s
    return [
        Middleware(Measured, metrics=desk.metrics),
        Middleware(
            Edge,
            max_body_bytes=settings.max_body_bytes,
            tell=tell,
            larger=dict.fromkeys(UPLOAD_PATHS, settings.max_upload_bytes),
            is_secure=settings.is_secure,
            form_targets=[access.open_id.origin] if access.open_id else [],
        ),
        Middleware(RateGate, limits=desk.limits, tell=tell),
        Middleware(Audited, audit=desk.audit),
        Middleware(
            Deadline,
            deadline_s=deadline_s,
            tell=tell,
            longer=dict.fromkeys(UPLOAD_PATHS, max(UPLOAD_DEADLINE_S, deadline_s)),
        ),
    ]


def surrounded(app: ASGIApp, desk: Desk, tell: Tell) -> ASGIApp:
    """Return the application within the layers."""
    for layer in reversed(layers(desk, tell)):
        app = layer.cls(app, *layer.args, **layer.kwargs)
    return app
