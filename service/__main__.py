"""`python -m service`: serve. `… keys add | list | revoke`: API keys. `… mcp`: MCP server. `… journal erase`.

`… audit verify`: the audit log's chain. `… secrets rotate`: new secrets. `… privacy export | erase`: what is held about
a person or key. `… alerts send | status | erase`: mails about new documents. `… newsletter send | status | erase`:
letters to subscribers.
"""

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

from index.documents import GROUP_FORM, Audience, is_group_id
from index.errors import SettingsError, StoreError
from index.settings import IndexSettings
from index.store.private_files import keep_private
from service import mail_commands, maintenance, privacy, sharing
from service.auth.callers import LONGEST_ORGANISATION, organisation_name
from service.auth.groups import groups_in
from service.auth.key_rules import UnfitKey, check_groups, forum_binding
from service.auth.keys import KeyNameTaken, KeyStore, UnknownKey
from service.auth.scopes import Scope
from service.errors import AuditUnavailable, InvalidField
from service.http import logging as json_logging
from service.maintenance import COMMAND_LINE
from service.setting_values import FORUM_NAME
from service.settings import Settings

if TYPE_CHECKING:
    from service.workers import MakeApp


def command(arguments: Sequence[str], environ: Mapping[str, str], out: TextIO, err: TextIO) -> int:
    """Return 0 when done, 1 when a key's name does not fit or a line of the audit log, 2 when nothing can be done."""
    options = _parser().parse_args(arguments)
    try:
        settings = Settings.from_environ(environ)
    except SettingsError as error:
        err.write(f"{error}\n")
        return 2
    try:
        _check_writable(settings.index.data)
    except OSError as error:
        err.write(
            f"{settings.index.data}: cannot be written ({error.strerror}). Keys and registers are kept in it: "
            "see that this user may write there and that the disk has room.\n"
        )
        return 2
    try:
        return _run(options, settings, out, err)
    except (AuditUnavailable, StoreError) as error:
        err.write(f"{error}\n")
        return 2


def _run(options: argparse.Namespace, settings: Settings, out: TextIO, err: TextIO) -> int:
    """Do what the command line says. Raises AuditUnavailable before anything that has to be noted, and StoreError."""
    match options.command:
        case "keys":
            return _manage_keys(options, settings, out, err)
        case "journal":
            return _erase(options, settings, out)
        case "audit":
            return maintenance.verify_audit(options, settings, out, err)
        case "secrets":
            return maintenance.rotate_secrets(options, settings, out)
        case "share":
            return sharing.share(settings, out, err, back=options.back)
        case "alerts":
            return mail_commands.manage_alerts(options, settings, out, err)
        case "newsletter":
            return mail_commands.manage_newsletter(options, settings, out, err)
        case "privacy":
            return privacy.manage(options, settings, out, err)
        case "mcp":
            return _serve_mcp(settings, over_http=options.http, err=err)
    return _serve(settings)


