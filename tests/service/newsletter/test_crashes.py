"""A crash sends no letter twice, and loses none that was not handed over: `kill -9` against a real mail server."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from service.mailing.outbox import MailState
from service.newsletter.model import Letter, LetterMail
from tests.service.alerts.site import Mailbox, mail_server, settings_of
from tests.service.newsletter.site import LetterSite

READERS = 6
ROOT = Path(__file__).parents[3]


def sending_process(folder: Path, port: int, kill_at: str) -> subprocess.Popen[bytes]:
    """Start a process that sends what is due; at some moments it kills itself."""
    code = f"from tests.service.newsletter.test_crashes import send; send({str(folder)!r}, {port}, {kill_at!r})"
    return subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)})


def send(folder: str, port: int, kill_at: str) -> None:
    """Send as the job does: in a process of its own."""
    site = site_of(Path(folder), port)
    begin, end = site.outbox.begin, site.outbox.end

    def die(moment: str) -> None:
        if kill_at == moment:
            os.kill(os.getpid(), signal.SIGKILL)

    def begin_and_die(mail: LetterMail, address: str, link: str) -> bool:
        die("before the mark")
        begun = begin(mail, address, link)
        die("after the mark")
        return begun

    def end_and_die(mail: LetterMail, state: MailState, reason: str = "") -> None:
        die("before it is noted")
        end(mail, state, reason)
        die("after it is noted")

    vars(site.outbox)["begin"], vars(site.outbox)["end"] = begin_and_die, end_and_die
    site.job.send()


def site_of(folder: Path, port: int) -> LetterSite:
    site = LetterSite(folder, settings_of(port))
    site.put("n/tram")
    site.clock.wait(minutes=1)
    return site


def prepare(folder: Path) -> Letter:
    """Have a letter that waits for six readers."""
    site = LetterSite(folder)
    site.put("n/tram")
    for number in range(READERS):
        site.subscribe(f"reader{number}@example.org")
    letter = site.draft()
    assert site.send(letter) == READERS
    return letter


def finish(folder: Path, port: int) -> LetterSite:
    """Send again, as the next job does, until nothing waits."""
    site = site_of(folder, port)
    for _ in range(3):
        site.clock.wait(hours=6)
        site.job.send()
    assert site.outbox.state().counts[MailState.WAITING] == 0
    return site


@pytest.mark.parametrize("moment", ["MAIL", "DATA", "TAKEN"])
def test_a_job_killed_by_what_the_server_sees_sends_no_letter_twice(tmp_path: Path, moment: str) -> None:
    """The server kills the job at a moment of the third transaction."""
    letter, seen = prepare(tmp_path), Counter[str]()
    with mail_server(Mailbox()) as mailbox:
        process = None

        def kill(now: str) -> None:
            seen[now] += 1
            if now == moment and seen[now] == 3 and process:
                process.kill()
                process.wait()

        mailbox.answer = kill
        process = sending_process(tmp_path, mailbox.port, "")
        assert process.wait(60) == -signal.SIGKILL
        mailbox.answer = lambda now: None
        site = finish(tmp_path, mailbox.port)
        received = Counter(address for address, _ in mailbox.taken)
    uncertain = site.outbox.state().counts[MailState.UNCERTAIN]
    assert set(received.values()) == {1}
    assert len(received) == READERS
    assert uncertain == (1 if moment in ("DATA", "TAKEN") else 0)
    assert site.letters.get(letter.id).delivered == READERS - uncertain


@pytest.mark.parametrize(
    ("moment", "arrived", "uncertain"),
    [
        ("before the mark", READERS, 0),
        ("after the mark", READERS - 1, 1),  # nobody can know that it was not: staff are told
        ("before it is noted", READERS, 1),
        ("after it is noted", READERS, 0),
    ],
)
def test_a_job_killed_between_two_of_its_own_steps_sends_no_letter_twice(
    tmp_path: Path, moment: str, arrived: int, uncertain: int
) -> None:
    letter = prepare(tmp_path)
    with mail_server(Mailbox()) as mailbox:
        assert sending_process(tmp_path, mailbox.port, moment).wait(60) == -signal.SIGKILL
        site = finish(tmp_path, mailbox.port)
    received = Counter(address for address, _ in mailbox.taken)
    assert set(received.values()) == {1}
    assert (len(received), site.outbox.state().counts[MailState.UNCERTAIN]) == (arrived, uncertain)
    assert site.letters.get(letter.id).delivered == READERS - uncertain
