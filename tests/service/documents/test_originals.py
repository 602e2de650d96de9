"""The original file that a reader opens is the one that was read, wherever it is kept, or there is an error."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from index.documents import Audience
from index.store.originals import FolderOriginals, Originals
from tests.s3 import S3Server
from tests.service.marked import Item, made, mark, service_over

PATHS = (f"/files/d/{mark(0)}", f"/api/v1/documents/d/{mark(0)}/file")
PICTURE = f"/documents/d/{mark(0)}/pages/1.png"


@pytest.fixture(params=["folder", "s3"])
def originals(request: pytest.FixtureRequest, tmp_path: Path) -> Originals:
    if request.param == "folder":
        return FolderOriginals(tmp_path / "share")
    server: S3Server = request.getfixturevalue("s3_server")
    return server.originals()


@pytest.fixture
def site(originals: Originals, tmp_path: Path) -> Iterator[tuple[TestClient, str, bytes]]:
    """A service whose originals lie there, and the name and the content of the only document's."""
    contents: dict[str, bytes] = {}
    documents = [made(0, Item(["tram"], Audience.PUBLIC, (1, 2, 3)), contents)]
    with service_over(tmp_path / "var", documents, contents, originals) as client:
        ((name, content),) = contents.items()
        yield client, name, content


def test_a_reader_gets_the_file_byte_for_byte_and_any_part_of_it(site: tuple[TestClient, str, bytes]) -> None:
    client, name, content = site
    for path in PATHS:
        whole = client.get(path)
        assert (whole.status_code, whole.content) == (200, content)
        assert whole.headers["ETag"] == f'"{name}"'
        part = client.get(path, headers={"Range": "bytes=1-3", "If-Range": whole.headers["ETag"]})
        assert (part.status_code, part.content) == (206, content[1:4])
        assert client.head(path).headers["Content-Length"] == str(len(content))
    assert client.get(PICTURE).content == content  # as its fake draws it


def test_a_lost_file_is_an_error_that_says_so(site: tuple[TestClient, str, bytes], originals: Originals) -> None:
    client, name, _ = site
    originals.remove(name)
    for path in (*PATHS, PICTURE):
        assert client.get(path).status_code == 503
    assert "is lost" in client.get(PATHS[1]).json()["detail"]


def test_a_changed_file_is_never_given_out(site: tuple[TestClient, str, bytes], originals: Originals) -> None:
    client, name, _ = site
    other = originals.keep(BytesIO(b"%PDF intrus"))
    if isinstance(originals, FolderOriginals):
        originals.path(name).write_bytes(b"%PDF intrus")
    else:
        files, folder = originals.file_system, f"{originals.bucket}{originals.prefix}"  # type: ignore[attr-defined]
        files.cp_file(f"{folder}/{other[:2]}/{other}", f"{folder}/{name[:2]}/{name}")
    for path in (*PATHS, PICTURE):
        response = client.get(path)
        assert response.status_code == 503
        assert b"intrus" not in response.content
    assert "not what was kept" in client.get(PATHS[1]).json()["detail"]
