"""A folder that all machines must share is recognised; one machine alone needs no mark."""

from __future__ import annotations

from pathlib import Path

import pytest

from index.errors import StoreError
from index.store.private_database import ServerSchema
from index.store.shared_folder import MARK, require_shared
from index.store.small_files import FolderFiles, ServerFiles
from tests.databases import Locate


def test_a_folder_of_another_machine_s_own_is_refused_until_it_is_the_same(locate: Locate, tmp_path: Path) -> None:
    location = locate("files.sqlite")
    if not isinstance(location, ServerSchema):
        require_shared(tmp_path / "uploads", FolderFiles(tmp_path))
        assert not (tmp_path / "uploads").exists()
        return
    files, first, second = ServerFiles(location), tmp_path / "a/uploads", tmp_path / "b/uploads"
    for _ in range(2):
        require_shared(first, files)
    with pytest.raises(StoreError, match="not the folder that the other machines"):
        require_shared(second, files)
    assert not second.exists()
    second.parent.mkdir()
    second.symlink_to(first)
    require_shared(second, files)
    (first / MARK).unlink()  # the network folder is not mounted
    with pytest.raises(StoreError):
        require_shared(first, files)
