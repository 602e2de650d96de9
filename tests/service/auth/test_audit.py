"""The audit log: a chain that shows changes, written by several processes, and no staff action it could not hold."""

from __future__ import annotations

import io
import json
import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from service.__main__ import command
from service.app import Parts
from service.auth import audit_chain
from service.auth.audit import AuditFolder, AuditLog
from service.auth.callers import NOBODY
from service.auth.secret_sources import former_secrets, load_secret, rotate_secret
from service.errors import AuditUnavailable
from service.wiring import key_store
from tests.service.signing_in import sign_in, token_of

DAYS = [datetime(2026, 11, day, 12, tzinfo=UTC) for day in (1, 2, 3)]


def written(folder: Path, days: int = 365) -> AuditLog:
    """Return a log with three lines on each of three days."""
    now = [DAYS[0]]
    audit = AuditLog(AuditFolder(folder / "audit"), days, now=lambda: now[0])
    for now[0] in DAYS:
        for number in range(3):
            audit.write("act", NOBODY, number=number)
    return audit


def file_of(audit: AuditLog, day: int) -> Path:
    assert isinstance(audit.chain, AuditFolder)
    return audit.chain.folder / f"2026-11-0{day}.jsonl"


def test_each_line_holds_the_hash_of_the_line_before_over_all_files(tmp_path: Path) -> None:
    audit = written(tmp_path)
    lines = [line for day in (1, 2, 3) for line in file_of(audit, day).read_bytes().splitlines()]
    previous = [json.loads(line)["previous"] for line in lines]
    assert previous == [audit_chain.BEGINNING, *(audit_chain.line_hash(line) for line in lines[:-1])]
    verdict = audit.verify()
    assert (verdict.lines, verdict.fault, verdict.head) == (9, "", audit_chain.line_hash(lines[-1]))


def change_a_word(lines: list[bytes]) -> list[bytes]:
    return [lines[0], lines[1].replace(b'"number": 1', b'"number": 7'), lines[2]]


def take_a_line_away(lines: list[bytes]) -> list[bytes]:
    return [lines[0], lines[2]]


def put_a_line_in(lines: list[bytes]) -> list[bytes]:
    return [lines[0], lines[0], *lines[1:]]


def swap_two_lines(lines: list[bytes]) -> list[bytes]:
    return [lines[1], lines[0], lines[2]]


def put_nonsense_in(lines: list[bytes]) -> list[bytes]:
    return [lines[0], b"nonsense", *lines[1:]]


def put_a_line_without_a_hash_in(lines: list[bytes]) -> list[bytes]:
    return [*lines, b'{"action": "act"}']


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (change_a_word, "2026-11-02.jsonl, line 3"),
        (take_a_line_away, "2026-11-02.jsonl, line 2"),
        (put_a_line_in, "2026-11-02.jsonl, line 2"),
        (swap_two_lines, "2026-11-02.jsonl, line 1"),
        (put_nonsense_in, "2026-11-02.jsonl, line 2"),
        (put_a_line_without_a_hash_in, "2026-11-02.jsonl, line 4"),
        (lambda lines: [], "2026-11-03.jsonl, line 1"),
    ],
)
def test_the_first_line_that_does_not_fit_is_named(
    tmp_path: Path, change: Callable[[list[bytes]], list[bytes]], place: str
) -> None:
    audit = written(tmp_path)
    path = file_of(audit, 2)
    path.write_bytes(b"".join(line + b"\n" for line in change(path.read_bytes().splitlines())))
    assert audit.verify().fault.startswith(place)


def test_a_file_that_is_missing_is_noticed(tmp_path: Path) -> None:
    for day, place in ((1, "2026-11-02.jsonl, line 1"), (2, "2026-11-03.jsonl, line 1")):
        audit = written(tmp_path / str(day))
        file_of(audit, day).unlink()
        assert audit.verify().fault.startswith(place)


