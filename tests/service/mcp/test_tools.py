"""The MCP server, spoken to by the official SDK's client: in memory, over HTTP, and on stdio as a process."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import anyio
import httpx2
import pytest
from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters
from mcp.client.streamable_http import streamable_http_client
from starlette.testclient import TestClient

from index.documents import Audience
from index.settings import IndexSettings
from service.app import Parts, components
from service.auth.callers import NOBODY, Caller
from service.auth.scopes import Scope
from service.errors import NotReady
from service.library.open_index import OpenIndex
from service.library.reload import ReloadingLibrary
from service.mcp.patient_library import PatientLibrary
from service.mcp.server import http_app
from service.mcp.tools import CHARACTERS, mcp_server
from service.settings import Settings
from service.wiring import key_store
from tests.service.dossiers.people import RESERVED, person
from tests.service.serving import served

QUESTION = "Qui demande le certificat A1 à l'institution compétente ?"
ROOT = Path(__file__).parents[3]
DOSSIER_TOOLS = {"list_dossiers", "get_dossier", "add_to_dossier"}
TOOLS = {
    *("search", "ask", "get_document", "document_overview", "document_timeline", "list_documents"),
    *("similar_experiences", "directory", "compare", *DOSSIER_TOOLS),
}


async def nobody(headers: Mapping[str, str] | None) -> Caller:
    return NOBODY


def in_memory(parts: Parts, calls: list[tuple[str, dict[str, Any]]]) -> list[Any]:
    async def talk() -> list[Any]:
        async with Client(mcp_server(components(parts), nobody)) as client:
            return [await client.call_tool(name, arguments) for name, arguments in calls]

    return anyio.run(talk)


def test_the_tools_are_named_and_described(parts: Parts) -> None:
    async def listed() -> dict[str, Any]:
        async with Client(mcp_server(components(parts), nobody)) as client:
            return {tool.name: tool for tool in (await client.list_tools()).tools}

    tools = anyio.run(listed)
    assert tools.keys() >= TOOLS
    assert all(tool.description for tool in tools.values())
    assert {name for name, tool in tools.items() if not tool.annotations.read_only_hint} == {"add_to_dossier"}
    assert not tools["add_to_dossier"].annotations.destructive_hint
    assert set(tools["search"].input_schema["properties"]) == {"query", "k", "filters"}


def test_an_assistant_reads_its_caller_s_dossiers_and_adds_to_them_alone(parts: Parts, client: TestClient) -> None:
    marie, luc = person(client, "Marie"), person(client, "Luc")
    dossier, other = marie.begin("Secours"), luc.begin("Autre")

    async def is_marie(headers: Mapping[str, str] | None) -> Caller:
        return Caller("Marie", Audience.MEMBER, "key:1")

    async def talk() -> list[Any]:
        note = {"kind": "note", "text": "à voir"}
        calls: list[tuple[str, dict[str, Any]]] = [
            ("add_to_dossier", {"dossier_id": dossier, "item": RESERVED}),
            ("add_to_dossier", {"dossier_id": dossier, "item": note}),
            ("get_dossier", {"dossier_id": dossier}),
            ("list_dossiers", {}),
            ("get_dossier", {"dossier_id": other}),
            ("add_to_dossier", {"dossier_id": other, "item": note}),
            ("add_to_dossier", {"dossier_id": dossier, "item": RESERVED | {"document_id": "equipe/notes"}}),
        ]
        async with Client(mcp_server(components(parts), is_marie)) as member:
            return [await member.call_tool(name, arguments) for name, arguments in calls]

    *added, read, listed, hidden, refused, unseen = anyio.run(talk)
    assert not any(result.is_error for result in added)
    assert read.structured_content["items"] == marie.items(dossier)
    assert [item["kind"] for item in read.structured_content["items"]] == ["passage", "note"]
    assert [head["title"] for head in listed.structured_content["own"]] == ["Secours"]
    assert "no such dossier" in hidden.content[0].text
    assert "no such dossier" in refused.content[0].text
    assert unseen.is_error
    calls: list[tuple[str, dict[str, Any]]] = [("list_dossiers", {}), ("get_dossier", {"dossier_id": dossier})]
    for result in in_memory(parts, calls):
        assert "sign in" in result.content[0].text


def test_comparable_experiences_are_those_of_the_api(parts: Parts, client: TestClient) -> None:
    arguments = {"situation": "The ambulance waits at the border, who pays the transport?", "border": "ES-FR", "k": 3}
    (result,) = in_memory(parts, [("similar_experiences", arguments)])
    response = client.post("/api/v1/experiences", json=arguments).json()
    assert response["cases"]
    assert result.structured_content["cases"] == response["cases"]


def test_a_comparison_is_that_of_the_api(parts: Parts, client: TestClient) -> None:
    arguments = {"document_ids": ["notes/teletravail", "projekte/rettungsdienst"], "columns": ["year", "obstacle"]}
    (result,) = in_memory(parts, [("compare", arguments)])
    response = client.post("/api/v1/compare", json=arguments).json()
    assert len(response["rows"]) == 2
    assert result.structured_content["rows"] == response["rows"]
    (refused,) = in_memory(parts, [("compare", {})])
    assert refused.is_error
    assert "give a question" in refused.content[0].text


def test_tools_say_what_the_api_says(parts: Parts, client: TestClient) -> None:
    search, answer, document = in_memory(
        parts,
        [
            ("search", {"query": "certificat A1", "k": 2, "filters": {"languages": ["fr"]}}),
            ("ask", {"question": QUESTION}),
            ("get_document", {"document_id": "notes/teletravail"}),
        ],
    )
    arguments = {"query": "certificat A1", "k": 2, "filters": {"languages": ["fr"]}}
    response = client.post("/api/v1/search", json=arguments).json()
    assert search.structured_content["results"] == response["results"]
    assert answer.structured_content == client.post("/api/v1/ask", json={"question": QUESTION}).json()
    text = client.get("/api/v1/documents/notes/teletravail/text").text
    assert document.structured_content["text"] == text
    assert document.structured_content["next"] is None


def test_a_long_document_is_read_in_stretches(parts: Parts) -> None:
    store = parts.library.borrow().store
    documents = vars(store)["documents"]
    documents["long"] = replace(documents["notes/ambulance"], id="long", text="x" * (CHARACTERS + 5), sections=())
    first, rest = in_memory(
        parts, [("get_document", {"document_id": "long", "start": start}) for start in (0, CHARACTERS)]
    )
    assert first.structured_content["next"] == CHARACTERS
    assert (rest.structured_content["text"], rest.structured_content["next"]) == ("x" * 5, None)


@pytest.mark.parametrize(
    ("tool", "arguments", "says"),
    [
        ("get_document", {"document_id": "membres/ambulance"}, "There is no such document."),
        ("get_document", {"document_id": "nothing"}, "There is no such document."),
        ("search", {"query": ""}, "at least 1 character"),
        ("search", {"query": "a", "filters": {"languages": ["xx"]}}, "allowed: fr, en"),
        ("search", {"query": "a", "k": 1000}, "less than or equal to 50"),
    ],
)
def test_what_is_wrong_is_said_to_the_model(parts: Parts, tool: str, arguments: dict[str, Any], says: str) -> None:
    (result,) = in_memory(parts, [(tool, arguments)])
    assert result.is_error
    assert says in result.content[0].text


@pytest.fixture
def address(parts: Parts) -> Iterator[str]:
    with served(http_app(components(parts)), lifespan="on") as address:
        yield f"{address}/mcp"


@asynccontextmanager
async def over_http(address: str, key: str) -> AsyncIterator[Client]:
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    async with (
        httpx2.AsyncClient(headers=headers, timeout=20) as web,
        Client(streamable_http_client(address, http_client=web)) as client,
    ):
        yield client


def found_over_http(address: str, key: str) -> str:
    async def talk() -> str:
        async with over_http(address, key) as client:
            result = await client.call_tool("search", {"query": "ambulance transport assurance patient", "k": 50})
            return str(result.structured_content)

    return anyio.run(talk)


def test_over_http_the_key_says_what_may_be_seen(address: str, member_key: str, parts: Parts) -> None:
    assert "membres/ambulance" not in found_over_http(address, "")
    assert "membres/ambulance" in found_over_http(address, member_key)
    key_store(parts.settings).revoke("Marie")
    with pytest.raises(Exception, match="unhandled errors"):
        found_over_http(address, member_key)


def test_over_http_a_wrong_key_is_refused_at_the_door(address: str) -> None:
    answer = httpx2.post(address, headers={"Authorization": "Bearer wrong"}, json={})
    assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json")
    assert answer.headers["x-request-id"]


def test_a_key_that_is_not_for_asking_does_not_ask(address: str, parts: Parts) -> None:
    key = key_store(parts.settings).add("Reader", Audience.MEMBER, scopes=frozenset({Scope.SEARCH}))

    async def talk() -> Any:
        async with over_http(address, key) as client:
            return await client.call_tool("ask", {"question": QUESTION})

    result = anyio.run(talk)
    assert result.is_error
    assert "not for 'ask'" in result.content[0].text


def test_a_page_elsewhere_cannot_reach_it_under_a_name_of_its_own(address: str) -> None:
    answer = httpx2.post(address, headers={"Host": "evil.example"}, json={})
    assert answer.status_code in {403, 421}


def test_a_first_reader_waits_until_the_index_is_open(parts: Parts) -> None:
    index = parts.library.borrow()
    opening: list[OpenIndex | NotReady] = [NotReady("not yet"), NotReady("not yet"), index]

    class Opening:
        trouble = cut_off = ""

        def borrow(self) -> OpenIndex:
            now = opening.pop(0)
            if isinstance(now, NotReady):
                raise now
            return now

    assert PatientLibrary(Opening()).borrow() is index
    with pytest.raises(NotReady):
        PatientLibrary(ReloadingLibrary(lambda: index), patience_s=0).borrow()


def test_on_stdio_the_environment_s_key_is_the_caller(tmp_path: Path) -> None:
    async def talk(key: str) -> set[str]:
        environ = {"PASSERELLE_DATA": str(tmp_path), "PASSERELLE_MCP_KEY": key, "PYTHONPATH": str(ROOT)}
        command = StdioServerParameters(command=sys.executable, args=["-m", "service", "mcp"], env=environ)
        async with Client(command) as client:
            return {tool.name for tool in (await client.list_tools()).tools}

    key = key_store(Settings(index=IndexSettings(data=tmp_path))).add("Marie", Audience.MEMBER)
    assert anyio.run(talk, key) >= TOOLS


def test_on_stdio_a_wrong_key_ends_the_command(tmp_path: Path) -> None:
    import io

    from service.__main__ import command

    err = io.StringIO()
    environ = {"PASSERELLE_DATA": str(tmp_path), "PASSERELLE_MCP_KEY": "wrong"}
    assert command(["mcp"], environ, io.StringIO(), err) == 2
    assert "PASSERELLE_MCP_KEY" in err.getvalue()
