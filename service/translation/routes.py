"""`POST /translate`: a passage in another language, by a language model."""

from __future__ import annotations

from fastapi import APIRouter

from service.auth.dependencies import ApiCaller
from service.http.openapi import problems
from service.translation.schemas import TranslateRequest, TranslationOut
from service.translation.service import TranslationDependency

router = APIRouter(tags=["documents"])


@router.post(
    "/translate", responses=problems(400, 401, 404, 413, 422, 503), summary="A passage, translated by a machine"
)
async def translate(body: TranslateRequest, translations: TranslationDependency, caller: ApiCaller) -> TranslationOut:
    """Return a passage of at most 2,500 characters with a language model's translation of it.

    Figures, months and addresses of the two are compared. Without a language model configured the answer is 404,
    and 503 when it fails.
    """
    return translations.response(await translations.translate(body, caller))
