"""What a setting may hold: functions that read a variable's text, or raise ValueError, and the types made of them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress
from email.utils import getaddresses
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_settings import NoDecode

LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})
Network = IPv4Network | IPv6Network
_PATH = re.compile(r"(?:/[A-Za-z0-9._~-]+)*/?")
_CONTACT = re.compile(r"(?:mailto:[^\s@]+@[^\s@]+|https://\S+|tel:\+?[\d-]+)")
MAIL_ADDRESS = (
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z0-9-]{2,63}"
)
FORUM_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{0,99}")


def host_name(text: str) -> str:
    if any(character.isspace() or character in "/?#@" for character in text):
        raise ValueError
    return text


def forum_name(text: str) -> str:
    if text and not FORUM_NAME.fullmatch(text.lower()):
        raise ValueError
    return text.lower()


def long_enough(secret: str) -> str:
    if secret and len(secret) < 16:
        raise ValueError
    return secret


def web_address(text: str) -> str:
    parts = urlsplit(text)
    if text and (parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment):
        raise ValueError
    _ = parts.port  # raises ValueError when it is no port
    return text.rstrip("/")


def origin_of(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path.strip("/") or parts.query:
        raise ValueError
    _ = parts.port  # raises ValueError when it is no port
    return f"{parts.scheme}://{parts.netloc}"


def public_address(text: str) -> str:
    """Return an origin, with the path of a service that is hosted below one, without a slash at its end."""
    parts = urlsplit(text)
    if not _PATH.fullmatch(parts.path) or parts.fragment:
        raise ValueError
    return origin_of(parts._replace(path="").geturl()) + parts.path.rstrip("/")


def contact_addresses(contacts: tuple[str, ...]) -> tuple[str, ...]:
    if not all(_CONTACT.fullmatch(contact) for contact in contacts):
        raise ValueError
    return contacts


def mailbox(text: str) -> str:
    """Return a mailbox as a mail's header has it, such as "Passerelle <alerts@example.org>"."""
    mailboxes = getaddresses([text])
    if text and (not text.isprintable() or len(mailboxes) != 1 or not is_mail_address(mailboxes[0][1])):
        raise ValueError
    return text


def is_mail_address(text: str) -> bool:
    """Say whether a text is an address mail can be sent to, in the characters that every mail server takes."""
    return len(text) <= 254 and re.fullmatch(MAIL_ADDRESS, text) is not None


def issuer_address(text: str) -> str:
    parts = urlsplit(web_address(text))
    if text and parts.scheme != "https" and parts.hostname not in LOCAL_HOSTS:
        raise ValueError
    return text  # unchanged: tokens name it letter for letter, with or without a last slash


def openid_scope(text: str) -> str:
    if "openid" not in text.split():
        raise ValueError
    return text


def split_values(value: object) -> object:
    """Return what stands between the commas of a text, each once; leave anything else as it is."""
    if not isinstance(value, str):
        return value
    return tuple(dict.fromkeys(filter(None, (part.strip() for part in value.split(",")))))


def split_networks(value: object) -> object:
    if not isinstance(value, str):
        return value
    return () if value.lower() == "none" else tuple(ip_network(part) for part in split_values(value))  # type: ignore[attr-defined]


def proxy_networks(text: str) -> list[Network]:
    """Return the proxies that are believed, as networks; `*` is every address, and a name is none."""
    if text.strip() == "*":
        return [ip_network("0.0.0.0/0"), ip_network("::/0")]
    networks = []
    for part in text.split(","):
        with suppress(ValueError):
            networks.append(ip_network(part.strip(), strict=False))
    return networks


def without_networks(networks: Iterable[Network], excluded: Iterable[Network]) -> list[Network]:
    """Return the networks without the excluded ones, which may lie in the middle of them."""
    left = list(networks)
    for hole in excluded:
        apart = [network for network in left if network.version != hole.version or not network.overlaps(hole)]
        holding = [network for network in left if network not in apart and network.prefixlen < hole.prefixlen]
        left = apart + [part for network in holding for part in network.address_exclude(hole)]  # type: ignore[arg-type]
    return left


def lower_case(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


def open_or_staff(value: object) -> object:
    if not isinstance(value, str):
        return value
    if value.lower() not in {"open", "staff"}:
        raise ValueError
    return value.lower() == "open"


def on_or_off(value: object) -> object:
    if not isinstance(value, str):
        return value
    if value.lower() not in {"on", "off"}:
        raise ValueError
    return value.lower() == "on"


Values = Annotated[tuple[str, ...], NoDecode, BeforeValidator(split_values)]
Origin = Annotated[str, AfterValidator(origin_of)]
Networks = Annotated[tuple[Network, ...], NoDecode, BeforeValidator(split_networks)]
Rate = Annotated[int, Field(ge=0, le=10**6, description="requests a minute, from 0 (no limit) to 1000000")]
Connections = Annotated[int, Field(ge=0, le=10**6, description="connections, from 0 (no limit) to 1000000")]
Seconds = Annotated[int, Field(ge=1, le=3600, description="seconds, from 1 to 3600")]
Days = Annotated[int, Field(ge=1, le=3650, description="days, from 1 to 3650")]
