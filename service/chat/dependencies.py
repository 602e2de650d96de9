"""Who calls the OpenAI-compatible endpoint: OpenAI's clients always send a key, so nobody needs a word for it."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import Depends, Request

from service.auth.callers import NOBODY, Caller, bearer_token
from service.auth.dependencies import api_caller

NOBODYS_KEY: Final = "public"  # for clients that cannot go without a key


async def chat_caller(request: Request) -> Caller:
    """Return who calls: nobody without a key or with the key `public`. Raises Unauthenticated for a wrong key."""
    said = request.headers.getlist("authorization")
    if len(said) == 1 and bearer_token(said[0]) == NOBODYS_KEY:
        return NOBODY
    return await api_caller(request)


ChatCaller = Annotated[Caller, Depends(chat_caller)]
