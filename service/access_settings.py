"""What can be chosen about access: who vouches for people, from where, how often and how long one may ask."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_network
from urllib.parse import urlsplit

from service.setting_reader import SettingReader, origin, values, web_address, whole

Network = IPv4Network | IPv6Network
ANYBODY = "*"
LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class OpenIdSettings:
    """An OpenID Connect issuer and what its claim means here; without an issuer people sign in with keys only.

    `audience` is what access tokens for the API must be made for; without it none is taken. The value "*" among
    the values stands for everybody the issuer vouches for.
    """

    issuer: str = ""
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    audience: str = ""
    claim: str = "roles"  # dots lead into nested claims: "realm_access.roles"
    member_values: tuple[str, ...] = ("member",)
    staff_values: tuple[str, ...] = ("staff",)
    scope: str = "openid profile"

    def __bool__(self) -> bool:
        return bool(self.issuer)

    @property
    def origin(self) -> str:
        """Return scheme and host of the issuer, "" without one."""
        parts = urlsplit(self.issuer)
        return f"{parts.scheme}://{parts.netloc}" if self.issuer else ""


@dataclass(frozen=True, slots=True)
class LimitSettings:
    """How much one may ask. A rate is requests a minute, 0 for no limit; `exempt` addresses have none."""

    per_caller: int = 1200
    per_address: int = 1200
    burst: int = 300
    exempt: tuple[Network, ...] = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
    deadline_s: int = 60


@dataclass(frozen=True, slots=True)
class AccessSettings:
    """Everything about access that is chosen when the service starts."""

    open_id: OpenIdSettings = field(default_factory=OpenIdSettings)
    limits: LimitSettings = field(default_factory=LimitSettings)
    cors_origins: tuple[str, ...] = ()
    proxies: str = "127.0.0.1"  # whose X-Forwarded-For is believed
    audit_days: int = 365

    @classmethod
    def read(cls, read: SettingReader) -> AccessSettings:
        usual, rate = cls(), "requests a minute, from 0 (no limit) to 1000000"
        return cls(
            open_id=_open_id(read),
            limits=LimitSettings(
                per_caller=read("RATE_CALLER", usual.limits.per_caller, whole(0, 10**6), rate),
                per_address=read("RATE_ADDRESS", usual.limits.per_address, whole(0, 10**6), rate),
                burst=read("RATE_BURST", usual.limits.burst, whole(1, 10**6), "requests at once, from 1 to 1000000"),
                exempt=read("RATE_EXEMPT", usual.limits.exempt, _networks, "networks such as 10.0.0.0/8, or `none`"),
                deadline_s=read("DEADLINE", usual.limits.deadline_s, whole(1, 3600), "seconds, from 1 to 3600"),
            ),
            cors_origins=read("CORS_ORIGINS", (), _each(origin), "origins such as https://forum.example.org, or none"),
            proxies=read("PROXIES", usual.proxies, str, "addresses of proxies, with commas between them"),
            audit_days=read("AUDIT_DAYS", usual.audit_days, whole(1, 3650), "days, from 1 to 3650"),
        )


def _open_id(read: SettingReader) -> OpenIdSettings:
    usual = OpenIdSettings()
    settings = OpenIdSettings(
        issuer=read("OIDC_ISSUER", "", _issuer, "the issuer's https address (http on this machine only)"),
        client_id=read("OIDC_CLIENT_ID", "", str, "the id the issuer knows this service by"),
        client_secret=read("OIDC_CLIENT_SECRET", "", str, "the client's secret"),
        audience=read("OIDC_AUDIENCE", "", str, "what access tokens for the API are made for"),
        claim=read("OIDC_CLAIM", usual.claim, str, "the name of a claim"),
        member_values=read("OIDC_MEMBER_VALUES", usual.member_values, values, "values with commas between them"),
        staff_values=read("OIDC_STAFF_VALUES", usual.staff_values, values, "values with commas between them"),
        scope=read("OIDC_SCOPE", usual.scope, _scope, "scopes with `openid` among them"),
    )
    if settings and not settings.client_id:
        read.faults.append("PASSERELLE_OIDC_CLIENT_ID is missing: wanted, since PASSERELLE_OIDC_ISSUER is set")
    if settings.audience and settings.audience == settings.client_id:
        read.faults.append(
            "PASSERELLE_OIDC_AUDIENCE is the client's id: wanted the API's own name, or ID tokens would open the API"
        )
    if ANYBODY in settings.staff_values:
        read.faults.append("PASSERELLE_OIDC_STAFF_VALUES holds `*`: wanted the values that make somebody staff")
    return settings


def _issuer(said: str) -> str:
    web_address(said)
    parts = urlsplit(said)
    if parts.scheme != "https" and parts.hostname not in LOCAL_HOSTS:
        raise ValueError(said)
    return said  # as it is said: tokens name it letter for letter, with or without a last slash


def _scope(said: str) -> str:
    if "openid" not in said.split():
        raise ValueError(said)
    return said


def _each(parse: Callable[[str], str]) -> Callable[[str], tuple[str, ...]]:
    return lambda said: tuple(parse(value) for value in values(said))


def _networks(said: str) -> tuple[Network, ...]:
    return () if said.lower() == "none" else tuple(ip_network(value) for value in values(said))
