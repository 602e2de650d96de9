"""What all tests share: the bundled model (prepared once), the folder of inputs beside the project, small documents."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import settings
from numpy.typing import NDArray

from index.dense.embedders import load_bundled
from index.dense.openvino_runtime import OpenVinoEmbedder
from index.documents import Audience, Document, Metadata, Passage, SectionText
from index.settings import IndexSettings
from index.types import Vectors
from index.update import PreparedDocument
from tests.s3 import s3_server as s3_server

if TYPE_CHECKING:
    from playwright.sync_api import Browser

settings.register_profile("shared machine", deadline=None)
settings.load_profile("shared machine")

ROOT = Path(__file__).parent.parent
MEMORY = Path("/dev/shm")
ROOM = 6 << 30  # bytes: far more than the tests write
SHARED = ROOT.parent / "shared"


def pytest_configure() -> None:
    """Keep what tests write in memory where there is room for it: on disk they mostly wait for `fsync`.

    One takes 6 ms on the disk of a virtual machine, and a small index some forty. Containers usually have 64 MB there,
    from which no program may be run: then everything is on disk. PYTEST_DEBUG_TEMPROOT, where it is set, decides.
    """
    if MEMORY.is_dir() and os.access(MEMORY, os.W_OK):
        memory = os.statvfs(MEMORY)
        if memory.f_bavail * memory.f_frsize >= ROOM and not memory.f_flag & os.ST_NOEXEC:
            os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))


@cache  # a generator takes 14 µs to seed, and the corpus has 120,000 words
def _direction(word: str, dimension: int) -> NDArray[np.float64]:
    seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:8])
    return np.random.default_rng(seed).normal(size=dimension)


class HashEmbedder:
    """A small embedder that keeps the real promise: unit rows, the same text always the same vector.

    A text's vector is the sum of its words' random directions, so texts that share words are near each other.
    """

    name, dimension = "hash", 32

    def __init__(self) -> None:
        self.texts: list[str] = []

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        self.texts.extend(texts)
        return np.array([self.embed_query(text) for text in texts], np.float32).reshape(len(texts), self.dimension)

    def embed_query(self, text: str) -> Vectors:
        total = np.zeros(self.dimension)
        for word in text.lower().split() or [text]:
            total += _direction(word, self.dimension)
        return (total / np.linalg.norm(total)).astype(np.float32)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(text.split()) for text in texts]


def prepared(
    id: str, *texts: str, language: str = "fr", audience: Audience = Audience.PUBLIC, **metadata: object
) -> PreparedDocument:
    """Return a document of one section and one passage a text, its title the id."""
    sections = [SectionText(f"p. {number}", text, language=language) for number, text in enumerate(texts, start=1)]
    described = Metadata(title=id, audience=audience, language=language, **metadata)  # type: ignore[arg-type]
    document = Document.from_sections(id, sections, described, source="/s", path=f"{id}.md")
    passages = [
        Passage(id, section.start, section.end, document.text[section.start : section.end], section.label, language, id)
        for section in document.sections
    ]
    return PreparedDocument(document, passages)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A real browser; of use only where the test is marked `needs_chromium`."""
    from tests.service.browsing import chromium

    with chromium() as browser:
        yield browser


@pytest.fixture(scope="session")
def models() -> Path:
    """The folder `make test` prepares the bundled model in."""
    return IndexSettings.from_environ({}).models if not (ROOT / "var/models").is_dir() else ROOT / "var/models"


@pytest.fixture(scope="session")
def bundled(models: Path) -> OpenVinoEmbedder:
    return load_bundled(models)


@pytest.fixture(scope="session")
def shared() -> Path:
    if not SHARED.is_dir():
        pytest.skip("the folder of shared inputs is not beside the project")
    return SHARED
