"""A file is replaced as a whole or not at all."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from index.store.atomic_files import write_atomically


def test_readers_see_the_old_content_until_the_new_one_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "state"
    path.write_bytes(b"old")
    with write_atomically(path) as file:
        file.write(b"new, and longer")
        file.flush()
        assert path.read_bytes() == b"old"
    assert path.read_bytes() == b"new, and longer"


def test_a_failure_leaves_the_old_content_and_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "state"
    path.write_bytes(b"old")

    def fail_halfway() -> None:
        with write_atomically(path) as file:
            file.write(b"new")
            raise ValueError("halfway")

    with pytest.raises(ValueError, match="halfway"):
        fail_halfway()
    assert [other.name for other in tmp_path.iterdir()] == ["state"]
    assert path.read_bytes() == b"old"


def test_a_private_file_is_its_owners_alone(tmp_path: Path) -> None:
    with write_atomically(tmp_path / "state", private=True, durable=True) as file:
        file.write(b"secret")
    assert (tmp_path / "state").stat().st_mode & 0o777 == 0o600


def test_threads_that_write_the_same_file_never_mix_their_contents(tmp_path: Path) -> None:
    def write(number: int) -> None:
        with write_atomically(tmp_path / "state") as file:
            for _ in range(50):
                file.write(bytes([number]) * 1000)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(8)))
    content = (tmp_path / "state").read_bytes()
    assert len(set(content)) == 1
    assert len(content) == 50_000
