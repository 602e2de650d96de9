"""A language model is asked and not believed: each sentence has quotes found in documents, or is dropped."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from index.documents import Audience
from index.errors import SettingsError
from service.answering.endpoint import OpenAIEndpoint
from service.answering.model_replies import MalformedReply, parse_sentences
from service.settings import ModelSettings, Settings
from tests.service.chatting import QUOTE, SENTENCE, ask
from tests.service.serving import ScriptedModel, sentences


def test_a_sentence_with_a_quote_of_its_passage_is_kept(model: ScriptedModel, endpoint: OpenAIEndpoint) -> None:
    model.reply = sentences((SENTENCE, 1, QUOTE))
    answer = ask(endpoint)
    assert (answer.answered_by, answer.note) == ("model", "")
    assert [sentence.text for sentence in answer.sentences] == [SENTENCE]
    assert answer.sentences[0].citations[0].quote == QUOTE
    assert model.keys == ["Bearer secret"]
    assert model.sent[0]["model"] == "scripted"


def test_a_sentence_whose_quote_is_not_there_is_dropped(model: ScriptedModel, endpoint: OpenAIEndpoint) -> None:
    model.reply = sentences(
        (SENTENCE, 1, QUOTE),
        ("L'employeur demande le certificat A1.", 1, "L'employeur exige un certificat A1 de l'institution."),
        ("L'employeur demande le certificat A1.", 99, QUOTE),
        ("L'employeur demande le certificat A1.", 0, QUOTE),
        ("L'employeur demande le certificat A1.", -1, QUOTE),
    )
    assert [sentence.text for sentence in ask(endpoint).sentences] == [SENTENCE]


def test_a_quote_must_stand_in_the_passage_it_names(model: ScriptedModel, endpoint: OpenAIEndpoint) -> None:
    model.reply = sentences((SENTENCE, 2, QUOTE))
    assert ask(endpoint).answered_by == "extractive"


def test_when_no_sentence_is_proved_the_documents_own_are_given(model: ScriptedModel, endpoint: OpenAIEndpoint) -> None:
    model.reply = sentences((SENTENCE, 1, "Rien de tel n'est écrit dans les documents."))
    answer = ask(endpoint)
    assert answer.answered_by == "extractive"
    assert answer.is_answered
    assert "word for word" in answer.note
    assert "could be found" in answer.note


@pytest.mark.parametrize(
    ("trouble", "why"),
    [
        ({"status": 429}, "busy"),
        ({"status": 500}, "answered 500"),
        ({"status": 401}, "answered 401"),
        ({"status": 404}, "answered 404"),
        ({"body": b"<html>not an API</html>"}, "not of the expected form"),
        ({"body": b"data: {{{\n\n"}, "no reply"),
        ({"body": b"\xff\xfe\x00data: \xff\n\n"}, "no reply"),
        ({"body": b'data: {"choices": "none"}\n\n'}, "no reply"),
        ({"reply": "I would rather talk about the weather."}, "not of the expected form"),
        ({"reply": '{"sentences": ' + "[" * 30_000}, "not of the expected form"),
        ({"reply": '{"sentences": [{"text": 3, "citations": "no"}, null, 7]}'}, "could be found"),
        ({"reply": '{"sentences": []}'}, "could be found"),
        ({"reply": "x" * 30_000}, "come to an end"),
    ],
)
def test_whatever_the_endpoint_does_there_is_an_answer_and_it_says_why(
    model: ScriptedModel, endpoint: OpenAIEndpoint, trouble: dict[str, object], why: str
) -> None:
    for name, value in trouble.items():
        setattr(model, name, value)
    answer = ask(endpoint)
    assert answer.answered_by == "extractive"
    assert answer.is_answered
    assert why in answer.note


def test_an_endpoint_that_hangs_is_given_up(model: ScriptedModel, endpoint: OpenAIEndpoint) -> None:
    model.hangs = True
    answer = ask(replace(endpoint, settings=endpoint.settings.model_copy(update={"timeout_s": 1})))
    assert answer.is_answered
    assert "in time" in answer.note


def test_an_endpoint_that_is_not_there_is_done_without() -> None:
    answer = ask(OpenAIEndpoint(ModelSettings(url="http://127.0.0.1:9/v1", model="none", timeout_s=2)))
    assert answer.is_answered
    assert "cannot be reached" in answer.note


def test_sentences_before_the_line_broke_are_kept_and_marked_as_incomplete(
    model: ScriptedModel, endpoint: OpenAIEndpoint
) -> None:
    model.reply = sentences((SENTENCE, 1, QUOTE), (SENTENCE, 1, QUOTE))
    model.breaks_after = len(model.reply) // 7 - 3
    answer = ask(endpoint)
    assert (len(answer.sentences), answer.answered_by) == (1, "model")
    assert "incomplete" in answer.note


def test_an_endpoint_that_knows_no_schemas_is_asked_again_without(
    model: ScriptedModel, endpoint: OpenAIEndpoint
) -> None:
    model.reply, model.knows_schemas = "```json\n" + sentences((SENTENCE, 1, QUOTE)) + "\n```", False
    assert ask(endpoint).answered_by == "model"
    assert ["response_format" in request for request in model.sent] == [True, False]


def test_only_what_the_caller_may_see_is_sent(model: ScriptedModel, endpoint: OpenAIEndpoint) -> None:
    question = "L'assurance du patient paie-t-elle le transport en ambulance, dit le guide interne du forum ?"
    ask(endpoint, question)
    ask(endpoint, question, audience=Audience.STAFF)
    public, staff = (json.dumps(request, ensure_ascii=False) for request in model.sent)
    assert "guide interne sur l'ambulance" not in public
    assert "équipe note" not in public
    assert "guide interne sur l'ambulance" in staff


def test_a_sentence_is_passed_on_before_the_next_has_come() -> None:
    text, seen = sentences(("Eins.", 1, "a"), ("Zwei.", 2, "b")), []

    def pieces() -> Iterator[str]:
        for character in text:
            yield character
            seen.append(character)

    first = next(parse_sentences(pieces()))
    assert first.text == "Eins."
    assert "Zwei" not in "".join(seen)


def test_a_reply_without_a_list_of_sentences_is_none() -> None:
    with pytest.raises(MalformedReply):
        list(parse_sentences(["{}"]))


def test_an_address_without_a_model_s_name_is_a_wrong_setting() -> None:
    with pytest.raises(SettingsError, match="PASSERELLE_LLM_MODEL"):
        Settings.from_environ({"PASSERELLE_LLM_URL": "http://127.0.0.1/v1"})
    with pytest.raises(SettingsError, match="PASSERELLE_LLM_URL"):
        Settings.from_environ({"PASSERELLE_LLM_URL": "localhost", "PASSERELLE_LLM_MODEL": "m"})


def test_keys_are_not_shown_where_settings_are() -> None:
    settings = Settings.from_environ(
        {
            "PASSERELLE_LLM_URL": "http://127.0.0.1/v1/",
            "PASSERELLE_LLM_MODEL": "m",
            "PASSERELLE_LLM_KEY": "hush",
            "PASSERELLE_MCP_KEY": "hush",
        }
    )
    assert settings.llm.url == "http://127.0.0.1/v1"
    assert "hush" not in repr(settings)
