"""What can be chosen about the forum: which one it is, and the secret its webhooks are signed with."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from service.setting_reader import SettingReader

_HOST = re.compile(r"[a-z0-9][a-z0-9.-]{0,99}")
_SHORTEST = 16


@dataclass(frozen=True, slots=True)
class ForumSettings:
    """A Discourse forum; without a secret its webhook is not open."""

    host: str = ""  # of its addresses and its threads' ids here: "forum.example.org"
    secret: str = field(default="", repr=False)

    def __bool__(self) -> bool:
        return bool(self.secret)

    @classmethod
    def read(cls, read: SettingReader) -> ForumSettings:
        """Read PASSERELLE_FORUM and PASSERELLE_DISCOURSE_SECRET; what is wrong stands in the reader's `faults`."""
        settings = cls(
            host=read("FORUM", "", _host, "a host name such as forum.example.org"),
            secret=read("DISCOURSE_SECRET", "", _secret, f"{_SHORTEST} characters or more"),
        )
        if settings.secret and not settings.host:
            read.faults.append("PASSERELLE_FORUM is missing: wanted, since PASSERELLE_DISCOURSE_SECRET is set")
        return settings


def _host(said: str) -> str:
    if not _HOST.fullmatch(said.lower()):
        raise ValueError(said)
    return said.lower()


def _secret(said: str) -> str:
    if len(said) < _SHORTEST:
        raise ValueError(said)
    return said
