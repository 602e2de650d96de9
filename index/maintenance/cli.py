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
from index.documents import Audience
from index.maintenance.backup import backup, check
from index.maintenance.rebuild import Rebuild
from index.maintenance.restore import restore, restore_originals, undo
from index.maintenance.verify import verify
from index.settings import IndexSettings
from index.splitting import PassageSplitter
from index.store.current_index import at, before, place_of
from index.store.store import Store

WHOLE, DAMAGED, LOST = 0, 1, 2  # exit codes of `verify`

Command = Callable[[IndexSettings, argparse.Namespace], int]


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands to the command line."""
    made = commands.add_parser("backup", help="write one archive of all that cannot be made again, while others work")
    made.add_argument("file", type=Path, metavar="FILE", help="for example /backups/passerelle.zip")
    made = commands.add_parser("restore", help="make a backup's index the current one; what is there stays beside it")
    made.add_argument("file", type=Path, nargs="?", metavar="FILE", help="what `backup` wrote")
    made.add_argument("--force", action="store_true", help="also where a newer or another sound index stands")
    made.add_argument("--originals", action="store_true", help="only the original files that are missing or damaged")
    made.add_argument("--back", action="store_true", help="return to the index before, as it was")
    made = commands.add_parser(
        "verify",
        help="check every part by its checksums. Exit code: 0 whole, 1 damaged beside the documents, 2 damaged",
    )
    made.add_argument("file", type=Path, nargs="?", metavar="FILE", help="check this backup instead of the index")
    made = commands.add_parser(
        "rebuild",
        help="make the derived indexes anew; where model or splitter changed, a second index beside the first",
    )
    made.add_argument("--all", action="store_true", help="embed everything anew although nothing changed")
    made.add_argument("--back", action="store_true", help="return to the index before, with what changed since")
    made = commands.add_parser("versions", help="list the former texts of a document")
    made.add_argument("id", help="the document's id")
    made.add_argument("--forget", action="store_true", help="delete the former texts for good")


def run_backup(settings: IndexSettings, asked: argparse.Namespace) -> int:
    manifest = backup(settings, asked.file)
    size = asked.file.stat().st_size / 1e6
    print(
        f"{asked.file}: {manifest.documents} documents, {manifest.passages} passages, "
        f"{len(manifest.files)} files, {size:.1f} MB, generation {manifest.generation}."
    )
    return 0


def run_restore(settings: IndexSettings, asked: argparse.Namespace) -> int:
    if asked.back:
        print(f"{undo(settings)} is the current index again.")
        return 0
    if asked.file is None:
        print("Wanted: `python -m index restore FILE`, or --back.", file=sys.stderr)
        return LOST
    if asked.originals:
        print(f"{restore_originals(settings, asked.file, check(asked.file))} original files put back.")
        return 0
    done = restore(settings, asked.file, force=asked.force)
    print(
        f"{done.folder} is the current index now: {done.manifest.documents} documents as of {done.manifest.made}; "
        f"{done.originals} original files and {len(done.put_back)} other files put back. "
        "What changed since is missing: run `passerelle-ingest` on your sources."
    )
    if done.kept:
        print(f"Left as they are here: {', '.join(done.kept)}.")
    return 0


def run_verify(settings: IndexSettings, asked: argparse.Namespace) -> int:
    if asked.file is not None:
        manifest = check(asked.file)
        print(f"{asked.file}: whole; {manifest.documents} documents as of {manifest.made}.")
        return WHOLE
    found = verify(settings)
    for one in found:
        print(f"{'DAMAGED' if one.grave else 'wrong'}: {one.wrong}\n  mend it with: {one.command}")
    if not found:
        print(f"{at(settings, place_of(settings)).folder}: whole.")
    return max((LOST if one.grave else DAMAGED for one in found), default=WHOLE)


def run_rebuild(settings: IndexSettings, asked: argparse.Namespace) -> int:
    with tqdm(total=0, desc="documents", unit="document", file=sys.stderr, leave=False) as bar:

        def told(done: int, todo: int) -> None:
            bar.total = done + todo
            bar.update(done - bar.n)

        if asked.back:
            settings = before(settings)
        embedder = embedders.DeferredEmbedder(settings)
        rebuild = Rebuild(settings, embedder, PassageSplitter(embedder.count_tokens), told)
        said = rebuild.back() if asked.back else rebuild.run(everything=asked.all)
    print(said)
    return 0


def run_versions(settings: IndexSettings, asked: argparse.Namespace) -> int:
    with closing(Store(at(settings, place_of(settings)).store)) as store:
        if asked.forget:
            print(f"{asked.id}: {store.forget_versions(asked.id)} former texts deleted.")
        else:
            for one in store.versions(asked.id, Audience.STAFF):
                until = f"{one.until:%Y-%m-%d %H:%M}" if one.until else "now"
                since = f"{one.since:%Y-%m-%d %H:%M}" if one.since else "?"
                print(f"{one.number}\t{since} – {until}\t{one.characters} characters\t{one.metadata.title}")
    return 0


COMMANDS: Final[dict[str, Command]] = {
    "backup": run_backup,
    "restore": run_restore,
    "verify": run_verify,
    "rebuild": run_rebuild,
    "versions": run_versions,
}
