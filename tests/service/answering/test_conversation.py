"""Earlier turns through the API, the chat endpoint and the MCP server, and questions that no sentence answers."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import anyio
import pytest
from mcp.client.client import Client
from starlette.testclient import TestClient

from service.app import Parts, components, create_app
from service.mcp.tools import mcp_server
from tests.service.mcp.test_tools import nobody
from tests.service.thesaurus import THESAURUS

FIRST = "Qui demande le certificat A1 en Belgique pour un salarié ?"
RESOLVED = "Qui demande le certificat A1 pour un salarié ? Et pour la Suisse ?"
TURN = {"question": "Et pour la Suisse ?", "conversation": [FIRST]}


@pytest.fixture
def client(parts: Parts) -> TestClient:
    return TestClient(create_app(replace(parts, thesaurus=THESAURUS)), raise_server_exceptions=False)


def ask(client: TestClient, **body: Any) -> Any:
    answer = client.post("/api/v1/ask", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_the_api_says_what_was_asked_and_taken_over(client: TestClient) -> None:
    answer = ask(client, **TURN)
    assert answer["question"] == RESOLVED
    assert {"kind": "words", "text": "salarié"} in answer["carried"]
    assert answer["intent"] is None


def test_a_question_by_itself_takes_nothing_over(client: TestClient) -> None:
    answer = ask(client, question=FIRST)
    assert (answer["question"], answer["carried"]) == (FIRST, [])


def test_a_stream_says_so_too(client: TestClient) -> None:
    text = client.post("/api/v1/ask", json=TURN, headers={"Accept": "text/event-stream"}).text
    events = [json.loads(line.removeprefix("data: ")) for line in text.splitlines() if line.startswith("data: ")]
    assert events[0]["question"] == events[-1]["question"] == RESOLVED
    assert events[-1]["carried"]


@pytest.mark.parametrize("conversation", ["one", [""], [1], ["x"] * 51])
def test_a_conversation_is_a_list_of_questions(client: TestClient, conversation: Any) -> None:
    answer = client.post("/api/v1/ask", json={"question": "Et en Suisse ?", "conversation": conversation})
    assert answer.status_code == 422


def test_an_order_is_referred(client: TestClient) -> None:
    answer = ask(client, question="Combien de notes juridiques ?", hand_on_if_unanswered=True)
    assert (answer["outcome"], answer["answered"], answer["follow_url"]) == ("referral", False, None)
    assert answer["intent"]["link"].endswith("/?q=Combien+de+notes+juridiques+%3F&kind=legal+note")
    assert answer["intent"]["count"] > 0


def test_the_chat_reads_the_users_earlier_messages(client: TestClient) -> None:
    messages = [
        {"role": "user", "content": FIRST},
        {"role": "assistant", "content": "Un taxi luxembourgeois."},
        {"role": "user", "content": "Et pour la Suisse ?"},
    ]
    answer = client.post("/v1/chat/completions", json={"messages": messages}).json()
    assert answer["question"] == RESOLVED
    assert RESOLVED in answer["choices"][0]["message"]["content"]
    streamed = client.post("/v1/chat/completions", json={"messages": messages, "stream": True}).text
    assert "Question comprise" in streamed


def test_the_chat_leads_where_a_list_is(client: TestClient) -> None:
    messages = [{"role": "user", "content": "Combien de notes juridiques ?"}]
    answer = client.post("/v1/chat/completions", json={"messages": messages}).json()
    text = answer["choices"][0]["message"]["content"]
    assert f"{answer['intent']['count']} document" in text
    assert answer["intent"]["link"] in text


def test_an_assistant_hands_in_the_earlier_questions(parts: Parts) -> None:
    async def talk() -> Any:
        async with Client(mcp_server(components(replace(parts, thesaurus=THESAURUS)), nobody)) as client:
            return await client.call_tool("ask", TURN)

    assert anyio.run(talk).structured_content["question"] == RESOLVED
