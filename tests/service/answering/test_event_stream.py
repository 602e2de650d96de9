"""An answer in events: passages first, then sentences as they are certain, then the end; a problem is an event too."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
from starlette.testclient import TestClient

from index.types import Ranking
from service.answering.answers import Answer, ReadDocument, Sentence, Tell
from service.answering.event_stream import wants_events
from service.app import create_app
from service.desk import Desk
from service.documents.citations import Citation
from tests.service.serving import served

ASK = "/api/v1/ask"
QUESTION = {"question": "Qui demande le certificat A1 à l'institution compétente ?"}
EVENTS = {"Accept": "text/event-stream"}


def events(lines: Iterator[str]) -> Iterator[tuple[str, Any]]:
    name = ""
    for line in lines:
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            yield name, json.loads(line.removeprefix("data: "))


def asked(client: TestClient, body: dict[str, Any] = QUESTION, **headers: str) -> list[tuple[str, Any]]:
    response = client.post(ASK, json=body, headers=EVENTS | headers)
    assert response.status_code == 200, response.text
    assert response.headers["content-type"].startswith("text/event-stream")
    return list(events(iter(response.text.splitlines())))


def test_events_say_what_the_whole_answer_says(client: TestClient) -> None:
    whole = client.post(ASK, json=QUESTION).json()
    told = asked(client)
    assert [name for name, _ in told] == ["passages", *["sentence"] * len(whole["sentences"]), "end"]
    assert told[0][1]["passages"] == whole["passages"]
    assert [data for name, data in told if name == "sentence"] == whole["sentences"]
    assert told[-1][1] == {name: whole[name] for name in ("answered", "answered_by", "note", "confidence")}
    assert whole["answered"]


def test_events_show_nobody_what_is_for_members(client: TestClient, member_key: str) -> None:
    question = {"question": "L'assurance du patient paie-t-elle le transport en ambulance, dit le guide interne ?"}
    assert "membres/" not in json.dumps(asked(client, question))
    assert "membres/ambulance" in json.dumps(asked(client, question, Authorization=f"Bearer {member_key}"))


@pytest.mark.parametrize("accept", ["", "*/*", "application/json", "application/json, text/event-stream"])
def test_json_is_given_unless_events_are_asked_for(client: TestClient, accept: str) -> None:
    assert client.post(ASK, json=QUESTION, headers={"Accept": accept}).json()["answered"]
    assert not wants_events(accept)


def test_what_is_wrong_before_the_first_event_has_its_status(client: TestClient) -> None:
    assert client.post(ASK, json={"question": ""}, headers=EVENTS).status_code == 422
    wrong = client.post(ASK, json=QUESTION, headers=EVENTS | {"Authorization": "Bearer wrong"})
    assert (wrong.status_code, wrong.headers["content-type"]) == (401, "application/problem+json")


def sentence(text: str) -> Sentence:
    return Sentence(text, (Citation("notes/teletravail", "T", "p. 1", text, 0, len(text)),))


class StepByStep:
    """An answerer that says one sentence, and the next when it is let go on."""

    def __init__(self) -> None:
        self.go_on, self.heard_of_leaving = threading.Event(), threading.Event()

    def answer(self, question: str, ranking: Ranking, read: ReadDocument) -> Answer:
        raise NotImplementedError

    def answer_gradually(self, question: str, ranking: Ranking, read: ReadDocument, tell: Tell) -> Answer:
        tell(sentence("Un."))
        self.go_on.wait(10)
        tell(sentence("Deux."))
        return Answer((sentence("Un."), sentence("Deux.")), 0.9)


def test_a_sentence_is_sent_before_the_next_is_known(parts: Desk) -> None:
    steps = StepByStep()
    app = create_app(replace(parts, answerer=lambda index, within: steps))
    with served(app) as address, httpx.stream("POST", address + ASK, json=QUESTION, headers=EVENTS) as response:
        coming = events(response.iter_lines())
        assert next(coming)[0] == "passages"
        assert next(coming)[1]["text"] == "Un."
        steps.go_on.set()
        assert next(coming)[1]["text"] == "Deux."
        assert next(coming)[0] == "end"


class Endless(StepByStep):
    def answer_gradually(self, question: str, ranking: Ranking, read: ReadDocument, tell: Tell) -> Answer:
        try:
            while not self.go_on.wait(0.01):
                tell(sentence("Encore."))
        except Exception:
            self.heard_of_leaving.set()
            raise
        return Answer((), 0.0)


def test_a_reader_who_leaves_ends_the_work(parts: Desk) -> None:
    endless = Endless()
    app = create_app(replace(parts, answerer=lambda index, within: endless))
    with served(app) as address:
        with httpx.stream("POST", address + ASK, json=QUESTION, headers=EVENTS) as response:
            coming = events(response.iter_lines())
            assert [next(coming)[0] for _ in range(2)] == ["passages", "sentence"]
        assert endless.heard_of_leaving.wait(10)
        endless.go_on.set()


class Failing(StepByStep):
    def answer_gradually(self, question: str, ranking: Ranking, read: ReadDocument, tell: Tell) -> Answer:
        tell(sentence("Un."))
        raise RuntimeError("a secret of the inside")


def test_what_goes_wrong_on_the_way_is_a_problem_in_an_event(parts: Desk) -> None:
    app = create_app(replace(parts, answerer=lambda index, within: Failing()))
    with TestClient(app) as client:
        told = asked(client)
    assert [name for name, _ in told] == ["passages", "sentence", "problem"]
    assert told[-1][1]["status"] == 500
    assert "secret" not in json.dumps(told)


def test_events_are_documented(client: TestClient) -> None:
    operation = client.get("/api/v1/openapi.json").json()["paths"][ASK]["post"]
    assert set(operation["responses"]["200"]["content"]) == {"application/json", "text/event-stream"}
    names = {one["name"].lower() for one in operation.get("parameters", [])}
    assert "accept" not in names  # OpenAPI 3.1 has it ignored as a parameter: the kinds of answers tell it
