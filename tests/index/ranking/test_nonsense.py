from __future__ import annotations

import pytest

from index.dense.openvino_runtime import OpenVinoEmbedder
from index.ranking.nonsense import LEAST_MAX_SIM, is_nonsense


@pytest.mark.parametrize("query", ["xqzt wvbn", "hjkl", "kjsdhf ksjdhf", "ααββγγ δδεε", "????"])
def test_what_falls_to_bits_is_nonsense_unless_something_is_near(bundled: OpenVinoEmbedder, query: str) -> None:
    pieces = len(bundled.query_spans(query))
    assert is_nonsense(query, pieces, LEAST_MAX_SIM - 0.01)
    assert not is_nonsense(query, pieces, LEAST_MAX_SIM)


@pytest.mark.parametrize(
    "query",
    [
        *("трансграничное сотрудничество", "τηλεργασία", "العمال عبر الحدود", "跨境合作", "학교", "国境を越える通勤者"),
        *("współpraca transgraniczna", "cementerio", "Hallenbad", "teletravial frontalier", "Ouagadougou"),
    ],
)
def test_words_of_any_language_and_script_are_not(bundled: OpenVinoEmbedder, query: str) -> None:
    assert not is_nonsense(query, len(bundled.query_spans(query)), 0.2)
