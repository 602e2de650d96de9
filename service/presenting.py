"""From what the index and the answerer give to the wire format."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from index.documents import Audience, Document, Metadata
from index.errors import UnknownDocument
from index.interfaces import DocumentCard, RankedDocument, RankedPassage, Ranking
from service.answers import Answer, Sentence
from service.citations import citation_text, page_path
from service.library import Documents
from service.wire import (
    AskResponse,
    CitationLink,
    CitationOut,
    DocumentOut,
    FullDocumentOut,
    PassageOut,
    ResultOut,
    SearchResponse,
    SectionOut,
    SentenceOut,
)

Highlight = Callable[[str, str, str], list[tuple[int, int]]]  # (query, text, language) → offsets into text


def search_response(ranking: Ranking, highlight: Highlight, *, query: str, took_ms: float, base: str) -> SearchResponse:
    """Return a ranking as the API tells it; addresses begin with `base`."""
    return SearchResponse(
        query=query,
        generation=ranking.generation,
        took_ms=round(took_ms, 1),
        results=[_result(one, highlight, query, base) for one in ranking.documents],
        facets=ranking.facets,
    )


def ask_response(answer: Answer, ranking: Ranking, highlight: Highlight, *, question: str, base: str) -> AskResponse:
    """Return an answer and the passages it was looked for in."""
    return AskResponse(
        answered=answer.is_answered,
        answered_by=answer.answered_by,
        note=answer.note,
        sentences=[sentence_out(sentence, base) for sentence in answer.sentences],
        confidence=round(answer.confidence, 4),
        passages=[passage_out(one, highlight, question) for one in ranking.passages],
    )


def sentence_out(sentence: Sentence, base: str) -> SentenceOut:
    return SentenceOut(
        text=sentence.text,
        citations=[
            CitationOut(
                document_id=one.document_id,
                title=one.title,
                label=one.label,
                quote=one.quote,
                start=one.start,
                end=one.end,
                url=base + page_path(one.document_id, start=one.start, end=one.end),
            )
            for one in sentence.citations
        ],
    )


def full_document(document: Document, visible: Callable[[str], bool], *, base: str) -> FullDocumentOut:
    """Return everything known of a document; related ones are named only when the caller may see them."""
    meta = document.metadata
    return FullDocumentOut(
        **_card(document.id, meta, base),
        legal_instruments=list(meta.legal_instruments),
        valid_from=meta.valid_from,
        valid_to=meta.valid_to,
        author=meta.author,
        address=meta.address,
        notice=meta.notice,
        rights=meta.rights,
        replaces=_if_visible(meta.replaces, visible),
        replaced_by=_if_visible(meta.replaced_by, visible),
        translation_of=_if_visible(meta.translation_of, visible),
        characters=len(document.text),
        sections=[
            SectionOut(label=one.label, start=one.start, end=one.end, heading=one.heading, language=one.language)
            for one in document.sections
        ],
        file_url=f"{base}/api/v1{page_path(document.id)}/file" if document.original else None,
    )


def passage_out(ranked: RankedPassage, highlight: Highlight, query: str) -> PassageOut:
    passage = ranked.passage
    return PassageOut(
        id=f"{passage.document_id}@{passage.start}-{passage.end}",
        document_id=passage.document_id,
        label=passage.label,
        language=passage.language,
        text=passage.text,
        start=passage.start,
        end=passage.end,
        score=float(ranked.score),
        highlights=highlight(query, passage.text, passage.language),
    )


def visible_in(store: Documents, audience: Audience) -> Callable[[str], bool]:
    """Return a test of whether a document stands in the store for an audience."""

    def visible(document_id: str) -> bool:
        try:
            store.document(document_id, audience)
        except UnknownDocument:
            return False
        return True

    return visible


def document_out(card: DocumentCard, base: str) -> DocumentOut:
    return DocumentOut(**_card(card.id, card.metadata, base))


def _if_visible(document_id: str, visible: Callable[[str], bool]) -> str | None:
    return document_id if document_id and visible(document_id) else None


def _result(ranked: RankedDocument, highlight: Highlight, query: str, base: str) -> ResultOut:
    best = ranked.passages[0].passage
    meta = ranked.document.metadata
    return ResultOut(
        document=document_out(ranked.document, base),
        score=float(ranked.score),
        passages=[passage_out(one, highlight, query) for one in ranked.passages],
        citation=CitationLink(
            text=citation_text(meta, best.label),
            url=base + page_path(best.document_id, start=best.start, end=best.end),
        ),
    )


def _card(document_id: str, meta: Metadata, base: str) -> dict[str, Any]:
    return {
        "id": document_id,
        "title": meta.title,
        "kind": meta.kind,
        "audience": meta.audience,
        "language": meta.language,
        "countries": list(meta.countries),
        "borders": list(meta.borders),
        "themes": list(meta.themes),
        "published": meta.published,
        "url": base + page_path(document_id),
    }
