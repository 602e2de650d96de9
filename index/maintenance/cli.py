"""The commands for when something breaks: backup, restore, verify, rebuild, versions. Each prints what it did."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Final

from tqdm import tqdm

from index.dense import embedders
from index.documents import Access, Audience
from index.maintenance.backup import backup, check
from index.maintenance.copy import copy_index
from index.maintenance.encryption import decrypted, read_passphrase
from index.maintenance.originals import copy_originals, count_originals, remove_unused_originals
from index.maintenance.rebuild import Rebuild
from index.maintenance.restore import restore, restore_originals, undo
from index.maintenance.verify import verify
from index.settings import IndexSettings
from index.splitting import PassageSplitter
from index.store.current_index import previous_settings, read_current_index, settings_of
from index.store.opening import open_store

WHOLE, DAMAGED, LOST = 0, 1, 2  # exit codes of `verify`

Command = Callable[[IndexSettings, argparse.Namespace], int]


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands to the command line."""
    command = commands.add_parser(
        "backup", help="write one archive of all that cannot be made again, while others work"
    )
    command.add_argument("file", type=Path, metavar="FILE", help="for example /backups/passerelle.zip")
    _add_passphrase(command, "encrypt it: the first line of this file is the passphrase")
    command = commands.add_parser(
        "restore", help="make a backup's index the current one; what is there stays beside it"
    )
    command.add_argument("file", type=Path, nargs="?", metavar="FILE", help="what `backup` wrote")
    _add_passphrase(command, "what it was encrypted with")
    command.add_argument("--force", action="store_true", help="also in place of a newer or another sound index")
    command.add_argument("--originals", action="store_true", help="only the original files that are missing or damaged")
    command.add_argument("--back", action="store_true", help="return to the index before, as it was")
    command = commands.add_parser(
        "verify",
        help="check every part by its checksums. Exit code: 0 whole, 1 damaged beside the documents, 2 damaged",
    )
    command.add_argument("file", type=Path, nargs="?", metavar="FILE", help="check this backup instead of the index")
    _add_passphrase(command, "what it was encrypted with")
    command = commands.add_parser(
        "rebuild",
        help="make the derived indexes anew; where model or splitter changed, a second index beside the first",
    )
    command.add_argument("--all", action="store_true", help="embed everything anew although nothing changed")
    command.add_argument("--back", action="store_true", help="return to the index before, with what changed since")
    command = commands.add_parser(
        "copy", help="copy the index to another database, compare every row, and make the copy current there"
    )
    command.add_argument(
        "--to", required=True, metavar="DATABASE", help="postgresql://user@host/database, or `sqlite`: the data folder"
    )
    command = commands.add_parser("originals", help="count the original files; bring missing ones, remove unused ones")
    command.add_argument(
        "--from",
        dest="place",
        metavar="PLACE",
        help="bring those that are missing from there: a folder or s3://bucket/folder, as PASSERELLE_OBJECTS was",
    )
    command.add_argument("--remove-unused", action="store_true", help="delete those that no document names any more")
    command = commands.add_parser("versions", help="list the former texts of a document")
    command.add_argument("id", help="the document's id")
    command.add_argument("--forget", action="store_true", help="delete the former texts for good")


def _add_passphrase(command: argparse.ArgumentParser, help: str) -> None:
    command.add_argument("--passphrase-file", type=Path, default=None, metavar="FILE", help=help)


def run_backup(settings: IndexSettings, options: argparse.Namespace) -> int:
    manifest = backup(settings, options.file, read_passphrase(options.passphrase_file))
    size = options.file.stat().st_size / 1e6
    print(
        f"{options.file}: {manifest.documents} documents, {manifest.passages} passages, "
        f"{len(manifest.files)} files, {size:.1f} MB, generation {manifest.generation}."
    )
    return 0


def run_restore(settings: IndexSettings, options: argparse.Namespace) -> int:
    if options.back:
        print(f"{undo(settings)} is the current index again.")
        return 0
    if options.file is None:
        print("Expected: `python -m index restore FILE`, or --back.", file=sys.stderr)
        return LOST
    with decrypted(options.file, read_passphrase(options.passphrase_file), settings.data) as archive:
        return _restore_from(archive, settings, options)


