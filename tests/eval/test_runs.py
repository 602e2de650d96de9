from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.collection import Topic
from eval.measures import measure
from eval.runs import UnreadableRun, break_ties, make_run, read_trec, write_trec
from index.documents import Audience, Kind
from index.types import Filter, Ranking
from tests.eval.fakes import MemoryStore, WordEngine, document

LINES = """\
t1 Q0 egtc-note 1 0.9 passerelle
t1 Q0 zoast 2 0.5 passerelle
t2 Q0 zoast 1 12 passerelle
"""


def test_a_run_is_written_as_trec_has_it(tmp_path: Path) -> None:
    path = tmp_path / "engine.run"
    write_trec({"t1": (("egtc-note", 0.5), ("zoast", 0.25)), "t2": ()}, path, "passerelle")
    assert path.read_text() == "t1 Q0 egtc-note 1 0.5 passerelle\nt1 Q0 zoast 2 0.25 passerelle\n"


def test_a_run_of_others_is_read_by_score(tmp_path: Path) -> None:
    path = tmp_path / "others.run"
    path.write_text("t1 Q0 low 1 0.5 them\nt1 Q0 high 2 0.9 them\n")
    assert [document for document, _ in read_trec(path)["t1"]] == ["high", "low"]


def test_equal_scores_stand_in_the_order_of_their_ranks(tmp_path: Path) -> None:
    path = tmp_path / "ties.run"
    path.write_text("t1 Q0 a 2 1.0 them\nt1 Q0 z 1 1.0 them\n")
    assert [document for document, _ in read_trec(path)["t1"]] == ["z", "a"]


def test_what_was_written_is_read_again_blanks_and_all(tmp_path: Path) -> None:
    run = {"t 1": (("note#art. 3 %20", 2.0), ("été\u202f#p.\u00a012", 1.0))}
    write_trec(run, tmp_path / "run", "passerelle engine")
    assert read_trec(tmp_path / "run") == run
    assert all(len(line.split()) == 6 for line in (tmp_path / "run").read_text().splitlines())


@pytest.mark.parametrize("line", ["t1 Q0 a 1 0.5", "t1 Q0 a first 0.5 them", "t1 Q0 a 1 high them"])
def test_a_wrong_line_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "wrong.run"
    path.write_text(f"{LINES}{line}\n")
    with pytest.raises(UnreadableRun, match=r":4:"):
        read_trec(path)


def test_a_missing_run_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(UnreadableRun, match="python -m eval run"):
        read_trec(tmp_path / "none.run")


def test_ties_are_broken_by_the_order_of_the_ranking() -> None:
    for ids in (["a", "z"], ["z", "a"]):
        run = break_ties((document, 1.0) for document in ids)
        assert measure({"t1": {ids[0]: 1}}, {"t1": run})["RR@10"]["t1"] == 1.0


@given(st.lists(st.floats(-1e6, 1e6), max_size=50))
def test_scores_fall_strictly_as_float32(scores: list[float]) -> None:
    run = break_ties((f"d{at}", score) for at, score in enumerate(scores))
    kept = np.array([score for _, score in run], np.float32)
    assert [document for document, _ in run] == [f"d{at}" for at in range(len(scores))]
    assert (np.diff(kept) < 0).all()


def test_a_document_found_twice_stands_where_it_stood_first() -> None:
    assert [document for document, _ in break_ties([("a", 3.0), ("b", 2.0), ("a", 1.0)])] == ["a", "b"]


def test_sections_are_named_by_document_and_label() -> None:
    engine = WordEngine(MemoryStore((document("note", ("art. 1", "rien ici"), ("art. 3", "le bus frontalier")),)))
    (ranked,) = make_run([Topic("t1", "bus frontalier")], engine.search)
    assert [document for document, _ in ranked.documents] == ["note"]
    assert [section for section, _ in ranked.sections] == ["note#art. 3"]
    assert ranked.took_ms > 0


def test_a_topic_is_asked_as_its_own_audience_for_its_day_kinds_and_borders() -> None:
    filters: list[Filter] = []

    def rank(query: str, k: int, within: Filter) -> Ranking:
        filters.append(within)
        return Ranking(query, 1)

    topics = [
        Topic("t1", "x"),
        Topic("t2", "x", audience=Audience.MEMBER, valid_on=date(2020, 1, 1)),
        Topic("t3", "x", kinds=(Kind.EVENT,), borders=("FR-IT",)),
    ]
    make_run(topics, rank)
    assert filters[1:] == [
        Filter(Audience.STAFF),
        Filter(Audience.MEMBER, valid_on=date(2020, 1, 1)),
        Filter(Audience.STAFF, kinds=frozenset([Kind.EVENT]), borders=frozenset(["FR-IT"])),
    ]
