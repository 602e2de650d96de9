"""A disk that fills up under a running service: it goes on answering, and says what it cannot do."""

from __future__ import annotations

from pathlib import Path

import httpx

from tests.faults.living import started
from tests.faults.mounting import fill, small_disk


def test_searches_are_answered_while_the_disk_is_full_and_the_rest_again_when_it_has_room(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    with (
        small_disk(disk, megabytes=8),
        started(disk) as service,
        httpx.Client(timeout=60, base_url=service.url, headers=service.key) as client,
    ):
        filling = fill(disk)
        assert service.search(client).json()["results"]
        for path in ("/api/v1/documents/d0", "/documents/d0", "/?q=partie"):
            assert client.get(path).status_code == 200
        refused = client.get("/oai?verb=Identify")  # what changed when is kept in a file of the service's own
        assert refused.status_code == 503
        assert "disk is full" in refused.json()["detail"]
        filling.unlink()
        assert client.get("/oai?verb=Identify").status_code == 200
