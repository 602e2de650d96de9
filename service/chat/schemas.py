"""The part of OpenAI's chat completions that is understood here."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from service.http.fields import WHOLE

MODEL: Final = "passerelle"


class Part(BaseModel):
    """A piece of a message; only those with text are read."""

    model_config = ConfigDict(extra="ignore")

    type: str
    text: str = ""


class Message(BaseModel):
    model_config = ConfigDict(extra="ignore")

    role: str = Field(max_length=20, examples=["user"])
    content: str | list[Part] | None = Field(default=None, examples=["Qui paie le transport d'un patient ?"])

    @property
    def text(self) -> str:
        if isinstance(self.content, list):
            return "\n".join(part.text for part in self.content if part.type == "text")
        return self.content or ""


class StreamOptions(BaseModel):
    model_config = ConfigDict(extra="ignore")

    include_usage: Annotated[bool, Field(strict=True)] = False


class ChatRequest(BaseModel):
    """What an OpenAI client sends. The user's last message is the question; unknown fields are ignored."""

    model_config = ConfigDict(extra="ignore")

    model: str = Field(default=MODEL, max_length=100)
    messages: Annotated[list[Message], Field(min_length=1, max_length=500)]
    stream: Annotated[bool, Field(strict=True)] = False
    stream_options: StreamOptions | None = None
    n: Annotated[int | None, Field(ge=1, le=8, strict=True, description="So often the answer is given"), WHOLE] = None

    @property
    def prompt(self) -> str:
        """Return the text of all messages, which is what usage counts."""
        return "\n".join(message.text for message in self.messages)

    @property
    def turns(self) -> list[str]:
        """Return the texts of the user's messages, oldest first."""
        return [message.text.replace("\x00", " ").strip() for message in self.messages if message.role == "user"]

    @property
    def question(self) -> str:
        """Return the text of the user's last message, "" when there is none."""
        return self.turns[-1] if self.turns else ""


class ModelOut(BaseModel):
    id: str = Field(examples=[MODEL])
    object: Literal["model"] = "model"
    created: int = 0
    owned_by: str = MODEL


class ModelsOut(BaseModel):
    object: Literal["list"] = "list"
    data: list[ModelOut]


class ChatErrorDetail(BaseModel):
    message: str
    type: str = Field(examples=["invalid_request_error"])
    param: str | None
    code: str | None


class ChatError(BaseModel):
    """An error as OpenAI's clients read it."""

    error: ChatErrorDetail
