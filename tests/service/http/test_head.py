"""HEAD is answered wherever GET is, with the same head and no body."""

from __future__ import annotations

import pytest
from fastapi.routing import iter_route_contexts
from starlette.testclient import TestClient

from service.app import Parts, create_app


def test_every_get_without_parameters_can_be_asked_for_its_head(parts: Parts) -> None:
    app = create_app(parts)
    client = TestClient(app, raise_server_exceptions=False)
    paths = [
        route.path or ""
        for route in iter_route_contexts(app.routes)
        if "GET" in (route.methods or ()) and "{" not in (route.path or "")
    ]
    assert len(paths) > 30
    for path in paths:
        whole, head = (client.request(method, path, follow_redirects=False) for method in ("GET", "HEAD"))
        assert (head.status_code, head.content) == (whole.status_code, b""), path
        assert head.headers.get("content-type") == whole.headers.get("content-type"), path


@pytest.mark.parametrize("path", ["/api/v1/documents/notes/teletravail", "/v1/models", "/static/passerelle.css"])
def test_the_length_is_that_of_the_body(client: TestClient, path: str) -> None:
    assert client.head(path).headers["content-length"] == str(len(client.get(path).content))


def test_what_cannot_be_read_has_no_head(client: TestClient) -> None:
    assert client.head("/api/v1/search").status_code == 405
