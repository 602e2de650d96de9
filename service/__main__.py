"""`python -m service`: serve. `… keys add | list | revoke`: who may see more. `… mcp`: tools. `… journal erase`."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Any, TextIO

from index.documents import Audience
from index.errors import SettingsError
from service.auth.callers import Caller
from service.auth.keys import KeyNameTaken, KeyStore, UnknownKey
from service.auth.scopes import Scope
from service.http import logging as logs
from service.settings import Settings

if TYPE_CHECKING:
    from service.workers import Make

COMMAND_LINE = Caller("command line", Audience.STAFF, "command line")


def command(arguments: Sequence[str], environ: Mapping[str, str], out: TextIO, err: TextIO) -> int:
    """Return 0 when done, 1 when the key's name does not fit, 2 when a setting or the data folder is wrong."""
    asked = _parser().parse_args(arguments)
    try:
        settings = Settings.from_environ(environ)
    except SettingsError as error:
        err.write(f"{error}\n")
        return 2
    try:
        _write_in(settings.index.data)
    except OSError as error:
        err.write(
            f"{settings.index.data}: cannot be written ({error.strerror}). Keys and registers are kept in it: "
            "see that this user may write there and that the disk has room.\n"
        )
        return 2
    if asked.command == "keys":
        from service.wiring import audit_log, key_store

        done = _keys(asked, key_store(settings), out, err)
        if done == 0 and asked.action != "list":
            audit_log(settings).write(f"keys {asked.action}", COMMAND_LINE, key=asked.name)
        return done
    if asked.command == "journal":
        return _erase(asked, settings, out)
    if asked.command == "mcp":
        return _serve_mcp(settings, over_http=asked.http, err=err)
    return _serve(settings)


def _write_in(folder: Path) -> None:
    """Write to the folder, made if need be, and leave nothing in it. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryFile(dir=folder) as file:
        file.write(b"here")


def _serve(settings: Settings) -> int:
    from service.workers import application

    logs.configure(settings.log_level)
    logging.getLogger("passerelle").info("serving on %s", settings.public_url)
    return listen(application, settings)


def listen(make: Make, settings: Settings) -> int:
    """Serve until the process is told to end (SIGTERM); what was accepted by then is answered first."""
    how: dict[str, Any] = {
        "host": settings.host,
        "port": settings.port,
        "log_level": "warning",
        "access_log": False,
        "server_header": False,
        "forwarded_allow_ips": settings.access.proxies,
        "timeout_graceful_shutdown": 20,
    }
    if settings.workers > 1:
        from service.workers import serve_in_workers

        return serve_in_workers(make, settings, **how)
    import uvicorn

    app = make(settings, None)
    signal.signal(signal.SIGTERM, lambda *_: None)  # uvicorn raises it again when all is done: that is no failure
    uvicorn.run(app, workers=1, **how)
    return 0


def _serve_mcp(settings: Settings, *, over_http: bool, err: TextIO) -> int:
    from service.auth.callers import Unauthenticated
    from service.mcp.server import serve

    try:
        serve(settings, over_http=over_http)
    except Unauthenticated as error:
        err.write(f"PASSERELLE_MCP_KEY: {error}\n")
        return 2
    return 0


def _erase(asked: argparse.Namespace, settings: Settings, out: TextIO) -> int:
    """Erase from the journal and say how much; the audit log notes that it was done, never whose it was."""
    from service.obstacles.store import register_in
    from service.wiring import audit_log, journal

    kept = journal(settings)
    if asked.subject:
        reports = register_in(settings.index.data).erase(asked.subject)
        what, gone = "a person's words", kept.erase_subject(asked.subject)
        if reports:
            out.write(f"{reports} reports erased from the register of obstacles.\n")
    elif asked.before:
        what, gone = f"before {asked.before}", kept.store.erase_before(asked.before)
    elif asked.words:
        what, gone = "every text", kept.store.erase_words()
    else:
        what, gone = "everything", kept.store.erase_all()
    audit_log(settings).write("journal erase", COMMAND_LINE, what=what, records=gone)
    out.write(f"{gone} records erased from {kept.path}.\n")
    return 0


def _keys(asked: argparse.Namespace, store: KeyStore, out: TextIO, err: TextIO) -> int:
    try:
        if asked.action == "add":
            token = store.add(asked.name, Audience(asked.audience), asked.expires, asked.scopes)
            err.write(f"A {asked.audience} key for {asked.name}. It is shown this once; only its hash is kept.\n")
            out.write(f"{token}\n")
        elif asked.action == "revoke":
            store.revoke(asked.name)
            out.write(f"The key {asked.name} is revoked.\n")
        else:
            for key in store.all():
                state = f"revoked {key.revoked}" if key.revoked else f"expires {key.expires or 'never'}"
                scopes = ",".join(sorted(key.scopes))
                out.write(f"{key.name}\t{key.audience}\tmade {key.created}\t{state}\t{scopes}\n")
    except (KeyNameTaken, UnknownKey) as error:
        err.write(f"{error.args[0]}\n")
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m service", description=__doc__)
    commands = parser.add_subparsers(dest="command")
    keys = commands.add_parser("keys", help="API keys").add_subparsers(dest="action", required=True)
    add = keys.add_parser("add", help="make a key and show it once")
    add.add_argument("--audience", required=True, choices=[one.value for one in Audience])
    add.add_argument("--name", required=True, type=_name, help="whose key it is, or what it is for")
    add.add_argument("--expires", type=_day, default=None, help="its last day, YYYY-MM-DD; without it, it has none")
    mcp = commands.add_parser("mcp", help="serve the tools of the Model Context Protocol, on stdio")
    mcp.add_argument("--http", action="store_true", help="over streamable HTTP instead, at /mcp")
    _add_journal(commands)
    usual = "; without it, reading (and for staff, everything)"
    add.add_argument("--scopes", type=_scopes, default=None, help=f"what it is for: {', '.join(Scope)}{usual}")
    keys.add_parser("list", help="show every key, never its secret")
    revoke = keys.add_parser("revoke", help="end a key at once")
    revoke.add_argument("name")
    return parser


def _add_journal(commands: Any) -> None:
    journal = commands.add_parser("journal", help="what people did here").add_subparsers(dest="action", required=True)
    erase = journal.add_parser("erase", help="erase from the journal, at once and for good")
    what = erase.add_mutually_exclusive_group(required=True)
    what.add_argument("--subject", default="", help="the words of one person or key (key:3), their obstacles too")
    what.add_argument("--before", type=_day, default=None, help="what is older than a day, YYYY-MM-DD")
    what.add_argument("--words", action="store_true", help="every text somebody typed; counts stay")
    what.add_argument("--all", action="store_true", help="everything")


def _name(said: str) -> str:
    if not said.strip() or not said.isprintable() or len(said) > 100:
        raise argparse.ArgumentTypeError("wanted: 1 to 100 printable characters")
    return said.strip()


def _scopes(said: str) -> frozenset[Scope]:
    try:
        return frozenset(Scope(one.strip()) for one in said.split(","))
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{said!r}: wanted some of {','.join(Scope)}") from error


def _day(said: str) -> date:
    try:
        return date.fromisoformat(said)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{said!r}: wanted a day such as 2027-12-31") from error


def main() -> int:
    """Serve or manage keys, as the command line says."""
    return command(sys.argv[1:], os.environ, sys.stdout, sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
