"""How a question was understood: what it asks after earlier turns, where it leads, and which borders are left open."""

from __future__ import annotations

from dataclasses import dataclass

from service.answering.commuting import UNSAID, Commute
from service.answering.follow_ups import ResolvedQuestion
from service.answering.referrals import Referral


@dataclass(frozen=True, slots=True)
class Understanding:
    """With a referral no sentence is looked for; `borders` are those to choose from, where an answer depends on one."""

    resolved: ResolvedQuestion
    referral: Referral | None = None
    borders: tuple[str, ...] = ()
    commute: Commute = UNSAID  # which way the question's people commute

    @property
    def question(self) -> str:
        """The question really asked: with what it takes from earlier turns."""
        return self.resolved.text
