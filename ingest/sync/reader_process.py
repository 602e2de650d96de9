"""Read files through a child process with limits on time and memory: a hostile file harms only itself.

The child (`ingest.sync.reader_child`) has a folder of its own for temporary files, which is removed when the child
ends, however it ends.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from index.reasons import Reason
from ingest.loaders.loaded_file import LoadedFile, UnreadableFile
from ingest.sources.catalogue import Candidate

SECONDS: Final = 120
MEMORY: Final = 2 << 30
MOST_FILES: Final = 500  # then a fresh child, should a library leak memory
READ_AHEAD: Final = 8  # files
_LONGEST_ANSWER: Final = 200 << 20
_ALIVE: Final = b'{"alive": true}\n'  # slow work goes on: the time limit starts again
_SCRATCH_PREFIX: Final = "passerelle-read-"
_ABANDONED_S: Final = 86_400.0  # a job that was killed could not remove its folder; no file takes a day

# The package is found where this one was, whatever the working folder (and a file named like a module in it) is.
_START: Final = (
    "import sys; sys.path[:] = [sys.argv.pop(), *sys.path[1:]]; from ingest.sync.reader_child import main; main()"
)


class ReaderProcess:
    """Reads files one after another in one child process, which is replaced when a file kills it."""

    def __init__(self, *, seconds: float = SECONDS, memory: int = MEMORY) -> None:
        self._seconds = seconds
        self._memory = memory
        self._child: subprocess.Popen[bytes] | None = None
        self._scratch: Path | None = None
        self._files_read = 0
        self._is_closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def read(self, path: Path, password: str = "") -> LoadedFile:
        """Return what the file says, opened with the password if it is encrypted. Raises UnreadableFile."""
        is_fresh = self._child is None
        answer = self._request(path, password)
        if not is_fresh and (answer is None or answer.get("spent")):
            answer = self._request(path, password)  # an earlier file may have used up the memory: once more, alone
        if answer is None:
            raise UnreadableFile(Reason("reader-crashed"))
        if "unreadable" in answer:
            raise UnreadableFile(Reason.from_json(answer["unreadable"]))
        return LoadedFile.from_json(answer)

    def close(self) -> None:
        """End the child, also from another thread while it reads; what it was reading counts as unreadable."""
        self._is_closed = True
        self._end_child()

    def _request(self, path: Path, password: str) -> dict[str, Any] | None:
        """Return the child's answer, None if it died of the file. Raises UnreadableFile when time is up."""
        if self._is_closed:
            raise UnreadableFile(Reason("run-stopped"))
        if self._files_read >= MOST_FILES:
            self._end_child()
        child = self._child = self._child or self._start_child()
        limit = _TimeLimit(child, self._seconds)
        request = {"path": str(path.absolute()), "seconds": self._seconds, "password": password}
        line = _exchange(child, json.dumps(request).encode() + b"\n", limit)
        self._files_read += 1
        answer: dict[str, Any] | None = json.loads(line) if line.endswith(b"\n") else None
        if answer is None or answer.get("spent"):
            self._end_child()
        if answer is None and limit.is_exceeded:
            raise UnreadableFile(Reason("too-slow", seconds=f"{self._seconds:g}"))
        return answer

    def _start_child(self) -> subprocess.Popen[bytes]:
        self._files_read = 0
        root = Path(__file__).resolve().parent.parent.parent
        self._scratch = _make_scratch()
        return subprocess.Popen(
            [sys.executable, "-c", _START, str(self._memory), str(root)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            env={**os.environ, "TMPDIR": str(self._scratch)},
        )

    def _end_child(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            _kill(child)
            child.communicate()
        scratch, self._scratch = self._scratch, None
        if scratch is not None:
            remove_scratch(scratch)


class _TimeLimit:
    """Kills the child after so many seconds, counted anew with each `restart`."""

    def __init__(self, child: subprocess.Popen[bytes], seconds: float) -> None:
        self._child = child
        self._seconds = seconds
        self._exceeded = threading.Event()
        self._timer = self._start()

    @property
    def is_exceeded(self) -> bool:
        return self._exceeded.is_set()

    def restart(self) -> None:
        self._timer.cancel()
        self._timer = self._start()

    def cancel(self) -> None:
        self._timer.cancel()

    def _start(self) -> threading.Timer:
        timer = threading.Timer(self._seconds, self._kill_child)
        timer.start()
        return timer

    def _kill_child(self) -> None:
        self._exceeded.set()
        _kill(self._child)


def _exchange(child: subprocess.Popen[bytes], request: bytes, limit: _TimeLimit) -> bytes:
    """Return the child's line of answer to a request, cut off or empty if it dies."""
    assert child.stdin is not None
    assert child.stdout is not None
    try:
        child.stdin.write(request)
        child.stdin.flush()
        while (line := child.stdout.readline(_LONGEST_ANSWER)) == _ALIVE:
            limit.restart()
        return line
    except OSError:
        return b""
    finally:
        limit.cancel()


def _kill(child: subprocess.Popen[bytes]) -> None:
    """Kill the child and what it started (Tesseract, LibreOffice)."""
    with contextlib.suppress(OSError):
        if hasattr(os, "killpg"):
            os.killpg(child.pid, signal.SIGKILL)
    child.kill()


def _make_scratch() -> Path:
    """Make a folder for temporary files, and remove those that killed jobs left behind long ago."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_SCRATCH_PREFIX}*"):
        with contextlib.suppress(OSError):
            if time.time() - folder.stat().st_mtime > _ABANDONED_S:
                remove_scratch(folder)
    return Path(tempfile.mkdtemp(prefix=_SCRATCH_PREFIX))


def remove_scratch(folder: Path) -> None:
    """Remove the folder with its content as far as possible; do nothing to a folder that was not made here."""
    if folder.name.startswith(_SCRATCH_PREFIX):
        shutil.rmtree(folder, ignore_errors=True)


def read_ahead(reader: ReaderProcess, candidates: Sequence[Candidate]) -> Iterator[LoadedFile | UnreadableFile]:
    """Yield what each file says, in order; the next files are read meanwhile. Closes the reader."""
    reading: deque[Future[LoadedFile]] = deque()
    remaining = iter(candidates)
    with ThreadPoolExecutor(1, thread_name_prefix="read") as pool:
        try:
            while True:
                while len(reading) < READ_AHEAD and (candidate := next(remaining, None)) is not None:
                    reading.append(pool.submit(reader.read, candidate.file, candidate.password))
                if not reading:
                    return
                try:
                    yield reading.popleft().result()
                except UnreadableFile as error:
                    yield error
        finally:
            reader.close()
            pool.shutdown(cancel_futures=True)
