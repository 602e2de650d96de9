"""Where sessions are kept: a private database that every worker shares. Of a cookie it holds a hash only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from index.documents import Audience
from index.named_rows import NamedRow
from index.store.private_database import PrivateDatabase, run_statements

_TABLES: Final = """
CREATE TABLE IF NOT EXISTS sessions (
    id TEXT PRIMARY KEY,
    subject TEXT NOT NULL,
    audience TEXT NOT NULL,
    opened REAL NOT NULL,
    used REAL NOT NULL,
    checked REAL NOT NULL,
    address TEXT NOT NULL,
    browser TEXT NOT NULL,
    issuer_session TEXT NOT NULL,
    refresh_token BLOB NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS sessions_of_a_subject ON sessions (subject);
"""
_COLUMNS: Final = "id, subject, audience, opened, used, checked, address, browser, issuer_session, refresh_token"


@dataclass(frozen=True, slots=True)
class Session:
    """One sign-in. `id` is the SHA-256 of the cookie, which it does not reveal. Times are seconds since 1970.

    `audience` is what its owner could see when it was opened. `issuer_session` is the issuer's name for it (`sid`), and
    `refresh_token` is encrypted under the cookie.
    """

    id: str
    subject: str
    audience: Audience
    opened: float
    used: float
    checked: float
    address: str = ""
    browser: str = ""
    issuer_session: str = ""
    refresh_token: bytes = b""


class SessionStore(PrivateDatabase):
    """Adds, finds and ends sessions, by one statement each. Safe to call from any thread and process."""

    steps = (lambda db: run_statements(db, _TABLES),)

    def add(self, session: Session) -> None:
        row = (
            session.id,
            session.subject,
            session.audience.value,
            session.opened,
            session.used,
            session.checked,
            session.address,
            session.browser,
            session.issuer_session,
            session.refresh_token,
        )
        with self.open_shared() as db:
            db.execute(f"INSERT INTO sessions ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)

    def find(self, session_id: str) -> Session | None:
        with self.open_shared() as db:
            row = db.execute(f"SELECT {_COLUMNS} FROM sessions WHERE id = ?", (session_id,)).fetchone()
        return _session(row) if row else None

    def of(self, subject: str) -> list[Session]:
        """Return a subject's sessions, the one used last first."""
        query = f"SELECT {_COLUMNS} FROM sessions WHERE subject = ? ORDER BY used DESC, id"
        with self.open_shared() as db:
            return [_session(row) for row in db.execute(query, (subject,))]

    def touch(self, session_id: str, used: float, address: str, browser: str) -> None:
        """Note when and from where a session was used, if it is still there."""
        with self.open_shared() as db:
            db.execute(
                "UPDATE sessions SET used = ?, address = ?, browser = ? WHERE id = ?",
                (used, address, browser, session_id),
            )

    def claim_check(self, session_id: str, now: float, since: float) -> bool:
        """Say whether the caller is the one to check this session, last checked before `since`; only one is."""
        with self.open_shared() as db:
            claimed = db.execute(
                "UPDATE sessions SET checked = ? WHERE id = ? AND checked <= ?", (now, session_id, since)
            )
            return claimed.rowcount == 1

    def replace_refresh_token(self, session_id: str, refresh_token: bytes) -> None:
        with self.open_shared() as db:
            db.execute("UPDATE sessions SET refresh_token = ? WHERE id = ?", (refresh_token, session_id))

    def end(self, session_id: str, subject: str = "") -> bool:
        """End one session, only if it is this subject's when one is given; say whether there was one."""
        with self.open_shared() as db:
            ended = db.execute(
                "DELETE FROM sessions WHERE id = ? AND (? = '' OR subject = ?)", (session_id, subject, subject)
            )
            return ended.rowcount == 1

    def end_all(self, subject: str) -> int:
        """End every session of a subject and return how many there were."""
        with self.open_shared() as db:
            return db.execute("DELETE FROM sessions WHERE subject = ?", (subject,)).rowcount

    def end_every(self) -> int:
        """End every session of everybody and return how many there were."""
        with self.open_shared() as db:
            return db.execute("DELETE FROM sessions").rowcount

    def end_issuer_session(self, issuer_session: str, subject: str, prefix: str) -> int:
        """End what was opened in an issuer's session, by one subject, or else by any that begins with `prefix`.

        Return how many there were.
        """
        with self.open_shared() as db:
            if subject:  # those the issuer gave no name for are ended too, rather than kept by mistake
                query = "DELETE FROM sessions WHERE subject = ? AND issuer_session IN (?, '')"
                return db.execute(query, (subject, issuer_session)).rowcount
            query = "DELETE FROM sessions WHERE issuer_session = ? AND substr(subject, 1, length(?)) = ?"
            return db.execute(query, (issuer_session, prefix, prefix)).rowcount

    def purge(self, *, opened_before: float, used_before: float) -> None:
        """Forget the sessions that are over."""
        with self.open_shared() as db:
            db.execute("DELETE FROM sessions WHERE opened < ? OR used < ?", (opened_before, used_before))


def _session(row: NamedRow) -> Session:
    return Session(row[0], row[1], Audience(row[2]), *row[3:])
