"""`/.well-known/security.txt` (RFC 9116): to whom a vulnerability is reported."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from index.documents import LANGUAGES


def write_security_txt(contacts: Sequence[str], expires: date, base: str) -> str:
    """Return the file; `base` is this site's own address, which RFC 9116 asks a signed copy to name."""
    lines = [f"Contact: {contact}" for contact in contacts]
    lines += [
        f"Expires: {expires.isoformat()}T23:59:59Z",
        f"Preferred-Languages: {', '.join(LANGUAGES)}",
        f"Canonical: {base}/.well-known/security.txt",
    ]
    return "".join(f"{line}\n" for line in lines)
