"""`python -m ingest corpus/ [more sources…]`: bring the index up to the sources and the inbox, and report it.

`python -m ingest --watch [sources…]` does so again and again, `--again` once more with the sources and options of
former runs, and `--uploads` reads only what staff uploaded.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import sqlite3
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, cast

from index.errors import PasserelleError
from index.reasons import Reason, describe, record_reason
from index.settings import IndexSettings
from index.splitting import PassageSplitter
from index.store.current_index import CurrentIndex, read_current_index
from index.store.forum_threads import FILE as THREADS
from index.store.opening import writing_lock
from index.store.private_database import private_location
from index.store.private_files import keep_private
from index.store.small_files import small_files
from index.types import TokenCounter
from index.update import Indexer
from ingest.forum.inbox import SETTING, InboxJob, InboxReport, parse_audiences
from ingest.forum.thread_store import ThreadStore
from ingest.harvest.run import Outcome
from ingest.harvest.schedule import Harvests
from ingest.harvest.staff_harvests import StaffHarvests
from ingest.sources.catalogue import check_source
from ingest.sources.metadata import InvalidMetadata, Readers, parse_audience, parse_kind, parse_language
from ingest.sync.assembly import Defaults
from ingest.sync.corrections import apply_corrections
from ingest.sync.former_sources import FormerSources
from ingest.sync.progress import make_progress
from ingest.sync.reading import Reading
from ingest.sync.report import Report
from ingest.sync.run import Options, run
from ingest.sync.uploads import Uploads
from ingest.sync.watch import WATCHING, Watch, heartbeat
from ingest.sync.withdrawals import remove_withdrawn

if TYPE_CHECKING:
    from ingest.workers.team import Team

EXIT_NOTHING_DONE = 2
INTERRUPTED = 130
HARVEST_ALLOW = "PASSERELLE_HARVEST_ALLOW"
NEEDS_SERVER = (
    "--workers: several workers need the index in PostgreSQL. Set PASSERELLE_DATABASE (`python -m index copy --to "
    "postgresql://…` takes it there), or leave --workers out: without it one process reads while another embeds, "
    "on as many cores as the model uses."
)


def make_parser() -> argparse.ArgumentParser:
    """Return the command line."""
    parser = argparse.ArgumentParser(
        prog="passerelle-ingest",
        description="Reads into the index: PDF, office files, tables, mails, books, web pages, text. Only what "
        "changed is read again; a file that is gone from a source takes its document with it.",
        epilog="Exit code: 0 all was read, 1 some files failed (the rest is published), 2 nothing could be done.",
    )
    parser.add_argument(
        "sources", nargs="*", type=Path, metavar="SOURCE", help="a folder, a file, or a harvest's plan (.toml)"
    )
    parser.add_argument(
        "--audience", default="", help="for files that state none: public, member or staff (else staff)"
    )
    parser.add_argument("--kind", default="", help="for files that state none: legal note, study, project sheet…")
    parser.add_argument("--language", default="", help="for files that state none: fr, en, de… (else it is detected)")
    parser.add_argument("--allow-empty", action="store_true", help="let a source that has become empty be emptied here")
    parser.add_argument(
        "--include-hidden", action="store_true", help="make what files hide (rows, slides, remarks) documents for staff"
    )
    parser.add_argument(
        "--uploads",
        action="store_true",
        help="read only what staff uploaded, corrected or had harvested, without any source",
    )
    parser.add_argument("--again", action="store_true", help="read the sources of former runs again, each as it was")
    parser.add_argument(
        "--workers",
        type=int,
        default=0,
        metavar="N",
        help="read with N processes, together with the same command on other machines (the index in PostgreSQL)",
    )
    parser.add_argument("--wait", action="store_true", help="wait for another job that is writing to the index")
    parser.add_argument("--watch", action="store_true", help="run again and again: the inbox, and the sources if any")
    parser.add_argument(
        "--every", type=float, default=15.0, metavar="S", help="seconds between looks at the inbox (15)"
    )
    parser.add_argument("--sources-every", type=float, default=300.0, metavar="S", help="and at the sources (300)")
    parser.add_argument("--json", action="store_true", help="say why a run stopped in JSON, with the reason's code")
    parser.add_argument("--data", type=Path, help="the folder of the index (else PASSERELLE_DATA, else var)")
    return parser


def parse_defaults(arguments: argparse.Namespace) -> Defaults:
    """Return the run's defaults in our own words. Raises InvalidMetadata."""
    return Defaults(
        audience=str(parse_audience(arguments.audience)) if arguments.audience else "",
        kind=str(parse_kind(arguments.kind)) if arguments.kind else "",
        language=parse_language(arguments.language) if arguments.language else "",
    )


