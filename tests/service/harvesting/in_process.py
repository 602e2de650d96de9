"""The program that judges harvests, called in this process: what it answers is the same, only sooner."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from fastapi import FastAPI

from ingest.harvest.__main__ import check, try_out
from service.errors import InvalidField
from service.harvesting.program import HarvestProgram
from service.harvesting.service import HarvestService
from service.http.dependencies import Components


class InProcessProgram(HarvestProgram):
    """Calls what the child process would; without `has_network` no list can be read."""

    has_network = True

    def _run(self, action: str, terms: Mapping[str, Any], limit_s: float) -> dict[str, Any]:
        payload = json.loads(json.dumps({"terms": dict(terms)}))
        known = {**payload["terms"], "format": payload["terms"].get("format") or "feed"}
        answer = check({"terms": known} if action == "try" else payload)
        if "error" not in answer and action == "try":
            answer = try_out(payload, self.data, os.environ) if self.has_network else _unreachable(terms)
        if "error" in answer:
            raise InvalidField(answer["field"], answer["error"], rule=answer["field"])
        return answer


class OfflineProgram(InProcessProgram):
    has_network = False


def _unreachable(terms: Mapping[str, Any]) -> dict[str, Any]:
    counts = {"listed": 0, "chosen": 0, "to_fetch": 0, "is_partial": False}
    shown = {"format": terms.get("format") or "", "address": terms["address"], "entries": [], "faults": []}
    return {**shown, **counts, "fault": {"reason": "no answer."}}


def use_program(app: FastAPI, kind: type[InProcessProgram]) -> FastAPI:
    """Return the application with another program that judges harvests."""
    parts: Components = app.state.components
    service = parts.get(HarvestService)
    parts.add(HarvestService, replace(service, program=kind(service.program.data)))
    return app
