"""Bombs, cycles, wrong suffixes and monsters are named in the report within the limits, and harm no other file."""

from __future__ import annotations

import struct
import zipfile
from pathlib import Path

import pytest

from ingest.loaders.dispatch import load
from ingest.loaders.loaded_file import UnreadableFile
from ingest.sources.catalogue import take_inventory
from ingest.sync.reader_process import ReaderProcess
from tests.ingest.loaders.real_files import write_docx, write_odt, write_pdf, write_pptx
from tests.service.paged import bomb

BILLION_LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True))
    + "]>"
)


def with_part(path: Path, part: str, change: bytes) -> Path:
    """Put `change` before the root of one part of an office file."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    body = parts[part].partition(b"?>")[2] or parts[part]
    parts[part] = change + body
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


@pytest.mark.parametrize(
    ("write", "name", "part"),
    [
        (write_docx, "a.docx", "word/document.xml"),
        (write_pptx, "a.pptx", "ppt/slides/slide1.xml"),
        (write_odt, "a.odt", "content.xml"),
    ],
)
def test_xml_entities_are_refused(tmp_path: Path, write: object, name: str, part: str) -> None:
    assert callable(write)
    path = with_part(write(tmp_path / name), part, BILLION_LAUGHS.encode())
    with pytest.raises(UnreadableFile, match=r"entities, as bombs do"):
        load(path)


def test_entities_far_behind_the_start_are_not_expanded(tmp_path: Path) -> None:
    comment = b"<!--" + b"x" * 100_000 + b"-->"
    bomb = BILLION_LAUGHS.encode().replace(b"<!DOCTYPE", comment + b"<!DOCTYPE")
    with ReaderProcess(seconds=20) as reader:
        for write, name, part in (
            (write_docx, "a.docx", "word/document.xml"),
            (write_odt, "a.odt", "content.xml"),
        ):
            path = with_part(write(tmp_path / name), part, bomb)
            try:
                loaded = reader.read(path)
            except UnreadableFile:
                continue
            assert sum(len(section.text) for section in loaded.sections) < 10_000


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "bombe.docx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b"\0" * (100 << 20))
    with pytest.raises(UnreadableFile, match="as bombs do"):
        load(path)


def test_a_zip_that_lies_about_its_size_stops_at_the_memory_limit(tmp_path: Path) -> None:
    path = write_docx(tmp_path / "menteur.docx")
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/media/x.xml", b" " * (60 << 20))
    content = path.read_bytes().replace(struct.pack("<I", 60 << 20), struct.pack("<I", 1000))
    path.write_bytes(content)
    with ReaderProcess(seconds=20) as reader:
        with pytest.raises(UnreadableFile) as refused:
            reader.read(path)
        assert "crashed" not in str(refused.value)


def test_an_archive_in_itself_is_not_entered(tmp_path: Path) -> None:
    path = tmp_path / "poupee.epub"
    for depth in range(5):
        inner = path.read_bytes() if depth else b"fin"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(f"{depth}.epub", inner)
    with pytest.raises(UnreadableFile):
        load(path)


def test_a_picture_of_500_megapixels_on_a_page_does_not_stop_the_reader(tmp_path: Path) -> None:
    path = tmp_path / "affiche.pdf"
    path.write_bytes(bomb())
    good = write_pdf(tmp_path / "bon.pdf", [["Une phrase ordinaire sur une page."]])
    with ReaderProcess(seconds=60) as reader:
        with pytest.raises(UnreadableFile):
            reader.read(path)
        assert reader.read(good).sections


def test_a_pdf_of_ten_thousand_pages_is_refused_by_name(tmp_path: Path) -> None:
    from pypdf import PdfWriter

    writer = PdfWriter()
    for _ in range(10_000):
        writer.add_blank_page(200, 200)
    writer.write(tmp_path / "long.pdf")
    with ReaderProcess(seconds=60) as reader, pytest.raises(UnreadableFile, match=r"10000 pages.*split it"):
        reader.read(tmp_path / "long.pdf")


def test_a_text_of_more_characters_than_a_shelf_of_books_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "long.txt").write_text("mot " * 1_300_000)
    with (
        ReaderProcess(seconds=60) as reader,
        pytest.raises(UnreadableFile, match=r"more than 5 million characters.*split it"),
    ):
        reader.read(tmp_path / "long.txt")


def test_a_damaged_file_is_named_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.4\n" + bytes(range(256)) * 20)
    with (
        ReaderProcess(seconds=60) as reader,
        pytest.raises(UnreadableFile, match=r"damaged PDF.*Copy it again from where"),
    ):
        reader.read(tmp_path / "a.pdf")


def test_a_pdf_whose_pages_are_their_own_parents_is_unreadable(tmp_path: Path) -> None:
    path = tmp_path / "cycle.pdf"
    path.write_bytes(
        b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n"
        b"2 0 obj\n<< /Type /Pages /Kids [2 0 R] /Count 3 /Parent 2 0 R >>\nendobj\n"
        b"trailer << /Root 1 0 R /Size 3 >>\n%%EOF\n"
    )
    with ReaderProcess(seconds=20) as reader, pytest.raises(UnreadableFile):
        reader.read(path)


@pytest.mark.parametrize("name", ["a\nb.txt", "–’œ …\u202e.txt", "\udcff\udcfe.txt", "-rf --.txt", " .txt", "%00.txt"])
def test_files_with_odd_names_are_read(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text("Une phrase ordinaire.", encoding="utf-8")
    with ReaderProcess(seconds=20) as reader:
        assert reader.read(path).sections[0].text == "Une phrase ordinaire."


def test_a_link_out_of_the_source_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("Le mot de passe.")
    source = tmp_path / "source"
    source.mkdir()
    (source / "lien.txt").symlink_to(tmp_path / "secret.txt")
    (source / "cercle").symlink_to(source)
    inventory = take_inventory(source)
    assert inventory.candidates == ()
    assert "leads out of the source" in inventory.refused["lien.txt"]