def test_a_log_that_was_cut_short_or_written_anew_does_not_know_the_hash_noted_before(tmp_path: Path) -> None:
    audit = written(tmp_path)
    head = audit.verify().head
    assert audit.verify(head).knows
    audit.write("act", NOBODY)
    assert audit.verify(head).knows
    path = file_of(audit, 3)
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:2]))
    cut = audit.verify(head)
    assert (cut.fault, cut.knows) == ("", False)


def test_the_chain_goes_on_when_old_files_are_removed(tmp_path: Path) -> None:
    audit = written(tmp_path, days=2)
    later = AuditLog(audit.chain, 2, now=lambda: DAYS[2] + timedelta(days=1))
    later.write("act", NOBODY)
    assert not file_of(audit, 1).exists()
    assert later.verify().fault == ""
    file_of(audit, 2).unlink()  # by somebody else
    assert later.verify().fault.startswith("2026-11-03.jsonl, line 1")


def test_lines_from_before_the_log_was_a_chain_are_counted_and_held_from_then_on(tmp_path: Path) -> None:
    folder = tmp_path / "audit"
    folder.mkdir()
    old = folder / "2026-10-31.jsonl"
    old.write_text('{"action": "old"}\n{"action": "older"}\n')
    audit = written(tmp_path)
    verdict = audit.verify()
    assert (verdict.lines, verdict.unchained, verdict.fault) == (11, 2, "")
    old.write_text('{"action": "old"}\n{"action": "other"}\n')
    assert audit.verify().fault.startswith("2026-11-01.jsonl, line 1")


def test_a_line_that_a_killed_writer_began_is_taken_away(tmp_path: Path) -> None:
    audit = written(tmp_path)
    with file_of(audit, 3).open("ab") as file:
        file.write(b'{"at": "2026-11-03T12')
    audit.write("act", NOBODY)
    verdict = audit.verify()
    assert (verdict.lines, verdict.fault) == (10, "")


WRITER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from service.auth.audit import AuditFolder, AuditLog
from service.auth.callers import NOBODY

for number in range(100):
    chain = AuditFolder(Path(sys.argv[1]))
    AuditLog(chain, now=lambda: datetime(2026, 11, 1, tzinfo=UTC)).write("act", NOBODY, number=number)