@dataclass
class Job:
    """Runs over the same sources and inbox, once or again and again.

    The index is opened for writing once; the lock is held for each run.
    """

    arguments: argparse.Namespace
    settings: IndexSettings
    audiences: Mapping[str, Readers]
    harvests: Harvests
    own_settings: Mapping[str, str] = field(default_factory=dict)  # of ingestion alone, recorded with the sources
    _indexer: Indexer | None = field(default=None, init=False)
    _opened_at: CurrentIndex | None = field(default=None, init=False)
    _uploads: Uploads = field(init=False)
    _staff_harvests: StaffHarvests = field(init=False)

    def __post_init__(self) -> None:
        self._uploads = Uploads(self.settings.data, small_files(self.settings))
        self._staff_harvests = StaffHarvests(self.settings.data)

    def __call__(self, *, with_sources: bool) -> Report:
        """Run over the sources if asked to, then over the inbox, and print what was done. Raises PasserelleError."""
        parse_defaults(self.arguments)  # what is wrong is reported at once, before the model is loaded
        for source in self.arguments.sources if with_sources else ():
            check_source(source)
        outcomes = self.harvests.update() if with_sources else []
        own = [*self.harvests.other_sources, *self.harvests.folders]
        work = partial(self._work, own if with_sources else [], outcomes, with_sources=with_sources)
        if self.arguments.workers and own:
            report = self._run_in_team(own, work, with_sources=with_sources)
        else:
            with writing_lock(self.settings, wait=self.arguments.wait):
                report = work()
        sys.stdout.flush()
        return report

    def _run_in_team(self, own: Sequence[Path], work: Callable[..., Report], *, with_sources: bool) -> Report:
        """Do the work with several workers, or help a command that does; without sources, alone if there is none."""
        with self._open_team(own) as team:
            if with_sources:
                report, is_own = team.run(work, wait=self.arguments.wait)
            elif (helped := team.help()) is not None:
                report, is_own = helped, False
            else:
                with writing_lock(self.settings, wait=self.arguments.wait):
                    return work()
        if not is_own:
            self._record_sources()
            self._write(report)
        return report

    def _open_team(self, own: Sequence[Path]) -> Team:
        from ingest.workers.team import open_team

        return open_team(self.settings, own, self._options(()), self.arguments.workers)

    def _work(
        self,
        own: Sequence[Path],
        outcomes: Sequence[Outcome],
        reading: Reading | None = None,
        *,
        with_sources: bool,
    ) -> Report:
        """Do all of a run that is done under the lock, and return the report on its sources."""
        indexer = self._open_indexer()
        splitter = PassageSplitter(cast(TokenCounter, indexer.embedder).count_tokens)
        removed = remove_withdrawn(indexer.store, indexer)
        corrected = apply_corrections(indexer.store, indexer, splitter)
        report = Report()
        uploads = self._uploads.sources(indexer.store, with_sources=with_sources)
        harvested = self._staff_harvests.sources(with_sources=with_sources)
        if sources := [*own, *uploads, *harvested]:
            options, progress = self._options(harvested), make_progress(sys.stderr)
            report = run(sources, indexer, splitter, options=options, progress=progress, reading=reading)
            if uploads:
                self._uploads.write_state(report, indexer.store)
            self._staff_harvests.finish(report)
            report.failures += [failure for outcome in outcomes for failure in outcome.failures]
            self._write(report)
        if with_sources:
            self._record_sources()
        inbox = InboxReport()
        if not self.arguments.uploads:  # the audiences of its threads may be set for another job alone
            inbox = self._inbox(indexer, splitter).run()
        if removed:
            sys.stdout.write(f"Withdrawn by staff, removed: {removed}\n")
        if corrected:
            sys.stdout.write(f"Corrected by staff, written anew: {corrected}\n")
        if inbox.is_worth_printing:
            sys.stdout.write("\n".join(inbox.lines()) + "\n")
        return report

    def _options(self, harvested: Sequence[Path]) -> Options:
        """Return how the sources are read; of the folders `harvested` it is known that they are whole."""
        return Options(
            parse_defaults(self.arguments),
            allow_empty=self.arguments.allow_empty,
            include_hidden=self.arguments.include_hidden,
            may_be_empty=frozenset(harvested),
        )

    def _inbox(self, indexer: Indexer, splitter: PassageSplitter) -> InboxJob:
        threads = ThreadStore(private_location(self.settings, THREADS))
        return InboxJob(small_files(self.settings), threads, indexer, splitter, self.audiences)

    def _record_sources(self) -> None:
        """Record which sources were read and how, for `--again`."""
        arguments = self.arguments
        chosen = {"--audience": arguments.audience, "--kind": arguments.kind, "--language": arguments.language}
        options = [word for name, value in chosen.items() if value for word in (name, value)]
        options += ["--include-hidden"] if arguments.include_hidden else []
        FormerSources(self.settings.data).record(arguments.sources, options, self.own_settings)

    def _write(self, report: Report) -> None:
        """Write and print the report of a run; a job that watches is silent about runs that did nothing."""
        if not self.arguments.watch or report.read or report.removed or report.failures:
            path = report.write(self.settings.data)
            sys.stdout.write("\n".join([*report.lines(), f"Report: {path}"]) + "\n")

    def _open_indexer(self) -> Indexer:
        """Return what writes to the current index; opened again after a rebuild or a restore made another current."""
        current = read_current_index(self.settings)
        if self._indexer is None or current != self._opened_at:
            from index.wiring import open_indexer

            self._opened_at = current
            self._indexer = open_indexer(self.settings, lambda step: print(step, file=sys.stderr))
        return self._indexer


