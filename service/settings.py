"""Everything that can be chosen when the service starts, read from `PASSERELLE_*` variables.

A variable's name is the field's in capital letters (`PASSERELLE_PUBLIC_URL`), a group's field has the group's name
before its own (`PASSERELLE_OIDC_CLIENT_ID`), and an alias gives those that differ. A blank value counts as not given.
The description of a field is what its error message says is expected.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from email.utils import getaddresses
from ipaddress import ip_network
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    InstanceOf,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails, PydanticCustomError
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from index.errors import SettingsError
from index.setting_files import read_setting_files
from index.settings import IndexSettings
from service.setting_values import (
    LOCAL_HOSTS,
    Connections,
    Days,
    Network,
    Networks,
    Origin,
    Rate,
    Seconds,
    Values,
    contact_addresses,
    forum_name,
    host_name,
    issuer_address,
    long_enough,
    lower_case,
    mailbox,
    on_or_off,
    open_or_staff,
    openid_scope,
    proxy_networks,
    public_address,
    split_values,
    web_address,
    without_networks,
)

PREFIX = "PASSERELLE_"
# No variables by themselves.
GROUPS = frozenset(
    {
        "PASSERELLE_CONNECTIONS",
        "PASSERELLE_INDEX",
        "PASSERELLE_LLM",
        "PASSERELLE_OIDC",
        "PASSERELLE_RATE",
        "PASSERELLE_SMTP",
    }
)
ANYBODY = "*"


def _rule(message: str) -> PydanticCustomError:
    """Return the error of a rule between two settings; its message follows the name of the variable."""
    return PydanticCustomError("rule", message)


class SettingsGroup(BaseModel):
    """Settings whose variables begin with the group's name."""

    model_config = ConfigDict(frozen=True, populate_by_name=True, hide_input_in_errors=True, validate_default=True)


class ModelSettings(SettingsGroup):
    """A language model behind an OpenAI-compatible endpoint; without a URL none is asked."""

    url: Annotated[
        str, AfterValidator(web_address), Field(description="an address such as http://127.0.0.1:8080/v1")
    ] = ""
    model: Annotated[str, Field(description="the model's name")] = ""
    key: Annotated[str, Field(description="the endpoint's key", repr=False)] = ""
    timeout_s: Annotated[int, Field(ge=1, le=600, validation_alias="timeout", description="seconds, from 1 to 600")] = (
        30
    )

    def __bool__(self) -> bool:
        return bool(self.url)

    @field_validator("model")
    @classmethod
    def _model_is_named(cls, model: str, info: ValidationInfo) -> str:
        if info.data.get("url") and not model:
            raise _rule("is missing: expected the model's name, since PASSERELLE_LLM_URL is set")
        return model


