"""The bundled model's tokenizer: XLM-R's pieces, cut by sentencepiece (Kudo & Richardson 2018).

The file the folder also has for `tokenizers` takes 270 MB of memory once loaded and a seventh of the speed; this one
55 MB. Tests hold the tokens to that library's: they differ in blanks at the edges of a text, which are no tokens here,
and where two ways of cutting a word are exactly as likely.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

FILE: Final = "pieces.model"
START, PAD, END, UNKNOWN = "<s>", "<pad>", "</s>", "<unk>"
_MASK: Final = "<mask>"
Span = tuple[int, int]


class PieceTokenizer:
    """Texts to token ids, without a frame. Safe to use from several threads."""

    def __init__(self, folder: Path) -> None:
        """Load the pieces of the model in `folder`. Raises OSError."""
        from sentencepiece import SentencePieceProcessor

        self._pieces: Any = SentencePieceProcessor(model_file=str(folder / FILE))

    def ids(self, text: str) -> list[int]:
        return list(self._pieces.encode(text))

    def spans(self, text: str) -> list[Span]:
        """Return where each token of `ids` stands, [start, end) in `text` without the blanks before it."""
        return without_blanks(text, self._pieces.encode_as_offset_mapping(text)["offsets"])


def without_blanks(text: str, spans: Sequence[Span]) -> list[Span]:
    """Return the spans without the blanks before each token, which belong to none."""
    return [(end - len(text[start:end].lstrip()), end) for start, end in spans]


def has_pieces(folder: Path) -> bool:
    return (folder / FILE).is_file()


def write_pieces(folder: Path, pieces: Sequence[tuple[str, float]]) -> None:
    """Write (piece, score) in order of id as a sentencepiece model that normalises as XLM-R's does (nmt_nfkc)."""
    from sentencepiece import sentencepiece_model_pb2

    model: Any = sentencepiece_model_pb2.ModelProto()
    model.ParseFromString(_smallest_model())  # its own pieces go, its normalisation stays
    del model.pieces[:]
    kinds = model.SentencePiece
    special = {START: kinds.CONTROL, PAD: kinds.CONTROL, END: kinds.CONTROL, _MASK: kinds.CONTROL}
    special[UNKNOWN] = kinds.UNKNOWN
    for piece, score in pieces:
        model.pieces.add(piece=piece, score=score, type=special.get(piece, kinds.NORMAL))
    ids = {piece: number for number, (piece, _) in enumerate(pieces)}
    trainer = model.trainer_spec
    trainer.bos_id, trainer.pad_id, trainer.eos_id, trainer.unk_id = (ids[name] for name in (START, PAD, END, UNKNOWN))
    trainer.vocab_size = len(pieces)
    unfinished = folder / f"{FILE}.unfinished"
    unfinished.write_bytes(model.SerializeToString())
    unfinished.rename(folder / FILE)


def _smallest_model() -> bytes:
    """Return a sentencepiece model of nothing in particular: the library gives its normalisation in no other way."""
    import io

    from sentencepiece import SentencePieceTrainer

    written = io.BytesIO()
    SentencePieceTrainer.train(
        sentence_iterator=iter(["abc abd acd bcd"] * 20),
        model_writer=written,
        vocab_size=10,
        hard_vocab_limit=False,
        normalization_rule_name="nmt_nfkc",
        minloglevel=2,
    )
    return written.getvalue()