"""


def test_several_processes_write_one_chain(tmp_path: Path) -> None:
    audit = AuditLog(AuditFolder(tmp_path / "audit"))
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path / "audit")]) for _ in range(3)]
    for writer in writers:
        assert writer.wait(timeout=120) == 0
        assert audit.verify().fault == ""  # the others may still be writing
    verdict = audit.verify()
    assert (verdict.lines, verdict.fault) == (300, "")


@contextmanager
def full_disk(size: int) -> Iterator[None]:
    """Refuse files past a size: a write past it fails as on a full disk. Of this whole process, so not for long."""
    before, handler = resource.getrlimit(resource.RLIMIT_FSIZE), signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


def test_what_does_not_fit_on_the_disk_leaves_no_half_line(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    audit = written(tmp_path)
    path = file_of(audit, 3)
    before = path.read_bytes()
    with full_disk(len(before) + 40):
        audit.write("act", NOBODY)
        with pytest.raises(AuditUnavailable, match="has room"):
            audit.check()
    assert path.read_bytes() == before
    assert "could not be noted" in caplog.text


def forbid(parts: Parts) -> Path:
    """Let the log be a file where a folder has to be, which no user may write a folder into, root neither."""
    folder = parts.settings.index.data / "audit"
    if folder.exists():
        folder.rename(folder.with_name("audit-before"))
    folder.write_text("not a folder")
    return folder


def test_staff_change_nothing_while_the_log_cannot_be_written_and_readers_read_on(
    staff: TestClient, parts: Parts, staff_key: str, member_key: str
) -> None:
    token = token_of(staff.get("/staff/withdrawn").text)
    forbid(parts)
    api = {"Authorization": f"Bearer {staff_key}"}
    refused = staff.post("/api/v1/staff/uploads", headers=api)
    assert refused.status_code == 503
    assert refused.json()["detail"] == "This cannot be noted in the audit log now, so it was not done."
    form = {"token": token, "document": "notes/ambulance", "reason": "test"}
    assert staff.post("/staff/withdrawn", data=form).status_code == 503
    assert staff.get("/documents/notes/ambulance").status_code == 200  # still there
    assert staff.get("/staff").status_code == 200  # staff see what is the matter
    member = {"Authorization": f"Bearer {member_key}"}
    assert staff.post("/api/v1/search", json={"query": "ambulance"}, headers=member).status_code == 200


def test_a_session_opens_and_ends_while_the_log_cannot_be_written(
    client: TestClient, parts: Parts, staff_key: str
) -> None:
    forbid(parts)
    assert sign_in(client, staff_key) == 303
    token = token_of(client.get("/signin").text)
    assert client.post("/signout", data={"token": token}, follow_redirects=False).status_code == 303


def run(parts: Parts, words: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    environ = {"PASSERELLE_DATA": str(parts.settings.index.data)}
    return command(words.split(), environ, out, err), out.getvalue(), err.getvalue()


@pytest.mark.parametrize("words", ["keys add --audience staff --name Luc", "keys revoke Anne", "journal erase --all"])
def test_commands_change_nothing_while_the_log_cannot_be_written(parts: Parts, staff_key: str, words: str) -> None:
    forbid(parts)
    code, out, err = run(parts, words)
    assert (code, out) == (2, "")
    assert "the audit log cannot be written" in err
    assert [key.name for key in key_store(parts.settings).all() if key.revoked is None] == ["Anne"]


def test_the_command_says_whether_the_chain_holds(parts: Parts, tmp_path: Path) -> None:
    folder = parts.settings.index.data / "audit"
    log = AuditLog(AuditFolder(folder))
    for _ in range(3):
        log.write("act", NOBODY)
    code, out, _ = run(parts, "audit verify")
    head = out.split()[-1]
    assert code == 0
    assert out.startswith("3 lines, each follows the one before.")
    assert run(parts, f"audit verify --knows {head}")[0] == 0
    code, _, err = run(parts, f"audit verify --knows {'f' * 64}")
    assert code == 1
    assert "lines were removed" in err
    (path,) = folder.iterdir()
    path.write_bytes(path.read_bytes().replace(b"act", b"ACT", 1))
    code, _, err = run(parts, "audit verify")
    assert code == 1
    assert err.startswith(f"{path.name}, line 2: does not follow the line before")


def test_secrets_are_rotated_and_all_sessions_end(client: TestClient, parts: Parts, member_key: str) -> None:
    sign_in(client, member_key)
    paths = [parts.settings.index.data / name for name in ("session-secret", "journal-secret")]
    before = [load_secret(path) for path in paths]
    code, out, _ = run(parts, "secrets rotate")
    assert code == 0
    assert "1 sessions ended" in out
    assert "Restart the service" in out
    assert all(load_secret(path) != secret for path, secret in zip(paths, before, strict=True))
    assert all(secret not in out for secret in before)
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in paths)
    assert client.get("/documents/membres/ambulance").status_code == 404
    assert '"action": "secrets rotate"' in next((parts.settings.index.data / "audit").iterdir()).read_text()


def test_one_secret_is_rotated_alone(parts: Parts) -> None:
    paths = [parts.settings.index.data / name for name in ("session-secret", "journal-secret")]
    before = [load_secret(path) for path in paths]
    assert run(parts, "secrets rotate journal")[0] == 0
    assert [load_secret(path) == secret for path, secret in zip(paths, before, strict=True)] == [True, False]


def test_a_former_secret_is_kept_as_long_as_it_is_needed(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    first = load_secret(path)
    rotate_secret(path, date(2026, 1, 1), keep_days=90)
    second = load_secret(path)
    assert former_secrets(path) == (first,)
    rotate_secret(path, date(2026, 3, 1), keep_days=90)
    assert former_secrets(path) == (second, first)
    rotate_secret(path, date(2026, 4, 15), keep_days=90)
    assert first not in former_secrets(path)
    rotate_secret(path, date(2026, 4, 15))
    assert former_secrets(path) == ()
    assert [file.name for file in tmp_path.iterdir()] == ["secret"]
