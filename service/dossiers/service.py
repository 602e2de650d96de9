"""The use cases of dossiers: collect, order, share, read. The API, the pages and the MCP tools call them.

Whoever reads a dossier sees of each item what their own access allows, and of one that they may not see nothing at all:
no place, no count, no number of a version. Only whoever added an item is told that it is not available any more.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Final, NamedTuple, TypeVar

from fastapi import Depends

from index.clock import utc_now, utc_today
from index.documents import Access
from service.auth.audit import AuditLog
from service.auth.callers import Caller
from service.dossiers.council_note import compose_council_note
from service.dossiers.model import (
    Content,
    Dossier,
    DossierHead,
    Item,
    ItemKind,
    Role,
    Share,
    ShareKind,
)
from service.dossiers.quoting import QuoteReader, Span
from service.dossiers.shown_items import ShownItem, shown_item
from service.dossiers.store import NO_DOSSIER, NO_ITEM, DossierStore, DossierTables
from service.errors import (
    ChangedMeanwhile,
    InvalidField,
    NotAllowed,
    NothingThere,
    Unauthenticated,
    VersionRequired,
)
from service.exports.formats import NoteFormat
from service.exports.service import ExportedFile, export_note
from service.http.concurrency import ConcurrencyLimiter
from service.http.dependencies import provided
from service.http.rate_limits import RateLimits
from service.library.open_index import Library
from service.web.translating import Translator

ANY: Final = "*"  # as `If-Match` has it: whatever the present state is
STALE: Final = "Somebody changed this since. Read it again, then make your change to what is there now."
SIGN_IN: Final = "A dossier belongs to somebody. Send `Authorization: Bearer KEY`, or sign in."
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody wants to put into a dossier."""

    kind: ItemKind
    text: str = ""
    question: str = ""
    columns: tuple[str, ...] = ()
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class DossierView:
    """A dossier as its reader may see it."""

    dossier: Dossier
    role: Role
    items: tuple[ShownItem, ...]

    @property
    def etag(self) -> str:
        """Name this state as its reader sees it: what they may not see does not change it."""
        seen = [self.dossier.title]
        for shown in self.items:
            seen += [shown.item.id, str(shown.item.version), str(shown.item.is_ticked)]
            seen += [f"{quote.document_id} {quote.start} {quote.end}" for quote in shown.quotes]
        return f'"{hashlib.sha256(chr(0).join(seen).encode("utf-8", "surrogatepass")).hexdigest()[:20]}"'

    @property
    def can_edit(self) -> bool:
        return self.role >= Role.EDITOR

    @property
    def is_owner(self) -> bool:
        return self.role is Role.OWNER


class OpenedDossier(NamedTuple):
    """A dossier within one transaction; `view` reads it as its reader may see it."""

    tables: DossierTables
    dossier: Dossier
    view: Callable[[], DossierView]


class DossierList(NamedTuple):
    """Somebody's own dossiers, and those that others share with them."""

    own: list[DossierHead]
    shared: list[DossierHead]


