"""A page as a picture: the boxes lie over the quoted words and over no others; no file harms more than itself."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import httpx
import pypdfium2
import pytest
from PIL import Image

from index.documents import Audience
from service.app import create_app
from service.errors import UndrawablePage
from service.pictures.page_images import MOST_KEPT, PageImage, PageImages, PageRequest
from service.wiring import key_store
from tests.service.paged import FIRST, READ, SECOND, bomb, document, endless, parts_with, pdf, plain
from tests.service.serving import served

GOOD = pdf([FIRST, SECOND])


FILES = {
    "good": GOOD,
    "locked": pdf([FIRST], password="secret"),
    "damaged": GOOD[: len(GOOD) // 3],
    "empty": b"",
    "bomb": bomb(),
    "endless": endless(),
    "huge": pdf([["Une affiche"]], size=(14_000, 14_000)),
    "strip": pdf([["Un ruban"]], size=(14_000, 10)),
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    documents = [document(name, name) for name in FILES]
    documents.append(document("reserve", "good", audience=Audience.MEMBER))
    documents.append(document("a/pages/1", "good"))
    documents.append(document("lost", "nowhere"))
    documents.append(document("scan", "good", ["Rien de ceci ne se trouve là, hélas.", "Ni là."]))
    parts = parts_with(tmp_path_factory.mktemp("paged"), documents, FILES)
    key = key_store(parts.settings).add("Marie", Audience.MEMBER)
    quick = PageImages(seconds=4)
    object.__setattr__(parts, "page_images", quick)
    with served(create_app(parts)) as address:
        yield address, key


def get_page(
    site: tuple[str, str], name: str, page: int, quote: str = "", *, key: str = "", **params: Any
) -> httpx.Response:
    text = "\n\n".join(READ)
    if quote:
        params |= {"start": text.rindex(quote), "end": text.rindex(quote) + len(quote)}
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    return httpx.get(f"{site[0]}/api/v1/documents/{name}/pages/{page}", params=params, headers=headers, timeout=30)


def characters(page: int, width: int) -> list[tuple[str, float, float]]:
    """Return the visible characters of a page of GOOD with their middles, in pixels of a picture that wide."""
    shown = pypdfium2.PdfDocument(GOOD)[page - 1]
    text, scale, height = shown.get_textpage(), width / shown.get_width(), shown.get_height()
    letters = text.get_text_range()
    boxes = [text.get_charbox(position) for position in range(len(letters))]
    return [
        (letter, (left + right) / 2 * scale, (height - (low + top) / 2) * scale)
        for letter, (left, low, right, top) in zip(letters, boxes, strict=True)
        if letter.isalnum()
    ]


def boxed(answer: httpx.Response, page: int) -> str:
    """Return the letters of the page whose middle a box covers."""
    width = Image.open(io.BytesIO(answer.content)).width
    boxes = json.loads(answer.headers["x-passerelle-boxes"])
    return "".join(
        letter
        for letter, x, y in characters(page, width)
        if any(left <= x <= right and top <= y <= bottom for left, top, right, bottom in boxes)
    )


@pytest.mark.parametrize("width", [200, 1000, 1777])
def test_the_boxes_cover_the_quoted_words_and_no_others(site: tuple[str, str], width: int) -> None:
    quote = "Le poste de commande appelle la voisine."
    assert boxed(get_page(site, "good", 1, quote, width=width), 1) == plain(quote)


def test_words_that_come_twice_are_boxed_where_they_were_quoted(site: tuple[str, str]) -> None:
    answer = get_page(site, "good", 1, "L'ambulance passe le pont.")
    (box,) = json.loads(answer.headers["x-passerelle-boxes"])
    assert boxed(answer, 1) == plain("L'ambulance passe le pont.")
    third_line = (80 + 2 * 30) * 1000 / 595  # its base, in pixels
    assert box[1] < third_line < box[3] + 5


def test_a_split_word_a_ligature_and_blanks_do_not_hide_a_quote(site: tuple[str, str]) -> None:
    answer = get_page(site, "good", 2, "convention transfrontalière règle l'office du médecin de garde")
    letters = boxed(answer, 2).replace("\ufb01", "fi")
    assert letters == "conventiontransfrontalièrerègleloffi" + "cedumédecindegarde"
    assert len(json.loads(answer.headers["x-passerelle-boxes"])) == 3


def test_the_boxes_are_drawn_where_they_are_said_to_be(site: tuple[str, str]) -> None:
    unmarked, marked = (get_page(site, "good", 1, quote) for quote in ("", "Le poste de commande"))
    before, after = (Image.open(io.BytesIO(answer.content)).convert("RGB") for answer in (unmarked, marked))
    left, top, _, bottom = json.loads(marked.headers["x-passerelle-boxes"])[0]
    assert after.getpixel((left, top)) != before.getpixel((left, top))
    outside = after.crop((0, bottom + 1, after.width, after.height))
    assert outside.tobytes() == before.crop((0, bottom + 1, before.width, before.height)).tobytes()
    assert unmarked.headers["x-passerelle-boxes"] == "[]"


def test_words_that_are_not_on_the_page_give_no_box(site: tuple[str, str]) -> None:
    assert get_page(site, "scan", 1, start=0, end=30).headers["x-passerelle-boxes"] == "[]"
    assert get_page(site, "good", 2, "Le poste de commande").headers["x-passerelle-boxes"] == "[]"


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("locked", "locked by a password"),
        ("damaged", "damaged"),
        ("empty", "damaged"),
        ("bomb", "too long or too much memory"),
        ("endless", "too long or too much memory"),
    ],
)
def test_a_hostile_file_is_refused_with_its_reason_and_the_next_page_is_drawn(
    site: tuple[str, str], name: str, reason: str
) -> None:
    answer = get_page(site, name, 1)
    if answer.status_code != 200:  # pdfium may also find its way through
        assert answer.status_code == 422
        assert answer.headers["content-type"] == "application/problem+json"
        assert reason in answer.json()["detail"]
    assert get_page(site, "good", 1).status_code == 200
    shown = httpx.get(f"{site[0]}/documents/{name}", timeout=30)
    assert shown.status_code == 200
    assert READ[1][:20] in shown.text


@pytest.mark.parametrize("name", ["huge", "strip"])
def test_a_picture_has_never_more_than_four_million_pixels(site: tuple[str, str], name: str) -> None:
    answer = get_page(site, name, 1, width=2000)
    picture = Image.open(io.BytesIO(answer.content))
    assert answer.status_code == 200
    assert picture.width * picture.height <= 4_010_000


def test_a_page_that_is_not_there_is_a_404_and_a_wrong_field_is_named(site: tuple[str, str]) -> None:
    assert get_page(site, "good", 3).status_code == 404
    assert get_page(site, "lost", 1).status_code == 503  # its file should be there
    assert get_page(site, "nothing", 1).status_code == 404
    for params, field in (({"start": 5}, "end"), ({"start": 5, "end": 9999}, "end"), ({"width": 9999}, "width")):
        answer = get_page(site, "good", 1, **dict[str, Any](params))
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)
    assert get_page(site, "a", 1).json()["id"] == "a/pages/1"
    assert "Titre a/pages/1" in httpx.get(f"{site[0]}/documents/a/pages/1").text
    for number in ("0", "-1", "x", "1.5", "9" * 5000, "\u0663"):
        for path in ("api/v1/documents/good/pages/{}", "documents/good/pages/{}", "documents/good/pages/{}.png"):
            assert httpx.get(f"{site[0]}/{path.format(number)}").status_code == 404, number[:9]


def test_a_page_is_for_those_who_may_see_its_document_even_when_it_was_drawn_for_another(site: tuple[str, str]) -> None:
    assert get_page(site, "reserve", 1, key=site[1]).status_code == 200
    hidden, absent = get_page(site, "reserve", 1), get_page(site, "none", 1)
    assert hidden.status_code == absent.status_code == 404
    assert hidden.content == absent.content
    for path in ("/documents/reserve/pages/1.png", "/documents/reserve/pages/1"):
        page = httpx.get(site[0] + path)
        assert page.status_code == 404
        assert "Titre" not in page.text


class Counting(PageImages):
    """Draws nothing and counts how often it was called."""

    drawn = 0

    def _draw_in_child(self, request: PageRequest, path: Path) -> tuple[dict[str, Any], bytes]:
        self.drawn += 1
        if request.sha256 == "bad":
            return {"refused": "damaged"}, b""
        return {"pages": 9, "width": 1, "height": 1, "boxes": []}, b"x" * 1000


async def draw(images: PageImages, request: PageRequest, path: Path) -> PageImage | None:
    try:
        return await images.page(request, lambda: nullcontext(path))
    except UndrawablePage:
        return None


def test_what_was_drawn_is_kept_up_to_a_limit_and_what_failed_is_not_tried_at_once(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"x")
    images = Counting(most_kept=5_000)
    requests = [PageRequest("a", page, 100, "", 0, 0) for page in range(5)]

    async def draw_all() -> None:
        for request in [*requests[:2], *requests[:2]]:
            await draw(images, request, path)
        assert images.drawn == 2
        for request in requests:
            await draw(images, request, path)
        assert images.drawn == 5
        await draw(images, requests[0], path)  # the oldest had to go
        assert images.drawn == 6
        for _ in range(3):
            assert await draw(images, PageRequest("bad", 1, 100, "", 0, 0), path) is None
        assert images.drawn == 7

    asyncio.run(draw_all())
    assert MOST_KEPT <= 64 << 20
