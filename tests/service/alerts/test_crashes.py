"""A crash sends nothing twice, and loses nothing that was not handed over: `kill -9` against a real mail server."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from service.alerts.model import Mail
from service.mailing.outbox import MailState
from tests.service.alerts.site import AlertSite, Mailbox, mail_server, settings_of, text_of

READERS = 6
ROOT = Path(__file__).parents[3]


def sending_process(folder: Path, port: int, kill_at: str) -> subprocess.Popen[bytes]:
    """Start a process that sends what is due; at some moments it kills itself."""
    code = f"from tests.service.alerts.test_crashes import send; send({str(folder)!r}, {port}, {kill_at!r})"
    return subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)})


def send(folder: str, port: int, kill_at: str) -> None:
    """Send as the job does: in a process of its own."""
    site = site_of(Path(folder), port)
    begin, end = site.outbox.begin, site.outbox.end

    def begin_and_die(*arguments: object) -> bool:
        if kill_at == "before the mark":
            os.kill(os.getpid(), signal.SIGKILL)
        begun = begin(*arguments)  # type: ignore[arg-type]
        if kill_at == "after the mark":
            os.kill(os.getpid(), signal.SIGKILL)
        return begun

    def end_and_die(mail: Mail, state: MailState, reason: str = "") -> None:
        if kill_at == "before it is noted":
            os.kill(os.getpid(), signal.SIGKILL)
        end(mail, state, reason)
        if kill_at == "after it is noted":
            os.kill(os.getpid(), signal.SIGKILL)

    vars(site.outbox)["begin"], vars(site.outbox)["end"] = begin_and_die, end_and_die
    site.job.send()


def site_of(folder: Path, port: int) -> AlertSite:
    site = AlertSite(folder, settings_of(port))
    site.put("n/tram")
    site.clock.wait(days=1)
    return site


def prepare(folder: Path) -> None:
    """Have six readers of whom each is to be told of one document."""
    site = AlertSite(folder)
    for number in range(READERS):
        site.add(address=f"reader{number}@example.org")
    site.put("n/tram")
    site.job.look()


def finish(folder: Path, port: int) -> AlertSite:
    """Send again, as the next job does, until nothing waits."""
    site = site_of(folder, port)
    for _ in range(3):
        site.clock.wait(hours=6)
        site.job.send()
    assert site.outbox.state().counts[MailState.WAITING] == 0
    return site


@pytest.mark.parametrize("moment", ["EHLO", "MAIL", "RCPT", "DATA", "TAKEN"])
def test_a_job_killed_by_what_the_server_sees_sends_nothing_twice(
    tmp_path: Path, moment: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The server kills the job at a moment of the third transaction; at EHLO there is only one."""
    prepare(tmp_path)
    seen: Counter[str] = Counter()
    with mail_server(Mailbox()) as mailbox:
        process = None

        def kill(now: str) -> None:
            seen[now] += 1
            if now == moment and seen[now] == (1 if moment == "EHLO" else 3) and process:
                process.kill()
                process.wait()

        mailbox.answer = kill
        process = sending_process(tmp_path, mailbox.port, "")
        assert process.wait(60) == -signal.SIGKILL
        mailbox.answer = lambda now: None
        with caplog.at_level(logging.ERROR, "passerelle.alerts"):
            site = finish(tmp_path, mailbox.port)
        received = Counter(address for address, _ in mailbox.taken)
        assert set(received.values()) == {1}
        uncertain = site.outbox.state().counts[MailState.UNCERTAIN]
        assert uncertain == (1 if moment in ("DATA", "TAKEN") else 0)
        assert len(received) == READERS  # at DATA too: this server went on to take what it had in full
        assert caplog.text.count("may have arrived") == uncertain


