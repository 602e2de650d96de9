"""What a worker hands in comes back as it was."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from index.documents import SectionText
from index.reasons import Reason, count_parts
from index.update import Embeddings
from ingest.loaders.loaded_file import LeftOut, LoadedFile, UnreadableFile
from ingest.sync.reading import ReadFile
from ingest.workers.results import from_bytes, to_bytes
from tests.conftest import prepared

TEXT = st.text(max_size=20)


@given(st.lists(TEXT, max_size=3), TEXT, TEXT)
def test_a_file_that_was_read_comes_back_whole(texts: list[str], title: str, words: str) -> None:
    sections = tuple(SectionText(title, text, words, "fr") for text in texts)
    reason = Reason("system-error", detail=title)
    left_out = (LeftOut(count_parts("column", 2), title, reason),)
    loaded = LoadedFile(sections, {"title": title, "themes": [words]}, {"author": words}, (reason,), left_out, sections)
    assert from_bytes(to_bytes(ReadFile(loaded))) == ReadFile(loaded)


def test_documents_passages_vectors_and_codes_come_back() -> None:
    made = prepared("zoast", "Un hôpital.", "Deux États.", themes=("health",))
    draw = np.random.default_rng(1)
    keys = [bytes([number]) * 16 for number in range(3)]
    vectors = {key: draw.normal(size=8).astype(np.float32) for key in keys}
    codes = {key: draw.integers(0, 256, (number * 2, 4), np.uint8) for number, key in enumerate(keys)}
    read = ReadFile(LoadedFile(()), made.document, tuple(made.passages), Embeddings(vectors, codes))
    back = from_bytes(to_bytes(read))
    assert isinstance(back, ReadFile)
    assert (back.document, back.passages) == (made.document, tuple(made.passages))
    for sent, received in ((vectors, back.embeddings.vectors), (codes, back.embeddings.codes)):
        assert list(received) == keys
        assert all(np.array_equal(sent[key], received[key]) for key in keys)


def test_the_reason_why_a_file_gives_no_text_comes_back() -> None:
    back = from_bytes(to_bytes(UnreadableFile(Reason("empty-file"))))
    assert isinstance(back, UnreadableFile)
    assert back.reason.as_json() == Reason("empty-file").as_json()
