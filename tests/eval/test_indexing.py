from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from eval.collection import GoldenSet, SetDocument, read_set
from eval.indexing import document_of, own_folder, put_missing
from index.documents import Audience, Document, Passage
from index.settings import IndexSettings
from index.store.store import Store
from index.update import Indexer
from tests.eval.fakes import CountingEmbedder, write_set

CORPUS = '{"_id": "a", "title": "Bus", "text": "Le bus circule."}\n{"_id": "b", "text": "Autre chose."}'


class NoLexicalIndex:
    def __init__(self) -> None:
        self.updates = 0

    def update(self, store: Store) -> None:
        self.updates += 1


def golden(folder: Path, corpus: str = CORPUS) -> GoldenSet:
    return read_set(str(write_set(folder / "own", '{"_id": "t1", "text": "bus", "lang": "fr"}', "t1 a 1", corpus)))


def whole(document: Document) -> Sequence[Passage]:
    (section,) = document.sections
    return [Passage(document.id, 0, len(document.text), document.text, section.label, section.language)]


def test_a_sets_document_is_public_in_one_section_cited_by_its_title() -> None:
    made = document_of(SetDocument("a", "Bus", "Le bus circule.", "fr"))
    assert made.metadata.audience is Audience.PUBLIC
    assert [(section.label, section.language) for section in made.sections] == [("Bus", "fr")]
    assert document_of(SetDocument("a", "", "Le bus.", "fr")).metadata.title == ""


def test_a_corpus_is_indexed_once_and_gone_on_with_when_cut_short(tmp_path: Path) -> None:
    documents = [document_of(document) for document in golden(tmp_path).documents()]
    indexer = Indexer(Store(tmp_path / "store.sqlite", create=True), CountingEmbedder(), NoLexicalIndex())
    assert put_missing(documents[:1], indexer, whole) == 1
    progress: list[tuple[int, int]] = []
    assert put_missing(documents, indexer, whole, lambda done, total: progress.append((done, total))) == 1
    assert progress == [(1, 1)]
    assert put_missing(documents, indexer, whole) == 0
    assert indexer.embedded == 2


def test_another_corpus_or_model_has_another_folder(tmp_path: Path) -> None:
    settings = IndexSettings(data=tmp_path / "var")
    first, other = golden(tmp_path / "1"), golden(tmp_path / "2", CORPUS + '\n{"_id": "c", "text": "x"}')
    folders = {
        own_folder(first, settings),
        own_folder(other, settings),
        own_folder(first, replace(settings, model="other")),
    }
    assert len(folders) == 3
    assert all(folder.parent == tmp_path / "var" / "eval" and folder.name.startswith("own-") for folder in folders)
