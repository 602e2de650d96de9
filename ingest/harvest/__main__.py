"""`python -m ingest.harvest fetch`: fetch what is due of the harvests that staff added; `ingest --uploads` reads it.

`check` and `try` are for the service: each reads {"terms": a table of a plan, …} and writes JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from index.errors import PasserelleError
from index.settings import IndexSettings
from index.store.private_files import keep_private
from ingest.harvest.addresses import SETTING, parse_allowed
from ingest.harvest.plan import FORMATS, WrongHarvest
from ingest.harvest.staff_plan import FOLDER, parse_staff_harvest

FAILED: Final = 2
INTERRUPTED: Final = 130


def make_parser() -> argparse.ArgumentParser:
    """Return the command line."""
    parser = argparse.ArgumentParser(prog="python -m ingest.harvest", description=__doc__)
    parser.add_argument("action", choices=("fetch", "check", "try"))
    parser.add_argument("--data", type=Path, help="the data folder (else PASSERELLE_DATA, else var)")
    return parser


def check(payload: Mapping[str, Any]) -> dict[str, Any]:
    """Return the terms of a harvest as they are understood, or which field is wrong and why."""
    try:
        return {"terms": parse_staff_harvest("harvest", payload["terms"]).terms()}
    except WrongHarvest as error:
        return {"field": error.field, "error": str(error).removeprefix("harvest: ")}


def try_out(payload: Mapping[str, Any], data: Path, environ: Mapping[str, str]) -> dict[str, Any]:
    """Return what a look at a harvest's list shows, or which field is wrong and why; no format: it is detected."""
    from ingest.harvest.mirror import Mirror
    from ingest.harvest.trial import Budget, try_harvest  # imports httpx and the readers of feeds

    terms = dict(payload["terms"])
    is_unknown = not terms.get("format")
    try:
        harvest = parse_staff_harvest("harvest", terms | {"format": terms.get("format") or FORMATS[0]})
    except WrongHarvest as error:
        return {"field": error.field, "error": str(error).removeprefix("harvest: ")}
    mirror = Mirror.open(data / FOLDER / harvest.name)
    allowed = parse_allowed(environ.get(SETTING, ""))
    return try_harvest(harvest, mirror, allowed, is_unknown=is_unknown, budget=Budget()).as_json()


def fetch(data: Path, environ: Mapping[str, str]) -> None:
    """Fetch what is due. Raises PasserelleError."""
    from ingest.harvest.staff_harvests import StaffFetcher

    keep_private(data)
    StaffFetcher(data, parse_allowed(environ.get(SETTING, ""))).fetch()


def main(words: Sequence[str] | None = None, environ: Mapping[str, str] = os.environ) -> int:
    """Run the command and return its exit code."""
    arguments = make_parser().parse_args(words)
    try:
        settings = IndexSettings.from_environ(environ)
        if arguments.data is not None:
            settings = replace(settings, data=arguments.data)
        if arguments.action == "fetch":
            fetch(settings.data, environ)
            return 0
        payload = json.load(sys.stdin)
        result = check(payload) if arguments.action == "check" else try_out(payload, settings.data, environ)
        json.dump(result, sys.stdout, ensure_ascii=False)
        return 0
    except PasserelleError as error:
        sys.stderr.write(f"passerelle-ingest: {error}\n")
    except OSError as error:
        sys.stderr.write(f"passerelle-ingest: stopped: {error}. What was fetched so far stays; run it again.\n")
    except KeyboardInterrupt:
        sys.stderr.write("passerelle-ingest: interrupted. What was fetched so far stays; run it again.\n")
        return INTERRUPTED
    return FAILED


if __name__ == "__main__":
    sys.exit(main())
