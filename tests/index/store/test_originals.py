"""Original files in a folder and in S3: one promise, held to by the same tests."""

from __future__ import annotations

import hashlib
import logging
import threading
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import IO, Any, cast

import pytest

from index.errors import ChangedOriginal, LostOriginal, StoreError
from index.settings import IndexSettings
from index.store.opening import open_originals
from index.store.originals import FolderOriginals, Originals
from index.store.s3_originals import S3Originals
from tests.s3 import BUCKET, KEY, SECRET, S3Server

PDF = b"%PDF of a note"
PDF_SHA256 = hashlib.sha256(PDF).hexdigest()


@dataclass(frozen=True)
class Place:
    """Originals, and what an accident does to the content of one behind their back."""

    originals: Originals
    change: Callable[[str, bytes], None]


@pytest.fixture(params=["folder", "s3"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    if request.param == "folder":
        folder = FolderOriginals(tmp_path / "originals")
        return Place(folder, lambda sha256, content: cast(None, folder.path(sha256).write_bytes(content)))
    server: S3Server = request.getfixturevalue("s3_server")
    originals = server.originals()
    return Place(
        originals,
        lambda sha256, content: originals.file_system.pipe_file(
            f"{BUCKET}{originals.prefix}/{sha256[:2]}/{sha256}", content
        ),
    )


@pytest.fixture
def originals(place: Place) -> Originals:
    return place.originals


def content(originals: Originals, sha256: str) -> bytes:
    with originals.read(sha256) as path:
        return path.read_bytes()


def test_what_was_kept_comes_back_byte_for_byte(originals: Originals) -> None:
    for text in (b"", PDF, bytes(range(256)) * 10_000):
        sha256 = originals.keep(BytesIO(text))
        assert sha256 == hashlib.sha256(text).hexdigest()
        assert originals.holds(sha256)
        assert content(originals, sha256) == text


def test_the_same_content_is_kept_once_under_one_name(originals: Originals) -> None:
    assert originals.keep(BytesIO(PDF)) == originals.keep(BytesIO(PDF)) == PDF_SHA256
    other = originals.keep(BytesIO(b"another"))
    assert sorted(originals.names()) == sorted([PDF_SHA256, other])


def test_a_lost_file_is_an_error_that_says_so(originals: Originals) -> None:
    assert not originals.holds(PDF_SHA256)
    with pytest.raises(LostOriginal, match=r"is lost.*restore FILE --originals"):
        content(originals, PDF_SHA256)
    originals.keep(BytesIO(PDF))
    originals.remove(PDF_SHA256)
    assert not originals.holds(PDF_SHA256)
    with pytest.raises(LostOriginal):
        content(originals, PDF_SHA256)


@pytest.mark.parametrize("changed", [b"", PDF[:-1], PDF.replace(b"note", b"lie!"), PDF + b" "])
def test_a_changed_file_is_an_error_that_says_so_and_is_never_given_out(place: Place, changed: bytes) -> None:
    place.originals.keep(BytesIO(PDF))
    place.change(PDF_SHA256, changed)
    with pytest.raises(ChangedOriginal, match="not what was kept"):
        content(place.originals, PDF_SHA256)


def test_a_changed_file_can_be_removed_and_kept_anew(place: Place) -> None:
    place.originals.keep(BytesIO(PDF))
    place.change(PDF_SHA256, b"another")
    place.originals.remove(PDF_SHA256)
    place.originals.keep(BytesIO(PDF))
    assert content(place.originals, PDF_SHA256) == PDF


def test_removing_what_is_not_there_is_fine(originals: Originals) -> None:
    originals.remove(PDF_SHA256)
    assert list(originals.names()) == []


class Breaking(BytesIO):
    """A file whose disk fails after a megabyte."""

    def read(self, size: int | None = -1) -> bytes:
        if self.tell() > 1 << 20:
            raise OSError("the disk failed")
        return super().read(size)


def test_a_file_that_cannot_be_read_to_its_end_leaves_nothing(originals: Originals) -> None:
    with pytest.raises(OSError, match="the disk failed"):
        originals.keep(cast(IO[bytes], Breaking(bytes(3 << 20))))
    assert list(originals.names()) == []


def test_nobody_sees_a_part_of_a_file_while_several_keep_it(originals: Originals) -> None:
    """A reader finds it whole or not at all: a part would be taken for a changed file."""
    text = bytes(range(256)) * 8_000
    sha256 = hashlib.sha256(text).hexdigest()
    is_over = threading.Event()

    def look() -> int:
        whole = 0
        while not is_over.is_set():
            try:
                whole += content(originals, sha256) == text
            except LostOriginal:
                continue
        return whole

    with ThreadPoolExecutor(4) as pool:
        reader = pool.submit(look)
        for writer in [pool.submit(originals.keep, BytesIO(text)) for _ in range(6)]:
            assert writer.result() == sha256
        while not reader.done() and not originals.holds(sha256):
            pass
        is_over.set()
        reader.result()  # raises ChangedOriginal where a part was seen
    assert content(originals, sha256) == text


def test_nothing_of_what_is_read_stays_on_this_machine(s3_server: S3Server) -> None:
    originals = s3_server.originals()
    originals.keep(BytesIO(PDF))
    with originals.read(PDF_SHA256) as path:
        assert path.read_bytes() == PDF
    assert not path.exists()


# what a setting names


@pytest.fixture
def s3_environ(s3_server: S3Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[S3Server]:
    from index.store.s3_originals import _file_system

    for name, value in s3_server.environ.items():
        monkeypatch.setenv(name, value)
    _file_system.cache_clear()
    yield s3_server
    _file_system.cache_clear()


def test_an_address_and_the_variables_of_s3_lead_to_the_bucket(s3_environ: S3Server, tmp_path: Path) -> None:
    address = f"s3://{BUCKET}/{uuid.uuid4().hex}"
    settings = IndexSettings.from_environ({"PASSERELLE_DATA": str(tmp_path), "PASSERELLE_OBJECTS": f"{address}/"})
    open_originals(settings).keep(BytesIO(PDF))
    assert open_originals(settings).name == address
    path = f"{address}/{PDF_SHA256[:2]}/{PDF_SHA256}"
    assert s3_environ.file_system().cat_file(path) == PDF
    assert content(open_originals(settings), PDF_SHA256) == PDF
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_shared_where_it_is_named_and_the_data_folders_own_where_none_is(tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    for data in ("one", "two"):
        settings = IndexSettings(data=tmp_path / data, objects=str(tmp_path / "shared"))
        open_originals(settings).keep(BytesIO(data.encode()))
    assert len(list(open_originals(settings).names())) == 2
    open_originals(IndexSettings(data=tmp_path / "three")).keep(BytesIO(PDF))
    assert (tmp_path / "three" / "originals" / PDF_SHA256[:2] / PDF_SHA256).read_bytes() == PDF


def test_a_share_that_is_not_mounted_is_an_error_and_no_empty_folder(tmp_path: Path) -> None:
    originals = open_originals(IndexSettings(data=tmp_path, objects=str(tmp_path / "mnt" / "originals")))
    uses: list[Callable[[], Any]] = [
        lambda: originals.keep(BytesIO(PDF)),
        lambda: originals.holds(PDF_SHA256),
        lambda: content(originals, PDF_SHA256),
        lambda: originals.remove(PDF_SHA256),
        lambda: list(originals.names()),
    ]
    for use in uses:
        with pytest.raises(StoreError, match="Mount the share"):
            use()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "address",
    [
        "s3://",
        "s3://key:geheim@bucket/x",
        "s3://bucket/../other",
        "s3://bucket//x",
        "https://geheim@host",
        "s3://B?x=1",
    ],
)
def test_an_address_that_is_none_is_refused_without_being_repeated(address: str, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="PASSERELLE_OBJECTS: expected") as refused:
        open_originals(IndexSettings(data=tmp_path, objects=address))
    assert "geheim" not in str(refused.value)


@pytest.mark.parametrize("wrong", ["key", "secret", "server", "bucket"])
def test_a_store_that_cannot_be_used_is_an_error_and_no_lost_file_and_no_message_names_a_credential(
    wrong: str, s3_server: S3Server, caplog: pytest.LogCaptureFixture
) -> None:
    kept = s3_server.originals()
    kept.keep(BytesIO(PDF))
    others = {"key": {"key": "AKIDOTHER"}, "secret": {"secret": "falsch"}, "server": {"url": "http://127.0.0.1:1"}}
    bucket = "absent" if wrong == "bucket" else BUCKET
    originals = S3Originals(s3_server.file_system(**others.get(wrong, {})), bucket, kept.prefix)
    uses: list[Callable[[], Any]] = [
        lambda: originals.keep(BytesIO(b"another")),
        lambda: originals.holds(PDF_SHA256),
        lambda: content(originals, PDF_SHA256),
        lambda: list(originals.names()),
    ]
    for use in uses:
        with caplog.at_level(logging.DEBUG, "passerelle"), pytest.raises(StoreError) as refused:
            use()
        assert "PASSERELLE_OBJECTS" in str(refused.value)
        assert refused.value.__cause__ is None
        shown = f"{refused.value} {caplog.text} {originals.name}"
        assert not [secret for secret in (KEY, SECRET, "AKIDOTHER", "falsch") if secret in shown]
    assert "cannot read an original" in caplog.text
