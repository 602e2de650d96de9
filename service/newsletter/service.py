"""The use cases of staff: draft a letter, edit it, take it away, try it, send it. The API and the pages call them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Annotated, Final, NamedTuple

from fastapi import Depends

from index.clock import utc_now
from index.documents import Access
from index.errors import UnknownDocument
from service.auth.audit import AuditLog
from service.auth.authenticators import Authenticator
from service.auth.callers import Caller
from service.auth.groups import GroupStore
from service.auth.present_access import ISSUED, present_access
from service.errors import ChangedMeanwhile, InvalidField, LimitReached
from service.exports.formats import NoteFormat
from service.exports.service import ExportedFile, export_note
from service.http.concurrency import ConcurrencyLimiter
from service.http.dependencies import provided
from service.library.open_index import Documents, Library
from service.mailing.outbox import MailState
from service.newsletter.composing import ComposedLetter, compose, path_in
from service.newsletter.database import NewsletterFile
from service.newsletter.drafting import draft_items, item_for
from service.newsletter.mail import letter_html, letter_text
from service.newsletter.model import MOST_DAYS, MOST_ITEMS, Arrangement, Item, Letter, NoMail, Readership
from service.newsletter.note import compose_note
from service.newsletter.ordering import Path, gather, move
from service.newsletter.store import Draft, Letters, Wording
from service.newsletter.subscribers import Subscribers
from service.setting_values import is_mail_address
from service.web.translating import Translator

SAYS_MORE: Final = "What this letter says has changed since you looked at it. Read it again before it is sent."


class ListedLetter(NamedTuple):
    """A letter, and of one that was sent how its mails stand."""

    letter: Letter
    counts: dict[MailState, int]


class Recipients(NamedTuple):
    """Who would receive a letter: those who chose its language, and all of its readership."""

    same_language: tuple[str, ...]
    everybody: tuple[str, ...]


class Prepared(NamedTuple):
    """A letter as it is to be sent, and to how many."""

    composed: ComposedLetter
    recipients: Recipients


@dataclass(frozen=True)
class NewsletterService:
    """Makes letters for staff. Its methods raise NothingThere, NotReady, Overloaded, and what they say besides."""

    file: NewsletterFile
    library: Library
    limiter: ConcurrencyLimiter
    audit: AuditLog
    authenticator: Authenticator
    groups: GroupStore
    public_url: str
    has_mail: bool
    now: Callable[[], datetime] = utc_now

    async def all(self) -> list[ListedLetter]:
        """Return every letter, the latest first."""

        def read() -> list[ListedLetter]:
            return [ListedLetter(each, self._letters.sending(each.id).counts) for each in self._letters.all()]

        return await self.limiter.run(read)

    async def create(
        self,
        caller: Caller,
        *,
        since: date,
        until: date,
        readership: Readership,
        arrangement: Arrangement,
        language: str,
        title: str = "",
    ) -> ComposedLetter:
        """Draft a letter of what came in on these days, both included. Raises InvalidField, LimitReached."""
        if since > until:
            raise InvalidField("since", "the first day must not lie after the last day")
        if (until - since).days >= MOST_DAYS:
            raise InvalidField("since", f"at most {MOST_DAYS} days at once")

        def create() -> ComposedLetter:
            self.groups.check_open(readership.access.groups)
            store, access = self.library.borrow().store, readership.access
            items = draft_items(
                store,
                store.list_documents(access),
                access,
                since=since,
                until=until,
                arrangement=arrangement,
                language=language,
                today=self._today,
            )
            draft = Draft(title, language, readership, since, until, arrangement, items)
            return self._composed(self._letters.add(draft, caller.name))

        composed = await self.limiter.run(create)
        self.audit.write("newsletter create", caller, letter=composed.letter.id)
        return composed

    async def read(self, letter_id: str) -> ComposedLetter:
        """Return a letter with all that may be chosen for it."""
        return await self.limiter.run(lambda: self._composed(self._letters.get(letter_id)))

    async def counts(self, letter_id: str) -> dict[MailState, int]:
        """Return how many mails of a letter there are in each state."""
        return await self.limiter.run(lambda: self._letters.sending(letter_id).counts)

    async def change(
        self, letter_id: str, caller: Caller, seen: int | None, change: Callable[[Letter], Wording]
    ) -> ComposedLetter:
        """Make a change to the version that was `seen`. Raises NotAllowed, ChangedMeanwhile, InvalidField."""

        def run() -> ComposedLetter:
            return self._composed(self._letters.change(letter_id, seen, caller.name, change))

        return await self.limiter.run(run)

    async def change_and_move(
        self,
        letter_id: str,
        caller: Caller,
        seen: int | None,
        change: Callable[[Letter], Wording],
        to: tuple[Path, int],
    ) -> ComposedLetter:
        """Make a change, and move a section or a document so many places. Raises as `change`."""

        def run() -> ComposedLetter:
            composed = self._composed(self._letters.get(letter_id))

            def both(letter: Letter) -> Wording:
                wording = change(letter)
                items = move(wording.items, lambda item: path_in(composed, item), *to)
                return wording._replace(items=tuple(items))

            return self._composed(self._letters.change(letter_id, seen, caller.name, both))

        return await self.limiter.run(run)

    async def refresh(self, letter_id: str, caller: Caller, seen: int | None) -> ComposedLetter:
        """Add what came in since the draft was made; of an exchanged text offer its sentences as they are now.

        Raises as `change`, and LimitReached.
        """

        def run() -> ComposedLetter:
            letter = self._letters.get(letter_id)
            wording = self._refreshed(letter)  # takes a while, and holds nobody up
            made_to = letter.version if seen is None else seen
            return self._composed(self._letters.change(letter_id, made_to, caller.name, lambda _: wording))

        return await self.limiter.run(run)

    async def delete(self, letter_id: str, caller: Caller, seen: int | None) -> None:
        """Delete a draft. Raises NotAllowed, ChangedMeanwhile."""
        await self.limiter.run(lambda: self._letters.delete(letter_id, seen))
        self.audit.write("newsletter delete", caller, letter=letter_id)

    async def export(self, letter_id: str, form: str) -> ExportedFile:
        """Return what is ticked of a letter as a file: html, txt, or a note (docx, odt, pdf)."""

        def write() -> ExportedFile:
            composed = self._composed(self._letters.get(letter_id))
            letter, name = composed.letter, f"passerelle-{composed.letter.until}"
            if form == "html":
                content = letter_html(composed, self.public_url).encode()
                return ExportedFile(content, "text/html; charset=utf-8", f"{name}.html", letter.language)
            if form == "txt":
                content = f"{letter_text(composed, self.public_url)}\n".encode()
                return ExportedFile(content, "text/plain; charset=utf-8", f"{name}.txt", letter.language)
            note = compose_note(composed, Translator(letter.language), self.public_url)
            return export_note(note, NoteFormat(form), name)

        return await self.limiter.run(write)

    async def test(self, letter_id: str, caller: Caller, seen: int | None, address: str) -> None:
        """Have a letter sent to one address. Raises NoMail, InvalidField, NotAllowed, ChangedMeanwhile."""
        self._check_mail()
        if not is_mail_address(address):
            raise InvalidField("address", "expected a mail address such as name@example.org")
        await self.limiter.run(lambda: self._letters.test(letter_id, seen, address))
        self.audit.write("newsletter test", caller, letter=letter_id)  # never to whom

    async def prepare(self, letter_id: str) -> Prepared:
        """Return a letter as it would be sent now, and to whom."""

        def read() -> Prepared:
            composed = self._composed(self._letters.get(letter_id))
            return Prepared(composed, self._recipients(composed.letter))

        return await self.limiter.run(read)

    async def send(self, letter_id: str, caller: Caller, state: str, *, to_all: bool) -> int:
        """Close a letter and hand it to the job; return to how many it goes. `state` is what it said when looked at.

        Raises NoMail, NotAllowed, ChangedMeanwhile, InvalidField for one that says nothing.
        """
        self._check_mail()

        def send() -> int:
            letter = self._letters.get(letter_id)
            if not letter.is_sent:
                composed = self._composed(letter)
                if composed.state != state:
                    raise ChangedMeanwhile(SAYS_MORE)
                if composed.ticked.is_empty:
                    raise InvalidField("state", "this letter says nothing: tick a document or write something")
            recipients = self._recipients(letter)
            chosen = recipients.everybody if to_all else recipients.same_language
            return self._letters.send(letter_id, letter.version, caller.name, chosen)

        count = await self.limiter.run(send)
        self.audit.write("newsletter send", caller, letter=letter_id, recipients=count)
        return count

    @property
    def _letters(self) -> Letters:
        return Letters(self.file, self.now)

    @property
    def _today(self) -> date:
        return self.now().date()

    def _composed(self, letter: Letter) -> ComposedLetter:
        return compose(letter, self.library.borrow().store, self._today)

    def _recipients(self, letter: Letter) -> Recipients:
        """Return who may read a letter now, or may once they have signed in again at their issuer."""
        may = []
        for subscriber in Subscribers(self.file, self.now).confirmed():
            access = present_access(self.authenticator, subscriber.owner)
            is_away = access == Access() and subscriber.owner.startswith(ISSUED)
            if access is not None and (letter.readership.includes(access) or is_away):
                may.append(subscriber)
        same = tuple(each.id for each in may if each.language == letter.language)
        return Recipients(same, tuple(each.id for each in may))

    def _refreshed(self, letter: Letter) -> Wording:
        store, access = self.library.borrow().store, letter.readership.access
        composed = compose(letter, store, self._today)
        stale = {each.card.id for each in composed.items if None in each.candidates}
        kept = [_renewed(item, store, access) if item.document_id in stale else item for item in letter.items]
        known = {item.document_id for item in kept}
        drafted = draft_items(
            store,
            store.list_documents(access),
            access,
            since=letter.since,
            until=letter.until,
            arrangement=letter.arrangement,
            language=letter.language,
            today=self._today,
        )
        items = (*kept, *(item for item in drafted if item.document_id not in known))
        if len(items) > MOST_ITEMS:
            raise LimitReached(f"A letter has at most {MOST_ITEMS} documents.")
        composed = compose(replace(letter, items=items), store, self._today)
        ordered = gather(items, lambda item: path_in(composed, item))
        return Wording(letter.title, letter.opening, letter.closing, letter.language, tuple(ordered))

    def _check_mail(self) -> None:
        if not self.has_mail:
            raise NoMail(
                "This service sends no mail: set PASSERELLE_SMTP_HOST. The letter can be taken away as a file."
            )


def _renewed(item: Item, store: Documents, access: Access) -> Item:
    """Return an item with the sentences its document has now, and what staff wrote beside it."""
    try:
        fresh = item_for(store, access, item.document_id, item.part)
    except UnknownDocument:  # withdrawn a moment ago
        return item
    return replace(fresh, word=item.word, is_ticked=item.is_ticked)


NewsletterDependency = Annotated[NewsletterService, Depends(provided(NewsletterService))]
