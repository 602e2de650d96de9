"""The reranker seam, held with a make_tiny_model cross-encoder made here and drawn at random."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from index.documents import Passage
from index.errors import ModelUnavailable
from index.ranking.cross_encoder import RERANKED, CrossEncoderReranker, load_reranker, rerank
from index.settings import IndexSettings
from index.types import Filter, Hit
from tests.conftest import prepared
from tests.index.test_engine import engine_over


def make_tiny_model(folder: Path, labels: int = 1) -> Path:
    """Make a cross-encoder of one narrow layer."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast

    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "tram", "gare", "fleuve", "pont"]
    tokenizer = Tokenizer(models.WordLevel({word: number for number, word in enumerate(words)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]"
    ).save_pretrained(folder)
    torch.manual_seed(0)
    size = {"hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 8}
    config = BertConfig(vocab_size=len(words), max_position_embeddings=64, num_labels=labels, **size)
    BertForSequenceClassification(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def reranker(tmp_path_factory: pytest.TempPathFactory) -> CrossEncoderReranker:
    return CrossEncoderReranker(str(make_tiny_model(tmp_path_factory.mktemp("make_tiny_model"))))


def test_it_gives_one_score_a_text_in_order(reranker: CrossEncoderReranker) -> None:
    texts = ["tram", "gare fleuve pont", "", "pont"]
    scores = reranker.score("tram", texts)
    assert len(scores) == 4
    assert reranker.score("tram", []) == []
    assert reranker.score("tram", texts[::-1]) == pytest.approx(scores[::-1], abs=1e-5)


def test_without_a_name_there_is_none() -> None:
    assert load_reranker("") is None
    assert IndexSettings.from_environ({}).reranker == ""
    assert IndexSettings.from_environ({"PASSERELLE_RERANKER": " a/b "}).reranker == "a/b"


def test_a_reranker_that_cannot_be_had_is_an_error_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(ModelUnavailable, match=r"PASSERELLE_RERANKER.*Give a sentence"):
        CrossEncoderReranker(str(tmp_path))
    with pytest.raises(ModelUnavailable, match="2 labels"):
        CrossEncoderReranker(str(make_tiny_model(tmp_path / "two", labels=2)))


class Longest:
    """A reranker that likes long texts."""

    def score(self, query: str, texts: Sequence[str]) -> list[float]:
        return [float(len(text)) for text in texts]


def test_the_best_are_reordered_above_the_others_and_scores_still_fall() -> None:
    hits = [Hit(row, 1.0 - row / 100) for row in range(RERANKED + 5)]
    passages = {row: Passage("d", 0, row, "x" * row, "", "fr") for row in range(RERANKED + 5) if row != 3}
    reranked = rerank(Longest(), "q", hits, lambda rows: {row: passages[row] for row in rows if row in passages})
    assert [hit.row for hit in reranked] == [
        *(r for r in range(RERANKED - 1, -1, -1) if r != 3),
        *range(RERANKED, RERANKED + 5),
    ]
    assert all(a.score >= b.score for a, b in itertools.pairwise(reranked))


def test_the_engine_reads_again_only_what_the_filter_let_through(tmp_path: Path) -> None:
    engine = engine_over(tmp_path, [prepared("short", "le tram"), prepared("long", "un fleuve sans le moindre pont")])
    assert [ranked.document.id for ranked in engine.search("tram", 9, Filter()).documents] == ["short", "long"]
    reread = replace(engine, reranker=Longest()).search("tram", 9, Filter())
    assert [ranked.document.id for ranked in reread.documents] == ["long", "short"]
