"""Where letters are kept. A change names the version it was made to; what was sent is never changed."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, NamedTuple

from index.clock import utc_now
from index.documents import Audience
from index.named_rows import NamedRow
from index.store.database import Connection
from service.dossiers.model import Quote
from service.errors import ChangedMeanwhile, LimitReached, NotAllowed, NothingThere
from service.mailing.outbox import MailState
from service.newsletter.database import NewsletterFile
from service.newsletter.model import MOST_LETTERS, Arrangement, Item, Letter, MailKind, Part, Readership

NO_LETTER: Final = "There is no such letter."
SENT: Final = "This letter was sent, and stays as it is. Make another."


class Draft(NamedTuple):
    """A letter as it is begun."""

    title: str
    language: str
    readership: Readership
    since: date
    until: date
    arrangement: Arrangement
    items: tuple[Item, ...]


class Wording(NamedTuple):
    """All that staff can change of a letter."""

    title: str
    opening: str
    closing: str
    language: str
    items: tuple[Item, ...]


class Sending(NamedTuple):
    """How the sending of a letter stands: mails by their state."""

    counts: dict[MailState, int]


@dataclass(frozen=True)
class Letters:
    """Makes, finds and changes letters. Safe to call from any thread and process."""

    file: NewsletterFile
    now: Callable[[], datetime] = utc_now

    def add(self, draft: Draft, by: str) -> Letter:
        """Keep a draft. Raises LimitReached."""
        name, readership = secrets.token_urlsafe(9), draft.readership
        with self.file.open() as db:
            (count,) = db.execute("SELECT count(*) FROM letters WHERE sent = ''").fetchone()
            if count >= MOST_LETTERS:
                raise LimitReached(f"There are {MOST_LETTERS} letters not sent. Delete some first.")
            values = {
                "id": name,
                "version": 1,
                "title": draft.title,
                "opening": "",
                "closing": "",
                "language": draft.language,
                "audience": readership.audience.value,
                "letter_group": readership.group,
                "since": draft.since.isoformat(),
                "until": draft.until.isoformat(),
                "arrangement": draft.arrangement.value,
                "items": _items_out(draft.items),
                "made": self.now().isoformat(),
                "made_by": by,
            }
            names, marks = ", ".join(values), ", ".join("?" * len(values))
            db.execute(f"INSERT INTO letters ({names}) VALUES ({marks})", tuple(values.values()))
            return _read(db, name)

    def get(self, letter_id: str) -> Letter:
        """Return a letter. Raises NothingThere."""
        with self.file.open() as db:
            return _read(db, letter_id)

    def all(self) -> list[Letter]:
        """Return every letter, the latest first."""
        with self.file.open() as db:
            return [_letter_of(row) for row in db.execute("SELECT * FROM letters ORDER BY made DESC, id")]

    def change(self, letter_id: str, seen: int | None, by: str, change: Callable[[Letter], Wording]) -> Letter:
        """Make a change to the version that was `seen` (None: whatever there is) and return the letter as it is then.

        Raises NothingThere, NotAllowed for one that was sent, ChangedMeanwhile.
        """
        with self.file.open() as db:
            wording = change(_open(db, letter_id, seen))
            db.execute(
                "UPDATE letters SET title = ?, opening = ?, closing = ?, language = ?, items = ?, changed_by = ?,"
                " version = version + 1 WHERE id = ?",
                (*wording[:4], _items_out(wording.items), by, letter_id),
            )
            return _read(db, letter_id)

    def delete(self, letter_id: str, seen: int | None) -> None:
        """Delete a draft. Raises as `change`."""
        with self.file.open() as db:
            _open(db, letter_id, seen)
            db.execute("DELETE FROM letters WHERE id = ?", (letter_id,))

    def test(self, letter_id: str, seen: int | None, address: str) -> None:
        """Put a test of a draft in the outbox. Raises as `change`."""
        with self.file.open() as db:
            letter = _open(db, letter_id, seen)
            db.execute("UPDATE letters SET tested = ? WHERE id = ?", (letter.version, letter_id))
            now = self.now().isoformat()
            values = (MailKind.TEST, letter_id, address, MailState.WAITING, now, now, secrets.token_hex(16))
            db.execute(
                "INSERT INTO mails (kind, letter_id, address, state, due, made, message_id)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                values,
            )

    def send(self, letter_id: str, seen: int, by: str, subscribers: Collection[str]) -> int:
        """Close a letter and put its mails in the outbox, at once; return how many those are. Raises as `change`."""
        with self.file.open() as db:
            _open(db, letter_id, seen)
            now = self.now().isoformat()
            db.execute("UPDATE letters SET sent = ?, sent_by = ? WHERE id = ?", (now, by, letter_id))
            count = 0
            for name in sorted(subscribers):
                count += db.execute(
                    "INSERT INTO mails (kind, subscriber_id, letter_id, state, due, made, message_id)"
                    " SELECT ?, id, ?, ?, ?, ?, ? FROM subscribers WHERE id = ? AND is_confirmed = 1 AND stopped = ''"
                    " ON CONFLICT DO NOTHING",
                    (MailKind.LETTER, letter_id, MailState.WAITING, now, now, secrets.token_hex(16), name),
                ).rowcount
            return count

    def sending(self, letter_id: str) -> Sending:
        """Return how the sending of a letter stands."""
        query = "SELECT state, count(*) FROM mails WHERE letter_id = ? AND kind = ? GROUP BY state"
        with self.file.open() as db:
            counts = {MailState(state): n for state, n in db.execute(query, (letter_id, MailKind.LETTER))}
        return Sending({state: counts.get(state, 0) for state in MailState})


def _open(db: Connection, letter_id: str, seen: int | None) -> Letter:
    """Return a draft that is to be changed. Raises NothingThere, NotAllowed, ChangedMeanwhile."""
    letter = _read(db, letter_id)
    if letter.is_sent:
        raise NotAllowed(SENT)
    if seen is not None and letter.version != seen:
        who = letter.changed_by or "Somebody"
        raise ChangedMeanwhile(f"{who} changed this letter since. Read it again, then make your change.")
    return letter


def _read(db: Connection, letter_id: str) -> Letter:
    row = db.execute("SELECT * FROM letters WHERE id = ?", (letter_id,)).fetchone()
    if row is None:
        raise NothingThere(NO_LETTER)
    return _letter_of(row)


def _items_out(items: Collection[Item]) -> str:
    return json.dumps(
        [
            {
                "document": item.document_id,
                "part": item.part.value,
                "candidates": [quote[1:5] for quote in item.candidates],
                "chosen": item.chosen,
                "word": item.word,
                "ticked": item.is_ticked,
            }
            for item in items
        ],
        ensure_ascii=False,
    )


def _item_of(written: dict[str, Any]) -> Item:
    quotes = tuple(Quote(written["document"], *place) for place in written["candidates"])
    return Item(
        written["document"], Part(written["part"]), quotes, written["chosen"], written["word"], written["ticked"]
    )


def _letter_of(row: NamedRow) -> Letter:
    return Letter(
        id=row["id"],
        version=row["version"],
        title=row["title"],
        opening=row["opening"],
        closing=row["closing"],
        language=row["language"],
        readership=Readership(Audience(row["audience"]), row["letter_group"]),
        since=date.fromisoformat(row["since"]),
        until=date.fromisoformat(row["until"]),
        arrangement=Arrangement(row["arrangement"]),
        items=tuple(map(_item_of, json.loads(row["items"]))),
        made=datetime.fromisoformat(row["made"]),
        made_by=row["made_by"],
        changed_by=row["changed_by"],
        tested=row["tested"],
        sent=datetime.fromisoformat(row["sent"]) if row["sent"] else None,
        sent_by=row["sent_by"],
        delivered=row["delivered"],
    )