def _restore_from(archive: Path, settings: IndexSettings, options: argparse.Namespace) -> int:
    if options.originals:
        print(f"{restore_originals(settings, archive, check(archive))} original files put back.")
        return 0
    restored = restore(settings, archive, force=options.force)
    manifest = restored.manifest
    print(
        f"{restored.folder} is the current index now: {manifest.documents} documents as of {manifest.made}; "
        f"{restored.originals} original files and {len(restored.put_back)} other files put back. "
        "What changed since is missing: run `passerelle-ingest` on your sources."
    )
    if restored.kept:
        print(f"Left as they are here: {', '.join(restored.kept)}.")
    return 0


def run_verify(settings: IndexSettings, options: argparse.Namespace) -> int:
    if options.file is not None:
        with decrypted(options.file, read_passphrase(options.passphrase_file), settings.data) as archive:
            manifest = check(archive)
        print(f"{options.file}: whole; {manifest.documents} documents as of {manifest.made}.")
        return WHOLE
    findings = verify(settings)
    for finding in findings:
        print(f"{'DAMAGED' if finding.is_grave else 'wrong'}: {finding.wrong}\n  repair it with: {finding.command}")
    if not findings:
        print(f"{settings_of(settings, read_current_index(settings)).place}: whole.")
    return max((LOST if finding.is_grave else DAMAGED for finding in findings), default=WHOLE)


def run_rebuild(settings: IndexSettings, options: argparse.Namespace) -> int:
    with tqdm(total=0, desc="documents", unit="document", file=sys.stderr, leave=False) as bar:

        def on_progress(done: int, todo: int) -> None:
            bar.total = done + todo
            bar.update(done - bar.n)

        if options.back:
            settings = previous_settings(settings)
        embedder = embedders.DeferredEmbedder(settings)
        rebuild = Rebuild(settings, embedder, PassageSplitter(embedder.count_tokens), on_progress)
        outcome = rebuild.back() if options.back else rebuild.run(everything=options.all)
    print(outcome)
    return 0


def run_copy(settings: IndexSettings, options: argparse.Namespace) -> int:
    database = "" if options.to == "sqlite" else options.to
    name, documents = copy_index(settings, database)
    share = "python -m service share" if database else "python -m service share --back"
    setting = "set PASSERELLE_DATABASE to that address" if database else "unset PASSERELLE_DATABASE"
    print(
        f"{name}: {documents} documents, every row compared and equal; what was withdrawn and corrected came along. To "
        f"use it, {setting} and start the service and the ingestion again; what is written to the index before that is "
        f"not in it. `{share}`, while PASSERELLE_DATABASE is that of the server, does the same for keys, dossiers, "
        "alerts and all else that the service keeps."
    )
    return 0


def run_originals(settings: IndexSettings, options: argparse.Namespace) -> int:
    if options.place:
        print(f"{copy_originals(settings, options.place)} original files brought from {options.place}.")
    if options.remove_unused:
        print(f"{remove_unused_originals(settings)} original files that no document names removed.")
    counts = count_originals(settings)
    print(
        f"{counts.named} original files are named by documents, {counts.missing} are missing, {counts.unused} unused."
    )
    return DAMAGED if counts.missing else WHOLE


def run_versions(settings: IndexSettings, options: argparse.Namespace) -> int:
    with closing(open_store(settings_of(settings, read_current_index(settings)))) as store:
        if options.forget:
            print(f"{options.id}: {store.forget_versions(options.id)} former texts deleted.")
        else:
            for version in store.versions(options.id, Access(Audience.STAFF)):
                until = f"{version.until:%Y-%m-%d %H:%M}" if version.until else "now"
                since = f"{version.since:%Y-%m-%d %H:%M}" if version.since else "?"
                title = version.metadata.title
                print(f"{version.number}\t{since} – {until}\t{version.characters} characters\t{title}")
    return 0


COMMANDS: Final[dict[str, Command]] = {
    "backup": run_backup,
    "restore": run_restore,
    "verify": run_verify,
    "rebuild": run_rebuild,
    "copy": run_copy,
    "originals": run_originals,
    "versions": run_versions,
}
