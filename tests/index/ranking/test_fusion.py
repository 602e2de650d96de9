from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from index.ranking.fusion import Candidate, ConvexFusion, reciprocal_rank_fusion
from index.types import Hit

FUSION = ConvexFusion()


def order(*candidates: Candidate, query_language: str = "fr") -> list[int]:
    return [hit.row for hit in FUSION.fuse(candidates, query_language)]


def test_shared_words_decide_between_passages_equally_near() -> None:
    assert order(Candidate(1, 0.85, 0.0, "fr"), Candidate(2, 0.85, 9.0, "fr")) == [2, 1]


def test_one_shared_word_does_not_beat_a_passage_that_is_much_nearer() -> None:
    assert order(Candidate(1, 0.92, 0.0, "fr"), Candidate(2, 0.80, 9.0, "fr")) == [1, 2]


def test_a_passage_in_another_language_is_not_drowned_by_shared_words() -> None:
    french = [Candidate(row, 0.80 + row / 1000, 2.0 + row, "fr") for row in range(1, 20)]
    german = Candidate(99, 0.87, 0.0, "de")
    assert order(*french, german)[0] == 99
    rrf = reciprocal_rank_fusion(
        [[Hit(99, 0.87), *(Hit(c.row, c.dense) for c in french[::-1])], [Hit(c.row, c.lexical) for c in french[::-1]]]
    )
    assert rrf[0].row != 99


def test_a_document_of_that_name_stands_before_one_that_only_cites_it() -> None:
    cites, named = (
        Candidate(1, 0.90, 9.0, "fr", late_interaction=0.5),
        Candidate(2, 0.88, 8.0, "fr", late_interaction=0.47),
    )
    assert order(cites, named) == [1, 2]
    assert order(cites, named._replace(exact_name=1.0)) == [2, 1]


@given(
    candidates=st.lists(
        st.builds(
            Candidate,
            row=st.integers(0, 10_000),
            dense=st.floats(0.6, 1.0),
            lexical=st.floats(0, 40),
            language=st.sampled_from(["fr", "de", "en"]),
            late_interaction=st.floats(-1, 1),
            exact_name=st.floats(0, 1),
        ),
        max_size=40,
        unique_by=lambda candidate: candidate.row,
    ),
    query_language=st.sampled_from(["fr", "de", "nl", ""]),
)
def test_every_candidate_is_ranked_once_best_first_whatever_the_order_given(
    candidates: list[Candidate], query_language: str
) -> None:
    hits = FUSION.fuse(candidates, query_language)
    assert sorted(hit.row for hit in hits) == sorted(candidate.row for candidate in candidates)
    assert all(a.score >= b.score for a, b in itertools.pairwise(hits))
    assert [hit.row for hit in FUSION.fuse(candidates[::-1], query_language)] == [hit.row for hit in hits]


def test_reciprocal_rank_fusion_adds_what_ranks_give() -> None:
    first, second = [Hit(1, 9.0), Hit(2, 8.0)], [Hit(2, 5.0), Hit(3, 4.0)]
    assert reciprocal_rank_fusion([first, second]) == [
        Hit(2, 1 / 62 + 1 / 61),
        Hit(1, 1 / 61),
        Hit(3, 1 / 62),
    ]
