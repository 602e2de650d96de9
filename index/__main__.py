"""`python -m index prepare`: make the model ready. `backup`, `restore`, `verify`, `rebuild`: when something breaks."""

from __future__ import annotations

import argparse
import os
import sqlite3
import sys
from collections.abc import Mapping, Sequence

from tqdm import tqdm

from index.dense import embedders
from index.errors import PasserelleError, SettingsError
from index.maintenance import cli
from index.ranking.reader_model import load_reader
from index.settings import IndexSettings
from index.store.private_files import keep_private

STEPS = 8  # checking, reading, writing the model; converting, (quantising,) writing its graph and the reader's


def main(arguments: Sequence[str] | None = None, environ: Mapping[str, str] = os.environ) -> int:
    """Run one command. Exit code 0 when it is done, 2 when it could not be done; `verify` says more with its own."""
    parser = argparse.ArgumentParser(prog="python -m index", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("prepare", help="make the embedding model ready for use")
    cli.add_commands(commands)
    options = parser.parse_args(arguments)
    try:
        settings = IndexSettings.from_environ(environ)
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 2
    if arguments is None and options.command != "prepare":  # the model is for whoever may run the service
        keep_private(settings.data)
    try:
        if options.command != "prepare":
            return cli.COMMANDS[options.command](settings, options)
        prepare(settings)
    except PasserelleError as error:
        print(error, file=sys.stderr)
        return 2
    except (sqlite3.Error, OSError) as error:
        message = f"{settings.data}: stopped: {error}. Nothing was switched; correct that and run it again."
        print(message, file=sys.stderr)
        return 2
    return 0


def prepare(settings: IndexSettings) -> None:
    """Make the model of the settings ready; what was made before is kept."""
    with tqdm(total=STEPS, desc="model", unit="step", file=sys.stderr, leave=True) as bar:

        def on_step(name: str) -> None:
            bar.set_postfix_str(name)
            bar.update()

        embedder = embedders.load(settings, on_step)
        load_reader(settings, embedder, on_step)
        bar.set_postfix_str(f"{embedder.name} is ready")
        bar.update(STEPS - bar.n)


if __name__ == "__main__":
    sys.exit(main())
