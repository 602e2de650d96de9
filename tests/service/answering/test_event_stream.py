"""An answer in events: passages first, then sentences as they are certain, then the end; a problem is an event too."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.testclient import TestClient

from index.types import Ranking
from service.answering.answers import Answer, Citation, ReadDocument, Sentence, SentenceCallback
from service.answering.event_stream import wants_events
from service.app import Parts, create_app
from tests.service.serving import served

ROOT = Path(__file__).parents[3]
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


def ask(client: TestClient, body: dict[str, Any] = QUESTION, **headers: str) -> list[tuple[str, Any]]:
    response = client.post(ASK, json=body, headers=EVENTS | headers)
    assert response.status_code == 200, response.text
    assert response.headers["content-type"].startswith("text/event-stream")
    return list(events(iter(response.text.splitlines())))


def test_events_hold_what_the_answer_in_one_piece_holds(client: TestClient) -> None:
    whole = client.post(ASK, json=QUESTION).json()
    sent = ask(client)
    assert [name for name, _ in sent] == ["passages", *["sentence"] * len(whole["sentences"]), "end"]
    assert sent[0][1]["passages"] == whole["passages"]
    assert [data for name, data in sent if name == "sentence"] == whole["sentences"]
    assert sent[-1][1] == {
        name: value for name, value in whole.items() if name not in ("sentences", "passages", "follow_url")
    }
    assert whole["answered"]


def test_events_show_nobody_what_is_for_members(client: TestClient, member_key: str) -> None:
    question = {"question": "L'assurance du patient paie-t-elle le transport en ambulance, dit le guide interne ?"}
    assert "membres/" not in json.dumps(ask(client, question))
    assert "membres/ambulance" in json.dumps(ask(client, question, Authorization=f"Bearer {member_key}"))


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
    """An answerer that gives one sentence, and the next when `go_on` is set."""

    def __init__(self) -> None:
        self.go_on, self.noticed = threading.Event(), threading.Event()

    def wait(self) -> None:
        self.go_on.wait(10)

    def answer(self, question: str, ranking: Ranking, read: ReadDocument) -> Answer:
        raise NotImplementedError

    def stream_answer(
        self, question: str, ranking: Ranking, read: ReadDocument, on_sentence: SentenceCallback
    ) -> Answer:
        on_sentence(sentence("Un."))
        self.wait()
        on_sentence(sentence("Deux."))
        return Answer((sentence("Un."), sentence("Deux.")), 0.9)


def test_a_sentence_is_sent_before_the_next_is_known(parts: Parts) -> None:
    steps = StepByStep()
    app = create_app(replace(parts, answerer=lambda index, within: steps))
    with served(app) as address, httpx.stream("POST", address + ASK, json=QUESTION, headers=EVENTS) as response:
        stream = events(response.iter_lines())
        assert next(stream)[0] == "passages"
        assert next(stream)[1]["text"] == "Un."
        steps.go_on.set()
        assert next(stream)[1]["text"] == "Deux."
        assert next(stream)[0] == "end"


class Endless(StepByStep):
    def stream_answer(
        self, question: str, ranking: Ranking, read: ReadDocument, on_sentence: SentenceCallback
    ) -> Answer:
        try:
            while not self.go_on.wait(0.01):
                on_sentence(sentence("Encore."))
        except Exception:
            self.noticed.set()
            raise
        return Answer((), 0.0)


def test_a_reader_who_leaves_ends_the_work(parts: Parts) -> None:
    endless = Endless()
    app = create_app(replace(parts, answerer=lambda index, within: endless))
    with served(app) as address:
        with httpx.stream("POST", address + ASK, json=QUESTION, headers=EVENTS) as response:
            stream = events(response.iter_lines())
            assert [next(stream)[0] for _ in range(2)] == ["passages", "sentence"]
        assert endless.noticed.wait(10)
        endless.go_on.set()


class Failing(StepByStep):
    def stream_answer(
        self, question: str, ranking: Ranking, read: ReadDocument, on_sentence: SentenceCallback
    ) -> Answer:
        on_sentence(sentence("Un."))
        raise RuntimeError("a secret of the inside")


def test_an_error_after_the_first_event_is_a_problem_in_an_event(parts: Parts) -> None:
    app = create_app(replace(parts, answerer=lambda index, within: Failing()))
    with TestClient(app) as client:
        sent = ask(client)
    assert [name for name, _ in sent] == ["passages", "sentence", "problem"]
    assert sent[-1][1]["status"] == 500
    assert "secret" not in json.dumps(sent)


SERVED = """
import sys, time, uvicorn
from dataclasses import replace
from pathlib import Path
from service.app import create_app
from tests.service.answering.test_event_stream import StepByStep
from tests.service.conftest import make_parts

class UntilStopped(StepByStep):
    def wait(self):
        while not server.should_exit:
            time.sleep(0.01)
        time.sleep(1)

parts = replace(make_parts(Path(sys.argv[1])), answerer=lambda index, within: UntilStopped())
server = uvicorn.Server(uvicorn.Config(create_app(parts), fd=int(sys.argv[2]), log_level="error"))
server.run()
"""


def test_an_answer_under_way_when_the_service_is_stopped_comes_to_its_end(tmp_path: Path) -> None:
    """What sse-starlette's EventSourceResponse does not: on SIGTERM it ends the stream before `end` or `problem`."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}{ASK}"
        descriptor = listening.fileno()
        command = [sys.executable, "-c", SERVED, str(tmp_path), str(descriptor)]
        process = subprocess.Popen(command, pass_fds=[descriptor], cwd=ROOT)
    with process, httpx.stream("POST", url, json=QUESTION, headers=EVENTS, timeout=60) as response:
        stream = events(response.iter_lines())
        assert [next(stream)[0] for _ in range(2)] == ["passages", "sentence"]
        process.terminate()
        assert [name for name, _ in stream] == ["sentence", "end"]


def test_events_are_documented(client: TestClient) -> None:
    operation = client.get("/api/v1/openapi.json").json()["paths"][ASK]["post"]
    assert set(operation["responses"]["200"]["content"]) == {"application/json", "text/event-stream"}
    names = {parameter["name"].lower() for parameter in operation.get("parameters", [])}
    assert "accept" not in names  # OpenAPI 3.1 has it ignored as a parameter: the kinds of answers tell it
