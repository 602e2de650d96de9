"""What the service is told by its environment. The only reader of `os.environ` is the caller of `from_environ`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar
from urllib.parse import urlsplit

from index.errors import SettingsError
from index.settings import IndexSettings

T = TypeVar("T")
LOG_LEVELS = ("debug", "info", "warning", "error")


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be chosen when the service starts."""

    index: IndexSettings = field(default_factory=IndexSettings)
    host: str = "127.0.0.1"
    port: int = 8000
    public_url: str = "http://127.0.0.1:8000"
    threads: int = 2  # engine calls at once; the model already uses every core
    queue: int = 64  # requests waiting for the engine before new ones are refused
    max_body_bytes: int = 65_536
    session_hours: int = 12
    log_level: str = "info"

    @property
    def is_secure(self) -> bool:
        """Say whether readers come by https, so that cookies may insist on it."""
        return self.public_url.startswith("https://")

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Settings:
        """Read the `PASSERELLE_*` settings. Raises SettingsError naming every wrong value at once."""
        read, usual = _Reader(environ), cls()
        host = read("HOST", usual.host, _host, "a host name or address such as 127.0.0.1")
        port = read("PORT", usual.port, _whole(1, 65_535), "a whole number from 1 to 65535")
        settings = cls(
            index=IndexSettings.from_environ(environ),
            host=host,
            port=port,
            public_url=read("PUBLIC_URL", _local_url(host, port), _origin, "an address such as https://example.org"),
            threads=read("THREADS", usual.threads, _whole(1, 64), "a whole number from 1 to 64"),
            queue=read("QUEUE", usual.queue, _whole(1, 10_000), "a whole number from 1 to 10000"),
            max_body_bytes=read(
                "MAX_BODY", usual.max_body_bytes, _whole(1024, 2**30), "bytes, from 1024 to 1073741824"
            ),
            session_hours=read("SESSION_HOURS", usual.session_hours, _whole(1, 8760), "hours, from 1 to 8760"),
            log_level=read("LOG_LEVEL", usual.log_level, _one_of(LOG_LEVELS), f"one of {', '.join(LOG_LEVELS)}"),
        )
        if read.faults:
            raise SettingsError("Wrong settings:\n" + "\n".join(f"  {fault}" for fault in read.faults))
        return settings


class _Reader:
    """Reads one setting after the other and gathers what is wrong."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ
        self.faults: list[str] = []

    def __call__(self, name: str, default: T, parse: Callable[[str], T], wanted: str) -> T:
        """Return the parsed value, or the default when the setting is missing or blank."""
        said = self.environ.get(f"PASSERELLE_{name}", "").strip()
        if not said:
            return default
        try:
            return parse(said)
        except ValueError:
            self.faults.append(f"PASSERELLE_{name}={said!r}: wanted {wanted}")
            return default


def _whole(least: int, most: int) -> Callable[[str], int]:
    def parse(said: str) -> int:
        number = int(said)
        if not least <= number <= most:
            raise ValueError(said)
        return number

    return parse


def _one_of(allowed: tuple[str, ...]) -> Callable[[str], str]:
    def parse(said: str) -> str:
        if said.lower() not in allowed:
            raise ValueError(said)
        return said.lower()

    return parse


def _host(said: str) -> str:
    if any(character.isspace() or character in "/?#@" for character in said):
        raise ValueError(said)
    return said


def _origin(said: str) -> str:
    parts = urlsplit(said)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path.strip("/") or parts.query:
        raise ValueError(said)
    _ = parts.port  # raises ValueError when it is no port
    return f"{parts.scheme}://{parts.netloc}"


def _local_url(host: str, port: int) -> str:
    reached_by = "127.0.0.1" if host in {"0.0.0.0", "::", ""} else host
    return f"http://{f'[{reached_by}]' if ':' in reached_by else reached_by}:{port}"