@dataclass(frozen=True)
class DossierService:
    """Keeps dossiers.

    Its methods raise NothingThere for a dossier that is not there or not for the caller, Unauthenticated for nobody,
    NotReady, Overloaded, and what they say besides.
    """

    store: DossierStore
    library: Library
    limiter: ConcurrencyLimiter
    audit: AuditLog
    limits: RateLimits
    public_url: str

    async def list_for(self, caller: Caller) -> DossierList:
        """Return the dossiers somebody can open."""
        _check_known(caller)

        def read() -> DossierList:
            with self.store.open() as tables:
                own = tables.owned_by(caller.subject)
                shared = tables.shared_with(caller.organisation, sorted(caller.access.groups))
            return DossierList(own, [head for head in shared if head.owner != caller.subject])

        return await self.limiter.run(read)

    async def read(self, dossier_id: str, caller: Caller) -> DossierView:
        """Return a dossier as the caller may see it."""
        _check_known(caller)

        def read() -> DossierView:
            with self.store.open() as tables:
                dossier = tables.dossier(dossier_id)
            role = _role(dossier, caller)
            return self._view(dossier, caller, role)

        return await self.limiter.run(read)

    async def read_shared(self, token: str, caller: Caller) -> DossierView:
        """Return the dossier of a link to whoever holds it, with their own access; nobody's is what is public."""

        def read() -> DossierView:
            with self.store.open() as tables:
                dossier = tables.by_token(token)
            return self._view(dossier, caller, Role.READER, is_by_link=True)

        return await self.limiter.run(read)

    async def council_note(
        self, view: DossierView, t: Translator, format: NoteFormat, chosen: Sequence[str] | None = None
    ) -> ExportedFile:
        """Return the note on what is ticked of a dossier, or on the chosen items, as its reader may see them."""
        today = utc_today()

        def write() -> ExportedFile:
            note = compose_council_note(view.dossier.title, view.items, t, self.public_url, today, chosen)
            return export_note(note, format, f"passerelle-{today.isoformat()}")

        return await self.limiter.run(write)

    async def create(self, caller: Caller, title: str) -> str:
        """Return the id of a new dossier. Raises LimitReached."""
        _check_known(caller)
        return await self._write(lambda tables: tables.add_dossier(caller, title))

    async def rename(self, dossier_id: str, caller: Caller, title: str, seen: str) -> None:
        """Give a dossier another title. Raises NotAllowed, ChangedMeanwhile, VersionRequired."""

        def rename(opened: OpenedDossier) -> None:
            opened.tables.rename(dossier_id, title)

        await self._change(dossier_id, caller, Role.OWNER, rename, seen=seen)

    async def delete(self, dossier_id: str, caller: Caller) -> None:
        """Delete a dossier with all that is in it. Raises NotAllowed."""
        await self._change(dossier_id, caller, Role.OWNER, lambda opened: opened.tables.delete(dossier_id))
        self.audit.write("dossier delete", caller, dossier=dossier_id)

    async def add(self, dossier_id: str, caller: Caller, draft: Draft) -> str:
        """Put an item at the end and return its id. Raises NotAllowed, UnknownDocument, InvalidField, LimitReached."""

        def add(opened: OpenedDossier) -> str:
            reader = QuoteReader(self.library.borrow().store, caller.access)
            return opened.tables.add_item(dossier_id, _content(draft, reader), caller.subject)

        return await self._change(dossier_id, caller, Role.EDITOR, add)

    async def preview(self, draft: Draft, access: Access) -> tuple[Draft, ShownItem]:
        """Return what would be put into a dossier, quotes that are too long cut, and how it would be shown.

        Raises UnknownDocument, InvalidField.
        """

        def read() -> tuple[Draft, ShownItem]:
            reader = QuoteReader(self.library.borrow().store, access)
            fitting = replace(draft, spans=tuple(map(reader.shorten, draft.spans)))
            content = _content(fitting, reader)
            return fitting, shown_item(Item("new", content, True, "", utc_now(), 1), reader, is_own=False)

        return await self.limiter.run(read)

    async def change_item(
        self,
        dossier_id: str,
        item_id: str,
        caller: Caller,
        *,
        text: str | None = None,
        is_ticked: bool | None = None,
        seen: str = "",
    ) -> None:
        """Give a note another text, or an item another tick. `seen` is the version of the item that was changed.

        Raises NotAllowed, InvalidField, ChangedMeanwhile, and for another text without `seen` VersionRequired.
        """

        def change(opened: OpenedDossier) -> None:
            item = _item_of(opened.view(), item_id).item
            if text is not None and item.content.kind is not ItemKind.NOTE:
                raise InvalidField("text", "only a note has a text that can be changed; the others quote documents")
            if text is not None:
                _require(seen, "the item's `version`")
            _check_seen(seen, str(item.version))
            opened.tables.change_item(item, text=text, is_ticked=is_ticked)

        await self._change(dossier_id, caller, Role.EDITOR, change)

    async def tick(self, dossier_id: str, caller: Caller, ticked: Sequence[str]) -> None:
        """Tick these items and no other of those the caller sees. Raises NotAllowed."""

        def tick(opened: OpenedDossier) -> None:
            for shown in opened.view().items:
                if shown.item.is_ticked != (shown.item.id in ticked):
                    opened.tables.change_item(shown.item, is_ticked=shown.item.id in ticked)

        await self._change(dossier_id, caller, Role.EDITOR, tick)

    async def remove_item(self, dossier_id: str, item_id: str, caller: Caller, seen: str = "") -> None:
        """Take an item out. Raises NotAllowed, ChangedMeanwhile."""

        def remove(opened: OpenedDossier) -> None:
            item = _item_of(opened.view(), item_id).item
            _check_seen(seen, str(item.version))
            opened.tables.remove_item(item_id)

        await self._change(dossier_id, caller, Role.EDITOR, remove)

    async def reorder(self, dossier_id: str, caller: Caller, item_ids: Sequence[str], seen: str) -> None:
        """Put the items into this order; it names each that the caller sees once.

        Raises NotAllowed, InvalidField, ChangedMeanwhile, VersionRequired.
        """

        def reorder(opened: OpenedDossier) -> None:
            if sorted(item_ids) != sorted(shown.item.id for shown in opened.view().items):
                raise InvalidField("items", "expected the id of each item of the dossier, once")
            opened.tables.reorder(opened.dossier, item_ids)

        await self._change(dossier_id, caller, Role.EDITOR, reorder, seen=seen)

    async def move(self, dossier_id: str, item_id: str, caller: Caller, steps: int) -> None:
        """Move an item so many places down, or up when `steps` is negative. Raises NotAllowed."""

        def move(opened: OpenedDossier) -> None:
            _item_of(opened.view(), item_id)
            order = [shown.item.id for shown in opened.view().items]
            at = order.index(item_id)
            order.insert(max(0, min(len(order) - 1, at + steps)), order.pop(at))
            opened.tables.reorder(opened.dossier, order)

        await self._change(dossier_id, caller, Role.EDITOR, move)

    async def share(
        self,
        dossier_id: str,
        caller: Caller,
        kind: ShareKind,
        *,
        group: str = "",
        may_edit: bool = False,
        days: int = 90,
    ) -> tuple[Share, str]:
        """Share a dossier with one's organisation, a group one is in, or by a link; return the share and the link.

        The link, "" for the others, is shown this once. Raises NotAllowed, InvalidField, LimitReached.
        """
        name = _name_of(kind, group, caller)
        if kind is ShareKind.LINK and may_edit:
            raise InvalidField("may_edit", "a link is for reading only")

        def share(opened: OpenedDossier) -> tuple[Share, str]:
            return opened.tables.add_share(dossier_id, kind, name=name, may_edit=may_edit, days=days)

        made, token = await self._change(dossier_id, caller, Role.OWNER, share)
        self.audit.write("dossier share", caller, dossier=dossier_id, share=made.id, kind=kind.value, with_=name)
        return made, self.link(token) if token else ""

    async def end_share(self, dossier_id: str, share_id: str, caller: Caller) -> None:
        """End a share at once. Raises NotAllowed."""
        await self._change(
            dossier_id, caller, Role.OWNER, lambda opened: opened.tables.remove_share(dossier_id, share_id)
        )
        self.audit.write("dossier unshare", caller, dossier=dossier_id, share=share_id)

    def link(self, token: str) -> str:
        """Return the address a link's token opens. In the query, which no log of this service holds."""
        return f"{self.public_url}/shared?t={token}"

    def take_write(self, caller: Caller, address: str) -> None:
        """Count a change somebody asks for. Raises Unauthenticated, TooManyRequests."""
        _check_known(caller)
        self.limits.take_write(caller.subject, address)

    async def _write(self, write: Callable[[DossierTables], Result]) -> Result:
        def run() -> Result:
            with self.store.open() as tables:
                return write(tables)

        return await self.limiter.run(run)

    async def _change(
        self,
        dossier_id: str,
        caller: Caller,
        role: Role,
        change: Callable[[OpenedDossier], Result],
        *,
        seen: str = ANY,
    ) -> Result:
        """Make a change to a dossier as the caller sees it, in one transaction with the reading of it."""
        _check_known(caller)

        def write(tables: DossierTables) -> Result:
            dossier = tables.dossier(dossier_id)
            own = _role(dossier, caller)
            if own < role:
                who = "its owner" if role is Role.OWNER else "its owner and those who may edit it"
                raise NotAllowed(f"Only {who} may do this with the dossier.")
            opened = OpenedDossier(tables, dossier, lambda: self._view(dossier, caller, own))
            if seen != ANY:
                _require(seen, "the dossier's ETag")
                _check_seen(seen, opened.view().etag)
            return change(opened)

        return await self._write(write)

    def _view(self, dossier: Dossier, caller: Caller, role: Role, *, is_by_link: bool = False) -> DossierView:
        reader = QuoteReader(self.library.borrow().store, caller.access)
        items = []
        for item in dossier.items:
            is_own = item.by == caller.subject and caller.is_known and not is_by_link
            shown = shown_item(item, reader, is_own=is_own)
            if shown.is_available or is_own:
                items.append(shown)
        return DossierView(dossier, role, tuple(items))


