"""Suggest prior solutions for a forum post while it is being written."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends

from index.types import Filter
from service.documents.schemas import Highlight
from service.forum.schemas import SuggestionsResponse, suggestions_response
from service.forum.suggestions import E5_SMALL, Post, Threshold, suggest
from service.http.concurrency import ConcurrencyLimiter
from service.http.dependencies import provided
from service.library.open_index import Library


@dataclass(frozen=True)
class SuggestionService:
    """Suggests the solved threads and documents that are near to a post."""

    library: Library
    limiter: ConcurrencyLimiter
    public_url: str
    highlight: Highlight
    threshold: Threshold = E5_SMALL  # when a prior solution is near enough to be shown

    async def suggest(self, post: Post, within: Filter) -> SuggestionsResponse:
        """Return the prior solutions inside the filter, with why, or none. Raises NotReady, Overloaded."""
        return await self.limiter.run(lambda: self._suggest(post, within))

    def _suggest(self, post: Post, within: Filter) -> SuggestionsResponse:
        began = time.perf_counter()
        suggestions = suggest(post, self.library.borrow(), within, self.threshold)
        took_ms = (time.perf_counter() - began) * 1000
        return suggestions_response(suggestions, post, self.highlight, self.public_url, took_ms)


SuggestionDependency = Annotated[SuggestionService, Depends(provided(SuggestionService))]
