"""Which documents each reader has seen, and which of them each alert tells of."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from index.clock import utc_now
from index.documents import Access, Audience
from index.named_rows import NamedRow
from index.store.database import Connection
from index.types import DocumentCard
from service.alerts.database import AlertsFile
from service.alerts.model import GROUP, Alert, readers_of

NEWEST: Final = 50  # items of a feed
_NEW_SIGHTING: Final = "INTO sightings (reader, document_id, seq, first) VALUES (?, ?, ?, ?)"


class Item(NamedTuple):
    """A document an alert tells of, and when it was noticed."""

    document_id: str
    at: datetime


@dataclass(frozen=True)
class Sightings:
    """Which documents each reader has seen, in order: an audience, or a group with what is its own."""

    file: AlertsFile
    now: Callable[[], datetime] = utc_now

    def add(self, cards: Iterable[DocumentCard]) -> None:
        """Note documents that are there, though others may be too: a process may have opened an older index."""
        with self.file.open() as db:
            seq = newest_sighting(db) + 1
            pairs = [(reader, card.id, seq, seq) for card in cards for reader in _who_sees(card)]
            db.executemany(f"INSERT {_NEW_SIGHTING} ON CONFLICT DO NOTHING", pairs)

    def look(self, cards: Iterable[DocumentCard]) -> int:
        """Note what there is; return the number of the newest sighting. `cards` are all that staff see.

        What a reader loses and sees again later is seen anew: whoever looked meanwhile has not been told of it.
        """
        pairs = {(reader, card.id) for card in cards for reader in _who_sees(card)}
        with self.file.open() as db:
            seq = newest_sighting(db) + 1
            rows = db.execute("SELECT reader, document_id, is_gone FROM sightings").fetchall()
            sighted = {(reader, document_id): bool(is_gone) for reader, document_id, is_gone in rows}
            lost = [pair for pair, is_gone in sighted.items() if not is_gone and pair not in pairs]
            back = [pair for pair, is_gone in sighted.items() if is_gone and pair in pairs]
            which = "WHERE reader = ? AND document_id = ?"
            db.executemany(f"UPDATE sightings SET is_gone = 1 {which}", lost)
            db.executemany(f"UPDATE sightings SET is_gone = 0, seq = ? {which}", [(seq, *pair) for pair in back])
            new = [(*pair, seq, seq) for pair in sorted(pairs - sighted.keys())]
            db.executemany(f"INSERT {_NEW_SIGHTING}", new)
            return newest_sighting(db)

    def groups(self) -> frozenset[str]:
        """Return the groups that have documents by which alerts are told."""
        query = "SELECT DISTINCT reader FROM sightings WHERE substr(reader, 1, length(?)) = ? AND is_gone = 0"
        with self.file.open() as db:
            return frozenset(name.removeprefix(GROUP) for (name,) in db.execute(query, (GROUP, GROUP)))

    def newest_seq(self) -> int:
        """Return the number of the newest sighting."""
        with self.file.open() as db:
            return newest_sighting(db)

    def new_to(self, alert: Alert, access: Access) -> frozenset[str]:
        """Return the documents that came to somebody of this access since the alert last looked, none told yet."""
        readers = readers_of(access)
        marks = ", ".join("?" * len(readers))
        query = (
            f"SELECT DISTINCT document_id FROM sightings AS new WHERE reader IN ({marks}) AND is_gone = 0"
            " AND seq > coalesce("
            " (SELECT seq FROM cursors WHERE alert_id = ? AND reader = new.reader), ?)"
            f" AND NOT EXISTS (SELECT 1 FROM sightings WHERE reader IN ({marks})"
            " AND document_id = new.document_id AND first <= ?)"
            " AND NOT EXISTS (SELECT 1 FROM items WHERE alert_id = ? AND document_id = new.document_id)"
        )
        with self.file.open() as db:
            values = (*readers, alert.id, alert.since, *readers, alert.since, alert.id)
            return frozenset(document_id for (document_id,) in db.execute(query, values))

    def record(self, alert: Alert, access: Access, seq: int, matches: Iterable[str]) -> int:
        """Keep what an alert tells of and that it has looked up to `seq`, at once; return how many are new to it."""
        at = self.now().isoformat()
        with self.file.open() as db:
            if not db.execute("SELECT 1 FROM alerts WHERE id = ?", (alert.id,)).fetchone():
                return 0  # deleted a moment ago
            db.executemany(
                "INSERT INTO cursors VALUES (?, ?, ?) ON CONFLICT (alert_id, reader) DO UPDATE SET seq = excluded.seq"
                " WHERE cursors.seq < excluded.seq",  # mostly nothing is written, and nothing waits for the disk
                [(alert.id, reader, seq) for reader in readers_of(access)],
            )
            query = "INSERT INTO items (alert_id, document_id, at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
            return sum(db.execute(query, (alert.id, document_id, at)).rowcount for document_id in matches)

    def newest(self, alert_id: str, most: int = NEWEST) -> list[Item]:
        """Return what an alert has told of, the latest first."""
        query = "SELECT document_id, at FROM items WHERE alert_id = ? ORDER BY at DESC, document_id LIMIT ?"
        with self.file.open() as db:
            return [item_of(row) for row in db.execute(query, (alert_id, most))]


def newest_sighting(db: Connection) -> int:
    """Return the number of the newest sighting."""
    (seq,) = db.execute("SELECT coalesce(max(seq), 0) FROM sightings").fetchone()
    return int(seq)


def _who_sees(card: DocumentCard) -> list[str]:
    metadata = card.metadata
    seers = [audience.value for audience in Audience if Access(audience).may_see(metadata)]
    groups = [
        GROUP + group for group in metadata.groups if Access(Audience.MEMBER, frozenset({group})).may_see(metadata)
    ]
    return seers + groups


def item_of(row: NamedRow) -> Item:
    """Return a row of the items as one."""
    return Item(row["document_id"], datetime.fromisoformat(row["at"]))
