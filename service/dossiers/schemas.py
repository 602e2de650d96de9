"""The wire format of dossiers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Annotated, Any, Final, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from index.documents import Kind
from service.dossiers.model import (
    LONGEST_NOTE,
    LONGEST_TITLE,
    MOST_COLUMNS,
    MOST_ITEMS,
    MOST_LINK_DAYS,
    MOST_QUOTES,
    DossierHead,
    ItemKind,
    Role,
    Share,
    ShareKind,
)
from service.dossiers.quoting import ShownQuote, Span
from service.dossiers.service import DossierList, DossierView, Draft
from service.dossiers.shown_items import ShownItem
from service.http.fields import WHOLE, Text
from service.web.citations import citation_text

EXAMPLE_QUOTE: Final = {"document_id": "notes/teletravail", "start": 0, "end": 31}


def _clean(text: object) -> object:
    """Leave out what no line of text holds; blanks around it do not count."""
    if not isinstance(text, str):
        return text
    return "".join(character for character in text if character.isprintable() or character in "\n\t").strip()


def _words(most: int, what: str) -> Any:
    return Annotated[
        str, BeforeValidator(_clean), StringConstraints(min_length=1, max_length=most), Field(description=what)
    ]


Title = _words(LONGEST_TITLE, "One line")
NoteText = _words(LONGEST_NOTE, "Plain text; an empty line parts paragraphs")
Column = _words(LONGEST_TITLE, "What a column compares")
DocumentId = Annotated[str, Field(min_length=1, max_length=500)]
Place = Annotated[int, Field(ge=0, le=2**40, strict=True), WHOLE]
Version = Annotated[str, Field(pattern=r"^(?:|v[0-9a-f]{16}|[1-9][0-9]{0,11})$", description="Empty: the present text")]


class QuoteIn(BaseModel):
    """A stretch of a document: its characters [start, end)."""

    model_config = ConfigDict(extra="forbid")

    document_id: DocumentId
    start: Place
    end: Place
    version: Version = ""

    def span(self, column: int = 0) -> Span:
        return Span(self.document_id, self.start, self.end, self.version, column)


class CellIn(QuoteIn):
    """A quote in a table, in the row of its document."""

    column: Annotated[int, Field(ge=0, lt=MOST_COLUMNS, strict=True, description="From 0"), WHOLE]


class PassageIn(QuoteIn):
    """A passage of a document."""

    kind: Literal[ItemKind.PASSAGE]

    def draft(self) -> Draft:
        return Draft(ItemKind.PASSAGE, spans=(self.span(),))


class AnswerIn(BaseModel):
    """A question with the sentences that answer it."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal[ItemKind.ANSWER]
    question: Text
    quotes: Annotated[list[QuoteIn], Field(min_length=1, max_length=MOST_QUOTES)]

    def draft(self) -> Draft:
        spans = tuple(quote.span() for quote in self.quotes)
        return Draft(ItemKind.ANSWER, question=self.question, spans=spans)


class ComparisonIn(BaseModel):
    """A table: documents as rows, what is compared as columns, quotes in the cells."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal[ItemKind.COMPARISON]
    question: Text
    columns: Annotated[list[Column], Field(min_length=1, max_length=MOST_COLUMNS)]  # type: ignore[valid-type]
    cells: Annotated[list[CellIn], Field(min_length=1, max_length=MOST_QUOTES)]

    @model_validator(mode="after")
    def _cells_are_in_columns(self) -> Self:
        if any(cell.column >= len(self.columns) for cell in self.cells):
            raise ValueError(f"a cell's column is past the last; there are {len(self.columns)}, counted from 0")
        return self

    def draft(self) -> Draft:
        spans = tuple(cell.span(cell.column) for cell in self.cells)
        return Draft(ItemKind.COMPARISON, question=self.question, columns=tuple(self.columns), spans=spans)


class NoteIn(BaseModel):
    """Words of one's own."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal[ItemKind.NOTE]
    text: NoteText  # type: ignore[valid-type]

    def draft(self) -> Draft:
        return Draft(ItemKind.NOTE, text=self.text)


AnyItem = Annotated[PassageIn | AnswerIn | ComparisonIn | NoteIn, Field(discriminator="kind")]


class DossierIn(BaseModel):
    """What a dossier is called."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"title": "Conseil du 12 mars : secours transfrontaliers"}]}
    )

    title: Title  # type: ignore[valid-type]


class ItemChange(BaseModel):
    """What to change of an item; what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    text: Annotated[NoteText | None, Field(description="Of a note")] = None  # type: ignore[valid-type]
    ticked: Annotated[bool | None, Field(strict=True, description="Whether the council note holds it")] = None


class OrderIn(BaseModel):
    """The items in their new order."""

    model_config = ConfigDict(extra="forbid")

    items: Annotated[list[Annotated[str, Field(max_length=40)]], Field(max_length=50 * MOST_ITEMS)]


def _one_line(name: str) -> str:
    return name.strip()


