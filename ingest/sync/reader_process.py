"""Files to what they say, through a child process with limits on time and memory: a hostile file harms only itself."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from index.documents import SectionText
from ingest.loaders import Loaded, UnreadableFile
from ingest.sync.scratch import new_scratch, remove_scratch

SECONDS: Final = 120
MEMORY: Final = 2 << 30
MOST_FILES: Final = 500  # then a fresh child, should a library keep what it took
_LONGEST_ANSWER: Final = 200 << 20
_ALIVE: Final = b'{"alive": true}\n'  # a page of OCR is done: the time starts again


class Reader:
    """Reads files one after the other in one child process, which is replaced when a file kills it."""

    def __init__(self, *, seconds: float = SECONDS, memory: int = MEMORY) -> None:
        self._seconds = seconds
        self._memory = memory
        self._child: subprocess.Popen[bytes] | None = None
        self._scratch: Path | None = None
        self._read = 0
        self._closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def read(self, path: Path, password: str = "") -> Loaded:
        """Return what the file says, opened with the password if it is encrypted. Raises UnreadableFile."""
        fresh = self._child is None
        said = self._ask(path, password)
        if not fresh and (said is None or said.get("spent")):
            said = self._ask(path, password)  # an earlier file may have used up what this one needed: once more, alone
        if said is None:
            raise UnreadableFile("its reader crashed (a damaged or hostile file, or more memory than allowed).")
        if "unreadable" in said:
            raise UnreadableFile(str(said["unreadable"]))
        sections = tuple(SectionText(*section) for section in said["sections"])
        return Loaded(sections, said["metadata"], said["hints"], tuple(said["warnings"]))

    def close(self) -> None:
        """End the child, also from another thread while it reads; what it was reading counts as unreadable."""
        self._closed = True
        self._end_child()

    def _end_child(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            _end(child)
            child.communicate()
        scratch, self._scratch = self._scratch, None
        if scratch is not None:
            remove_scratch(scratch)

    def _ask(self, path: Path, password: str) -> dict[str, Any] | None:
        """Return the child's answer, None when it died of the question. Raises UnreadableFile when time is up."""
        if self._closed:
            raise UnreadableFile("the run was stopped.")
        if self._read >= MOST_FILES:
            self._end_child()
        child = self._child = self._child or self._started()
        assert child.stdin is not None
        assert child.stdout is not None
        late = threading.Event()

        def stop() -> None:
            late.set()
            _end(child)

        timer = threading.Timer(self._seconds, stop)
        timer.start()
        try:
            request = {"path": str(path.absolute()), "seconds": self._seconds, "password": password}
            child.stdin.write(json.dumps(request).encode() + b"\n")
            child.stdin.flush()
            while (line := child.stdout.readline(_LONGEST_ANSWER)) == _ALIVE:
                timer.cancel()
                timer = threading.Timer(self._seconds, stop)
                timer.start()
        except OSError:
            line = b""
        finally:
            timer.cancel()
        self._read += 1
        said: dict[str, Any] | None = json.loads(line) if line.endswith(b"\n") else None
        if said is None or said.get("spent"):
            self._end_child()
        if said is None and late.is_set():
            raise UnreadableFile(f"reading it takes longer than {self._seconds:g} seconds.")
        return said

    def _started(self) -> subprocess.Popen[bytes]:
        self._read = 0
        root = Path(__file__).resolve().parent.parent.parent
        self._scratch = new_scratch()
        return subprocess.Popen(
            [sys.executable, "-c", _START, str(self._memory), str(root)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            env={**os.environ, "TMPDIR": str(self._scratch)},
        )


def _end(child: subprocess.Popen[bytes]) -> None:
    """Kill the child and what it started (Tesseract, LibreOffice)."""
    with contextlib.suppress(OSError):
        if hasattr(os, "killpg"):
            os.killpg(child.pid, signal.SIGKILL)
    child.kill()


# The package is found where this one was, whatever the working folder (and a file named like a module in it) is.
_START: Final = (
    "import sys; sys.path[:] = [sys.argv.pop(), *sys.path[1:]]; from ingest.loaders.child import main; main()"
)
