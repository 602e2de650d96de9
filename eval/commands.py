"""The commands of `python -m eval` and what can be asked of each."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Final

from eval.arms import ARMS
from eval.gate_simulation import TRIALS
from eval.pool_words import POOL_WORDS
from eval.runs import DEPTH
from index.documents import Audience
from index.settings import IndexSettings

BASELINE: Final = Path(__file__).parent / "baseline.json"

Command = Callable[[argparse.Namespace, IndexSettings], int]


def parser(
    says: str, run: Command, compare: Command, gate: Command, report: Command, pool: Command
) -> argparse.ArgumentParser:
    """Return the parser; what is asked has its `command` with it."""
    parser = argparse.ArgumentParser(prog="python -m eval", description=says)
    commands = parser.add_subparsers(required=True, metavar="run|compare|gate|report|pool")
    run_command = commands.add_parser("run", help="measure sets through the engine the service uses")
    run_command.add_argument("--set", action="append", required=True, help="a set of eval/sets/, or a folder")
    run_command.add_argument("--slices", action="store_true", help="print every slice and language pair")
    run_command.add_argument("--run", type=Path, action="append", help="a TREC run of another system, measured alike")
    run_command.set_defaults(command=run)
    gate_command = commands.add_parser("gate", help="fail when a guarded group of topics falls")
    gate_command.add_argument("--set", action="append", help="default: every set of the baseline")
    gate_command.add_argument("--baseline", type=Path, default=BASELINE)
    gate_command.add_argument("--record", action="store_true", help="make what is measured now the baseline")
    gate_command.add_argument("--simulate", action="store_true", help="show how often the gate would be wrong")
    gate_command.add_argument("--trials", type=int, default=TRIALS)
    gate_command.set_defaults(command=gate)
    for command in (run_command, gate_command):
        command.add_argument("--arm", choices=ARMS, default="engine")
        command.add_argument("--depth", type=int, default=DEPTH, help="documents ranked (100)")
        command.add_argument("--audience", choices=[str(one) for one in Audience], default=str(Audience.STAFF))
        command.add_argument("--no-answers", action="store_true", help="rankings only")
    compare_command = commands.add_parser("compare", help="two results of one set, topic by topic")
    _compare_options(compare_command)
    compare_command.set_defaults(command=compare)
    report_command = commands.add_parser("report", help="one page of HTML from results")
    report_command.add_argument("results", type=Path, nargs="*", help="default: the newest of each set and arm")
    report_command.add_argument("--output", type=Path)
    report_command.set_defaults(command=report)
    pool_command = commands.add_parser("pool", help="what to judge next; take judgements in; agreement of judges")
    _pool_options(pool_command)
    pool_command.set_defaults(command=pool)
    return parser


def _compare_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("before", type=Path)
    command.add_argument("after", type=Path)
    command.add_argument("--measure", action="append", help="default: all that were measured")
    command.add_argument("--topics", type=int, default=5, help="losses and wins shown side by side")
    command.add_argument("--page", type=Path, help="write it as a page of HTML too")


def _pool_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("results", type=Path, nargs="*")
    command.add_argument("--set", required=True)
    command.add_argument("--depth", type=int, default=10)
    command.add_argument("--output", type=Path, help=".jsonl, .tsv or .html (a page to judge by click)")
    command.add_argument("--judgements", type=Path, action="append", help="files the judging page saved")
    command.add_argument("--language", choices=POOL_WORDS, default="fr", help="of the page (fr)")
    command.add_argument("--site", default="", help="where the service is, for links to the documents")
    command.add_argument(
        "--second", type=Path, action="append", help="a second reading to hold against the set's grades, changing none"
    )
