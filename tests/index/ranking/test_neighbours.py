"""What stands near a document: held to brute force over the stored vectors, one a work, nothing hidden."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from index.documents import Access, Audience
from index.errors import UnknownDocument
from index.types import Filter
from tests.conftest import HashEmbedder, prepared
from tests.index.test_engine import engine_over

WORDS = ("gare", "tram", "hôpital", "douane", "école", "fleuve", "impôt", "ambulance")


def names(cards: tuple) -> list[str]:  # type: ignore[type-arg]
    return [card.id for card in cards]


def test_what_is_near_is_what_brute_force_finds(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    texts_of = {
        f"d{number}": [" ".join(rng.choice(WORDS, 3)) for _ in range(rng.integers(1, 5))] for number in range(9)
    }
    engine = engine_over(tmp_path, [prepared(name, *texts) for name, texts in texts_of.items()])
    own = engine.store.vectors_of("d0", Access(Audience.PUBLIC))
    every = {name: engine.store.vectors_of(name, Access(Audience.PUBLIC)) for name in texts_of}
    scores = {
        name: sum(float((vector @ others.T).max()) for vector in own) for name, others in every.items() if name != "d0"
    }
    expected = sorted(scores, key=lambda name: (-round(scores[name], 5), name))
    assert names(engine.neighbours("d0", 8, Filter()).related) == expected


def test_a_version_of_the_same_work_is_no_neighbour_and_another_work_is_listed_once(tmp_path: Path) -> None:
    engine = engine_over(
        tmp_path,
        [
            prepared("fr", "le tram passe le fleuve"),
            prepared("de", "le tram passe le fleuve", language="de", translation_of="fr"),
            prepared("autre", "le tram passe la douane"),
            prepared("autre-de", "le tram passe la douane ici", language="de", translation_of="autre"),
            prepared("loin", "ambulance"),
        ],
    )
    near = engine.neighbours("fr", 5, Filter())
    assert names(near.versions) == ["de"]
    assert len({"autre", "autre-de"} & set(names(near.related))) == 1
    assert len(engine.neighbours("fr", 1, Filter()).related) == 1


def test_what_is_hidden_or_has_ended_is_near_to_nothing(tmp_path: Path) -> None:
    engine = engine_over(
        tmp_path,
        [
            prepared("a", "le tram passe le fleuve"),
            prepared("b", "le tram passe la douane"),
            prepared("secret", "le tram passe le fleuve", audience=Audience.MEMBER, translation_of="a"),
            prepared("ended", "le tram passe le fleuve", valid_to=date(2000, 1, 1)),
        ],
    )
    within = Filter(current_on=date(2020, 1, 1))
    near = engine.neighbours("a", 5, within)
    assert (names(near.versions), names(near.related)) == ([], ["b"])
    assert "secret" in names(engine.neighbours("a", 5, Filter(audience=Audience.MEMBER)).versions)
    with pytest.raises(UnknownDocument):
        engine.neighbours("secret", 5, within)


def test_no_model_runs(tmp_path: Path) -> None:
    engine = engine_over(tmp_path, [prepared("a", "le tram"), prepared("b", "le tram passe")])
    embedder = engine.embedder
    assert isinstance(embedder, HashEmbedder)
    before = len(embedder.texts)
    engine.neighbours("a", 5, Filter())
    assert len(embedder.texts) == before
