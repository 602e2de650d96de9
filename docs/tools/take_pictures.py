"""Take the README's pictures of a demonstration: `python docs/tools/take_pictures.py` from the repository's root.

Needs the ingested demonstration corpus (`make ingest`), Chromium, and Pillow to make the files small. The service runs
on a copy of the data, to which a few made-up reports of obstacles are added; nothing of it is kept.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / ".readme"
LINKED = ("models", "originals")
COPIED = ("lexical", "near-copies.npz", "thesaurus.json")
SIZE = {"width": 1280, "height": 800}
REPORTS = ROOT / "benchmarks/obstacles.jsonl"
REPORTED = 24  # reports; those of one obstacle are put together
SITUATION = "L'ambulance d'Irun est à cinq minutes, mais il n'y a pas de convention pour le secours à la frontière."
QUESTION = "Quand l’hôpital de Cerdagne a-t-il ouvert ?"


class Shot(NamedTuple):
    """A picture: its name, the page, whether it is what staff see, and a link that is followed from there."""

    name: str
    path: str
    is_staff: bool = False
    link: str = ""


SHOTS: Sequence[Shot] = (
    Shot("home", "/"),
    Shot("search", "/?q=ambulance"),
    Shot("answer", "/?" + urlencode({"q": QUESTION})),
    Shot(
        "document",
        "/?" + urlencode({"q": "Quand le tram D a-t-il été mis en service jusqu’à Kehl ?"}),
        link=".answer .sources a",
    ),
    Shot("experiences", "/experiences?" + urlencode({"q": SITUATION})),
    Shot("obstacles", "/staff/obstacles", True),
)


@contextmanager
def served() -> Iterator[tuple[str, str]]:
    """Serve a copy of the demonstration; yield its address and a staff key."""
    with tempfile.TemporaryDirectory() as folder, socket.socket() as free:
        data = Path(folder)
        for path in (ROOT / "var").iterdir():
            if path.name in LINKED:
                (data / path.name).symlink_to(path)
            elif path.name in COPIED or path.name.startswith("passerelle.sqlite"):
                (shutil.copytree if path.is_dir() else shutil.copy2)(path, data / path.name)
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        env = os.environ | {
            "PASSERELLE_DATA": str(data),
            "PASSERELLE_PORT": str(port),
            "PASSERELLE_RATE_REPORTS": "0",
            "PYTHONPATH": str(ROOT),
        }
        added = subprocess.run(
            [sys.executable, "-m", "service", "keys", "add", "--audience", "staff", "--name", "Marie"],
            env=env, capture_output=True, text=True, check=True, cwd=ROOT,
        )  # fmt: skip
        process = subprocess.Popen([sys.executable, "-m", "service"], env=env, cwd=ROOT, stderr=subprocess.DEVNULL)
        try:
            address = f"http://127.0.0.1:{port}"
            wait(address)
            yield address, added.stdout.split()[-1]
        finally:
            process.terminate()
            process.wait(20)


def wait(address: str) -> None:
    """Wait until the service is ready. Raises TimeoutError."""
    for _ in range(240):
        try:
            urllib.request.urlopen(f"{address}/ready").close()
        except (urllib.error.URLError, OSError):
            time.sleep(0.5)
        else:
            return
    raise TimeoutError(f"{address}: not ready after two minutes")


def report_obstacles(address: str, key: str) -> None:
    """Hand in the first made-up reports."""
    for line in REPORTS.read_text(encoding="utf-8").splitlines()[:REPORTED]:
        report = json.loads(line)
        body = {"text": report["text"], "border": report["border"], "kind": "report", "consent": True}
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {key}"}
        request = urllib.request.Request(f"{address}/api/v1/obstacles", json.dumps(body).encode(), headers)
        urllib.request.urlopen(request).close()


def take(page: Any, address: str, shot: Shot) -> bytes:
    """Return the picture as PNG."""
    page.goto(address + shot.path, wait_until="networkidle")
    if shot.link:
        page.locator(shot.link).first.click()
        page.wait_for_load_state("networkidle")
    page.evaluate("document.activeElement && document.activeElement.blur()")
    page.wait_for_timeout(400)
    return bytes(page.screenshot())


def save(png: bytes, path: Path) -> None:
    """Write the picture with 256 colours, all that its text and few shades need."""
    from PIL import Image

    image = Image.open(io.BytesIO(png)).convert("RGB")
    image.quantize(256, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(path, optimize=True)
    sys.stdout.write(f"{path.name}: {path.stat().st_size / 1000:.0f} kB\n")


def main() -> None:
    from playwright.sync_api import sync_playwright

    FOLDER.mkdir(exist_ok=True)
    with served() as (address, key), sync_playwright() as play:
        report_obstacles(address, key)
        browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"])
        for is_staff in (False, True):
            page = browser.new_context(viewport=SIZE, locale="fr-FR").new_page()  # type: ignore[arg-type]
            if is_staff:
                page.goto(f"{address}/signin")
                page.fill("input[type=password]", key)
                page.locator("main button").click()
            for shot in (shot for shot in SHOTS if shot.is_staff is is_staff):
                save(take(page, address, shot), FOLDER / f"{shot.name}.png")
        browser.close()


if __name__ == "__main__":
    main()
