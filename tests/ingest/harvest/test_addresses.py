"""A harvest connects to public addresses, to those it checked, and to internal ones only where the operator says so."""

from __future__ import annotations

import socket
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import httpcore
import pytest

from index.errors import SettingsError
from ingest.harvest.addresses import (
    NONE_ALLOWED,
    CheckedBackend,
    RefusedAddress,
    check_addresses,
    is_public,
    parse_allowed,
)
from ingest.harvest.fetching import NotFetched, PoliteClient, guarded_client
from ingest.harvest.plan import Harvest
from ingest.harvest.run import run_plan
from tests.ingest.harvest.site import HERE, Site, rss

INTERNAL = (
    *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0"),
    *("224.0.0.1", "240.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fc00::1", "ff02::1"),
    *("::ffff:127.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1"),  # IPv4 written as IPv6
    *("64:ff9b::7f00:1", "64:ff9b:1::a00:1"),  # NAT64
    *("2002:7f00:1::", "2002:a00:1::", "2001:0:4136:e378::1"),  # 6to4, Teredo
)


@pytest.mark.parametrize("address", INTERNAL)
def test_addresses_that_are_not_public_or_lead_elsewhere_are_refused(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("address", ["8.8.8.8", "192.0.0.9", "2a00:1450:4007:80e::200e"])
def test_addresses_of_the_internet_are_public(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize("host", ["localhost", "0x7f.1", "2130706433", "127.1", "::ffff:127.0.0.1"])
def test_other_ways_to_write_an_internal_address_are_refused(host: str) -> None:
    with pytest.raises(RefusedAddress, match="PASSERELLE_HARVEST_ALLOW"):
        check_addresses(host, 80)


def test_operators_allow_hosts_addresses_and_networks() -> None:
    allowed = parse_allowed("Intranet.Example.org, 10.1.0.0/16, ::1")
    assert allowed.holds("intranet.example.org.", ip_address("192.168.0.1"))
    assert allowed.holds("any.example", ip_address("10.1.2.3"))
    assert allowed.holds("any.example", ip_address("::1"))
    assert not allowed.holds("other.example.org", ip_address("10.2.0.1"))
    with pytest.raises(SettingsError, match=r"PASSERELLE_HARVEST_ALLOW='10\.1\.2\.3/8'"):
        parse_allowed("10.1.2.3/8")


def test_a_plans_own_host_is_refused_too_unless_it_is_allowed(tmp_path: Path, site: Site, base: str) -> None:
    site.pages = {"/feed": rss(base)}
    plan = [Harvest("actu", "feed", f"{base}/feed", delay_s=0)]
    (outcome,) = run_plan(plan, tmp_path)
    assert "127.0.0.1 is an address of this network" in outcome.failures[0].reason
    assert site.requested == []
    (outcome,) = run_plan(plan, tmp_path, allowed=HERE)
    assert not outcome.failures


def test_a_redirect_into_the_network_is_refused(site: Site, base: str) -> None:
    site.redirects = {"/away": base.replace("127.0.0.1", "127.0.0.2") + "/secret"}
    with guarded_client(HERE) as http, pytest.raises(NotFetched, match=r"127\.0\.0\.2 is an address of this network"):
        PoliteClient(http, delay_s=0).get(f"{base}/away")
    assert "/secret" not in site.requested


class RebindingNames:
    """Answers each question for a name with the next address."""

    def __init__(self, *addresses: str) -> None:
        self.answers = list(addresses)

    def __call__(self, host: str, port: int, **_: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (self.answers.pop(0), port))]


class RecordingSockets(httpcore.MockBackend):
    """Connects to nothing and says where it would have."""

    def __init__(self) -> None:
        super().__init__([])
        self.connected: list[str] = []

    def connect_tcp(self, host: str, *options: Any, **_: Any) -> httpcore.NetworkStream:
        self.connected.append(host)
        return super().connect_tcp(host, *options)


def test_the_connection_goes_to_the_address_that_was_checked() -> None:
    names, sockets = RebindingNames("93.184.215.14", "127.0.0.1"), RecordingSockets()
    backend = CheckedBackend(NONE_ALLOWED, 10.0, resolve=names, sockets=sockets)
    backend.connect_tcp("rebinds.example", 80)
    with pytest.raises(RefusedAddress):
        backend.connect_tcp("rebinds.example", 80)
    assert sockets.connected == ["93.184.215.14"]


def test_a_host_with_one_internal_address_among_others_is_refused() -> None:
    both = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 80)) for address in ("8.8.8.8", "10.0.0.1")]
    with pytest.raises(RefusedAddress, match=r"10\.0\.0\.1"):
        check_addresses("both.example", 80, resolve=lambda *_, **__: both)


def test_a_host_that_cannot_be_resolved_is_no_crash() -> None:
    with guarded_client() as http:
        for host in ("a" * 70 + ".example", "no-such-host.invalid", "exa..mple"):
            with pytest.raises(NotFetched):
                PoliteClient(http, delay_s=0).get(f"http://{host}/x")
