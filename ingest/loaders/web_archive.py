"""Web pages saved as one file (.mht): the page of the mail-like archive, without its pictures and frames."""

from __future__ import annotations

from email import message_from_bytes, policy
from pathlib import Path
from typing import Final

from ingest.loaders import Loaded, UnreadableFile
from ingest.loaders.web import loaded_page

MOST_BYTES: Final = 100 << 20


def load(path: Path) -> Loaded:
    """Read a saved page. Raises UnreadableFile."""
    if path.stat().st_size > MOST_BYTES:
        raise UnreadableFile(f"a saved page of more than {MOST_BYTES >> 20} MB: save it without its pictures.")
    message = message_from_bytes(path.read_bytes(), policy=policy.default)
    for part in message.walk():
        if part.get_content_type() in ("text/html", "application/xhtml+xml"):
            content = part.get_payload(decode=True)
            if isinstance(content, bytes) and content.strip():
                return loaded_page(content, str(part.get_content_charset() or ""))
    raise UnreadableFile("damaged, or no saved web page: there is no HTML in it. Save the page again, or as PDF.")
