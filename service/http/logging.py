"""The log: one JSON object a line, each with the id of the request it belongs to."""

from __future__ import annotations

import json
import logging
import sys
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Final

REQUEST_ID: Final[ContextVar[str]] = ContextVar("request_id", default="")


class JsonLines(logging.Formatter):
    """Formats a record as one line of JSON; what a record brings in `extra={"told": {...}}` stands beside it."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; a traceback is one of its strings, so that no line is without its place."""
        said: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if request_id := REQUEST_ID.get():
            said["request_id"] = request_id
        said |= getattr(record, "told", {})
        if record.exc_info:
            said["traceback"] = self.formatException(record.exc_info)
        return json.dumps(said, ensure_ascii=False, default=str)


def configure(level: str) -> None:
    """Send everything at this level and above to the standard error output."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=level.upper(), handlers=[handler])
