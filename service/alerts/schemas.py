"""The wire format of alerts."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from service.alerts.mail import ToldDocument
from service.alerts.model import Alert, Frequency
from service.alerts.service import ShownAlert
from service.http.fields import Text, one_of
from service.library.filters import Filters
from service.setting_values import MAIL_ADDRESS
from service.web.translating import INTERFACE_LANGUAGES

Language = one_of(INTERFACE_LANGUAGES)
MailAddress = Annotated[str, StringConstraints(max_length=254, strict=True, pattern=f"^{MAIL_ADDRESS}$")]
MailAddressOrNone = Annotated[str, StringConstraints(max_length=254, strict=True, pattern=f"^(?:{MAIL_ADDRESS})?$")]


class MailRequest(BaseModel):
    """Where mail is to go, and how often. It begins once the address is confirmed by the link sent to it."""

    model_config = ConfigDict(extra="forbid")

    address: Annotated[MailAddress, Field(examples=["marie@example.org"])]
    frequency: Annotated[Frequency, Field(description="Each day, or each Monday")] = Frequency.WEEKLY


class AlertRequest(BaseModel):
    """A search that is to tell of new documents, by a private feed, by mail, or both."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"query": "télétravail", "filters": {"borders": ["DE-FR"]}, "language": "fr", "has_feed": True},
            ]
        },
    )

    query: Annotated[Text | None, Field(description="Without one, every new document that passes the filters")] = None
    filters: Filters = Filters()
    language: Annotated[Language, Field(description="Of the feed and the mails")] = "fr"  # type: ignore[valid-type]
    has_feed: Annotated[bool, Field(strict=True, description="An Atom feed at a private address")] = True
    mail: MailRequest | None = None


class AlertPatch(BaseModel):
    """What is to be different; what is left out stays. An empty `address` ends the mail."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"is_paused": True}]})

    is_paused: Annotated[bool | None, Field(strict=True)] = None
    frequency: Frequency | None = None
    language: Annotated[Language | None, Field()] = None  # type: ignore[valid-type]
    address: MailAddressOrNone | None = None


class ToldOut(BaseModel):
    """A new document an alert has told of, with the passage that matched, word for word."""

    id: str
    title: str
    published: date | None
    noticed: datetime
    quote: str
    label: str = Field(examples=["p. 12"])
    url: str = Field(description="Its page here, at the passage")


class AlertOut(BaseModel):
    """An alert of the caller's."""

    id: str = Field(examples=["5f0c2d4e8a91b376"])
    query: str
    filters: Filters
    language: str
    created: datetime
    is_paused: bool
    stopped: Literal["", "access", "refused"] = Field(
        description="Why the service stopped it: no rights, no such address"
    )
    has_feed: bool
    feed_url: str | None = Field(default=None, description="Shown this once: it holds a secret")
    address: str
    frequency: Frequency
    is_confirmed: bool = Field(description="Whether the address has been confirmed")
    told: list[ToldOut] = Field(default=[], description="The latest first, as far as you may see them now")


class AlertList(BaseModel):
    """The caller's alerts, the newest first."""

    alerts: list[AlertOut]


class FeedOut(BaseModel):
    feed_url: str = Field(examples=["https://example.org/alerts/feed.atom?t=…"], description="Shown this once")


def alert_out(alert: Alert, *, feed_url: str = "") -> AlertOut:
    """Return an alert in the wire format."""
    return AlertOut(
        id=alert.id,
        query=alert.query,
        filters=alert.filters,
        language=alert.language,
        created=alert.created,
        is_paused=alert.is_paused,
        stopped=alert.stopped.value,
        has_feed=alert.has_feed,
        feed_url=feed_url or None,
        address=alert.address,
        frequency=alert.frequency,
        is_confirmed=alert.is_confirmed,
    )


def shown_alert_out(shown: ShownAlert) -> AlertOut:
    """Return an alert with what it told of."""
    return alert_out(shown.alert).model_copy(update={"told": [_told_out(document) for document in shown.documents]})


def _told_out(document: ToldDocument) -> ToldOut:
    return ToldOut(
        id=document.card.id,
        title=document.card.metadata.title,
        published=document.card.metadata.published,
        noticed=document.at,
        quote=document.quoted,
        label=document.passage.label,
        url=document.address,
    )