class ShareIn(BaseModel):
    """Whom to share with: one's organisation, a group one is in, or whoever has a link."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    kind: Annotated[ShareKind, Field(alias="with")]
    group: Annotated[str, AfterValidator(_one_line), Field(max_length=64, description="Which, for `group`")] = ""
    may_edit: Annotated[bool, Field(strict=True, description="Not for a link, which is for reading only")] = False
    days: Annotated[int, Field(ge=1, le=MOST_LINK_DAYS, strict=True, description="How long a link opens"), WHOLE] = 90


class QuoteOut(BaseModel):
    """A quote, word for word, and where it stands."""

    document_id: str
    title: str
    label: str
    kind: Kind
    published: date | None
    language: str
    quote: str
    start: int
    end: int
    citation: str
    url: str
    column: int = Field(description="Of a comparison's table, from 0")
    former_until: datetime | None = Field(
        description="When another text took the place of the one it stands in; null when the present text has it"
    )


class ItemOut(BaseModel):
    """An item as far as the caller may see it."""

    id: str
    kind: ItemKind
    text: str
    question: str
    asked: date | None
    columns: list[str]
    quotes: list[QuoteOut]
    unavailable: int = Field(description="How many quotes the caller put in and can no longer see; others are not told")
    ticked: bool
    yours: bool = Field(description="Whether the caller added it")
    version: str = Field(description="For `If-Match` when it is changed or taken out")


class ShareOut(BaseModel):
    id: str
    kind: ShareKind = Field(alias="with", serialization_alias="with")
    name: str = Field(description="Of the organisation or group; empty for a link")
    may_edit: bool
    since: date
    expires: date | None = Field(description="The last day a link opens")
    url: str | None = Field(default=None, description="The link, shown this once")


class DossierHeadOut(BaseModel):
    """A dossier in a list."""

    id: str
    title: str
    owner: str = Field(description="The name of whose it is")
    role: Literal["reader", "editor", "owner"]
    created: date
    url: str


class DossiersOut(BaseModel):
    """One's own dossiers, the latest first, and those that others share."""

    own: list[DossierHeadOut]
    shared: list[DossierHeadOut]


class DossierOut(DossierHeadOut):
    """A dossier as far as the caller may see it. The response's `ETag` names this state."""

    items: list[ItemOut]
    shares: list[ShareOut] = Field(description="For its owner; empty for others")


class AddedOut(BaseModel):
    id: str = Field(description="Of what was added")


def dossiers_out(dossiers: DossierList, role_of: Callable[[DossierHead], Role | None], base: str) -> DossiersOut:
    """Return the dossiers somebody can open."""

    def heads(some: Sequence[DossierHead]) -> list[DossierHeadOut]:
        return [DossierHeadOut(**_head(head, role, base)) for head in some if (role := role_of(head))]

    return DossiersOut(own=heads(dossiers.own), shared=heads(dossiers.shared))


def dossier_out(view: DossierView, base: str, *, is_by_link: bool = False) -> DossierOut:
    """Return a dossier as its reader may see it; by a link without the name of whose it is."""
    head = _head(view.dossier, view.role, base)
    if is_by_link:
        head |= {"owner": "", "id": "", "url": ""}
    return DossierOut(
        **head,
        items=[item_out(shown, base) for shown in view.items],
        shares=[share_out(share) for share in view.dossier.shares] if view.is_owner else [],
    )


def item_out(shown: ShownItem, base: str) -> ItemOut:
    content = shown.content
    return ItemOut(
        id=shown.item.id,
        kind=content.kind,
        text=content.text,
        question=content.question,
        asked=content.day,
        columns=list(content.columns),
        quotes=[quote_out(quote, base) for quote in shown.quotes],
        unavailable=len(shown.gone),
        ticked=shown.item.is_ticked,
        yours=shown.is_own,
        version=str(shown.item.version),
    )


def quote_out(quote: ShownQuote, base: str) -> QuoteOut:
    meta = quote.metadata
    return QuoteOut(
        document_id=quote.document_id,
        title=meta.title,
        label=quote.label,
        kind=meta.kind,
        published=meta.published,
        language=quote.language,
        quote=quote.text,
        start=quote.start,
        end=quote.end,
        citation=citation_text(meta, quote.label),
        url=base + quote.path,
        column=quote.quote.column,
        former_until=quote.former.until if quote.former else None,
    )


def share_out(share: Share, url: str | None = None) -> ShareOut:
    return ShareOut.model_validate(
        {
            "id": share.id,
            "with": share.kind,
            "name": share.name,
            "may_edit": share.may_edit,
            "since": share.at.date(),
            "expires": share.expires,
            "url": url,
        }
    )


def _head(head: DossierHead, role: Role, base: str) -> dict[str, Any]:
    return {
        "id": head.id,
        "title": head.title,
        "owner": head.owner_name,
        "role": role.name.lower(),
        "created": head.created.date(),
        "url": f"{base}/dossiers/{head.id}",
    }
