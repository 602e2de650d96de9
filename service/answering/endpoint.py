"""A language model behind any OpenAI-compatible endpoint, called through the official client."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Protocol

if TYPE_CHECKING:
    from openai import OpenAI

    from service.settings import ModelSettings

LONGEST_REPLY: Final = 20_000  # characters; more is a model that has lost its way
MOST_TOKENS: Final = 1_200


class EndpointFailed(Exception):
    """The endpoint did not answer; the message says why, in words that may be shown to whoever asked."""


class LanguageModel(Protocol):
    """Something that replies to a system prompt and a message, piece by piece. Raises EndpointFailed."""

    def reply(self, prompt: str, message: str, schema: dict[str, Any]) -> Iterator[str]: ...


@dataclass(frozen=True)
class OpenAIEndpoint:
    """Any server with OpenAI's chat completions. Never tries twice: the reader waits."""

    settings: ModelSettings

    @cached_property
    def _client(self) -> OpenAI:
        from openai import OpenAI

        return OpenAI(
            base_url=self.settings.url,
            api_key=self.settings.key or "none",
            timeout=self.settings.timeout_s,
            max_retries=0,
        )

    def reply(self, prompt: str, message: str, schema: dict[str, Any]) -> Iterator[str]:
        """Yield the reply as it comes, within the timeout as a whole. Raises EndpointFailed."""
        import openai

        ends_at, length = time.monotonic() + self.settings.timeout_s, 0
        try:
            for piece in self._pieces(prompt, message, schema):
                length += len(piece)
                if time.monotonic() > ends_at:
                    raise EndpointFailed("the language model did not finish in time")
                if length > LONGEST_REPLY:
                    raise EndpointFailed("the language model did not come to an end")
                yield piece
        except openai.APITimeoutError as error:
            raise EndpointFailed("the language model did not answer in time") from error
        except openai.RateLimitError as error:
            raise EndpointFailed("the language model is busy") from error
        except openai.APIConnectionError as error:
            raise EndpointFailed("the language model cannot be reached") from error
        except openai.APIStatusError as error:
            raise EndpointFailed(f"the language model's endpoint answered {error.status_code}") from error
        except EndpointFailed:
            raise
        except Exception as error:  # a foreign server's bytes, parsed by foreign libraries: anything may be raised
            raise EndpointFailed("the language model's endpoint gave something that is no reply") from error

    def _pieces(self, prompt: str, message: str, schema: dict[str, Any]) -> Iterator[str]:
        """Ask for JSON of a schema, and without one where the endpoint supports none."""
        import openai

        try:
            yield from self._stream(
                prompt, message, {"response_format": {"type": "json_schema", "json_schema": schema}}
            )
        except (openai.BadRequestError, openai.UnprocessableEntityError):
            yield from self._stream(prompt, message, {})

    def _stream(self, prompt: str, message: str, form: dict[str, Any]) -> Iterator[str]:
        messages: Any = [{"role": "system", "content": prompt}, {"role": "user", "content": message}]
        chunks = self._client.chat.completions.create(
            model=self.settings.model,
            messages=messages,
            temperature=0,
            max_tokens=MOST_TOKENS,
            stream=True,
            **form,
        )
        with chunks:
            for chunk in chunks:
                if chunk.choices and chunk.choices[0].delta.content:
                    yield chunk.choices[0].delta.content
