"""Sign-ins that fail: noted in the audit log, and refused for a while to an address that fails too often."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from service.auth.audit import AuditLog
from service.auth.callers import NOBODY
from service.http.rate_limits import RateLimits

LONGEST_REASON: Final = 200  # characters; some of it is an issuer's


@dataclass(frozen=True)
class FailedSignIns:
    """Counts failures by address, those with a wrong key on the API too. What was typed is never kept."""

    audit: AuditLog
    limits: RateLimits

    def check(self, address: str) -> None:
        """Refuse an address that failed too often, before its next key is looked at. Raises TooManyRequests."""
        self.limits.check_failures(address)

    def record(self, address: str, way: str, reason: str) -> None:
        """Note a failure. Raises TooManyRequests past the limit, which keeps the log from being filled as well."""
        self.limits.take_failure(address)
        self.audit.write("sign in failed", NOBODY, way=way, address=address, reason=reason[:LONGEST_REASON])
