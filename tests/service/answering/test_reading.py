"""The reader's part: it reads the likeliest windows, and its odds become columns beside the other features."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from index.documents import Document, Kind, Metadata, SectionText
from index.ranking.reader import ReaderWindow, WindowReading
from service.answering.candidates import Candidate, split_pieces
from service.answering.features import DocumentFeatures, FeatureTable, Question
from service.answering.reading import (
    MOST_WINDOWS,
    NO_READING,
    contradiction,
    read_candidates,
    reader_evidence,
    with_readings,
)


class WordReader:
    """Answers with what holds "imposé", contradicts with what holds "jamais"; keeps what it was given."""

    name = "words"

    def __init__(self) -> None:
        self.windows: list[ReaderWindow] = []

    def read(self, question: str, windows: Sequence[ReaderWindow]) -> list[WindowReading]:
        self.windows = list(windows)
        return [
            WindowReading(
                np.array([5.0 if "imposé" in text else -5.0 for text in window.sentences], np.float32),
                np.array([4.0 if "jamais" in text else -6.0 for text in window.sentences], np.float32),
            )
            for window in windows
        ]


def table_of(*sections: str) -> tuple[FeatureTable, np.ndarray]:
    """Return a table of one document's sentences, and scores that fall from the first to the last."""
    document = Document.from_sections(
        "note",
        [SectionText("", text, f"Guide > {number}") for number, text in enumerate(sections)],
        Metadata(title="Le guide", kind=Kind.LEGAL_NOTE, language="fr"),
    )
    pieces = split_pieces(document)
    empty = np.zeros(0)
    features = DocumentFeatures(document, 1.0, pieces, np.zeros((0, len(pieces)), np.float32), empty, empty, empty)
    question = Question("Où est-il imposé ?", "fr", empty, empty, ())
    candidates = tuple(Candidate(document, piece) for piece in pieces)
    positions = tuple((0, number) for number in range(len(pieces)))
    table = FeatureTable(question, (features,), candidates, positions, ("one",), np.ones((len(pieces), 1)))
    return table, -np.arange(len(pieces), dtype=np.float64)


def test_a_window_is_read_under_its_title_and_last_heading() -> None:
    reader = WordReader()
    table, scores = table_of("Le salaire est imposé ici. Le reste ne l'est pas.")
    read_candidates(reader, table, scores)
    assert reader.windows == [
        ReaderWindow("Le guide", "0", ["Le salaire est imposé ici.", "Le reste ne l'est pas."]),
    ]


def test_only_the_likeliest_windows_are_read_and_the_others_count_for_little() -> None:
    reader = WordReader()
    table, scores = table_of(*(f"Le salaire numéro {number} est imposé ici." for number in range(MOST_WINDOWS + 2)))
    answers, _ = read_candidates(reader, table, scores)
    assert len(reader.windows) == MOST_WINDOWS
    assert answers.tolist() == [5.0] * MOST_WINDOWS + [NO_READING] * 2


def test_the_odds_stand_beside_the_other_features_and_become_evidence() -> None:
    table, scores = table_of("Le salaire est imposé ici. Il n'est jamais dû là-bas.")
    read = with_readings(WordReader(), table, scores)
    assert read.names == ("one", "reader", "reader_share", "reader_against", "is_read")
    assert read.column("reader").tolist() == [5.0, -5.0]
    assert read.column("reader_against").tolist() == [-6.0, 4.0]
    evidence = reader_evidence(read, 0)
    assert evidence["reader_best"] == 5.0
    assert evidence["reader_lead"] == 5.0  # over silence
    assert evidence["reader_against_best"] == -1.0
    everything = np.exp([5.0, -5.0, -6.0, 4.0, 0.0]).sum()  # answers, contradictions, silence
    assert np.isclose(evidence["reader_share"], np.exp(5.0) / everything)
    assert np.allclose(contradiction(read), ((np.exp(-6.0) + np.exp(4.0)) / everything, 1))


def test_without_a_reader_there_is_no_evidence_of_it() -> None:
    table, _ = table_of("Le salaire est imposé ici.")
    assert reader_evidence(table, 0) == {}
