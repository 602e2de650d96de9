"""What operators do beside keys: verify the audit log, rotate secrets, take files over to the database."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TextIO

from index.clock import utc_today
from index.documents import Audience
from index.errors import StoreError
from index.store.private_copy import copy_private
from index.store.private_database import Location, private_location
from service.auth.audit import AuditFolder
from service.auth.audit_table import AuditTable
from service.auth.callers import Caller
from service.auth.groups import GroupsFile
from service.auth.keys import KeyStore
from service.auth.people import People
from service.auth.secret_sources import load_secret, rotate_secret
from service.history.changes import COMMAND_SUBJECT
from service.journal.store import JournalStore
from service.settings import Settings

COMMAND_LINE: Final = Caller("command line", Audience.STAFF, COMMAND_SUBJECT)


def add_commands(commands: Any) -> None:
    """Add the commands to those of `python -m service`."""
    audit = commands.add_parser("audit", help="the audit log").add_subparsers(dest="action", required=True)
    verify = audit.add_parser("verify", help="follow its chain and say which line is the first that does not fit")
    verify.add_argument("--knows", default="", metavar="HASH", help="a hash shown before, which must still be there")
    secrets = commands.add_parser("secrets", help="secrets of this installation")
    rotate = secrets.add_subparsers(dest="action", required=True).add_parser("rotate", help="make new secrets")
    rotate.add_argument("what", nargs="?", choices=("all", "session", "journal"), default="all")
    commands.add_parser("share", help="take keys, people, groups, journal and audit log over from files to PostgreSQL")


def verify_audit(options: argparse.Namespace, settings: Settings, out: TextIO, err: TextIO) -> int:
    """Say whether the audit log's chain holds; return 1 when it does not."""
    from service.wiring import audit_log

    verdict = audit_log(settings).verify(options.knows)
    if verdict.fault:
        err.write(f"{verdict.fault}. {verdict.lines} lines before it fit.\n")
        return 1
    if not verdict.knows:
        err.write(f"No line has the hash {options.knows}: lines were removed, or the whole log was written anew.\n")
        return 1
    if verdict.unchained:
        out.write(f"{verdict.unchained} lines are from before the log was a chain.\n")
    out.write(f"{verdict.lines} lines, each follows the one before. Note the last hash elsewhere:\n{verdict.head}\n")
    return 0


def rotate_secrets(options: argparse.Namespace, settings: Settings, out: TextIO) -> int:
    """Make new secrets, and end what the former ones stood for. Raises AuditUnavailable."""
    from service.wiring import audit_log, journal_secret, session_secret, sessions

    audit = audit_log(settings)
    audit.check()
    today = utc_today()
    if options.what in {"all", "session"}:
        source = session_secret(settings)
        rotate_secret(source, today)
        ended = sessions(settings).store.end_every()
        out.write(f"{source}: a new secret. {ended} sessions ended: everybody signs in again.\n")
    if options.what in {"all", "journal"}:
        source = journal_secret(settings)
        rotate_secret(source, today, keep_days=settings.journal_days)
        out.write(f"{source}: a new secret. The former one is kept while the journal may hold what it stands for.\n")
    audit.write("secrets rotate", COMMAND_LINE, what=options.what)
    out.write("Restart the service: it reads its secrets when it starts.\n")
    return 0


def share(settings: Settings, out: TextIO, err: TextIO) -> int:
    """Copy what the data folder holds beside the index to the database that machines share.

    Sessions are left: they end here. What the database holds already is left as it is; then 1 is returned.
    """
    if not settings.index.database:
        err.write("PASSERELLE_DATABASE names no database to take the files over into.\n")
        return 1
    from service.wiring import journal_secret, session_secret

    failures = 0
    for name, copy in COPIES.items():
        source = settings.index.data / name
        if not source.exists():
            continue
        target = private_location(settings.index, name)
        try:
            out.write(f"{name}: {copy(source, target)} rows are in {target} now.\n")
        except StoreError as error:
            err.write(f"{name}: {error}\n")
            failures = 1
    for secret in (session_secret(settings), journal_secret(settings)):
        load_secret(secret)  # takes over the one in the data folder, before another machine makes another
    out.write("What was copied is not used here any more: remove those files when all machines run.\n")
    return failures


def _copy_keys(source: Path, target: Location) -> int:
    return copy_private(KeyStore(source), KeyStore(target))


def _copy_people(source: Path, target: Location) -> int:
    return copy_private(People(source, lifetime_s=0), People(target, lifetime_s=0))


def _copy_groups(source: Path, target: Location) -> int:
    return copy_private(GroupsFile(source), GroupsFile(target))


def _copy_journal(source: Path, target: Location) -> int:
    return copy_private(JournalStore(source), JournalStore(target))


def _copy_audit(source: Path, target: Location) -> int:
    return AuditTable(target).take_over(AuditFolder(source).dated_lines())


COPIES: Final[dict[str, Callable[[Path, Location], int]]] = {
    "keys.sqlite": _copy_keys,
    "people.sqlite": _copy_people,
    "groups.sqlite": _copy_groups,
    "journal.sqlite": _copy_journal,
    "audit": _copy_audit,
}