@pytest.mark.parametrize(
    ("moment", "arrived", "uncertain"),
    [
        ("before the mark", READERS, 0),
        ("after the mark", READERS - 1, 1),  # nobody can know that it was not: it is told to staff
        ("before it is noted", READERS, 1),
        ("after it is noted", READERS, 0),
    ],
)
def test_a_job_killed_between_two_of_its_own_steps_sends_nothing_twice(
    tmp_path: Path, moment: str, arrived: int, uncertain: int
) -> None:
    prepare(tmp_path)
    with mail_server(Mailbox()) as mailbox:
        assert sending_process(tmp_path, mailbox.port, moment).wait(60) == -signal.SIGKILL
        site = finish(tmp_path, mailbox.port)
    received = Counter(address for address, _ in mailbox.taken)
    assert set(received.values()) == {1}
    assert (len(received), site.outbox.state().counts[MailState.UNCERTAIN]) == (arrived, uncertain)
    assert len({message["Message-ID"] for message in mailbox.messages}) == arrived


def test_job_after_job_killed_until_all_is_sent_sends_each_mail_once(tmp_path: Path) -> None:
    prepare(tmp_path)
    with mail_server(Mailbox()) as mailbox:
        for _ in range(READERS):
            sending_process(tmp_path, mailbox.port, "after it is noted").wait(60)
        finish(tmp_path, mailbox.port)
    assert Counter(address for address, _ in mailbox.taken) == {f"reader{n}@example.org": 1 for n in range(READERS)}


@pytest.mark.parametrize("moment", ["MAIL", "RCPT", "DATA"])
def test_what_the_server_does_not_take_now_is_tried_again_and_loses_nothing(
    site: AlertSite, mailbox: Mailbox, moment: str
) -> None:
    site.add()
    site.put("n/tram")
    refuse_once(mailbox, moment, "451 try again later")
    assert site.run() == 0
    assert site.job.send() == 0  # not at once
    site.put("n/tram2")
    site.job.look()
    site.clock.wait(minutes=2)
    assert site.job.send() == 1
    assert "n/tram" in text_of(mailbox.messages[0])
    assert site.run() == 1
    assert "n/tram2" in text_of(mailbox.messages[1])


def refuse_once(mailbox: Mailbox, moment: str, reply: str) -> None:
    replies = [reply]

    def answer(now: str) -> str | None:
        return replies.pop() if now == moment and replies else None

    mailbox.answer = answer


def test_no_server_at_all_loses_nothing(site: AlertSite, mailbox: Mailbox, caplog: pytest.LogCaptureFixture) -> None:
    site.add()
    site.put("n/tram")
    port, server = mailbox.port, site.job.server
    site.job.server = type(server)(settings_of(1)) if server else None
    assert site.run() == 0
    assert "127.0.0.1:1" in caplog.text
    site.job.server = server
    assert site.job.send() == 0  # it rests for a minute
    site.clock.wait(minutes=2)
    assert (site.job.send(), port) == (1, mailbox.port)


def test_an_address_that_is_refused_for_good_stops_its_mail_and_is_not_written_to_a_log(
    site: AlertSite, mailbox: Mailbox, caplog: pytest.LogCaptureFixture
) -> None:
    alert = site.add()
    site.put("n/tram")
    mailbox.answer = lambda now: "550 <marie@example.org> is unknown here" if now == "RCPT" else None
    assert site.run() == 0
    assert site.alerts.get(alert.id).stopped == "refused"
    assert site.run(days=2) == 0
    assert "is unknown here" in caplog.text
    assert "marie@" not in caplog.text
    assert "marie@" not in str(site.outbox.state().troubled)


def answer_of(reply: str) -> Callable[[str], str | None]:
    return lambda now: reply if now == "DATA" else None


def test_one_refused_mail_keeps_no_other_from_being_sent(site: AlertSite, mailbox: Mailbox) -> None:
    site.add(address="nobody@example.org")
    site.add()
    site.put("n/tram")
    refuse_once(mailbox, "RCPT", "550 no such mailbox")
    assert site.run() == 1
    assert [address for address, _ in mailbox.taken] == ["marie@example.org"]


def test_a_mail_whose_content_is_refused_is_told_to_staff_and_its_items_wait_for_the_next(
    site: AlertSite, mailbox: Mailbox
) -> None:
    site.add()
    site.put("n/tram")
    mailbox.answer = answer_of("554 looks like spam")
    assert site.run() == 0
    assert [mail.reason for mail in site.outbox.state().troubled] == ["554 looks like spam"]
    mailbox.answer = lambda now: None
    assert site.run() == 1
