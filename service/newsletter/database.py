"""The newsletter's database: its tables as numbered migrations. What was sent cannot be changed, by a trigger."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from index.settings import IndexSettings
from index.store.database import Connection
from index.store.private_database import PrivateDatabase, is_file, private_location

FILE: Final = "newsletter.sqlite"
_TABLES: Final = (
    "CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE arrivals (network TEXT PRIMARY KEY, reports INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE TABLE letters (id TEXT PRIMARY KEY, version INTEGER NOT NULL, title TEXT NOT NULL, opening TEXT NOT NULL,"
    " closing TEXT NOT NULL, language TEXT NOT NULL, audience TEXT NOT NULL, letter_group TEXT NOT NULL,"
    " since TEXT NOT NULL, until TEXT NOT NULL, arrangement TEXT NOT NULL, items TEXT NOT NULL, made TEXT NOT NULL,"
    " made_by TEXT NOT NULL, changed_by TEXT NOT NULL DEFAULT '', tested INTEGER NOT NULL DEFAULT 0,"
    " sent TEXT NOT NULL DEFAULT '', sent_by TEXT NOT NULL DEFAULT '', delivered INTEGER NOT NULL DEFAULT 0)"
    " WITHOUT ROWID",
    "CREATE TABLE subscribers (id TEXT PRIMARY KEY, owner TEXT NOT NULL, address TEXT NOT NULL,"
    " language TEXT NOT NULL, created TEXT NOT NULL, asked TEXT NOT NULL, is_confirmed INTEGER NOT NULL DEFAULT 0,"
    " stopped TEXT NOT NULL DEFAULT '', stopped_at TEXT NOT NULL DEFAULT '') WITHOUT ROWID",
    "CREATE INDEX subscribers_by_owner ON subscribers (owner)",
    "CREATE TABLE mails (id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL,"
    " subscriber_id TEXT REFERENCES subscribers (id) ON DELETE CASCADE,"
    " letter_id TEXT REFERENCES letters (id) ON DELETE CASCADE, address TEXT NOT NULL DEFAULT '',"
    " state TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, due TEXT NOT NULL, made TEXT NOT NULL,"
    " ended TEXT NOT NULL DEFAULT '', message_id TEXT NOT NULL, link TEXT, reason TEXT NOT NULL DEFAULT '',"
    " UNIQUE (subscriber_id, letter_id))",
    "CREATE INDEX mails_by_state ON mails (state, due)",
    "CREATE INDEX mails_by_letter ON mails (letter_id)",
    "CREATE UNIQUE INDEX one_mail_a_link ON mails (link) WHERE link IS NOT NULL",
)
_CHANGED: Final = (
    "UPDATE OF id, version, title, opening, closing, language, audience, letter_group, since, until, arrangement,"
    " items, made, sent ON letters"
)
_IN_FILE: Final = (
    f"CREATE TRIGGER sent_letters_stay BEFORE {_CHANGED} WHEN OLD.sent != ''"
    " BEGIN SELECT RAISE(ABORT, 'a letter that was sent cannot be changed'); END",
    "CREATE TRIGGER sent_letters_are_kept BEFORE DELETE ON letters WHEN OLD.sent != ''"
    " BEGIN SELECT RAISE(ABORT, 'a letter that was sent is kept'); END",
    "CREATE UNIQUE INDEX one_subscription_an_address ON subscribers (lower(address)) WHERE is_confirmed",
)
_ON_SERVER: Final = (
    "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS"
    " $$ BEGIN RAISE EXCEPTION 'a letter that was sent is kept as it is'; END $$",
    f"CREATE TRIGGER sent_letters_stay BEFORE {_CHANGED} FOR EACH ROW WHEN (OLD.sent != '') EXECUTE FUNCTION refuse()",
    "CREATE TRIGGER sent_letters_are_kept BEFORE DELETE ON letters"
    " FOR EACH ROW WHEN (OLD.sent != '') EXECUTE FUNCTION refuse()",
    "CREATE UNIQUE INDEX one_subscription_an_address ON subscribers (lower(address)) WHERE is_confirmed = 1",
)


def _first_tables(db: Connection) -> None:
    for statement in (*_TABLES, *(_IN_FILE if is_file(db) else _ON_SERVER)):
        db.execute(statement)


MIGRATIONS: Final[tuple[Callable[[Connection], None], ...]] = (_first_tables,)


class NewsletterFile(PrivateDatabase):
    """`<data>/newsletter.sqlite`, or a schema of the server."""

    steps = MIGRATIONS


def newsletter_of(settings: IndexSettings) -> NewsletterFile:
    """Return the newsletter's database where these settings keep it."""
    return NewsletterFile(private_location(settings, FILE))
