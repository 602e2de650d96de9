"""Services over documents that bear a mark in everything they have, so that a hidden one is seen wherever it shows."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from starlette.testclient import TestClient

from index.documents import Audience, Document, Kind, Metadata, Passage, SectionText
from index.settings import IndexSettings
from index.store.originals import Originals
from index.update import PreparedDocument
from service.answering.answer_model import AnswerModel, Linear
from service.app import create_app
from service.library.open_index import OpenIndex
from service.pictures.page_images import PageImages, PageRequest
from service.settings import RateLimitSettings, Settings
from service.wiring import answerer, build_parts
from tests.accesses import some_groups
from tests.index.test_engine import engine_over
from tests.service.fakes import OpenLibrary

WORDS = ("gare", "tram", "hôpital", "douane", "école", "fleuve", "impôt", "ambulance")
EAGER = AnswerModel(  # answers whenever it can, so that much could leak
    "words", Linear({"near": 1.0}), Linear({}, bias=5.0)
)


@dataclass(frozen=True)
class Item:
    """What is drawn of a document; `related` are numbers of others."""

    words: list[str]
    audience: Audience
    related: tuple[int, int, int]
    groups: tuple[str, ...] = ()


ITEMS = st.lists(
    st.builds(
        Item,
        st.lists(st.sampled_from(WORDS), min_size=1, max_size=5),
        st.sampled_from(Audience),
        st.tuples(*[st.integers(0, 9)] * 3),
        some_groups,
    ),
    min_size=1,
    max_size=8,
)


def mark(number: int) -> str:
    return f"zq{number}qz"


def made(number: int, item: Item, originals: dict[str, bytes]) -> PreparedDocument:
    word, content = mark(number), f"%PDF of {mark(number)}".encode()
    name = hashlib.sha256(content).hexdigest()
    originals[name] = content
    replaces, replaced_by, translation = (f"d/{mark(other)}" for other in item.related)
    document = Document.from_sections(
        f"d/{word}",
        [
            SectionText("p. 1", f"La note {word} parle longuement de {' et de '.join(item.words)} ici.", word, "fr"),
            SectionText("p. 2", f"La réponse {word} est que {' et '.join(item.words)} sont bien là.", "", "fr"),
        ],
        Metadata(
            f"Titre {word}",
            Kind.FORUM_THREAD if number % 2 else Kind.STUDY,
            item.audience,
            "fr",
            borders=(f"{'ABCDEFGHIJ'[number]}X-FR",),
            themes=("transport", "health")[: number % 3],
            published=date(2000 + number, 1, 1),
            author=word,
            notice=word,
            replaces=replaces,
            replaced_by=replaced_by,
            translation_of=translation,
            solved=number % 4 == 1 if number % 2 else None,
            groups=item.groups,
        ),
        source="/s",
        path=f"{word}.pdf",
        original=name,
    )
    passages = [
        Passage(
            document.id,
            section.start,
            section.end,
            document.text[section.start : section.end],
            section.label,
            "fr",
            document.id,
        )
        for section in document.sections
    ]
    return PreparedDocument(document, passages)


class FileAsPicture(PageImages):
    """Gives a file's own bytes for each of its pages, so that the pictures of hidden ones would be seen."""

    def _draw_in_child(self, request: PageRequest, path: Path) -> tuple[dict[str, Any], bytes]:
        return {"pages": 1, "width": 1, "height": 1, "boxes": []}, path.read_bytes()


def service_over(
    folder: Path, documents: list[PreparedDocument], originals: dict[str, bytes], kept_in: Originals | None = None
) -> TestClient:
    """Return the site. `originals` holds their contents by SHA-256; they lie in its folder, if not `kept_in` others."""
    engine = engine_over(folder, documents)
    engine.store.originals = kept_in or engine.store.originals
    for prepared in documents:
        engine.store.keep_original(BytesIO(originals[prepared.document.original]))
    index = OpenIndex(engine, engine.store)
    limits = RateLimitSettings(per_caller=0, per_address=0, failures=0)
    settings = Settings(index=IndexSettings(data=folder), public_url="http://testserver", rate=limits)
    parts = build_parts(settings, OpenLibrary(index))
    parts = replace(parts, answerer=lambda index, within: answerer(index, within, EAGER), page_images=FileAsPicture())
    return TestClient(create_app(parts), raise_server_exceptions=False)