def _check_writable(folder: Path) -> None:
    """Write to the folder, made if need be, and leave nothing in it. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryFile(dir=folder) as file:
        file.write(b"here")


def _serve(settings: Settings) -> int:
    from service.workers import make_app

    json_logging.configure(settings.log_level)
    logging.getLogger("passerelle").info("serving on %s", settings.public_url)
    sharing.warn_of_unused_files(settings)
    return listen(make_app, settings)


def listen(make: MakeApp, settings: Settings) -> int:
    """Serve until the process is told to end (SIGTERM); what was accepted by then is answered first."""
    from service.http.connections import server_options

    options = server_options(settings)
    if settings.workers > 1:
        from service.workers import serve_in_workers

        return serve_in_workers(make, settings, **options)
    import uvicorn

    app = make(settings, None)
    signal.signal(signal.SIGTERM, lambda *_: None)  # uvicorn raises it again when all is done: that is no failure
    uvicorn.run(app, workers=1, **options)
    return 0


def _serve_mcp(settings: Settings, *, over_http: bool, err: TextIO) -> int:
    from service.errors import Unauthenticated
    from service.mcp.server import serve
    from service.wiring import mcp_components

    try:
        with mcp_components(settings) as components:
            serve(components, over_http=over_http)
    except Unauthenticated as error:
        err.write(f"PASSERELLE_MCP_KEY: {error}\n")
        return 2
    return 0


def _erase(options: argparse.Namespace, settings: Settings, out: TextIO) -> int:
    """Erase from the journal and say how much; the audit log records that it was done, never whose it was."""
    from service.obstacles.store import register_of
    from service.wiring import audit_log, journal

    records, audit = journal(settings), audit_log(settings)
    audit.check()
    if options.subject:
        reports = register_of(settings.index).erase(options.subject)
        what, count = "a person's words", records.erase_subject(options.subject)
        if reports:
            out.write(f"{reports} reports erased from the register of obstacles.\n")
    elif options.before:
        what, count = f"before {options.before}", records.store.erase_before(options.before)
    elif options.words:
        what, count = "every text", records.store.erase_words()
    else:
        what, count = "everything", records.store.erase_all()
    audit.write("journal erase", COMMAND_LINE, what=what, records=count)
    out.write(f"{count} records erased from {records.location}.\n")
    return 0


def _manage_keys(options: argparse.Namespace, settings: Settings, out: TextIO, err: TextIO) -> int:
    from service.wiring import audit_log, key_store

    store = key_store(settings)
    if options.action == "list":
        _list_keys(store, out)
        return 0
    audit = audit_log(settings)
    audit.check()
    try:
        if options.action == "add":
            audience = Audience(options.audience)
            check_groups(options.groups, audience)
            groups_in(settings.index).check_open(options.groups)
            token = store.add(
                options.name,
                audience,
                options.expires,
                options.scopes,
                forum_binding(options.forum or "", _categories(options), options.scopes),
                options.groups,
                options.organisation or "",
            )
            err.write(f"A {options.audience} key for {options.name}. It is shown this once; only its hash is kept.\n")
            out.write(f"{token}\n")
        else:
            store.revoke(options.name)
            out.write(f"The key {options.name} is revoked.\n")
    except (InvalidField, KeyNameTaken, UnknownKey, UnfitKey) as error:
        err.write(f"{error.args[0]}\n")
        return 1
    audit.write(f"keys {options.action}", COMMAND_LINE, key=options.name)
    return 0


def _list_keys(store: KeyStore, out: TextIO) -> None:
    for key in store.all():
        state = f"revoked {key.revoked}" if key.revoked else f"expires {key.expires or 'never'}"
        scopes = ",".join(sorted(key.scopes))
        if key.binding:
            scopes += f"\t{key.binding.forum}/{','.join(sorted(key.binding.categories)) or '*'}"
        if key.groups:
            scopes += f"\tgroups {','.join(sorted(key.groups))}"
        if key.organisation:
            scopes += f"\tof {key.organisation}"
        out.write(f"{key.name}\t{key.audience}\tmade {key.created}\t{state}\t{scopes}\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m service", description=__doc__)
    commands = parser.add_subparsers(dest="command")
    keys = commands.add_parser("keys", help="API keys").add_subparsers(dest="action", required=True)
    add = keys.add_parser("add", help="make a key and show it once")
    add.add_argument("--audience", required=True, choices=[audience.value for audience in Audience])
    add.add_argument("--name", required=True, type=_name, help="whose key it is, or what it is for")
    add.add_argument("--expires", type=_day, default=None, help="its last day, YYYY-MM-DD; without it, it has none")
    default = "without it, reading (and for staff, everything)"
    add.add_argument("--scopes", type=_scopes, default=None, help=f"what it is for: {', '.join(Scope)}; {default}")
    add.add_argument("--forum", type=_forum, default=None, help="host of the forum whose threads it hands in")
    add.add_argument("--categories", default="", help="only these of the forum's, with commas between them")
    of_groups = "a member's groups, with commas between them: it shows their documents too"
    add.add_argument("--groups", type=_groups, default=frozenset(), help=of_groups)
    of_organisation = "where its owner works: whoever has the same may be shown their dossiers"
    add.add_argument("--organisation", type=_organisation, default=None, help=of_organisation)
    keys.add_parser("list", help="show every key, never its secret")
    revoke = keys.add_parser("revoke", help="end a key at once")
    revoke.add_argument("name")
    mcp = commands.add_parser("mcp", help="serve the tools of the Model Context Protocol, on stdio")
    mcp.add_argument("--http", action="store_true", help="over streamable HTTP instead, at /mcp")
    _add_journal(commands)
    maintenance.add_commands(commands)
    privacy.add_commands(commands)
    mail_commands.add_commands(commands)
    return parser


def _add_journal(commands: Any) -> None:
    journal = commands.add_parser("journal", help="what people did here").add_subparsers(dest="action", required=True)
    erase = journal.add_parser("erase", help="erase from the journal, at once and for good")
    what = erase.add_mutually_exclusive_group(required=True)
    what.add_argument("--subject", default="", help="the words of one person or key (key:3), their obstacles too")
    what.add_argument("--before", type=_day, default=None, help="what is older than a day, YYYY-MM-DD")
    what.add_argument("--words", action="store_true", help="every text somebody typed; counts stay")
    what.add_argument("--all", action="store_true", help="everything")


def _name(text: str) -> str:
    if not text.strip() or not text.isprintable() or len(text) > 100:
        raise argparse.ArgumentTypeError("expected 1 to 100 printable characters")
    return text.strip()


def _categories(options: argparse.Namespace) -> frozenset[str]:
    return frozenset(filter(None, (name.strip() for name in options.categories.split(","))))


def _groups(text: str) -> frozenset[str]:
    groups = frozenset(filter(None, (name.strip() for name in text.split(","))))
    if not groups or not all(map(is_group_id, groups)):
        raise argparse.ArgumentTypeError(f"{text!r}: expected {GROUP_FORM}, with commas between several")
    return groups


def _organisation(text: str) -> str:
    name = organisation_name(text)
    if not name:
        raise argparse.ArgumentTypeError(f"expected 1 to {LONGEST_ORGANISATION} printable characters")
    return name


def _forum(text: str) -> str:
    if not FORUM_NAME.fullmatch(text.lower()):
        raise argparse.ArgumentTypeError(f"{text!r}: expected a host name such as forum.example.org")
    return text.lower()


def _scopes(text: str) -> frozenset[Scope]:
    try:
        return frozenset(Scope(name.strip()) for name in text.split(","))
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r}: expected some of {','.join(Scope)}") from error


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r}: expected a day such as 2027-12-31") from error


def main() -> int:
    """Serve or manage keys, as the command line says."""
    try:
        keep_private(IndexSettings.from_environ(os.environ).data)
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return command(sys.argv[1:], os.environ, sys.stdout, sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
