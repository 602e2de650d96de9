"""`POST /translate`: a passage in another language, by a language model."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter

from service.auth.dependencies import ApiCaller
from service.http.openapi import problems
from service.translation.schemas import TranslateRequest, TranslationOut
from service.translation.service import LONGEST_TRANSLATED, TranslationDependency

router = APIRouter(tags=["documents"])
DESCRIPTION: Final = (
    f"Return a passage of at most {LONGEST_TRANSLATED:,} characters with a language model's translation of it.\n\n"
    "Figures, months and addresses of the two are compared. Without a language model configured the answer is 404,\n"
    "and 503 when it fails."
)


@router.post(
    "/translate",
    responses=problems(400, 401, 404, 413, 422, 503),
    summary="A passage, translated by a machine",
    description=DESCRIPTION,
)
async def translate(body: TranslateRequest, translations: TranslationDependency, caller: ApiCaller) -> TranslationOut:
    """Return a passage with its translation."""
    return translations.response(await translations.translate(body, caller))
