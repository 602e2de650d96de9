"""python -m eval run | compare | gate | report | pool | judge.

Returns 0 when all is well, 1 when the gate blocks, 2 when it cannot.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from shutil import get_terminal_size
from typing import Final

from tqdm import tqdm

from eval.agreement import compare_with_set, measure_agreement, second_judge_lines
from eval.answers import abstention_lines, measure_abstention
from eval.arms import ARMS
from eval.collection import read_set
from eval.compare import COMPARED, WIDTH, compare_results, contrasts, side_by_side, write_comparison
from eval.compare import notes as comparison_notes
from eval.compare import table as comparison_table
from eval.dialogues import resolve_dialogues
from eval.evaluate import RunOptions, measure_external_run, measure_set, save_run
from eval.gate import baseline_of, chosen_margins, judge, read_baselines, write_baselines
from eval.gate import table as verdict_table
from eval.gate_simulation import TRIALS, simulate
from eval.gate_simulation import table as rates_table
from eval.indexing import open_for
from eval.llm_judge import (
    JudgeFailed,
    LlmJudge,
    agreement_lines,
    document_reader,
    pairs_of_pool,
    sample_of_judged,
)
from eval.pooling import JUDGEMENTS, POOL_WORDS, pool, write_pool, write_qrels
from eval.report import write_report
from eval.report_words import ENGLISH, LANGUAGES, ReportWords
from eval.results import Results, read_results, results_lines
from eval.runs import DEPTH, UnreadableRun, read_trec
from index.documents import Access, Audience
from index.errors import PasserelleError
from index.settings import IndexSettings
from index.store.private_files import keep_private
from index.types import Embedder
from service.judging.judgements import append_judgements, read_judgements, read_pool

BASELINE: Final = Path(__file__).parent / "baseline.json"
BLOCKED, UNABLE = 1, 2
_EXTRA: Final = ("ir_measures", "scipy", "sklearn")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    options = _parser().parse_args(arguments)
    if missing := [name for name in _EXTRA if find_spec(name) is None]:
        print(
            f"Evaluation needs {', '.join(missing)}. In the checkout: pip install --requirement requirements-eval.lock",
            file=sys.stderr,
        )
        return UNABLE
    settings = IndexSettings.from_environ(os.environ)
    if arguments is None:
        keep_private(settings.data)
    try:
        command: Callable[[argparse.Namespace, IndexSettings], int] = options.command
        return command(options, settings)
    except PasserelleError as error:
        print(error, file=sys.stderr)
        return UNABLE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m eval", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="run|compare|gate|report|pool|judge")
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
        command.add_argument("--audience", choices=list(map(str, Audience)), default=str(Audience.STAFF))
        command.add_argument("--no-answers", action="store_true", help="rankings only")
        command.add_argument(
            "--alone", action="store_true", help="the last turns of dialogues without the earlier ones"
        )
    compare_command = commands.add_parser("compare", help="two results of one set, topic by topic")
    _add_compare_options(compare_command)
    compare_command.set_defaults(command=compare)
    report_command = commands.add_parser("report", help="one page of HTML from results")
    report_command.add_argument("results", type=Path, nargs="*", help="default: the newest of each set and arm")
    report_command.add_argument("--output", type=Path)
    report_command.add_argument(
        "--language", choices=LANGUAGES, help="of the page; without it and --output, a page in each"
    )
    report_command.set_defaults(command=report)
    pool_command = commands.add_parser("pool", help="what to judge next; add judgements; agreement of judges")
    _add_pool_options(pool_command)
    pool_command.set_defaults(command=pool_runs)
    judge_command = commands.add_parser("judge", help="grades of a language model, and how far people agree with them")
    _add_judge_options(judge_command)
    judge_command.set_defaults(command=judge_with_model)
    return parser


def _add_compare_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("before", type=Path)
    command.add_argument("after", type=Path)
    command.add_argument("--measure", action="append", help="default: all that were measured")
    command.add_argument("--topics", type=int, default=5, help="losses and wins shown side by side")
    command.add_argument("--page", type=Path, help="write it as a page of HTML too")


def _add_pool_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("results", type=Path, nargs="*")
    command.add_argument("--set", required=True)
    command.add_argument("--depth", type=int, default=10)
    command.add_argument("--output", type=Path, help=".jsonl, .tsv or .html (a page to judge by click)")
    command.add_argument("--judgements", type=Path, action="append", help="files the judging page saved")
    command.add_argument("--language", choices=POOL_WORDS, default="fr", help="of the page (fr)")
    command.add_argument("--site", default="", help="address of the service, for links to the documents")
    command.add_argument(
        "--second", type=Path, action="append", help="a second judge to compare with the set's grades, changing none"
    )


def _add_judge_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("pool", type=Path, nargs="?", help="a .jsonl of `eval pool` (var/eval/pools/NAME.jsonl)")
    command.add_argument("--set", required=True)
    command.add_argument("--sample", type=int, default=0, help="judge so many pairs the set has judged too, for kappa")
    command.add_argument("--limit", type=int, help="judge at most so many now")
    command.add_argument(
        "--audience",
        choices=list(map(str, Audience)),
        default=str(Audience.PUBLIC),
        help="documents beyond what it may see are never sent (public)",
    )
    command.add_argument("--output", type=Path, help="judgements, added to (var/eval/judgements/NAME-llm.jsonl)")


def run(options: argparse.Namespace, settings: IndexSettings) -> int:
    """Measure sets and print their measures; keep runs and results below the data folder."""
    if options.run:
        return _measure_external_runs(options, settings)
    results = []
    for result in _measure_sets(options, settings):
        results.append(result)
        print(*results_lines(result, everything=options.slices), sep="\n")
    replies = [topic.reply for result in results for topic in result.topics if topic.reply]
    if abstention := measure_abstention(replies):
        print(*abstention_lines(abstention), sep="\n")
    return 0


def _measure_external_runs(options: argparse.Namespace, settings: IndexSettings) -> int:
    """Measure TREC runs of other systems as if each was an arm, named after its file."""
    runs = {path.stem: read_trec(path) for path in options.run}
    embedder: Embedder | None = None
    for golden in [read_set(name) for name in options.set]:
        engine = open_for(golden, settings, embedder)
        embedder = engine.embedder
        for name, documents in runs.items():
            results = measure_external_run(golden, engine, documents, name=name)
            print(*results_lines(results, everything=options.slices), sep="\n")
            print(f"written: {save_run(results, documents, settings.data / 'eval' / 'runs')}", file=sys.stderr)
    return 0


def _measure_sets(options: argparse.Namespace, settings: IndexSettings) -> Iterator[Results]:
    """Measure each requested set, keep its run and results, and yield the results."""
    from service.library.concepts import read_thesaurus
    from service.library.open_index import OpenIndex
    from service.wiring import answerer

    embedder: Embedder | None = None
    run_options = RunOptions(options.arm, options.depth, Audience(options.audience))
    sets, thesaurus = [read_set(name) for name in options.set], read_thesaurus(settings.thesaurus)
    for golden in sets if options.alone else [resolve_dialogues(golden, thesaurus) for golden in sets]:
        with _progress_bar(f"indexing {golden.name}", "document") as indexing:
            engine = open_for(golden, settings, embedder, indexing)
        embedder = engine.embedder
        index = OpenIndex(engine, engine.store)
        with tqdm(total=None, desc=golden.name, unit=" searches", disable=None, leave=False) as bar:
            answerer_for = None if options.no_answers else partial(answerer, index)
            results, run = measure_set(golden, engine, answerer_for, run_options, bar.update)
        documents = {ranked.topic.id: ranked.documents for ranked in run}
        path = save_run(results, documents, settings.data / "eval" / "runs")
        print(f"written: {path}", file=sys.stderr)
        yield results


@contextmanager
def _progress_bar(label: str, unit: str) -> Iterator[Callable[[int, int], None]]:
    bar = tqdm(total=None, desc=label, unit=f" {unit}s", disable=None, leave=False)

    def progress(done: int, total: int) -> None:
        bar.total = total
        bar.update(done - bar.n)

    try:
        yield progress
    finally:
        bar.close()


def compare(options: argparse.Namespace, settings: IndexSettings) -> int:
    """Print what changed between two results, and the topics that lost or won most."""
    before, after = read_results(options.before), read_results(options.after)
    lines = compare_results(before, after, options.measure or COMPARED)
    print(f"before: {before.name} {before.made} {before.commit}\nafter:  {after.name} {after.made} {after.commit}\n")
    print(*comparison_table(lines), sep="\n")
    if disagreeing := list(comparison_notes(lines)):
        print("\nWhere interval and p seem to disagree:", *disagreeing, sep="\n")
    changed = contrasts(before, after, lines[0].measure) if lines else []
    if options.page:
        write_comparison(before, after, lines, changed, options.page, topics=options.topics)
        print(f"\nwritten: {options.page}")
    width = max(80, get_terminal_size(fallback=(WIDTH, 24)).columns)
    losses = [contrast for contrast in changed if contrast.change < 0]
    wins = [contrast for contrast in reversed(changed) if contrast.change > 0]
    for title, topics in (("losses", losses), ("wins", wins)):
        print(f"\nGreatest {title}, before | after:")
        for contrast in topics[: options.topics]:
            print(*side_by_side(contrast, before.titles | after.titles, width), sep="\n")
    return 0


def gate(options: argparse.Namespace, settings: IndexSettings) -> int:
    """Compare the sets with their baseline, or record it, or simulate how often the gate is wrong."""
    if options.simulate:
        guards = [guard for baseline in read_baselines(options.baseline).values() for guard in baseline.guards]
        print(*rates_table(list(simulate(guards, trials=options.trials))), sep="\n")
        return 0
    baselines = read_baselines(options.baseline) if options.baseline.is_file() or not options.record else {}
    options.set = options.set or sorted(baselines)
    results = list(_measure_sets(options, settings))
    if options.record:
        for result in results:
            margins = chosen_margins(baselines[result.set]) if result.set in baselines else {}
            baselines[result.set] = baseline_of(result, margins)
        write_baselines(list(baselines.values()), options.baseline)
        print(f"recorded: {', '.join(result.set for result in results)} in {options.baseline}")
        return 0
    unknown = [result.set for result in results if result.set not in baselines]
    if unknown:
        raise UnreadableRun(f"{options.baseline}: nothing recorded for {', '.join(unknown)}. Add it with --record.")
    verdicts = [verdict for result in results for verdict in judge(baselines[result.set], result)]
    print(*verdict_table(verdicts), sep="\n")
    blocking = sum(not verdict.passes for verdict in verdicts)
    print(f"{len(verdicts)} guards, {blocking} block" if blocking else f"{len(verdicts)} guards, all pass")
    return BLOCKED if blocking else 0


def report(options: argparse.Namespace, settings: IndexSettings) -> int:
    """Write the HTML page of these results, or of the newest, in each language or in one, and print its path."""
    paths = options.results or _newest(settings.data / "eval" / "runs")
    results = [read_results(path) for path in paths]
    default = ENGLISH.language if options.output else ""
    chosen = options.language or default
    for language in [chosen] if chosen else LANGUAGES:
        name = "report.html" if language == ENGLISH.language else f"report-{language}.html"
        target = options.output or settings.data / "eval" / name
        write_report(results, target, ReportWords(language))
        print(target)
    return 0


def _newest(folder: Path) -> list[Path]:
    """Return the newest results of each set and arm. Raises UnreadableRun when there are none."""
    newest = {path.stem.rsplit("-", 2)[0]: path for path in sorted(folder.glob("*.json"))}
    if not newest:
        raise UnreadableRun(f"{folder}: no results to report. Make some with `python -m eval run --set NAME`.")
    return list(newest.values())


def pool_runs(options: argparse.Namespace, settings: IndexSettings) -> int:
    """Add judgements to a set, print how far its judges agree, and write what to judge next."""
    golden = read_set(options.set)
    recorded = golden.folder / JUDGEMENTS
    if options.judgements:
        judgements = [judgement for path in options.judgements for judgement in read_judgements(path)]
        new = append_judgements(judgements, recorded)
        changed = write_qrels(golden, read_judgements(recorded), golden.folder / "qrels" / "test.tsv")
        print(f"{new} new judgements in {recorded}; {changed} lines of qrels/test.tsv came or changed")
    made_here = settings.data / "eval" / "judgements" / f"{golden.name}.jsonl"  # by the service's judging page
    for pair in measure_agreement([*read_judgements(recorded), *read_judgements(made_here)]):
        kappas = f"kappa {pair.kappa:.2f}, weighted {pair.weighted:.2f}"
        print(f"{pair.first} and {pair.second}: {pair.shared} shared, {kappas}")
    second = [judgement for path in options.second or () for judgement in read_judgements(path)]
    for second_judge in compare_with_set(golden, second):
        print(*second_judge_lines(second_judge), sep="\n")
    if options.results:
        runs = [read_results(path) for path in options.results]
        if strange := sorted({result.set for result in runs} - {golden.name}):
            raise UnreadableRun(
                f"--set {golden.name}: these results are of {', '.join(strange)}. Give those of one set."
            )
        candidates = pool(runs, read_set(options.set).grades, options.depth)
        pools = settings.data / "eval" / "pools" / golden.name
        for target in [options.output] if options.output else [Path(f"{pools}.html"), Path(f"{pools}.jsonl")]:
            write_pool(candidates, target, golden.name, language=options.language, site=options.site)
            print(f"{len(candidates)} to judge in {target}")
    return 0


def judge_with_model(options: argparse.Namespace, settings: IndexSettings) -> int:
    """Have the configured model grade a pool and a sample of the set's pairs; print how far people agree with it."""
    from service.answering.endpoint import OpenAIEndpoint
    from service.settings import Settings

    model = Settings.from_environ(os.environ).llm
    if not model:
        raise JudgeFailed("No language model is set. Set PASSERELLE_LLM_URL and PASSERELLE_LLM_MODEL.")
    golden, folder = read_set(options.set), settings.data / "eval"
    pool_file = options.pool or folder / "pools" / f"{golden.name}.jsonl"
    pooled = read_pool(pool_file) if options.pool or pool_file.is_file() else []
    pairs = [*sample_of_judged(golden, options.sample), *pairs_of_pool(golden, pooled)]
    if not pairs:
        raise JudgeFailed(f"{pool_file}: nothing to judge. Make a pool with `python -m eval pool`, or give --sample.")
    output = options.output or folder / "judgements" / f"{golden.name}-llm.jsonl"
    reader = document_reader(golden, settings, Access(Audience(options.audience)))
    judge = LlmJudge(OpenAIEndpoint(model), model.model, reader, output)
    with tqdm(total=len(pairs), desc=golden.name, unit=" pairs", disable=None, leave=False) as bar:
        progress = judge.run(pairs, options.limit, bar.update)
    withheld = f"{progress.withheld} not sent (not for {options.audience}, or gone)"
    print(f"{progress.judged} judged now, {progress.known} before, {withheld}, {progress.failed} failed: {output}")
    people = folder / "judgements" / f"{golden.name}.jsonl"
    by_people = [*read_judgements(golden.folder / JUDGEMENTS), *read_judgements(people)]
    print(*agreement_lines(golden, judge.judge, read_judgements(output), by_people), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