class OpenIdSettings(SettingsGroup):
    """An OpenID Connect issuer and what its claim means here; without an issuer people sign in with keys only.

    `audience` is what access tokens for the API must be made for; without it none is accepted. The value "*" among
    `member_values` stands for everybody the issuer vouches for.
    """

    issuer: Annotated[
        str, AfterValidator(issuer_address), Field(description="the issuer's https address (http on this machine only)")
    ] = ""
    client_id: Annotated[str, Field(description="the id the issuer knows this service by")] = ""
    client_secret: Annotated[str, Field(description="the client's secret", repr=False)] = ""
    audience: Annotated[str, Field(description="what access tokens for the API are made for")] = ""
    claim: Annotated[str, Field(description="the name of a claim")] = "roles"  # dots lead into nested claims
    groups_claim: Annotated[str, Field(description="the name of a claim")] = "groups"
    organisation_claim: Annotated[str, Field(description="the name of a claim")] = "organisation"
    member_values: Annotated[Values, Field(description="values with commas between them")] = ("member",)
    staff_values: Annotated[Values, Field(description="values with commas between them")] = ("staff",)
    scope: Annotated[str, AfterValidator(openid_scope), Field(description="scopes with `openid` among them")] = (
        "openid profile"
    )
    # How often the issuer is asked whether it still vouches for somebody, where it gave a refresh token.
    recheck_minutes: Annotated[int, Field(ge=1, le=1440, description="minutes, from 1 to 1440")] = 15

    def __bool__(self) -> bool:
        return bool(self.issuer)

    @property
    def origin(self) -> str:
        """Return scheme and host of the issuer, "" without one."""
        parts = urlsplit(self.issuer)
        return f"{parts.scheme}://{parts.netloc}" if self.issuer else ""

    @field_validator("client_id")
    @classmethod
    def _client_is_named(cls, client_id: str, info: ValidationInfo) -> str:
        if info.data.get("issuer") and not client_id:
            raise _rule("is missing: expected, since PASSERELLE_OIDC_ISSUER is set")
        return client_id

    @field_validator("audience")
    @classmethod
    def _audience_is_not_the_client(cls, audience: str, info: ValidationInfo) -> str:
        if audience and audience == info.data.get("client_id"):
            raise _rule("is the client's id: expected the API's own name, or ID tokens would open the API")
        return audience

    @field_validator("staff_values")
    @classmethod
    def _staff_are_named(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        if ANYBODY in values:
            raise _rule("holds `*`: expected the values that make somebody staff")
        return values


class SmtpSettings(SettingsGroup):
    """The server that takes mails; without a host none is sent, and none is offered."""

    host: Annotated[str, AfterValidator(host_name), Field(description="a host name such as mail.example.org")] = ""
    security: Annotated[
        Literal["starttls", "tls", "none"],
        BeforeValidator(lower_case),
        Field(description="one of starttls, tls, none"),
    ] = "starttls"
    port: Annotated[int, Field(ge=0, le=65_535, description="a whole number from 1 to 65535")] = 0
    user: Annotated[str, Field(description="the name to sign in with")] = ""
    password: Annotated[str, Field(description="the password", repr=False)] = ""
    sender: Annotated[
        str,
        AfterValidator(mailbox),
        Field(validation_alias="from", description="a mailbox such as Passerelle <alerts@example.org>"),
    ] = ""

    def __bool__(self) -> bool:
        return bool(self.host)

    @property
    def port_used(self) -> int:
        """Return the port, the usual one of the security where none is given."""
        return self.port or {"starttls": 587, "tls": 465, "none": 25}[self.security]

    @property
    def sender_address(self) -> str:
        """Return the bare address of the sender, to which mail servers report what cannot be delivered."""
        return getaddresses([self.sender])[0][1]

    @field_validator("sender")
    @classmethod
    def _sender_is_named(cls, sender: str, info: ValidationInfo) -> str:
        if info.data.get("host") and not sender:
            raise _rule("is missing: expected a mailbox, since PASSERELLE_SMTP_HOST is set")
        return sender

    @field_validator("user")
    @classmethod
    def _password_is_not_shown(cls, user: str, info: ValidationInfo) -> str:
        if user and info.data.get("security") == "none" and info.data.get("host") not in LOCAL_HOSTS:
            raise _rule("is set without encryption: expected PASSERELLE_SMTP_SECURITY=starttls or tls")
        return user


class RateLimitSettings(SettingsGroup):
    """How many requests a minute one may send, 0 for no limit; `exempt` addresses have none."""

    per_caller: Annotated[Rate, Field(validation_alias="caller")] = 1200
    per_address: Annotated[Rate, Field(validation_alias="address")] = 1200
    failures: Rate = 20  # failed sign-ins of one address
    # Reports of obstacles of one address.
    reports: Annotated[int, Field(ge=0, le=10**6, description="reports a day, from 0 (no limit) to 1000000")] = 50
    writes: Rate = 120  # what one person puts into dossiers and changes there
    # Alerts of one address that is not signed in, and confirmations to one mail address.
    alerts: Annotated[int, Field(ge=0, le=10**6, description="alerts a day, from 0 (no limit) to 1000000")] = 10
    burst: Annotated[int, Field(ge=1, le=10**6, description="requests at once, from 1 to 1000000")] = 300
    exempt: Annotated[Networks, Field(description="networks such as 10.0.0.0/8, or `none`")] = (
        ip_network("127.0.0.0/8"),
        ip_network("::1/128"),
    )


class ConnectionSettings(SettingsGroup):
    """How many connections a process keeps, and how long it waits for a client."""

    total: Connections = 500
    per_address: Annotated[Connections, Field(validation_alias="address")] = 100  # a proxy has no limit of its own
    header_s: Annotated[Seconds, Field(validation_alias="header")] = 10  # until a request's head is complete
    body_s: Annotated[Seconds, Field(validation_alias="body")] = 30  # then a second more for each 1,000 bytes
    send_s: Annotated[Seconds, Field(validation_alias="send")] = 60  # in which nothing of an answer is read


class Settings(BaseSettings):
    """Everything that can be chosen when the service starts."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter="_",
        env_nested_max_split=1,
        frozen=True,
        populate_by_name=True,
        hide_input_in_errors=True,
        validate_default=True,
    )

    index: InstanceOf[IndexSettings] = IndexSettings()
    host: Annotated[str, AfterValidator(host_name), Field(description="a host name or address such as 127.0.0.1")] = (
        "127.0.0.1"
    )
    port: Annotated[int, Field(ge=1, le=65_535, description="a whole number from 1 to 65535")] = 8000
    public_url: Annotated[str, Field(description="an address such as https://example.org")] = ""
    # Engine calls at once; the model already uses every core.
    threads: Annotated[int, Field(ge=1, le=64, description="a whole number from 1 to 64")] = 2
    # Processes that serve, each with its own copy of what the model keeps in memory.
    workers: Annotated[int, Field(ge=1, le=64, description="a whole number from 1 to 64")] = 1
    # Requests waiting for the engine before new ones are refused.
    queue: Annotated[int, Field(ge=1, le=10_000, description="a whole number from 1 to 10000")] = 64
    max_body_bytes: Annotated[
        int,
        Field(ge=1024, le=2**30, validation_alias=PREFIX + "MAX_BODY", description="bytes, from 1024 to 1073741824"),
    ] = 65_536
    max_upload_bytes: Annotated[
        int, Field(ge=1024, le=2**34, validation_alias=PREFIX + "MAX_UPLOAD", description="bytes, from 1024")
    ] = 100_000_000
    deadline_s: Annotated[
        int, Field(ge=1, le=3600, validation_alias=PREFIX + "DEADLINE", description="seconds, from 1 to 3600")
    ] = 60
    session_hours: Annotated[int, Field(ge=1, le=8760, description="hours, from 1 to 8760")] = 12
    session_idle_minutes: Annotated[int, Field(ge=5, le=525_600, description="minutes, from 5 to 525600")] = 120
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"],
        BeforeValidator(lower_case),
        Field(description="one of debug, info, warning, error"),
    ] = "info"
    # What staff upload is read by this service, one run at a time; `off` where an ingestion job runs elsewhere.
    read_uploads: Annotated[bool, BeforeValidator(on_or_off), Field(description="`on` or `off`")] = True
    reading_minutes: Annotated[int, Field(ge=1, le=1440, description="minutes, from 1 to 1440")] = 120
    # The setting of ingestion: here it is only shown, which groups a forum's categories name.
    forum_audiences: Annotated[str, Field(description="as for ingestion")] = ""
    # How long the journal of what people did here is kept.
    journal_days: Annotated[int, Field(ge=0, le=3650, description="days, from 0 (no journal) to 3650")] = 90
    audit_days: Days = 365
    # /metrics without a key: only where nothing but the monitoring reaches the port.
    open_metrics: Annotated[
        bool,
        BeforeValidator(open_or_staff),
        Field(validation_alias=PREFIX + "METRICS", description="`staff` or `open`"),
    ] = False
    cors_origins: Annotated[
        tuple[Origin, ...],
        NoDecode,
        BeforeValidator(split_values),
        Field(description="origins such as https://forum.example.org, or none"),
    ] = ()
    # Whose X-Forwarded-For is believed.
    proxies: Annotated[str, Field(description="addresses of proxies, with commas between them")] = "127.0.0.1"
    rate: RateLimitSettings = RateLimitSettings()
    connections: ConnectionSettings = ConnectionSettings()
    oidc: OpenIdSettings = OpenIdSettings()
    llm: ModelSettings = ModelSettings()
    smtp: SmtpSettings = SmtpSettings()
    # When alerts are mailed, each day or on Mondays.
    alerts_hour: Annotated[int, Field(ge=0, le=23, description="an hour in UTC, from 0 to 23")] = 5
    # Alerts of one person, or of one mail address.
    alerts_most: Annotated[int, Field(ge=1, le=1000, description="alerts, from 1 to 1000")] = 20
    # The secret a Discourse forum's webhooks are signed with, without which its webhook is closed, and the host of its
    # addresses and of its threads' ids here.
    discourse_secret: Annotated[
        str, AfterValidator(long_enough), Field(description="16 characters or more", repr=False)
    ] = ""
    forum: Annotated[str, AfterValidator(forum_name), Field(description="a host name such as forum.example.org")] = ""
    # Who is told of a vulnerability, and the last day that is right: /.well-known/security.txt (RFC 9116).
    security_contact: Annotated[
        Values, AfterValidator(contact_addresses), Field(description="addresses such as mailto:security@example.org")
    ] = ()
    security_expires: Annotated[date | None, Field(description="a day such as 2027-12-31")] = None
    # The API key whose documents `python -m service mcp` shows on stdio.
    mcp_key: Annotated[str, Field(description="an API key", repr=False)] = ""

    @field_validator("public_url")
    @classmethod
    def _public_url(cls, url: str, info: ValidationInfo) -> str:
        if url:
            return public_address(url)
        host, port = info.data.get("host", "127.0.0.1"), info.data.get("port", 8000)
        reached_by = "127.0.0.1" if host in {"0.0.0.0", "::", ""} else host
        return f"http://{f'[{reached_by}]' if ':' in reached_by else reached_by}:{port}"

    @field_validator("rate")
    @classmethod
    def _proxies_exempt_nobody(cls, rate: RateLimitSettings, info: ValidationInfo) -> RateLimitSettings:
        """Exempt no proxy of a published service: without its header all readers look like it."""
        if urlsplit(info.data.get("public_url", "")).hostname in LOCAL_HOSTS:
            return rate
        proxies = proxy_networks(info.data.get("proxies", ""))
        return rate.model_copy(update={"exempt": tuple(without_networks(rate.exempt, proxies))})

    @field_validator("forum")
    @classmethod
    def _forum_is_named(cls, forum: str, info: ValidationInfo) -> str:
        if info.data.get("discourse_secret") and not forum:
            raise _rule("is missing: expected, since PASSERELLE_DISCOURSE_SECRET is set")
        return forum

    @field_validator("security_expires")
    @classmethod
    def _security_contact_expires(cls, expires: date | None, info: ValidationInfo) -> date | None:
        if info.data.get("security_contact") and expires is None:
            raise _rule("is missing: expected a day, since PASSERELLE_SECURITY_CONTACT is set")
        return expires

    @property
    def proxy_networks(self) -> tuple[Network, ...]:
        """Return the proxies whose X-Forwarded-For is believed."""
        return tuple(proxy_networks(self.proxies))

    @property
    def is_secure(self) -> bool:
        """Say whether readers come by https, so that cookies may insist on it."""
        return self.public_url.startswith("https://")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read nothing but what is passed: the environment is an argument of `from_environ`."""
        return (init_settings,)

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Self:
        """Read the `PASSERELLE_*` settings, or the files they name. Raises SettingsError with every wrong value."""
        environ = read_setting_files(environ)
        source = EnvSettingsSource(cls)
        source.env_vars = {  # in small letters, as the source looks for them
            name.lower(): value.strip()
            for name, value in environ.items()
            if name.startswith(PREFIX) and name.isupper() and value.strip() and name not in GROUPS
        }
        try:
            return cls(**source() | {"index": IndexSettings.from_environ(environ)})
        except ValidationError as error:
            faults = [_fault(cls, detail) for detail in error.errors(include_url=False)]
            raise SettingsError("Wrong settings:\n" + "\n".join(f"  {fault}" for fault in faults)) from None


def _fault(settings: type[BaseModel], detail: ErrorDetails) -> str:
    """Return the line about one wrong variable; what is secret is not shown."""
    model, field, names = settings, FieldInfo(), []
    for part in map(str, detail["loc"]):
        fields = {name: info for name, info in model.model_fields.items()}
        fields |= {str(info.validation_alias): info for info in model.model_fields.values() if info.validation_alias}
        if part not in fields:
            break  # a place within a value
        field = fields[part]
        names.append(str(field.validation_alias or part).removeprefix(PREFIX).upper())
        if isinstance(field.annotation, type) and issubclass(field.annotation, SettingsGroup):
            model = field.annotation
    variable = PREFIX + "_".join(names)
    if detail["type"] == "rule":
        return f"{variable} {detail['msg']}"
    return f"{variable}={'(hidden)' if not field.repr else repr(detail['input'])}: expected {field.description}"