DossiersDependency = Annotated[DossierService, Depends(provided(DossierService))]


def _content(draft: Draft, reader: QuoteReader) -> Content:
    """Return what a dossier keeps of a draft. Raises UnknownDocument, InvalidField."""
    quotes = tuple(map(reader.refer, draft.spans))
    return Content(
        draft.kind, draft.text, draft.question, utc_today() if draft.question else None, draft.columns, quotes
    )


def _role(dossier: DossierHead, caller: Caller) -> Role:
    """Return what somebody may do with a dossier. Raises NothingThere, as for one that does not exist."""
    role = dossier.role_of(caller)
    if role is None:
        raise NothingThere(NO_DOSSIER)
    return role


def _item_of(view: DossierView, item_id: str) -> ShownItem:
    for shown in view.items:
        if shown.item.id == item_id:
            return shown
    raise NothingThere(NO_ITEM)


def _name_of(kind: ShareKind, group: str, caller: Caller) -> str:
    """Return whom a share is for, "" for a link. Raises InvalidField."""
    if kind is ShareKind.ORGANISATION:
        if not caller.organisation:
            raise InvalidField("with", "your key or account names no organisation; ask the resource centre to add it")
        return caller.organisation
    if kind is ShareKind.GROUP:
        if group not in caller.access.groups:
            raise InvalidField("group", "expected a group you are in")
        return group
    return ""


def _check_known(caller: Caller) -> None:
    if not caller.is_known:
        raise Unauthenticated(SIGN_IN)


def _check_seen(seen: str, present: str) -> None:
    if seen not in ("", ANY) and present not in [tag.strip() for tag in seen.removeprefix("W/").split(",")]:
        raise ChangedMeanwhile(STALE)


def _require(seen: str, state: str) -> None:
    if not seen:
        raise VersionRequired(f"Send `If-Match` with {state}, or `*` to change it whatever it is now.")
