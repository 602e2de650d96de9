"""`python -m eval.reader windows | train | measure | export`: how the reader is trained (docs/evaluation.md)."""

from __future__ import annotations

import argparse
import os
import random
import sys
from functools import partial
from pathlib import Path

from eval.reader.examples import read_examples, write_examples
from eval.reader.lower_layers import LowerLayers
from eval.reader.measuring import measure
from eval.reader.own_questions import own_examples
from eval.reader.public_sets import public_examples
from eval.reader.training import Trainer, TrainingPlan, mean_of, state_of
from index.dense.bundled_model import MODEL_NAME
from index.dense.piece_tokenizer import PieceTokenizer
from index.ranking.reader_model import WEIGHTS, read_weights, write_weights
from index.settings import IndexSettings
from index.wiring import open_engine
from service.library.open_index import OpenIndex


def parser() -> argparse.ArgumentParser:
    described = argparse.ArgumentParser(prog="python -m eval.reader", description=__doc__)
    described.add_argument("--work", type=Path, default=Path("var/reader"), help="windows and checkpoints (var/reader)")
    described.add_argument("--shared", type=Path, default=Path("../shared"), help="the inputs beside the project")
    commands = described.add_subparsers(dest="command", required=True)
    commands.add_parser("windows", help="cut what is learnt from; PASSERELLE_DATA names an index of shared/documents")
    train = commands.add_parser("train", help="fit, or go on from the last checkpoint")
    train.add_argument("--seconds", type=float, default=4200.0, help="of training in all (4200)")
    train.add_argument("--seed", type=int, default=1)
    train.add_argument(
        "--from", dest="weights", type=Path, help="folder of weights to begin with, not the bundled model"
    )
    train.add_argument("--rate", type=float, default=1.2e-4, help="of learning, at its highest (1.2e-4)")
    train.add_argument("--public", type=float, default=0.35, help="share of public questions at half time (0.35)")
    train.add_argument("--favour", default="", help="draw half of our own from those whose id begins so (structured-)")
    train.add_argument("--threads", type=int, default=2)
    train.add_argument("--float32", action="store_true", help="for a processor that is slow at bfloat16")
    measuring = commands.add_parser("measure", help="tell how a checkpoint does on questions it never saw")
    measuring.add_argument("--seed", type=int, default=1, help="of the run whose checkpoint is taken")
    export = commands.add_parser("export", help="write the weights as a folder")
    export.add_argument("--to", type=Path, default=Path("var/reader/weights"), help="the folder (var/reader/weights)")
    export.add_argument("--seed", type=int, default=1, help="of the run whose checkpoint is taken")
    export.add_argument("--mean-with", type=Path, help="write the mean with the weights in this folder")
    return described


def main(arguments: list[str] | None = None) -> int:
    options = parser().parse_args(arguments)
    options.work.mkdir(parents=True, exist_ok=True)
    settings = IndexSettings.from_environ(os.environ)
    if options.command == "windows":
        return cut_windows(settings, options.shared, options.work / "examples.jsonl")
    plan = TrainingPlan(4200.0, options.seed)
    if options.command == "train":
        plan = TrainingPlan(
            options.seconds,
            options.seed,
            rate=options.rate,
            public=options.public,
            favoured=options.favour,
            threads=options.threads,
            bfloat16=not options.float32,
        )
    model = settings.models / MODEL_NAME
    tokenize = PieceTokenizer(model).ids
    trainer = Trainer(model, LowerLayers(model, options.work, plan.threads), tokenize, plan)
    checkpoint = options.work / f"seed-{plan.seed}.pt"
    if options.command == "train":
        examples = [example for example in read_examples(options.work / "examples.jsonl") if not example.is_held_out]
        if options.weights and not checkpoint.is_file():
            trainer.begin_with(options.weights / WEIGHTS)
        trainer.train(examples, checkpoint, partial(print, flush=True))
    elif options.command == "measure":
        trainer.resume(checkpoint)
        examples = [example for example in read_examples(options.work / "examples.jsonl") if example.is_held_out]
        print(measure(examples, tokenize, trainer.judge))
    else:
        trainer.resume(checkpoint)
        others = [read_weights(options.mean_with / WEIGHTS)] if options.mean_with else []
        options.to.mkdir(parents=True, exist_ok=True)
        write_weights(options.to / WEIGHTS, mean_of([state_of(trainer.network), *others]))
    return 0


def cut_windows(settings: IndexSettings, shared: Path, target: Path) -> int:
    """Write every example: public questions, then ours with the windows an index of the documents ranks high."""
    engine = open_engine(settings)
    rng = random.Random(11)
    public = public_examples(shared / "reading", rng)
    own = own_examples(OpenIndex(engine, engine.store), shared / "documents", rng)
    count = write_examples(target, (example for examples in (public, own) for example in examples))
    print(f"{count} examples in {target}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
