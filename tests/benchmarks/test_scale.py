"""The made-up index of `benchmarks.scale`: what its filters pass, that making it can go on, and what is on paper."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.scale import FILTERS
from benchmarks.scale_paper import on_paper
from benchmarks.scale_truth import brute_force
from benchmarks.scale_widths import selections
from benchmarks.synthetic import PER_DOCUMENT, Spectrum, fill
from index.documents import Document
from index.store.store import Store

DIMENSION, DOCUMENTS = 16, 1000


@pytest.fixture(scope="module")
def spectrum() -> Spectrum:
    random = np.random.default_rng(0)
    real = random.standard_normal((50, DIMENSION)).astype(np.float32)
    return Spectrum(real, np.eye(DIMENSION, dtype=np.float32), np.eye(DIMENSION, dtype=np.float32)[0])


@pytest.fixture(scope="module")
def made(spectrum: Spectrum, tmp_path_factory: pytest.TempPathFactory) -> Store:
    store = Store(tmp_path_factory.mktemp("made") / "store.sqlite", create=True)
    fill(store, spectrum, DOCUMENTS * PER_DOCUMENT, tokens=1)
    return store


def test_each_filter_passes_the_share_it_is_named_for(made: Store) -> None:
    for name, (within, _) in FILTERS.items():
        share = 100.0 if name == "none" else float(name.split(" %")[0])
        assert len(made.select_ids(within)) == pytest.approx(DOCUMENTS * share / 100), name


def test_a_filter_by_subject_passes_one_end_of_the_vectors(made: Store, spectrum: Spectrum) -> None:
    rows, vectors = made.passage_table.vectors()
    along = vectors @ spectrum.widest
    passed = np.isin(rows, made.rows(FILTERS["60 %, by subject"][0]))
    assert along[passed].min() >= along[~passed].max()
    half = selections(rows, 0.5)["subject"]
    assert along[half.positions].max() <= np.median(along) + 1e-6


class BrokenOff(Store):
    """A store that ends whoever fills it at its 30th document."""

    def put(self, document: Document, *parts: Any) -> None:
        if document.id == "d30":
            raise KeyboardInterrupt
        super().put(document, *parts)


def test_making_goes_on_where_it_was_broken_off(spectrum: Spectrum, tmp_path: Path) -> None:
    stores = [Store(tmp_path / f"{name}.sqlite", create=True) for name in ("whole", "again")]
    fill(stores[0], spectrum, 50 * PER_DOCUMENT, tokens=1)
    with closing(BrokenOff(stores[1].path)) as broken_off, pytest.raises(KeyboardInterrupt):
        fill(broken_off, spectrum, 50 * PER_DOCUMENT, tokens=1)
    assert stores[1].count() == (30, 30 * PER_DOCUMENT)
    fill(stores[1], spectrum, 50 * PER_DOCUMENT, tokens=1)
    generation = stores[1].generation
    fill(stores[1], spectrum, 50 * PER_DOCUMENT, tokens=1)
    assert stores[1].generation == generation
    whole, again = (store.passage_table.vectors()[1] for store in stores)
    assert np.array_equal(np.sort(whole, axis=0), np.sort(again, axis=0))
    for store in stores:
        store.close()


def test_the_truth_is_the_best_of_the_allowed_rows(made: Store) -> None:
    rows, vectors = made.passage_table.vectors()
    allowed = rows[::3]
    (best,) = brute_force(made, [allowed], vectors[:2], k=5)
    for query, truth in zip(vectors[:2], best, strict=True):
        assert truth == set(allowed[np.argsort(-(vectors[::3] @ query))[:5]].tolist())


def test_a_size_on_paper_says_that_nobody_measured_it() -> None:
    rows = [
        {"engine": "embedded", "filter": "none", "passages": 10**n, "made_s": 10.0**n, "http_p50_ms": n * 10.0}
        for n in (2, 3)
    ]
    text = on_paper(rows, 10_000)
    assert text.startswith("On paper, not measured")
    assert "| embedded | filled, s | 100 | 1,000 | 10,000 | proportional |" in text
    assert "| embedded | HTTP p50, ms | 20 | 30 | 45 | a power of n |" in text
    with pytest.raises(SystemExit, match="Two sizes"):
        on_paper(rows[:1], 10_000)
