"""From what the index and the answerer give to the wire format."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from index.documents import Audience, Document, Metadata
from index.errors import UnknownDocument
from index.types import DocumentCard, RankedDocument, RankedPassage, Ranking
from service.answering.answers import Answer, Sentence
from service.documents.citations import citation_text, page_path
from service.library.open_index import Documents
from service.search.schemas import (
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
    VariantOut,
)

Highlight = Callable[[str, str, str], list[tuple[int, int]]]  # (query, text, language) → offsets into text


def search_response(
    ranking: Ranking,
    highlight: Highlight,
    visible: Callable[[str], bool],
    *,
    query: str,
    took_ms: float,
    base: str,
    is_staff: bool,
) -> SearchResponse:
    """Return a ranking as the API tells it; addresses begin with `base`, successors are named when `visible`.

    The generation grows with every document, hidden ones too: it is a count, and for staff.
    """
    return SearchResponse(
        query=query,
        generation=ranking.generation if is_staff else None,
        took_ms=round(took_ms, 1),
        results=[_result(one, highlight, query, base, visible) for one in ranking.documents],
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


def full_document(
    document: Document, visible: Callable[[str], bool], *, base: str, files: Sequence[str] = ()
) -> FullDocumentOut:
    """Return everything known of a document; related ones are named only when the caller may see them."""
    meta = document.metadata
    return FullDocumentOut(
        **_card(document.id, meta, base, visible),
        legal_instruments=list(meta.legal_instruments),
        valid_from=meta.valid_from,
        author=meta.author,
        address=meta.address,
        notice=meta.notice,
        rights=meta.rights,
        replaces=_if_visible(meta.replaces, visible),
        translation_of=_if_visible(meta.translation_of, visible),
        characters=len(document.text),
        sections=[
            SectionOut(label=one.label, start=one.start, end=one.end, heading=one.heading, language=one.language)
            for one in document.sections
        ],
        file_url=f"{base}/api/v1{page_path(document.id)}/file" if document.original else None,
        files=list(files),
        versions_url=f"{base}/api/v1{page_path(document.id)}/versions",
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


def document_out(card: DocumentCard, base: str, visible: Callable[[str], bool] = lambda _: False) -> DocumentOut:
    return DocumentOut(**_card(card.id, card.metadata, base, visible))


def variant_out(card: DocumentCard, base: str) -> VariantOut:
    meta = card.metadata
    return VariantOut(id=card.id, title=meta.title, language=meta.language, url=base + page_path(card.id))


def successors(ranking: Ranking, store: Documents, audience: Audience) -> dict[str, DocumentCard]:
    """Return what took the place of the documents of a ranking, as far as the audience may see it."""
    named = {one.document.metadata.replaced_by for one in ranking.documents} - {""}
    return store.cards(sorted(named), audience)


def _if_visible(document_id: str, visible: Callable[[str], bool]) -> str | None:
    return document_id if document_id and visible(document_id) else None


def _result(
    ranked: RankedDocument, highlight: Highlight, query: str, base: str, visible: Callable[[str], bool]
) -> ResultOut:
    best = ranked.passages[0].passage
    meta = ranked.document.metadata
    return ResultOut(
        document=document_out(ranked.document, base, visible),
        score=float(ranked.score),
        passages=[passage_out(one, highlight, query) for one in ranked.passages],
        citation=CitationLink(
            text=citation_text(meta, best.label),
            url=base + page_path(best.document_id, start=best.start, end=best.end),
        ),
        variants=[variant_out(one, base) for one in ranked.variants],
    )


def _card(document_id: str, meta: Metadata, base: str, visible: Callable[[str], bool]) -> dict[str, Any]:
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
        "valid_to": meta.valid_to,
        "replaced_by": _if_visible(meta.replaced_by, visible),
        "url": base + page_path(document_id),
    }
