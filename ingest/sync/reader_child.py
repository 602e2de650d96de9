"""The process that parses files: a request a line in, a JSON answer a line out. Whatever a file does, it does here."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import IO, Any, Final

from index.reasons import Reason
from ingest.loaders.decryption import decrypt
from ingest.loaders.dispatch import load
from ingest.loaders.keep_alive import on_keep_alive
from ingest.loaders.loaded_file import UnreadableFile
from ingest.sync.reader_process import remove_scratch

MOST_CHARACTERS: Final = 5_000_000  # 1,600 dense pages; 20 million took the run 1.5 GB and half an hour of the model
_MILLIONS: Final = MOST_CHARACTERS // 1_000_000


def limit_memory(most_bytes: int) -> None:
    """Make every allocation past the limit fail, where the platform can (not on Windows or macOS)."""
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (most_bytes, most_bytes))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    except (ImportError, ValueError, OSError):
        return


def answer(path: Path, password: str = "") -> dict[str, Any]:
    """Return what the file says as JSON takes it, or {"unreadable": reason}; "spent" when memory ran out."""
    try:
        with decrypt(path, password) as readable:
            loaded = load(readable)
        if sum(len(section.text) for section in loaded.sections) > MOST_CHARACTERS:
            raise UnreadableFile(Reason("too-many-characters", most=_MILLIONS))
        if sum(len(section.text) for section in loaded.hidden) > MOST_CHARACTERS:
            too_much = Reason("too-much-hidden", most=_MILLIONS)
            loaded = replace(loaded, hidden=(), warnings=(*loaded.warnings, too_much))
        return loaded.as_json()
    except UnreadableFile as error:
        return {"unreadable": _with_remedy(error.reason).as_json()}
    except MemoryError:
        return {"unreadable": Reason("out-of-memory").as_json(), "spent": True}
    except OSError as error:
        return {"unreadable": Reason("cannot-be-read", detail=error.strerror or str(error)).as_json()}
    except Exception as error:  # foreign code reading a foreign file
        detail = f"{type(error).__name__}: {str(error)[:200]}"
        return {"unreadable": Reason("reader-failed", detail=detail).as_json()}


def _with_remedy(reason: Reason) -> Reason:
    return Reason("copy-again", reason=reason) if reason.code.startswith("damaged") else reason


def serve(requests: IO[bytes], answers: IO[bytes]) -> None:
    """Answer until the parent hangs up; stop after running out of memory, so that the next file starts fresh."""
    for line in requests:
        request = json.loads(line)
        seconds = int(request["seconds"]) + 5
        _set_alarm(seconds)
        on_keep_alive(lambda seconds=seconds: _report_alive(answers, seconds))  # type: ignore[misc]
        result = answer(Path(request["path"]), request["password"])
        answers.write(json.dumps(result, default=str).encode() + b"\n")
        answers.flush()
        _set_alarm(0)
        if result.get("spent"):
            return


def _report_alive(answers: IO[bytes], seconds: int) -> None:
    answers.write(b'{"alive": true}\n')
    answers.flush()
    _set_alarm(seconds)


def _set_alarm(seconds: int) -> None:
    """End this process after so many seconds, in case the parent is gone by then."""
    with contextlib.suppress(ImportError, AttributeError):
        import signal

        signal.alarm(seconds)


def main() -> None:
    """Serve on the pipes; whatever the libraries print goes to stderr, never among the answers."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    limit_memory(int(sys.argv[1]))
    try:
        serve(sys.stdin.buffer, answers)
    finally:  # also when the job itself was killed, and nobody else tidies up
        remove_scratch(Path(tempfile.gettempdir()))


if __name__ == "__main__":
    main()
