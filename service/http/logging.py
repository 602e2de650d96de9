"""The log: one JSON object a line, each with the id of the request it belongs to."""

from __future__ import annotations

import logging
import sys
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, Final

from pythonjsonlogger.core import RESERVED_ATTRS
from pythonjsonlogger.json import JsonFormatter

REQUEST_ID: Final[ContextVar[str]] = ContextVar("request_id", default="")


class JsonLines(JsonFormatter):
    """Formats a record as one line of JSON: at, level, logger, message, request_id, what `extra` brings, traceback."""

    def __init__(self) -> None:
        super().__init__(
            ["created", "levelname", "name", "message"],
            rename_fields={"created": "at", "levelname": "level", "name": "logger", "exc_info": "traceback"},
            reserved_attrs=[*RESERVED_ATTRS, "color_message"],  # uvicorn's message once more, for terminals
            json_default=str,
            json_ensure_ascii=False,
        )

    def process_log_record(self, log_data: dict[str, Any]) -> dict[str, Any]:
        """Write the time as ISO 8601 in UTC and the level in small letters, and add the request's id."""
        log_data["at"] = datetime.fromtimestamp(log_data["at"], UTC).isoformat(timespec="milliseconds")
        log_data["level"] = log_data["level"].lower()
        if request_id := REQUEST_ID.get():
            log_data["request_id"] = request_id
        return log_data


def configure(level: str) -> None:
    """Send everything at this level and above to the standard error output."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=level.upper(), handlers=[handler])
    quiet_libraries()


def quiet_libraries() -> None:
    """Leave out what libraries say that is no concern of anybody: faiss logs each build of itself it does not find."""
    logging.getLogger("faiss.loader").setLevel(logging.WARNING)
