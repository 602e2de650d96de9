"""Encrypted backups: restored with their passphrase, and with nothing less."""

from __future__ import annotations

import io
import os
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.__main__ import main
from index.maintenance import encryption
from index.maintenance.encryption import CHUNK, HEADER, MAGIC, TAG, EncryptingWriter, EncryptionError, decrypt
from index.settings import IndexSettings
from tests.index.maintenance.commands import build_index, contents

PASSPHRASE = "correct horse battery staple"
QUICK = 4  # log2 n of scrypt: for what is not about guessing


def encrypt(path: Path, content: bytes, passphrase: str = PASSPHRASE) -> Path:
    with path.open("wb") as file:
        writer = EncryptingWriter(file, passphrase, QUICK)
        writer.write(content)
        writer.finish()
    return path


def plain(path: Path, passphrase: str = PASSPHRASE) -> bytes:
    target = io.BytesIO()
    decrypt(path, target, passphrase)
    return target.getvalue()


@pytest.fixture
def index(tmp_path: Path) -> IndexSettings:
    return build_index(tmp_path / "var")


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "passphrase"
    path.write_text(f"{PASSPHRASE}\n")
    return path


def run(index: IndexSettings, monkeypatch: pytest.MonkeyPatch, *words: object) -> int:
    monkeypatch.setenv("PASSERELLE_DATA", str(index.data))
    return main([str(word) for word in words])


def test_everything_lost_is_there_again_after_restore(
    index: IndexSettings, secret: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, file = contents(index), tmp_path / "backups" / "monday.enc"
    assert run(index, monkeypatch, "backup", file, "--passphrase-file", secret) == 0
    assert run(index, monkeypatch, "verify", file, "--passphrase-file", secret) == 0
    shutil.rmtree(index.data)
    assert run(index, monkeypatch, "restore", file, "--passphrase-file", secret) == 0
    assert contents(index) == before
    assert [path.name for path in file.parent.iterdir()] == ["monday.enc"]
    assert not list(index.data.glob(".passerelle-*"))
    assert file.stat().st_mode & 0o077 == 0


def test_nothing_of_the_documents_can_be_read_in_the_archive(
    index: IndexSettings, secret: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "monday.enc"
    run(index, monkeypatch, "backup", file, "--passphrase-file", secret)
    content = file.read_bytes()
    assert content.startswith(MAGIC)
    for trace in (b"PK\x03\x04", b"SQLite", b"manifest", b"keys.sqlite", "hôpital".encode()):
        assert trace not in content


def test_without_its_passphrase_nothing_is_restored_and_the_message_says_so(
    index: IndexSettings,
    secret: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    file, wrong = tmp_path / "monday.enc", tmp_path / "wrong"
    wrong.write_text("incorrect horse battery")
    run(index, monkeypatch, "backup", file, "--passphrase-file", secret)
    before = sorted(path.name for path in index.data.iterdir())
    for words, message in (
        (["--passphrase-file", wrong], "the passphrase is not the one it was encrypted with"),
        ([], "is encrypted. Name the file that holds its passphrase"),
    ):
        for command in ("restore", "verify"):
            assert run(index, monkeypatch, command, file, *words) != 0
            assert message in capsys.readouterr().err
    assert sorted(path.name for path in index.data.iterdir()) == before


def test_a_backup_that_is_not_encrypted_needs_no_passphrase(
    index: IndexSettings, secret: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "monday.zip"
    assert run(index, monkeypatch, "backup", file) == 0
    assert run(index, monkeypatch, "verify", file) == 0
    assert run(index, monkeypatch, "verify", file, "--passphrase-file", secret) == 0


@pytest.mark.parametrize("text", ["", "\n", "too short\n", "\nthe second line does not count"])
def test_a_short_passphrase_is_refused(
    index: IndexSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    secret, file = tmp_path / "passphrase", tmp_path / "monday.enc"
    secret.write_text(text)
    assert run(index, monkeypatch, "backup", file, "--passphrase-file", secret) != 0
    assert not file.exists()


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 3 * CHUNK + 5])
def test_what_was_encrypted_is_decrypted(tmp_path: Path, size: int) -> None:
    content = os.urandom(size)
    assert plain(encrypt(tmp_path / "a", content)) == content


@given(parts=st.lists(st.binary(max_size=300), max_size=12))
@settings(max_examples=30, deadline=None)
def test_it_does_not_matter_in_which_pieces_it_was_written(parts: list[bytes]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a"
        with path.open("wb") as file:
            writer = EncryptingWriter(file, PASSPHRASE, QUICK)
            for part in parts:
                writer.write(part)
            writer.finish()
        assert plain(path) == b"".join(parts)


START = HEADER + 32
WHOLE = CHUNK + TAG


@pytest.mark.parametrize("left", [0, 10, START - 1, START, START + 1, START + WHOLE, START + 2 * WHOLE, -1])
def test_an_archive_that_was_cut_off_is_refused(tmp_path: Path, left: int) -> None:
    path = encrypt(tmp_path / "a", b"x" * (2 * CHUNK + 100))
    path.write_bytes(path.read_bytes()[:left])
    with pytest.raises(EncryptionError, match="cut off"):
        plain(path)


@pytest.mark.parametrize("at", [len(MAGIC), len(MAGIC) + 1, HEADER - 1, HEADER, START, START + WHOLE, -1])
def test_one_changed_bit_is_noticed(tmp_path: Path, at: int) -> None:
    path = encrypt(tmp_path / "a", b"x" * (2 * CHUNK + 100))
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(content)
    with pytest.raises(EncryptionError):
        plain(path)


def test_chunks_that_were_exchanged_repeated_or_taken_away_are_noticed(tmp_path: Path) -> None:
    path = encrypt(tmp_path / "a", os.urandom(3 * CHUNK))
    content = path.read_bytes()
    head, first, second, last = (content[a:b] for a, b in ((0, START), *_places(3)))
    for chunks in ((second, first, last), (first, first, second, last), (first, last), (second, last), (last,)):
        path.write_bytes(head + b"".join(chunks))
        with pytest.raises(EncryptionError):
            plain(path)


def _places(count: int) -> list[tuple[int, int]]:
    return [(START + number * WHOLE, START + (number + 1) * WHOLE) for number in range(count)]


def test_a_chunk_of_another_archive_does_not_fit(tmp_path: Path) -> None:
    one, other = (encrypt(tmp_path / name, b"x" * 100).read_bytes() for name in "ab")
    assert one[START:] != other[START:]
    (tmp_path / "c").write_bytes(one[:START] + other[START:])
    with pytest.raises(EncryptionError):
        plain(tmp_path / "c")


def test_a_header_that_asks_for_much_memory_is_refused(tmp_path: Path) -> None:
    path = encrypt(tmp_path / "a", b"x")
    content = bytearray(path.read_bytes())
    content[len(MAGIC)] = 40
    path.write_bytes(content)
    with pytest.raises(EncryptionError, match="damaged"):
        plain(path)


def test_guessing_is_slow_by_default() -> None:
    assert encryption.LOG_N >= 17
