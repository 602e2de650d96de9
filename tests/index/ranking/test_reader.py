"""What the reader is given and how its logits become a reading."""

from __future__ import annotations

import numpy as np

from index.ranking.reader import MOST_TOKENS, UNREAD, ReaderWindow, encode, pooled


def words(text: str) -> list[int]:
    """Return one token a word, the length of the word."""
    return [len(word) for word in text.split()]


def test_a_window_is_encoded_as_question_head_and_sentences() -> None:
    encoded = encode(words, "qui paie", ReaderWindow("Le guide", "Impôt", ["un deux trois", "quatre"]))
    assert encoded.ids == [0, 6, 3, 4, 2, 8, 2, 6, 5, 2, 4, 5, 6, 2]
    assert [encoded.ids[start:end] for start, end in encoded.spans] == [[2, 4, 5], [6]]


def test_sentences_that_do_not_fit_are_cut_and_then_left_unread() -> None:
    long = " ".join(["mot"] * 300)
    encoded = encode(words, "q", ReaderWindow("", "", ["un", long, "jamais lu"]))
    assert len(encoded.ids) == MOST_TOKENS
    assert len(encoded.spans) == 2
    reading = pooled(np.zeros((MOST_TOKENS, 5), np.float32), encoded.spans, 3)
    assert reading.answers[2] == reading.contradictions[2] == UNREAD


def test_a_reading_is_the_odds_over_silence() -> None:
    logits = np.zeros((6, 5), np.float32)
    logits[0, 4] = 2.0  # silence
    logits[2:4, 0] = 3.0  # the first sentence's answer, on the mean
    logits[4, 3] = 5.0  # the second's contradiction, at its largest
    reading = pooled(logits, [(2, 4), (4, 5)], 2)
    even = np.log(2) - 0.5 * np.log(3)  # log-sum-exp of two zeros, less half the logarithm of three
    single = -0.5 * np.log(2)
    assert np.allclose(reading.answers, [3.0 + even - 2.0, single - 2.0])
    assert np.allclose(reading.contradictions, [even - 2.0, 5.0 + single - 2.0])
