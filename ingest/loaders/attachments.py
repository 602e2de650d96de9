"""Read what is attached to a mail like any other file, cited as "convention.docx, art. 5"."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from pathlib import Path
from typing import Final, NamedTuple

from index.documents import SectionText
from index.reasons import Reason, describe
from ingest.loaders.dispatch import load
from ingest.loaders.file_type import suffix_of
from ingest.loaders.keep_alive import keep_alive
from ingest.loaders.loaded_file import LeftOut, LoadedFile, UnreadableFile
from ingest.loaders.outline import shorten
from ingest.text.cleaning import one_line

MOST: Final = 50  # attachments of one mail
DEEPEST: Final = 3  # a mail in a mail in a mail
NAME_LENGTH: Final = 50
_ORNAMENT: Final = re.compile(r"image\d+\.\w+|smime\.p7[sm]|.*\.(?:gif|bmp|ico|p7s|asc|sig|vcf|ics)", re.IGNORECASE)
_DEPTH: Final[ContextVar[int]] = ContextVar("_DEPTH", default=0)


class Attachment(NamedTuple):
    """A file in a mail; `read` reads what is attached as a part of the mail and not as a file, another mail."""

    name: str
    content: bytes
    read: Callable[[], LoadedFile] | None = None

    @property
    def is_ornament(self) -> bool:
        """Say whether it is a logo, a signature or a visiting card, which nobody searches for."""
        return _ORNAMENT.fullmatch(self.name) is not None


class Attached(NamedTuple):
    """What attachments say: the sections of those that can be read, warnings about all, and what was left out."""

    sections: tuple[SectionText, ...]
    warnings: tuple[Reason, ...]
    left_out: tuple[LeftOut, ...]
    hidden: tuple[SectionText, ...]


def read_attachments(attachments: Iterable[Attachment]) -> Attached:
    """Read what is attached as far as it can be read."""
    sections: list[SectionText] = []
    warnings: list[Reason] = []
    left_out: list[LeftOut] = []
    hidden: list[SectionText] = []
    for number, attachment in enumerate(attachments):
        name = shorten(one_line(attachment.name), NAME_LENGTH) or "sans nom"
        try:
            if number >= MOST:
                raise UnreadableFile(Reason("too-many-attachments", most=MOST))
            loaded = _read(attachment)
            warnings += [Reason("attachment-warning", name=name, reason=warning) for warning in loaded.warnings]
            hidden += [part._replace(label=f"{name}, {part.label}") for part in loaded.hidden]
            left_out += [
                part._replace(where=f"{name}, {part.where}" if part.where else name) for part in loaded.left_out
            ]
            for section in loaded.sections:
                heading = f"{name} > {section.heading}" if section.heading else name
                label = f"{name}, {section.label}" if section.label else name
                sections.append(section._replace(label=label, heading=heading))
        except MemoryError:
            raise
        except Exception as error:  # foreign code reading a foreign file: the mail itself is read
            warnings.append(Reason("attachment-unread", name=name, reason=describe(error)))
            if number >= MOST:
                break
    return Attached(tuple(sections), tuple(warnings), tuple(left_out), tuple(hidden))


def _read(attachment: Attachment) -> LoadedFile:
    depth = _DEPTH.get()
    if depth >= DEEPEST:
        raise UnreadableFile(Reason("mails-too-deep", depth=DEEPEST))
    keep_alive()
    token = _DEPTH.set(depth + 1)
    try:
        if attachment.read is not None:
            return attachment.read()
        with tempfile.TemporaryDirectory(prefix="passerelle-") as folder:
            file = Path(folder) / f"attached{suffix_of(Path(attachment.name))}"
            file.write_bytes(attachment.content)
            return load(file)
    finally:
        _DEPTH.reset(token)
