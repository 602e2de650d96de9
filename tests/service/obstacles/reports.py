"""Reports and wordings as tests of the register itself put them in."""

from __future__ import annotations

import numpy as np

from index.documents import Audience
from service.auth.callers import Caller
from service.obstacles.editing import Wording
from service.obstacles.model import Classification, Proposal, Source
from service.obstacles.store import NewReport

ANNE = Caller("Anne", Audience.STAFF, "key:1")


def new_report(text: str, *, subject: str = "", **about: object) -> NewReport:
    proposal = Proposal(Classification(**about))  # type: ignore[arg-type]
    vector = np.zeros(4, np.float32)
    return NewReport(Source.REPORT, text, "fr", "form", proposal, "e", vector, subject)


def worded(statement: str = "Neutre.", *, is_public: bool = False, **about: object) -> Wording:
    return Wording(Classification(**about), statement, "fr", is_public)  # type: ignore[arg-type]
