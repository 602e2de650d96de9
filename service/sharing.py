"""What lies in files beside the index goes over to the database that machines share, or back to the files of one."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Final, NamedTuple, TextIO

from index.errors import StoreError
from index.settings import IndexSettings
from index.store.forum_threads import FILE as THREADS
from index.store.forum_threads import ThreadDatabase
from index.store.private_copy import copy_private
from index.store.private_database import Location, PrivateDatabase, ServerSchema, private_location
from index.store.small_files import SmallFiles, copy_small_files, small_files
from service.alerts.database import FILE as ALERTS
from service.alerts.database import AlertsFile
from service.auth.audit import AuditFolder
from service.auth.audit_table import AuditTable
from service.auth.groups import FILE as GROUPS
from service.auth.groups import GroupsFile
from service.auth.keys import KeyStore
from service.auth.people import People
from service.auth.secret_sources import SecretRow, bring_back, load_secret
from service.dossiers.store import FILE as DOSSIERS
from service.dossiers.store import DossierDatabase
from service.feeds.store import FILE as LEDGER
from service.feeds.store import LedgerDatabase
from service.journal.store import JournalStore
from service.newsletter.database import FILE as NEWSLETTER
from service.newsletter.database import NewsletterFile
from service.obstacles.database import FILE as OBSTACLES
from service.obstacles.database import RegisterFile
from service.settings import Settings

DATABASES: Final[dict[str, Callable[[Location], PrivateDatabase]]] = {
    "keys.sqlite": KeyStore,
    "people.sqlite": partial(People, lifetime_s=0),
    GROUPS: GroupsFile,
    "journal.sqlite": JournalStore,
    DOSSIERS: DossierDatabase,
    OBSTACLES: RegisterFile,
    ALERTS: AlertsFile,
    NEWSLETTER: NewsletterFile,
    LEDGER: LedgerDatabase,
    THREADS: ThreadDatabase,
}
SMALL_FILES: Final = ("unsolved.jsonl", "thesaurus-additions.ttl", "uploads-state.json")
AUDIT: Final = "audit"
log = logging.getLogger("passerelle.sharing")


class Way(NamedTuple):
    """The settings of what is copied, and of where it goes: one of them names a database."""

    source: IndexSettings
    target: IndexSettings

    @property
    def is_back(self) -> bool:
        return bool(self.source.database)


def share(settings: Settings, out: TextIO, err: TextIO, *, back: bool = False) -> int:
    """Copy what stands beside the index to the database that machines share; `back`: from there to the data folder.

    Sessions are left: they end here. What is there already is left as it is; then 1 is returned.
    """
    if not settings.index.database:
        err.write("PASSERELLE_DATABASE names no database that machines share.\n")
        return 1
    alone = replace(settings.index, database="")
    way = Way(settings.index, alone) if back else Way(alone, settings.index)
    failures = 0
    for name, copy in _copies(way).items():
        try:
            count = copy()
        except StoreError as error:
            err.write(f"{name}: {error}\n")
            failures = 1
        else:
            out.write(f"{name}: {count} copied, as many as there were.\n")
    _copy_secrets(settings, back=back)
    if back:
        out.write("The audit log stays in the database; a new chain begins here. Unset PASSERELLE_DATABASE.\n")
    else:
        out.write("What was copied is not used here any more: remove those files when all machines run.\n")
    return failures


def warn_of_unused_files(settings: Settings) -> None:
    """Log which files of the data folder are not used, since all machines keep what is in them in the database."""
    data = settings.index.data
    unused = [name for name in (*DATABASES, *SMALL_FILES, AUDIT) if (data / name).exists()]
    if settings.index.database and unused:
        log.warning(
            "%s: not used here, since machines share a database: %s. `python -m service share` takes over what the "
            "database does not have yet; then remove them",
            data,
            ", ".join(unused),
        )


def _copies(way: Way) -> dict[str, Callable[[], int]]:
    """Return what copies each of the stores that there are."""
    copies: dict[str, Callable[[], int]] = {}
    for name, database in DATABASES.items():
        source, target = (private_location(settings, name) for settings in way)
        if isinstance(source, ServerSchema) or source.exists():
            copies[name] = partial(copy_private, database(source), database(target))
    if not way.is_back and (way.source.data / AUDIT).exists():
        target = private_location(way.target, AUDIT)
        lines = AuditFolder(way.source.data / AUDIT).dated_lines()
        copies[AUDIT] = partial(AuditTable(target).take_over, lines)
    copies["small files"] = partial(_copy_small_files, *map(small_files, way))
    return copies


def _copy_small_files(source: SmallFiles, target: SmallFiles) -> int:
    return copy_small_files(source, target, [*SMALL_FILES, *source.names("inbox", ".json")])


def _copy_secrets(settings: Settings, *, back: bool) -> None:
    from service.wiring import journal_secret, session_secret

    for secret in (session_secret(settings), journal_secret(settings)):
        load_secret(secret)  # takes over the one in the data folder, before another machine makes another
        if back and isinstance(secret, SecretRow):
            bring_back(secret)
