"""A site whose job has looked once, and what readers were told since."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from index.documents import Audience
from service.obstacles.intake import Telling
from service.obstacles.model import Source
from service.obstacles.service import intake, told
from tests.service.obstacles.registering import SALT, Site


def watched(folder: Path) -> Site:
    made = Site(folder)
    made.watch.look()  # what is there already is not new
    return made


def tell(site: Site, text: str = SALT, **said: Any) -> str:
    return intake(site.desk).take(Telling(text, Source.REPORT, "form", **said)).token


def documents(site: Site, audience: Audience) -> list[str]:
    return [one.card.id for one in told(site.desk, audience)]
