"""Fit the reader's upper layers and heads: seeds fixed, bounded in time, resumable from its last checkpoint.

Loss, for each question: cross-entropy over the sentences and silence within each window, and over all its windows
together, where each sentence competes by its log-odds over its own window's silence. Without the second part the
reader chooses sentences well and cannot tell windows apart (the trial in docs/evaluation.md).
"""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from eval.reader.examples import Example, LabelledWindow
from index.ranking.reader import Encoded, ReaderWindow, Tokenize, encode
from index.ranking.reader_model import network, read_weights

State = dict[str, npt.NDArray[np.float32]]  # a network's tensors by name

QUESTIONS: Final = 8  # a step
ACROSS: Final = 1.5  # weight of the loss across windows beside the mean of those within
HEADS_FASTER: Final = 8  # times the rate of the layers, which know something already
WARM_UP: Final = 60  # steps
TOGETHER: Final = 6  # windows read at a time
CHECKPOINT_S: Final = 600


@dataclass(frozen=True, slots=True)
class TrainingPlan:
    """How long and how to train.

    `public` is the share of public questions at half time, falling to none at the end. Of our own, those whose id
    begins with `favoured` are half of what is drawn ("": all are drawn alike).
    """

    seconds: float
    seed: int = 1
    rate: float = 1.2e-4
    public: float = 0.35
    favoured: str = ""
    threads: int = 2
    bfloat16: bool = True  # autocast: twice as fast where the processor has AVX-512 BF16 or AMX, slower elsewhere


class TrainingWindow(NamedTuple):
    """A window as tokens, and the places of its right classes: 0 is silence, then answers, then contradictions."""

    encoded: Encoded
    right: list[int]


def training_window(tokenize: Tokenize, question: str, window: LabelledWindow) -> TrainingWindow:
    encoded = encode(tokenize, question, ReaderWindow(window.title, window.heading, window.sentences))
    count = len(encoded.spans)
    answers = [1 + number for number in window.answers if number < count]
    contradictions = [1 + count + number for number in window.contradictions if number < count]
    return TrainingWindow(encoded, answers + contradictions)


def drawn(example: Example, rng: random.Random) -> list[LabelledWindow]:
    """Return the windows of one step: the question's own, a likely one beside it, half the time another document's."""
    if example.source != "own":
        return list(example.windows)
    windows = [rng.choice(example.windows)]
    same, others = example.same_document, example.other_documents
    if same:
        windows.append(rng.choice(same))
    if others and rng.random() < 0.5:
        windows.append(rng.choice(others))
    elif len(same) > 1 and rng.random() < 0.3:
        windows.append(rng.choice([window for window in same if window is not windows[1]]))
    return windows


def endless(examples: Sequence[Example], rng: random.Random) -> Iterator[Example]:
    """Yield the examples in ever new orders. Raises ValueError where there are none."""
    if not examples:
        raise ValueError("no such questions to draw from")
    while True:
        order = list(examples)
        rng.shuffle(order)
        yield from order


