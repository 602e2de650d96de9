"""What operators do beside keys: verify the audit log, rotate secrets."""

from __future__ import annotations

import argparse
from typing import Any, Final, TextIO

from index.clock import utc_today
from index.documents import Audience
from service.auth.callers import Caller
from service.auth.secret_sources import rotate_secret
from service.history.changes import COMMAND_SUBJECT
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
    sharing = commands.add_parser("share", help="take what lies in files beside the index over to PostgreSQL")
    sharing.add_argument("--back", action="store_true", help="from there to files: for a single machine again")


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
