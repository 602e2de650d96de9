"""The latest changes to something staff look after, from the audit log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from service.auth.audit import AuditLog

MOST_SHOWN: Final = 50
COMMAND_SUBJECT: Final = "command line"  # no key's and no person's


@dataclass(frozen=True, slots=True)
class Change:
    """One change: `action` is its second word in the audit log ("revoke"), `what` is what was changed."""

    at: str
    by: str
    action: str
    what: str
    details: str = ""
    is_by_command: bool = False


def latest_changes(audit: AuditLog, about: str, most: int = MOST_SHOWN) -> Sequence[Change]:
    """Return the latest changes of a part such as "keys", the newest first."""
    return [
        Change(
            str(line.get("at", "")),
            str(line.get("name", "")),
            str(line["action"]).partition(" ")[2],
            str(line.get("key") or line.get("what") or ""),
            str(line.get("details", "")),
            line.get("subject") == COMMAND_SUBJECT,
        )
        for line in audit.latest(about, most)
    ]
