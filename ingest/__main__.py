"""`python -m ingest corpus/ [more sources…]`: bring the index up to the sources and the inbox, and say what was done.

`python -m ingest --watch [sources…]` goes on doing so.
"""

from __future__ import annotations

import argparse
import os
import signal
import sqlite3
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

from index.documents import Audience
from index.errors import PasserelleError
from index.settings import IndexSettings
from index.splitting import PassageSplitter
from index.store.current_index import Place, place_of
from index.store.locks import INGESTION, exclusive
from index.types import TokenCounter
from index.update import Indexer
from ingest.sources.catalogue import check_source
from ingest.sources.dates import InvalidMetadata
from ingest.sources.inbox import SETTING, InboxJob, audiences_of
from ingest.sources.metadata import audience_of, kind_of, language_of
from ingest.sources.uploads import WATCHING, Uploads, heartbeat
from ingest.sync.assembly import Defaults
from ingest.sync.harvests import Harvests
from ingest.sync.progress import progress_on
from ingest.sync.report import Report
from ingest.sync.run import Options, run
from ingest.sync.watch import Watch
from ingest.sync.withdrawals import sweep

EXIT_NOTHING_DONE = 2


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    made = argparse.ArgumentParser(
        prog="passerelle-ingest",
        description="Reads into the index: PDF, office files, tables, mails, books, web pages, text. Only what "
        "changed is read again; a file that is gone from a source takes its document with it.",
        epilog="Exit code: 0 all was read, 1 some files failed (the rest is published), 2 nothing could be done.",
    )
    made.add_argument(
        "sources", nargs="*", type=Path, metavar="SOURCE", help="a folder, a file, or a harvest's plan (.toml)"
    )
    made.add_argument("--audience", default="", help="for files that state none: public, member or staff (else staff)")
    made.add_argument("--kind", default="", help="for files that state none: legal note, study, project sheet…")
    made.add_argument("--language", default="", help="for files that state none: fr, en, de… (else it is detected)")
    made.add_argument("--allow-empty", action="store_true", help="let a source that has become empty be emptied here")
    made.add_argument("--watch", action="store_true", help="run again and again: the inbox, and the sources if any")
    made.add_argument("--every", type=float, default=15.0, metavar="S", help="seconds between looks at the inbox (15)")
    made.add_argument("--sources-every", type=float, default=300.0, metavar="S", help="and at the sources (300)")
    made.add_argument("--data", type=Path, help="the folder of the index (else PASSERELLE_DATA, else var)")
    return made


def defaults_of(arguments: argparse.Namespace) -> Defaults:
    """Return the run's defaults in our own words. Raises InvalidMetadata."""
    return Defaults(
        audience=str(audience_of(arguments.audience)) if arguments.audience else "",
        kind=str(kind_of(arguments.kind)) if arguments.kind else "",
        language=language_of(arguments.language) if arguments.language else "",
    )


@dataclass
class Runs:
    """One run or many over the same sources and inbox; what it takes to write is opened once, the lock for each run."""

    arguments: argparse.Namespace
    settings: IndexSettings
    audiences: Mapping[str, Audience]
    harvests: Harvests
    _opened: Indexer | None = None
    _uploads: Uploads = field(init=False)

    def __post_init__(self) -> None:
        self._uploads = Uploads(self.settings.data)

    _place: Place | None = None

    def __call__(self, *, with_sources: bool) -> Report:
        """Run over the sources if asked to, then over the inbox, and tell what was done. Raises PasserelleError."""
        options = Options(defaults_of(self.arguments), allow_empty=self.arguments.allow_empty)
        for source in self.arguments.sources if with_sources else ():  # told at once, before the model is loaded
            check_source(source)
        harvested = self.harvests.bring_up() if with_sources else []
        with exclusive(self.settings.data / INGESTION):
            indexer = self._indexer()
            splitter = PassageSplitter(cast(TokenCounter, indexer.embedder).count_tokens)
            report, swept = Report(), sweep(indexer.store, indexer)
            uploads = self._uploads.sources(indexer.store, with_sources=with_sources)
            own = [*self.harvests.others, *self.harvests.folders] if with_sources else []
            if sources := own + uploads:
                progress = progress_on(sys.stderr)
                report = run(sources, indexer.store, indexer, splitter, options=options, progress=progress)
                if uploads:
                    self._uploads.tell(report, indexer.store)
                report.failures += [remark for outcome in harvested for remark in outcome.failures]
                if not self.arguments.watch or report.read or report.removed or report.failures:
                    where = report.write(self.settings.data)
                    sys.stdout.write("\n".join([*report.lines(), f"Report: {where}"]) + "\n")
            taken = InboxJob(self.settings.data, indexer.store, indexer, splitter, self.audiences).run()
        if swept:
            sys.stdout.write(f"Withdrawn by staff, removed: {swept}\n")
        if taken.is_worth_telling:
            sys.stdout.write("\n".join(taken.lines()) + "\n")
        sys.stdout.flush()
        return report

    def _indexer(self) -> Indexer:
        """Return what writes to the current index; opened again after a rebuild or a restore made another current."""
        place = place_of(self.settings)
        if self._opened is None or place != self._place:
            from index.wiring import open_indexer

            self._place = place
            self._opened = open_indexer(self.settings, lambda step: print(step, file=sys.stderr))
        return self._opened


def watch(runs: Runs) -> int:
    """Run until the process is told to end (SIGTERM); a run that has begun is ended first."""
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())

    def tell(told: str) -> None:
        sys.stderr.write(f"passerelle-ingest: {told}\n")

    with heartbeat(runs.settings.data / WATCHING):
        Watch(runs, tell, runs.arguments.every, runs.arguments.sources_every).until(ended.wait)
    return 0


def main(words: Sequence[str] | None = None, environ: Mapping[str, str] = os.environ) -> int:
    """Run the command and return its exit code."""
    arguments = parser().parse_args(words)
    if not arguments.sources and not arguments.watch:
        parser().error("wanted: a SOURCE, or --watch")
    try:
        settings = IndexSettings.from_environ(environ)
        audiences = audiences_of(environ.get(SETTING, ""))
        if arguments.data is not None:
            settings = replace(settings, data=arguments.data)  # the prepared model stays where it is
        with Harvests(arguments.sources, settings.data / "harvest", in_background=arguments.watch) as harvests:
            runs = Runs(arguments, settings, audiences, harvests)
            return watch(runs) if arguments.watch else runs(with_sources=True).exit_code
    except InvalidMetadata as error:
        sys.stderr.write(f"passerelle-ingest: --{error}\n")
    except PasserelleError as error:
        sys.stderr.write(f"passerelle-ingest: {error}\n")
    except (sqlite3.Error, OSError) as error:
        sys.stderr.write(f"passerelle-ingest: stopped: {error}. What was written so far is whole; run it again.\n")
    except KeyboardInterrupt:
        sys.stderr.write("passerelle-ingest: interrupted. What was written so far is whole; run it again.\n")
        return 130
    return EXIT_NOTHING_DONE


if __name__ == "__main__":
    sys.exit(main())
