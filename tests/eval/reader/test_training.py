"""The reader learns from its examples, goes on where it stopped, and is measured on what it never saw."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from eval.reader.examples import Example, LabelledWindow, read_examples, write_examples
from eval.reader.measuring import measure
from eval.reader.training import Trainer, TrainingPlan, drawn, endless, mean_of, state_of, training_window
from index.dense.bundled_model import MODEL_NAME
from index.ranking.reader_model import write_weights

WORDS: dict[str, int] = {}
SENTENCES = ["Le salaire est imposé en Suisse.", "Le tram part du pont.", "Le permis vaut cinq ans."]


def tokenize(text: str) -> list[int]:
    return [WORDS.setdefault(word, 10 + len(WORDS)) for word in text.split()]


def lower(texts: Sequence[list[int]]) -> tuple[np.ndarray, np.ndarray]:
    """Give each token a vector of its own, and a mask of what is not padding."""
    length = max(map(len, texts))
    hidden, mask = np.zeros((len(texts), length, 384), np.float32), np.zeros((len(texts), length), np.float32)
    for line, tokens in enumerate(texts):
        for place, token in enumerate(tokens):
            hidden[line, place] = np.random.default_rng(token).normal(size=384)
        mask[line, : len(tokens)] = 1
    return hidden, mask


def example(number: int, kind: str = "answer") -> Example:
    labels = {"answer": {"answers": [0]}, "false-premise": {"contradictions": [1]}}.get(kind, {})
    window = LabelledWindow("Note", "", SENTENCES, **labels)
    other = LabelledWindow("Autre", "", SENTENCES[1:])
    return Example(f"q{number}", "own", kind, f"Question {number} sur {kind} ?", "fr", [window], [other], [other])


EXAMPLES = [example(number, kind) for number in range(4) for kind in ("answer", "direction", "false-premise")]


def trainer(models: Path, seconds: float) -> Trainer:
    return Trainer(models / MODEL_NAME, lower, tokenize, TrainingPlan(seconds, public=0.0, bfloat16=False))


def test_those_favoured_are_drawn_apart_from_the_rest_of_our_own(models: Path) -> None:
    plan = TrainingPlan(0.0, public=0.0, favoured="q1", bfloat16=False)
    reader = Trainer(models / MODEL_NAME, lower, tokenize, plan)
    rest, favoured, _ = reader._endless(EXAMPLES, random.Random(1))
    assert {next(favoured).id for _ in range(20)} == {"q1"}
    assert {next(rest).id for _ in range(40)} == {"q0", "q2", "q3"}
    with pytest.raises(ValueError, match="no such questions"):
        next(endless([example for example in EXAMPLES if example.id == "q9"], random.Random(1)))


def test_training_lowers_the_loss_and_goes_on_from_its_checkpoint(models: Path, tmp_path: Path) -> None:
    checkpoint = tmp_path / "seed-1.pt"
    first = trainer(models, 0.0)
    before = measure(EXAMPLES, tokenize, first.judge)
    batch = [(example.question, example.windows) for example in EXAMPLES[:6]]
    first._set_rates(1.0)
    losses = [first._learn(batch) for _ in range(6)]
    assert losses[-1] < losses[0]
    first.step, first.spent_s = 6, 3.0
    first.save(checkpoint)
    again = trainer(models, 2.0)  # its time is spent: nothing is learnt
    again.train(EXAMPLES, checkpoint, lambda line: None)
    assert (again.step, again.spent_s) == (6, 3.0)
    assert measure(EXAMPLES, tokenize, again.judge) == measure(EXAMPLES, tokenize, first.judge) != before


def test_training_may_begin_with_weights_that_were_written(models: Path, tmp_path: Path) -> None:
    first, again = trainer(models, 0.0), trainer(models, 0.0)
    first._set_rates(1.0)
    first._learn([(example.question, example.windows) for example in EXAMPLES[:6]])
    write_weights(tmp_path / "weights.safetensors", state_of(first.network))
    again.begin_with(tmp_path / "weights.safetensors")
    trained, begun = state_of(first.network), state_of(again.network)
    assert trained.keys() == begun.keys()
    for name, tensor in trained.items():
        step = np.abs(tensor).max(axis=-1, keepdims=True) / 127  # of the bytes that a matrix is written as
        assert np.all(np.abs(tensor - begun[name]) <= 0.51 * step), name


def test_the_mean_of_two_networks_lies_between_them() -> None:
    first, second = {"bias": np.array([0, 2], np.float32)}, {"bias": np.array([1, 4], np.float32)}
    assert mean_of([first])["bias"].tolist() == [0, 2]
    assert mean_of([first, second])["bias"].tolist() == [0.5, 3]


def test_windows_read_together_get_the_logits_each_gets_alone(models: Path) -> None:
    reader = trainer(models, 0.0)
    sentences = [SENTENCES * count for count in (1, 3, 2, 1, 4, 2, 3, 1)]
    windows = [training_window(tokenize, "Question ?", LabelledWindow("Note", "", each)) for each in sentences]
    alone = [logits for window in windows for logits in reader.judge([window])]
    for together, own in zip(reader.judge(windows), alone, strict=True):
        assert together.tolist() == pytest.approx(own.tolist(), abs=1e-4)


def test_a_step_shows_a_question_its_own_window_and_likely_others() -> None:
    import random

    (own, *others) = drawn(EXAMPLES[0], random.Random(1))
    assert own == EXAMPLES[0].windows[0]
    assert others[0] == EXAMPLES[0].same_document[0]


def test_right_classes_are_answers_then_contradictions_behind_silence() -> None:
    answer, near, premise = (
        training_window(tokenize, "?", example(1, kind).windows[0]) for kind in ("answer", "direction", "false-premise")
    )
    assert (answer.right, near.right, premise.right) == ([1], [], [1 + len(SENTENCES) + 1])


def test_examples_come_back_as_written_and_whole_documents_are_held_out(tmp_path: Path) -> None:
    assert write_examples(tmp_path / "examples.jsonl", EXAMPLES) == len(EXAMPLES)
    read = list(read_examples(tmp_path / "examples.jsonl"))
    assert read == EXAMPLES
    assert len({each.is_held_out for each in read}) == 1  # they are of one document
