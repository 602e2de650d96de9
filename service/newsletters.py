"""What operators do with the newsletter: send what is due, see how the outbox stands, erase an address."""

from __future__ import annotations

import argparse
from typing import Any, TextIO

from index.errors import PasserelleError
from service.mailing.outbox import MailState
from service.maintenance import COMMAND_LINE
from service.newsletter.database import newsletter_in
from service.newsletter.outbox import LetterOutbox
from service.newsletter.subscribers import Subscribers
from service.settings import Settings


def add_commands(commands: Any) -> None:
    """Add the commands to those of `python -m service`."""
    newsletter = commands.add_parser("newsletter", help="letters that staff send to subscribers")
    actions = newsletter.add_subparsers(dest="action", required=True)
    actions.add_parser("send", help="send the mails that wait, once")
    actions.add_parser("status", help="how many mails were sent, wait, or went wrong")
    actions.add_parser("erase", help="erase the subscription of an address").add_argument("address")


def manage(options: argparse.Namespace, settings: Settings, out: TextIO, err: TextIO) -> int:
    """Do what the command line says; return 1 when mails could not be sent. Raises AuditUnavailable."""
    outbox = LetterOutbox(newsletter_in(settings.index.data))
    if options.action == "status":
        return _show_status(outbox, out)
    if options.action == "erase":
        return _erase(options.address, settings, out)
    if not settings.smtp:
        err.write("No mail server is set: expected PASSERELLE_SMTP_HOST and PASSERELLE_SMTP_FROM.\n")
        return 1
    from service.wiring import newsletter_job_alone

    try:
        with newsletter_job_alone(settings) as job:
            out.write(f"{job.send()} mails sent.\n")
    except PasserelleError as error:
        err.write(f"{error}\n")
        return 1
    waiting = outbox.state().counts[MailState.WAITING]
    if waiting:
        err.write(f"{waiting} mails wait and are tried again: `python -m service newsletter status` says why.\n")
    return int(bool(waiting))


def _show_status(outbox: LetterOutbox, out: TextIO) -> int:
    state = outbox.state()
    for name, count in state.counts.items():
        out.write(f"{name}\t{count}\n")
    for mail in state.troubled:
        out.write(f"{mail.made.isoformat(timespec='minutes')}\t{mail.kind}\t{mail.state}\t{mail.reason}\n")
    return 0


def _erase(address: str, settings: Settings, out: TextIO) -> int:
    from service.wiring import audit_log

    audit = audit_log(settings)
    audit.check()
    count = Subscribers(newsletter_in(settings.index.data)).erase_address(address)
    audit.write("newsletter erase", COMMAND_LINE, records=count)  # never whose it was
    out.write(f"{count} subscriptions erased.\n")
    return 0
