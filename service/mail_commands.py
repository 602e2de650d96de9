"""What operators do with the mails of alerts and letters: send what is due, see what waits, erase an address."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any, TextIO

from index.errors import PasserelleError
from service.alerts.job import AlertJob, PlannedMail
from service.alerts.model import MailKind
from service.alerts.outbox import Outbox
from service.alerts.periods import period_now
from service.alerts.store import Alerts, alerts_of
from service.mailing.delivery import mask
from service.mailing.outbox import MailState, MailTable
from service.maintenance import COMMAND_LINE
from service.newsletter.database import newsletter_of
from service.newsletter.outbox import LetterOutbox
from service.newsletter.subscribers import Subscribers
from service.settings import Settings


def add_commands(commands: Any) -> None:
    """Add the commands to those of `python -m service`."""
    alerts = commands.add_parser("alerts", help="mails about new documents").add_subparsers(
        dest="action", required=True
    )
    send = alerts.add_parser("send", help="notice what is new and send the mails that are due, once")
    send.add_argument("--now", action="store_true", help="whatever there is to tell, due or not")
    send.add_argument("--dry-run", action="store_true", help="say what would be sent, and send nothing")
    alerts.add_parser("erase", help="erase every alert that mail goes to an address for").add_argument("address")
    letters = commands.add_parser("newsletter", help="letters that staff send to subscribers")
    newsletter = letters.add_subparsers(dest="action", required=True)
    newsletter.add_parser("send", help="send the mails that wait, once")
    newsletter.add_parser("erase", help="erase the subscription of an address").add_argument("address")
    for actions in (alerts, newsletter):
        actions.add_parser("status", help="how many mails were sent, wait, or went wrong")


def manage_alerts(options: argparse.Namespace, settings: Settings, out: TextIO, err: TextIO) -> int:
    """Do what the command line says; return 1 when mails could not be sent. Raises AuditUnavailable."""
    file = alerts_of(settings.index)
    if options.action == "status":
        return _show_status(Outbox(file), lambda mail: f"alert {mail.alert_id}", out)
    if options.action == "erase":
        return _erase("alerts", Alerts(file).erase_address, options.address, settings, out)
    if not settings.smtp:
        return _refuse_without_server(err, " Feeds need none.")
    from service.wiring import alert_job_alone

    try:
        with alert_job_alone(settings) as job:
            return send_alerts(job, options, out, err)
    except PasserelleError as error:
        err.write(f"{error}\n")
        return 1


def send_alerts(job: AlertJob, options: argparse.Namespace, out: TextIO, err: TextIO) -> int:
    """Notice what is new, and send or say what is due; return 1 while mails wait."""
    out.write(f"{job.look()} documents are new to alerts.\n")
    present = period_now(job.now())
    period_of = (lambda alert: present) if options.now else None
    if options.dry_run:
        for planned in job.plan(period_of):
            out.write(f"{_describe(planned)}\n")
        return 0
    out.write(f"{job.send(period_of)} mails sent.\n")
    return _report_waiting("alerts", Outbox(job.file), err)


def manage_newsletter(options: argparse.Namespace, settings: Settings, out: TextIO, err: TextIO) -> int:
    """Do what the command line says; return 1 when mails could not be sent. Raises AuditUnavailable."""
    file = newsletter_of(settings.index)
    if options.action == "status":
        return _show_status(LetterOutbox(file), lambda mail: mail.kind, out)
    if options.action == "erase":
        return _erase("newsletter", Subscribers(file).erase_address, options.address, settings, out)
    if not settings.smtp:
        return _refuse_without_server(err)
    from service.wiring import newsletter_job_alone

    try:
        with newsletter_job_alone(settings) as job:
            out.write(f"{job.send()} mails sent.\n")
    except PasserelleError as error:
        err.write(f"{error}\n")
        return 1
    return _report_waiting("newsletter", LetterOutbox(file), err)


def _refuse_without_server(err: TextIO, further: str = "") -> int:
    err.write(f"No mail server is set: expected PASSERELLE_SMTP_HOST and PASSERELLE_SMTP_FROM.{further}\n")
    return 1


def _report_waiting(name: str, outbox: MailTable[Any], err: TextIO) -> int:
    waiting = outbox.state().counts[MailState.WAITING]
    if waiting:
        err.write(f"{waiting} mails wait and are tried again: `python -m service {name} status` says why.\n")
    return int(bool(waiting))


def _show_status(outbox: MailTable[Any], describe: Callable[[Any], str], out: TextIO) -> int:
    state = outbox.state()
    for name, count in state.counts.items():
        out.write(f"{name}\t{count}\n")
    for mail in state.troubled:
        out.write(f"{mail.made.isoformat(timespec='minutes')}\t{describe(mail)}\t{mail.state}\t{mail.reason}\n")
    return 0


def _erase(name: str, erase: Callable[[str], int], address: str, settings: Settings, out: TextIO) -> int:
    from service.wiring import audit_log

    audit = audit_log(settings)
    audit.check()
    count = erase(address)
    audit.write(f"{name} erase", COMMAND_LINE, records=count)  # never whose they were
    out.write(f"{count} {'alerts' if name == 'alerts' else 'subscriptions'} erased.\n")
    return 0


def _describe(planned: PlannedMail) -> str:
    what = "a confirmation" if planned.kind is MailKind.CONFIRM else f"{planned.documents} new documents"
    return f"would send {what} to {mask(planned.alert.address)} (alert {planned.alert.id})"
