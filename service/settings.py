"""What the service is told by its environment. The only reader of `os.environ` is the caller of `from_environ`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from index.errors import SettingsError
from index.settings import IndexSettings
from service.access_settings import AccessSettings
from service.forum_settings import ForumSettings
from service.setting_reader import SettingReader, one_of, origin, web_address, whole
from service.setting_reader import host as host_name

LOG_LEVELS = ("debug", "info", "warning", "error")


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """A language model behind an OpenAI-compatible endpoint; without an address none is asked."""

    url: str = ""
    model: str = ""
    key: str = field(default="", repr=False)
    timeout_s: int = 30

    def __bool__(self) -> bool:
        return bool(self.url)


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be chosen when the service starts."""

    index: IndexSettings = field(default_factory=IndexSettings)
    host: str = "127.0.0.1"
    port: int = 8000
    public_url: str = "http://127.0.0.1:8000"
    threads: int = 2  # engine calls at once; the model already uses every core
    workers: int = 1  # processes that serve, each with its own copy of what the model keeps in memory
    queue: int = 64  # requests waiting for the engine before new ones are refused
    max_body_bytes: int = 65_536
    max_upload_bytes: int = 100_000_000
    session_hours: int = 12
    log_level: str = "info"
    journal_days: int = 90  # how long it is kept what people did here; 0: nothing is
    model: ModelSettings = field(default_factory=ModelSettings)
    access: AccessSettings = field(default_factory=AccessSettings)
    forum: ForumSettings = field(default_factory=ForumSettings)
    open_metrics: bool = False  # /metrics without a key: only where nothing but the monitoring reaches the port
    mcp_key: str = field(default="", repr=False)  # whose eyes `python -m service mcp` sees with on stdio

    @property
    def is_secure(self) -> bool:
        """Say whether readers come by https, so that cookies may insist on it."""
        return self.public_url.startswith("https://")

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Settings:
        """Read the `PASSERELLE_*` settings. Raises SettingsError naming every wrong value at once."""
        read, usual = SettingReader(environ), cls()
        host = read("HOST", usual.host, host_name, "a host name or address such as 127.0.0.1")
        port = read("PORT", usual.port, whole(1, 65_535), "a whole number from 1 to 65535")
        settings = cls(
            index=IndexSettings.from_environ(environ),
            host=host,
            port=port,
            public_url=read("PUBLIC_URL", _local_url(host, port), origin, "an address such as https://example.org"),
            threads=read("THREADS", usual.threads, whole(1, 64), "a whole number from 1 to 64"),
            workers=read("WORKERS", usual.workers, whole(1, 64), "a whole number from 1 to 64"),
            queue=read("QUEUE", usual.queue, whole(1, 10_000), "a whole number from 1 to 10000"),
            max_body_bytes=read("MAX_BODY", usual.max_body_bytes, whole(1024, 2**30), "bytes, from 1024 to 1073741824"),
            max_upload_bytes=read("MAX_UPLOAD", usual.max_upload_bytes, whole(1024, 2**34), "bytes, from 1024"),
            session_hours=read("SESSION_HOURS", usual.session_hours, whole(1, 8760), "hours, from 1 to 8760"),
            log_level=read("LOG_LEVEL", usual.log_level, one_of(LOG_LEVELS), f"one of {', '.join(LOG_LEVELS)}"),
            journal_days=read("JOURNAL_DAYS", usual.journal_days, whole(0, 3650), "days, from 0 (no journal) to 3650"),
            model=_model(read),
            access=AccessSettings.read(read),
            forum=ForumSettings.read(read),
            open_metrics=read("METRICS", "staff", one_of(("staff", "open")), "`staff` or `open`") == "open",
            mcp_key=read("MCP_KEY", "", str, "an API key"),
        )
        if read.faults:
            raise SettingsError("Wrong settings:\n" + "\n".join(f"  {fault}" for fault in read.faults))
        return settings


def _model(read: SettingReader) -> ModelSettings:
    usual = ModelSettings()
    settings = ModelSettings(
        url=read("LLM_URL", "", web_address, "an address such as http://127.0.0.1:8080/v1"),
        model=read("LLM_MODEL", "", str, "the model's name"),
        key=read("LLM_KEY", "", str, "the endpoint's key"),
        timeout_s=read("LLM_TIMEOUT", usual.timeout_s, whole(1, 600), "seconds, from 1 to 600"),
    )
    if settings and not settings.model:
        read.faults.append("PASSERELLE_LLM_MODEL is missing: wanted the model's name, since PASSERELLE_LLM_URL is set")
    return settings


def _local_url(host: str, port: int) -> str:
    reached_by = "127.0.0.1" if host in {"0.0.0.0", "::", ""} else host
    return f"http://{f'[{reached_by}]' if ':' in reached_by else reached_by}:{port}"
