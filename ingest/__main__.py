"""`python -m ingest corpus/ [more sources…]`: bring the index up to the sources, and say what was done."""

from __future__ import annotations

import argparse
import os
import sqlite3
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import cast

from index.errors import PasserelleError
from index.interfaces import TokenCounter
from index.settings import IndexSettings
from index.splitting import PassageSplitter
from ingest.assembly import Defaults
from ingest.catalogue import check_source
from ingest.dates import InvalidMetadata
from ingest.job import Options, run
from ingest.lock import exclusive
from ingest.metadata import audience_of, kind_of, language_of
from ingest.progress import progress_on
from ingest.report import Report

EXIT_NOTHING_DONE = 2


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    made = argparse.ArgumentParser(
        prog="passerelle-ingest",
        description="Read documents into the index: PDF, DOCX, PPTX, ODT, HTML, Markdown and plain text. Only what "
        "changed is read again; a file that is gone from a source takes its document with it.",
        epilog="Exit code: 0 all was read, 1 some files failed (the rest is published), 2 nothing could be done.",
    )
    made.add_argument("sources", nargs="+", type=Path, metavar="SOURCE", help="a folder, or a single file")
    made.add_argument("--audience", default="", help="for files that state none: public, member or staff (else staff)")
    made.add_argument("--kind", default="", help="for files that state none: legal note, study, project sheet…")
    made.add_argument("--language", default="", help="for files that state none: fr, en, de… (else it is detected)")
    made.add_argument("--allow-empty", action="store_true", help="let a source that has become empty be emptied here")
    made.add_argument("--data", type=Path, help="the folder of the index (else PASSERELLE_DATA, else var)")
    return made


def defaults_of(arguments: argparse.Namespace) -> Defaults:
    """Return the run's defaults in our own words. Raises InvalidMetadata."""
    return Defaults(
        audience=str(audience_of(arguments.audience)) if arguments.audience else "",
        kind=str(kind_of(arguments.kind)) if arguments.kind else "",
        language=language_of(arguments.language) if arguments.language else "",
    )


def ingest(arguments: argparse.Namespace, settings: IndexSettings) -> Report:
    """Run the job as the command line asks for and write its report. Raises PasserelleError."""
    from index.wiring import open_indexer

    defaults = defaults_of(arguments)
    for source in arguments.sources:  # told at once, before the model is loaded
        check_source(source)
    with exclusive(settings.data / "ingest.lock"):
        indexer = open_indexer(settings, lambda step: print(step, file=sys.stderr))
        splitter = PassageSplitter(cast(TokenCounter, indexer.embedder).count_tokens)
        report = run(
            arguments.sources,
            indexer.store,
            indexer,
            splitter,
            options=Options(defaults, allow_empty=arguments.allow_empty),
            progress=progress_on(sys.stderr),
        )
        where = report.write(settings.data)
    sys.stdout.write("\n".join([*report.lines(), f"Report: {where}"]) + "\n")
    return report


def main(words: Sequence[str] | None = None, environ: Mapping[str, str] = os.environ) -> int:
    """Run the command and return its exit code."""
    arguments = parser().parse_args(words)
    try:
        settings = IndexSettings.from_environ(environ)
        if arguments.data is not None:
            settings = replace(settings, data=arguments.data)  # the prepared model stays where it is
        return ingest(arguments, settings).exit_code
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