class Trainer:
    """Holds the network, its optimiser and what gives the lower layers' output for token ids."""

    def __init__(
        self, model: Path, lower: Callable[[Sequence[list[int]]], Any], tokenize: Tokenize, plan: TrainingPlan
    ) -> None:
        import torch

        self.torch, self.lower, self.tokenize, self.plan = torch, lower, tokenize, plan
        torch.manual_seed(plan.seed)
        torch.set_num_threads(plan.threads)
        self.network = network(model, "eager")
        heads = [*self.network.sentence.parameters(), *self.network.silence.parameters()]
        groups = [{"params": list(self.network.layers.parameters())}, {"params": heads}]
        self.optimiser = torch.optim.AdamW(groups, lr=plan.rate, weight_decay=0.01)
        self.step, self.spent_s = 0, 0.0

    def begin_with(self, weights: Path) -> None:
        """Take the weights of a file that `write_weights` made as those to begin with."""
        state = read_weights(weights)
        self.network.load_state_dict({name: self.torch.from_numpy(tensor) for name, tensor in state.items()})

    def train(self, examples: Sequence[Example], checkpoint: Path, report: Callable[[str], None]) -> None:
        """Train until the plan's seconds are spent, resumed runs included; write checkpoints on the way."""
        rng = random.Random(self.plan.seed)
        own, favoured, public = self._endless(examples, rng)
        if checkpoint.is_file():
            self.resume(checkpoint)
        began, written, losses = time.monotonic() - self.spent_s, self.spent_s, list[float]()
        while (spent := time.monotonic() - began) < self.plan.seconds:
            left = 1 - spent / self.plan.seconds
            self._set_rates(min(1.0, (self.step + 1) / WARM_UP) * max(0.02, left))
            share = 2 * self.plan.public * left
            batch = [
                next(public if rng.random() < share else favoured if rng.random() < 0.5 else own)
                for _ in range(QUESTIONS)
            ]
            losses.append(self._learn([(example.question, drawn(example, rng)) for example in batch]))
            self.step, self.spent_s = self.step + 1, spent
            if self.step % 25 == 0:
                report(f"step {self.step}, {spent:.0f} s, loss {sum(losses[-25:]) / len(losses[-25:]):.3f}")
            if spent - written > CHECKPOINT_S:
                self.save(checkpoint)
                written = spent
        self.save(checkpoint)

    def _endless(self, examples: Sequence[Example], rng: random.Random) -> list[Iterator[Example]]:
        """Return our own questions, those favoured (or all of our own), and the public ones, each without end."""
        own = [example for example in examples if example.source == "own"]
        favoured = [example for example in own if example.id.startswith(self.plan.favoured)]
        rest = [example for example in own if not self.plan.favoured or not example.id.startswith(self.plan.favoured)]
        public = [example for example in examples if example.source != "own"]
        return [endless(rest, rng), endless(favoured, rng), endless(public, rng)]

    def save(self, checkpoint: Path) -> None:
        state = {
            "network": self.network.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "step": self.step,
            "spent_s": self.spent_s,
        }
        unfinished = checkpoint.with_suffix(".unfinished")
        self.torch.save(state, unfinished)
        unfinished.replace(checkpoint)

    def resume(self, checkpoint: Path) -> None:
        state = self.torch.load(checkpoint)
        self.network.load_state_dict(state["network"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.step, self.spent_s = state["step"], state["spent_s"]

    def _set_rates(self, share: float) -> None:
        layers, heads = self.optimiser.param_groups
        layers["lr"] = self.plan.rate * share
        heads["lr"] = HEADS_FASTER * layers["lr"]

    def _learn(self, batch: Sequence[tuple[str, Sequence[LabelledWindow]]]) -> float:
        questions = [
            [training_window(self.tokenize, question, window) for window in windows] for question, windows in batch
        ]
        logits = self.logits([window for windows in questions for window in windows])
        total, start = 0.0, 0
        for windows in questions:
            total = total + self._loss(logits[start : start + len(windows)], windows)
            start += len(windows)
        loss: Any = total / len(questions)
        self.optimiser.zero_grad()
        loss.backward()
        self.torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimiser.step()
        return float(loss.detach())

    def judge(self, windows: Sequence[TrainingWindow]) -> list[Any]:
        """Return what `logits` does, as the trained network judges: nothing is dropped, nothing is learnt."""
        self.network.eval()
        with self.torch.inference_mode():
            return self.logits(windows)

    def logits(self, windows: Sequence[TrainingWindow]) -> list[Any]:
        """Return each window's logits: silence, then each sentence's answer, then each one's contradiction.

        Windows of like length are read together: a quarter less is spent on padding.
        """
        torch, read = self.torch, list[Any]([None] * len(windows))
        by_length = sorted(range(len(windows)), key=lambda number: len(windows[number].encoded.ids))
        for start in range(0, len(by_length), TOGETHER):
            numbers = by_length[start : start + TOGETHER]
            hidden, mask = self.lower([windows[number].encoded.ids for number in numbers])
            with torch.autocast("cpu", torch.bfloat16, enabled=self.plan.bfloat16):
                tokens = self.network(torch.from_numpy(hidden), torch.from_numpy(mask)).float()
            for row, number in enumerate(numbers):
                read[number] = self._pooled(tokens[row], windows[number].encoded.spans)
        return read

    def _pooled(self, tokens: Any, spans: Sequence[tuple[int, int]]) -> Any:
        """Return what `index.ranking.reader.pooled` does, for gradients and with silence first."""
        torch = self.torch
        answers, contradictions = [], []
        for start, end in spans:
            part = tokens[start:end]
            largest = torch.logsumexp(part[:, 2:4], 0) - 0.5 * math.log(end - start + 1)
            score = part[:, :2].mean(0) + largest
            answers.append(score[0])
            contradictions.append(score[1])
        silence = tokens[0, 4].reshape(1)
        return torch.cat([silence, torch.stack(answers + contradictions)]) if spans else silence

    def _loss(self, logits: Sequence[Any], windows: Sequence[TrainingWindow]) -> Any:
        torch = self.torch
        within, right, start = 0.0, list[int](), 0
        for classes, window in zip(logits, windows, strict=True):
            likely = torch.log_softmax(classes, 0)
            within = within - (torch.logsumexp(likely[window.right], 0) if window.right else likely[0]) / len(windows)
            right += [start + number - 1 for number in window.right]
            start += len(classes) - 1
        odds = [classes[1:] - classes[0] for classes in logits]
        likely = torch.log_softmax(torch.cat([*odds, torch.zeros(1)]), 0)
        across = -(torch.logsumexp(likely[right], 0) if right else likely[-1])
        return within + ACROSS * across


def state_of(network: Any) -> State:
    """Return the network's tensors as they are shipped."""
    return {name: tensor.detach().numpy().astype(np.float32) for name, tensor in network.state_dict().items()}


def mean_of(states: Sequence[State]) -> State:
    """Return the mean of networks, one of which was trained on from the other ("model soup", Wortsman et al. 2022)."""
    return {name: np.mean([state[name] for state in states], axis=0, dtype=np.float32) for name in states[0]}
