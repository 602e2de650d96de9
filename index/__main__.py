"""`python -m index prepare`: make the model ready, once, with a progress bar."""

from __future__ import annotations

import argparse
import os
import sys

from tqdm import tqdm

from index import embedders
from index.errors import PasserelleError
from index.settings import IndexSettings

STEPS = 6  # checking, reading, writing the model; converting, (quantising,) writing the graph


def main(arguments: list[str] | None = None) -> int:
    """Run one command. Exit code 0 when it is done, 2 when it could not be done."""
    parser = argparse.ArgumentParser(prog="python -m index", description=__doc__)
    parser.add_argument("command", choices=["prepare"], help="prepare: make the embedding model ready for use")
    parser.parse_args(arguments)
    try:
        prepare(IndexSettings.from_environ(os.environ))
    except PasserelleError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def prepare(settings: IndexSettings) -> None:
    """Make the model of the settings ready; what was made before is kept."""
    with tqdm(total=STEPS, desc="model", unit="step", file=sys.stderr, leave=True) as bar:

        def step(name: str) -> None:
            bar.set_postfix_str(name)
            bar.update()

        embedder = embedders.load(settings, step)
        bar.set_postfix_str(f"{embedder.name} is ready")
        bar.update(STEPS - bar.n)


if __name__ == "__main__":
    sys.exit(main())
