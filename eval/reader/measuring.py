"""How far training has come, on the questions of ours whose documents it never saw."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from eval.reader.examples import Example
from eval.reader.training import TrainingWindow, training_window
from index.ranking.reader import Tokenize

Logits = Callable[[Sequence[TrainingWindow]], list[Any]]  # of windows: silence, each answer, each contradiction


def measure(examples: Sequence[Example], tokenize: Tokenize, logits: Logits) -> str:
    """Return the measures as lines: sentences found, and what is told apart by the log-odds of a whole question.

    A question is read with all its windows: its own, likely ones of the same document, and those of others.
    """
    from sklearn.metrics import roc_auc_score

    read = []
    for example in examples:
        together = [*example.windows, *example.same_document, *example.other_documents]
        windows = [training_window(tokenize, example.question, window) for window in together]
        read.append((example, _read(windows, logits)))
    answered = [(example, figures) for example, figures in read if example.kind == "answer"]
    lines = [f"right sentence first: {np.mean([figures['first'] for _, figures in answered]):.3f} of {len(answered)}"]
    for kind in sorted({example.kind for example, _ in read} - {"answer"}):
        others = [figures for example, figures in read if example.kind == kind]
        truth = [True] * len(answered) + [False] * len(others)
        odds = [figures["answer"] for _, figures in answered] + [figures["answer"] for figures in others]
        lines.append(f"answered or {kind}: AUROC {roc_auc_score(truth, odds):.3f} of {len(others)}")
    denied = [example.kind == "false-premise" for example, _ in read]
    if any(denied):
        shares = [figures["contradiction"] for _, figures in read]
        lines.append(f"false premise or not, by the contradiction's probability: {roc_auc_score(denied, shares):.3f}")
    return "\n".join(lines)


def _read(windows: Sequence[TrainingWindow], logits: Logits) -> dict[str, float]:
    """Return whether a right answer is first, the log-odds of any answer, and the probability of a contradiction."""
    answers, contradictions, right = list[float](), list[float](), list[bool]()
    for window, classes in zip(windows, logits(windows), strict=True):
        odds = (classes[1:] - classes[0]).tolist()
        count = len(odds) // 2
        answers += odds[:count]
        contradictions += odds[count:]
        right += [1 + number in window.right for number in range(count)]
    total = float(np.logaddexp.reduce([*answers, *contradictions, 0.0]))
    return {
        "first": float(right[int(np.argmax(answers))]) if answers else 0.0,
        "answer": float(np.logaddexp.reduce(answers)) if answers else -np.inf,
        "contradiction": float(np.exp(np.logaddexp.reduce(contradictions) - total)) if contradictions else 0.0,
    }