def watch(job: Job) -> int:
    """Run again and again until SIGTERM; a run that has begun is finished first."""
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())

    def report_failure(message: str) -> None:
        sys.stderr.write(f"passerelle-ingest: {message}\n")

    with heartbeat(job.settings.data / WATCHING):
        Watch(job, report_failure, job.arguments.every, job.arguments.sources_every).run_until(ended.wait)
    return 0


def read_again(arguments: argparse.Namespace, settings: IndexSettings, environ: Mapping[str, str]) -> int:
    """Read the sources of former runs as they were read; a source that is away keeps no other waiting.

    Return 0 where all was read, 2 where nothing could be done, 130 when interrupted, else 1. Raises
    NoFormerSources, OSError.
    """
    codes = set()
    flags = [flag for flag, is_set in (("--wait", arguments.wait), ("--json", arguments.json)) if is_set]
    words = ["--data", str(settings.data.resolve()), *flags]
    words += ["--workers", str(arguments.workers)] if arguments.workers else []
    absolute = {**environ, "PASSERELLE_MODELS": str(settings.models.resolve())}
    for former in FormerSources(settings.data).runs():
        with contextlib.chdir(former.folder):
            code = main([*former.options, *words, "--", *former.sources], {**absolute, **former.environ})
        if code == INTERRUPTED:
            return code
        codes.add(code)
    return codes.pop() if len(codes) == 1 else 1


def main(words: Sequence[str] | None = None, environ: Mapping[str, str] = os.environ) -> int:
    """Run the command and return its exit code."""
    parser = make_parser()
    arguments = parser.parse_args(words)
    if not (arguments.sources or arguments.watch or arguments.uploads or arguments.again):
        parser.error("expected a SOURCE, --watch, --uploads or --again")
    if (arguments.uploads or arguments.again) and (arguments.sources or arguments.watch):
        parser.error("--uploads and --again take no SOURCE, and cannot watch")
    if arguments.workers < 0:
        parser.error("--workers: expected a number of processes, 1 or more")
    if arguments.workers and not (arguments.sources or arguments.again):
        parser.error("--workers read what is in a SOURCE; uploads and the inbox are read by the command itself")
    try:
        settings = IndexSettings.from_environ(environ)
        audiences = parse_audiences(environ.get(SETTING, ""))
        if arguments.data is not None:
            settings = replace(settings, data=arguments.data)  # the prepared model stays where it is
        if arguments.workers and not settings.database:
            raise PasserelleError(NEEDS_SERVER)
        if words is None:  # this process is the command
            keep_private(settings.data)
        if arguments.again:
            return read_again(arguments, settings, environ)
        harvest_folder, allowed = settings.data / "harvest", environ.get(HARVEST_ALLOW, "")
        with Harvests(arguments.sources, harvest_folder, in_background=arguments.watch, allowed=allowed) as harvests:
            own_settings = {name: environ[name] for name in (SETTING, HARVEST_ALLOW) if environ.get(name)}
            job = Job(arguments, settings, audiences, harvests, own_settings)
            return watch(job) if arguments.watch else job(with_sources=not arguments.uploads).exit_code
    except InvalidMetadata as error:
        _report_stop(Reason("option-wrong", reason=error.reason), as_json=arguments.json)
    except PasserelleError as error:
        _report_stop(describe(error), as_json=arguments.json)
    except (sqlite3.Error, OSError) as error:
        _report_stop(Reason("run-failed", detail=str(error)), as_json=arguments.json)
    except KeyboardInterrupt:
        _report_stop(Reason("run-interrupted"), as_json=arguments.json)
        return INTERRUPTED
    return EXIT_NOTHING_DONE


def _report_stop(reason: str, *, as_json: bool) -> None:
    """Write why the run stopped: a line for people, or the same as JSON with the reason's code and values."""
    line = json.dumps(record_reason(reason), ensure_ascii=False) if as_json else reason
    sys.stderr.write(f"passerelle-ingest: {line}\n")


if __name__ == "__main__":
    sys.exit(main())
