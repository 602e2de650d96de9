"""A sample forum that loads `forum-suggest.js` from the resource centre, each served on a port of its own."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import uvicorn

from service.app import create_app
from tests.service.forum.test_service import forum_parts

FORUM = """<!doctype html><html lang="fr"><meta charset="utf-8"><title>Forum</title>
<h1>Nouveau sujet</h1>
<form method="get" action="/sent">
  <label>Titre <input name="title" data-passerelle-title></label>
  <label>Texte <textarea name="body" data-passerelle-body></textarea></label>
  <button>Publier</button>
</form>
<script src="SERVICE/forum-suggest.js" defer></script></html>"""


class Sample(BaseHTTPRequestHandler):
    """A forum with a strict policy of its own: it trusts the resource centre's script and address, nothing inline."""

    service = ""

    def do_GET(self) -> None:
        policy = f"default-src 'none'; script-src {self.service}; connect-src {self.service}; form-action 'self'"
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Security-Policy", policy)
        self.end_headers()
        self.wfile.write(FORUM.replace("SERVICE", self.service).encode())

    def log_message(self, format: str, *args: object) -> None:
        return


@contextmanager
def served_forum(folder: Path) -> Iterator[str]:
    """Serve the resource centre on one loopback port and a forum on another; yield the forum's address."""
    listening = socket.create_server(("127.0.0.1", 0))
    address = f"http://127.0.0.1:{listening.getsockname()[1]}"
    handler = type("Handler", (Sample,), {"service": address})
    pages = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    origin = f"http://127.0.0.1:{pages.server_port}"
    parts = forum_parts(folder)
    settings = parts.settings.model_copy(update={"public_url": address, "cors_origins": (origin,)})
    app = create_app(replace(parts, settings=settings))
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
    threads = [threading.Thread(target=server.run, args=([listening],)), threading.Thread(target=pages.serve_forever)]
    for thread in threads:
        thread.start()
    yield origin
    server.should_exit = True
    pages.shutdown()
    for thread in threads:
        thread.join()
    listening.close()
    pages.server_close()
