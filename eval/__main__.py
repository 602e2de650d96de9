"""python -m eval run | compare | gate | report | pool: 0 when all is well, 1 when the gate blocks, 2 when it cannot."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from shutil import get_terminal_size

from tqdm import tqdm

from eval.agreement import agreement, reading_lines, readings
from eval.answers import abstention
from eval.collection import read_set
from eval.commands import Command, parser
from eval.compare import COMPARED, WIDTH, compare_results, contrasts, side_by_side
from eval.compare import table as compared_table
from eval.compare_page import write_comparison
from eval.foreign import measure_foreign
from eval.gate import baseline_of, judge, margins_of, read_baselines, write_baselines
from eval.gate import table as verdict_table
from eval.gate_simulation import simulate
from eval.gate_simulation import table as rates_table
from eval.indexing import open_for
from eval.measuring import keep, measure_set
from eval.pooling import (
    JUDGEMENTS,
    append_judgements,
    pool,
    read_judgements,
    write_pool,
    write_qrels,
)
from eval.printing import abstention_lines, results_lines
from eval.report import write_report
from eval.results import Results, read_results
from eval.runs import UnreadableRun, read_trec
from index.documents import Audience
from index.errors import PasserelleError
from index.settings import IndexSettings
from index.types import Embedder

BLOCKED, UNABLE = 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    asked = parser(str(__doc__), run, compare, gate, report, pool_runs).parse_args(arguments)
    settings = IndexSettings.from_environ(os.environ)
    try:
        command: Command = asked.command
        return command(asked, settings)
    except PasserelleError as error:
        print(error, file=sys.stderr)
        return UNABLE


def run(asked: argparse.Namespace, settings: IndexSettings) -> int:
    if asked.run:
        return _run_of_others(asked, settings)
    results = []
    for one in _measured(asked, settings):
        results.append(one)
        print(*results_lines(one, everything=asked.slices), sep="\n")
    _tell_abstention(results)
    return 0


def _run_of_others(asked: argparse.Namespace, settings: IndexSettings) -> int:
    """Measure TREC runs of other systems as if they were an arm, called after their files."""
    runs = {path.stem: read_trec(path) for path in asked.run}
    embedder: Embedder | None = None
    for golden in [read_set(name) for name in asked.set]:
        engine = open_for(golden, settings, embedder)
        embedder = engine.embedder
        for name, found in runs.items():
            results = measure_foreign(golden, engine, found, name=name)
            print(*results_lines(results, everything=asked.slices), sep="\n")
            print(f"written: {keep(results, found, settings.data / 'eval' / 'runs')}", file=sys.stderr)
    return 0


def _measured(asked: argparse.Namespace, settings: IndexSettings) -> Iterator[Results]:
    """Measure each set asked for, keep its run and results, and yield the results."""
    from service.library.open_index import OpenIndex
    from service.wiring import answerer

    embedder: Embedder | None = None
    for golden in [read_set(name) for name in asked.set]:
        with _bar(f"indexing {golden.name}", "document") as indexing:
            engine = open_for(golden, settings, embedder, indexing)
        embedder = engine.embedder
        index = OpenIndex(engine, engine.store)
        with tqdm(total=None, desc=golden.name, unit=" searches", disable=None, leave=False) as bar:
            results, made = measure_set(
                golden,
                engine,
                None if asked.no_answers else partial(answerer, index),
                arm=asked.arm,
                depth=asked.depth,
                audience=Audience(asked.audience),
                tick=lambda bar=bar: bar.update(),  # type: ignore[misc]  # the default binds this turn's bar
            )
        path = keep(results, {one.topic.id: one.documents for one in made}, settings.data / "eval" / "runs")
        print(f"written: {path}", file=sys.stderr)
        yield results


@contextmanager
def _bar(says: str, unit: str) -> Iterator[Callable[[int, int], None]]:
    bar = tqdm(total=None, desc=says, unit=f" {unit}s", disable=None, leave=False)

    def progress(done: int, total: int) -> None:
        bar.total = total
        bar.update(done - bar.n)

    try:
        yield progress
    finally:
        bar.close()


def _tell_abstention(results: Sequence[Results]) -> None:
    replies = [topic.reply for one in results for topic in one.topics if topic.reply]
    if told := abstention(replies):
        print(*abstention_lines(told), sep="\n")


def compare(asked: argparse.Namespace, settings: IndexSettings) -> int:
    before, after = read_results(asked.before), read_results(asked.after)
    lines = compare_results(before, after, asked.measure or COMPARED)
    print(f"before: {before.name} {before.made} {before.commit}\nafter:  {after.name} {after.made} {after.commit}\n")
    print(*compared_table(lines), sep="\n")
    changed = contrasts(before, after, lines[0].measure) if lines else []
    if asked.page:
        write_comparison(before, after, lines, changed, asked.page, topics=asked.topics)
        print(f"\nwritten: {asked.page}")
    width = max(80, get_terminal_size(fallback=(WIDTH, 24)).columns)
    for title, some in (("losses", changed[: asked.topics]), ("wins", changed[::-1][: asked.topics])):
        print(f"\nGreatest {title}, before | after:")
        for one in some:
            if (one.change < 0) == (title == "losses"):
                print(*side_by_side(one, before.titles | after.titles, width), sep="\n")
    return 0


def gate(asked: argparse.Namespace, settings: IndexSettings) -> int:
    if asked.simulate:
        guards = [guard for one in read_baselines(asked.baseline).values() for guard in one.guards]
        print(*rates_table(list(simulate(guards, trials=asked.trials))), sep="\n")
        return 0
    baselines = read_baselines(asked.baseline) if asked.baseline.is_file() or not asked.record else {}
    asked.set = asked.set or sorted(baselines)
    results = list(_measured(asked, settings))
    if asked.record:
        for one in results:
            kept = margins_of(baselines[one.set]) if one.set in baselines else {}
            baselines[one.set] = baseline_of(one, kept)
        write_baselines(list(baselines.values()), asked.baseline)
        print(f"recorded: {', '.join(one.set for one in results)} in {asked.baseline}")
        return 0
    unknown = [one.set for one in results if one.set not in baselines]
    if unknown:
        raise UnreadableRun(f"{asked.baseline}: nothing recorded for {', '.join(unknown)}. Add it with --record.")
    verdicts = [verdict for one in results for verdict in judge(baselines[one.set], one)]
    print(*verdict_table(verdicts), sep="\n")
    blocking = sum(not verdict.passes for verdict in verdicts)
    print(f"{len(verdicts)} guards, {blocking} block" if blocking else f"{len(verdicts)} guards, all pass")
    return BLOCKED if blocking else 0


def report(asked: argparse.Namespace, settings: IndexSettings) -> int:
    paths = asked.results or _newest(settings.data / "eval" / "runs")
    target = asked.output or settings.data / "eval" / "report.html"
    write_report([read_results(path) for path in paths], target)
    print(target)
    return 0


def _newest(folder: Path) -> list[Path]:
    """Return the newest results of each set and arm. Raises UnreadableRun when there are none."""
    newest = {path.stem.rsplit("-", 2)[0]: path for path in sorted(folder.glob("*.json"))}
    if not newest:
        raise UnreadableRun(f"{folder}: no results to report. Make some with `python -m eval run --set NAME`.")
    return list(newest.values())


def pool_runs(asked: argparse.Namespace, settings: IndexSettings) -> int:
    golden = read_set(asked.set)
    recorded = golden.folder / JUDGEMENTS
    if asked.judgements:
        new = append_judgements([one for path in asked.judgements for one in read_judgements(path)], recorded)
        changed = write_qrels(golden, read_judgements(recorded), golden.folder / "qrels" / "test.tsv")
        print(f"{new} new judgements in {recorded}; {changed} lines of qrels/test.tsv came or changed")
    made_here = settings.data / "eval" / "judgements" / f"{golden.name}.jsonl"  # by the service's judging page
    for one in agreement([*read_judgements(recorded), *read_judgements(made_here)]):
        print(f"{one.one} and {one.other}: {one.shared} shared, kappa {one.kappa:.2f}, weighted {one.weighted:.2f}")
    for reading in readings(golden, [one for path in asked.second or () for one in read_judgements(path)]):
        print(*reading_lines(reading), sep="\n")
    if asked.results:
        runs = [read_results(path) for path in asked.results]
        if strange := sorted({one.set for one in runs} - {golden.name}):
            raise UnreadableRun(
                f"--set {golden.name}: these results are of {', '.join(strange)}. Give those of one set."
            )
        candidates = pool(runs, read_set(asked.set).grades, asked.depth)
        pools = settings.data / "eval" / "pools" / golden.name
        for target in [asked.output] if asked.output else [Path(f"{pools}.html"), Path(f"{pools}.jsonl")]:
            write_pool(candidates, target, golden.name, language=asked.language, site=asked.site)
            print(f"{len(candidates)} to judge in {target}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
