"""`python -m tests.faults.failing DATA`: a service of two workers, none of which can make its application."""

from __future__ import annotations

import sys
from pathlib import Path

from fastapi import FastAPI

from index.settings import IndexSettings
from service.__main__ import listen
from service.settings import Settings


def application(settings: Settings, shared: Path | None) -> FastAPI:
    raise OSError("as the test wants it")


if __name__ == "__main__":
    settings = Settings(index=IndexSettings(data=Path(sys.argv[1])), workers=2)
    sys.exit(listen(application, settings.model_copy(update={"port": 0})))  # any free one
