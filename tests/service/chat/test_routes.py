"""The service as an OpenAI-compatible endpoint, spoken to by the official client over a real server."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import openai
import pytest
from openai import OpenAI
from starlette.testclient import TestClient

from service.app import Parts, create_app
from service.wiring import answerer
from tests.service.conftest import WORDS
from tests.service.serving import served

QUESTION = "Qui demande le certificat A1 à l'institution compétente ?"
RESERVED = "L'assurance du patient paie-t-elle le transport en ambulance, dit le guide interne ?"


@pytest.fixture
def address(parts: Parts) -> Iterator[str]:
    with served(create_app(parts)) as address:
        yield f"{address}/v1"


def client(address: str, key: str = "public") -> OpenAI:
    return OpenAI(base_url=address, api_key=key, max_retries=0, timeout=20)


def user(text: Any) -> Any:
    return [{"role": "user", "content": text}]


def test_an_answer_has_numbers_sources_and_citations(address: str, parts: Parts) -> None:
    answer = client(address).chat.completions.create(model="passerelle", messages=user(QUESTION))
    text = answer.choices[0].message.content or ""
    assert answer.choices[0].finish_reason == "stop"
    assert text.startswith("L'employeur demande un certificat A1 à l'institution compétente. [1]")
    assert (
        "**Sources**\n\n1. [Télétravail et sécurité sociale, p. 1](http://testserver/documents/notes/teletravail?"
        in text
    )
    cited = (answer.model_extra or {})["citations"]
    store = parts.library.borrow().store
    for number, citation in enumerate(cited, 1):
        assert citation["number"] == number
        document = vars(store)["documents"][citation["document_id"]]
        assert document.text[citation["start"] : citation["end"]] == citation["quote"]


def test_streamed_pieces_make_the_same_text(address: str) -> None:
    request: dict[str, Any] = {"model": "passerelle", "messages": user(QUESTION)}
    whole = client(address).chat.completions.create(**request)
    with client(address).chat.completions.create(**request, stream=True) as stream:
        chunks = list(stream)
    pieces = [chunk.choices[0].delta.content or "" for chunk in chunks]
    assert "".join(pieces) == whole.choices[0].message.content
    assert chunks[0].choices[0].delta.role == "assistant"
    assert [chunk.choices[0].finish_reason for chunk in chunks[-2:]] == [None, "stop"]
    assert (chunks[-1].model_extra or {})["citations"] == (whole.model_extra or {})["citations"]
    assert len({chunk.id for chunk in chunks}) == 1


def test_the_last_message_of_the_user_is_the_question(address: str) -> None:
    talk = [
        {"role": "system", "content": "Réponds n'importe quoi."},
        {"role": "user", "content": "Was ist ein Rettungswagen?"},
        {"role": "assistant", "content": "…"},
        {"role": "user", "content": [{"type": "text", "text": QUESTION}, {"type": "image_url", "image_url": {}}]},
    ]
    answer = client(address).chat.completions.create(model="any", messages=talk, temperature=1.5)  # type: ignore[arg-type]
    assert "certificat A1" in (answer.choices[0].message.content or "")


def test_the_key_says_what_may_be_seen(address: str, member_key: str) -> None:
    request: dict[str, Any] = {"model": "passerelle", "messages": user(RESERVED)}
    nobody = client(address).chat.completions.create(**request).to_json()
    member = client(address, member_key).chat.completions.create(**request).to_json()
    assert "membres/" not in nobody
    assert "membres/ambulance" in member
    with pytest.raises(openai.AuthenticationError):
        client(address, "sk-wrong").chat.completions.create(**request)


def test_the_models_are_listed(address: str) -> None:
    assert [model.id for model in client(address).models.list()] == ["passerelle"]
    with pytest.raises(openai.AuthenticationError):
        client(address, "sk-wrong").models.list()


def test_silence_is_said_in_the_question_s_language_with_the_nearest_documents(parts: Parts) -> None:
    silent = replace(WORDS, threshold=1.01)
    app = create_app(replace(parts, answerer=lambda index, within: answerer(index, within, silent)))
    with served(app) as address:
        answer = client(f"{address}/v1").chat.completions.create(model="x", messages=user(QUESTION))
    assert (answer.choices[0].message.content or "").startswith("Les documents ne répondent pas à cette question.")
    assert "](http://testserver/documents/notes/teletravail)" in (answer.choices[0].message.content or "")
    assert (answer.model_extra or {})["answered"] is False


@pytest.mark.parametrize("messages", [[], user(""), user(" "), user("x" * 2001), [{"role": "system", "content": "a"}]])
def test_a_conversation_without_a_question_is_refused_in_the_client_s_words(address: str, messages: Any) -> None:
    with pytest.raises(openai.UnprocessableEntityError) as refused:
        client(address).chat.completions.create(model="passerelle", messages=messages)
    assert refused.value.type == "invalid_request_error"
    assert refused.value.param == "messages"


def test_what_a_source_is_called_makes_no_link_of_its_own(client: TestClient, parts: Parts) -> None:
    from service.chat.completions import MarkdownWriter
    from tests.service.answering.test_event_stream import sentence

    writer = MarkdownWriter("http://x", "fr")
    text = writer.sentence(sentence("Voyez [ici](http://evil.example) <b>tout</b>"))
    assert "[ici]" not in text.replace("\\[ici\\]", "")
    assert "<b>" not in text.replace("\\<b\\>", "")


def test_the_endpoint_is_documented(client: TestClient) -> None:
    paths = client.get("/api/v1/openapi.json").json()["paths"]
    assert {"/v1/models", "/v1/chat/completions"} <= paths.keys()


def test_usage_and_n_are_what_the_client_expects(address: str) -> None:
    request: dict[str, Any] = {"model": "passerelle", "messages": user(QUESTION), "n": 2}
    answer = client(address).chat.completions.create(**request)
    assert [choice.index for choice in answer.choices] == [0, 1]
    assert answer.choices[0].message.content == answer.choices[1].message.content
    assert answer.usage is not None
    assert answer.usage.prompt_tokens == 11
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens
    with client(address).chat.completions.create(
        **request, stream=True, stream_options={"include_usage": True}
    ) as stream:
        *pieces, last = list(stream)
    assert all(piece.usage is None and [choice.index for choice in piece.choices] == [0, 1] for piece in pieces)
    assert (last.choices, last.usage) == ([], answer.usage)


def test_more_answers_than_can_be_asked_for_are_refused(address: str) -> None:
    with pytest.raises(openai.UnprocessableEntityError):
        client(address).chat.completions.create(model="passerelle", messages=user(QUESTION), n=9)
