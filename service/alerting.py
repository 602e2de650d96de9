"""What operators do with alerts: send what is due, see how the outbox stands, erase an address."""

from __future__ import annotations

import argparse
from typing import Any, TextIO

from index.errors import PasserelleError
from service.alerts.job import AlertJob, PlannedMail
from service.alerts.model import MailKind
from service.alerts.outbox import Outbox
from service.alerts.periods import period_now
from service.alerts.store import Alerts, alerts_in
from service.mailing.delivery import mask
from service.mailing.outbox import MailState
from service.maintenance import COMMAND_LINE
from service.settings import Settings


def add_commands(commands: Any) -> None:
    """Add the commands to those of `python -m service`."""
    alerts = commands.add_parser("alerts", help="mails about new documents")
    actions = alerts.add_subparsers(dest="action", required=True)
    send = actions.add_parser("send", help="notice what is new and send the mails that are due, once")
    send.add_argument("--now", action="store_true", help="whatever there is to tell, due or not")
    send.add_argument("--dry-run", action="store_true", help="say what would be sent, and send nothing")
    actions.add_parser("status", help="how many mails were sent, wait, or went wrong")
    erase = actions.add_parser("erase", help="erase every alert that mail goes to an address for")
    erase.add_argument("address")


def manage(options: argparse.Namespace, settings: Settings, out: TextIO, err: TextIO) -> int:
    """Do what the command line says; return 1 when mails could not be sent. Raises AuditUnavailable."""
    if options.action == "status":
        return _show_status(Outbox(alerts_in(settings.index.data)), out)
    if options.action == "erase":
        return _erase(options.address, settings, out)
    if not settings.smtp:
        err.write("No mail server is set: expected PASSERELLE_SMTP_HOST and PASSERELLE_SMTP_FROM. Feeds need none.\n")
        return 1
    from service.wiring import alert_job_alone

    try:
        with alert_job_alone(settings) as job:
            return send(job, options, out, err)
    except PasserelleError as error:
        err.write(f"{error}\n")
        return 1


def send(job: AlertJob, options: argparse.Namespace, out: TextIO, err: TextIO) -> int:
    """Notice what is new, and send or say what is due; return 1 while mails wait."""
    out.write(f"{job.look()} documents are new to alerts.\n")
    present = period_now(job.now())
    period_of = (lambda alert: present) if options.now else None
    if options.dry_run:
        for planned in job.plan(period_of):
            out.write(f"{_describe(planned)}\n")
        return 0
    out.write(f"{job.send(period_of)} mails sent.\n")
    waiting = Outbox(job.file).state().counts[MailState.WAITING]
    if waiting:
        err.write(f"{waiting} mails wait and are tried again: `python -m service alerts status` says why.\n")
    return int(bool(waiting))


def _describe(planned: PlannedMail) -> str:
    what = "a confirmation" if planned.kind is MailKind.CONFIRM else f"{planned.documents} new documents"
    return f"would send {what} to {mask(planned.alert.address)} (alert {planned.alert.id})"


def _show_status(outbox: Outbox, out: TextIO) -> int:
    state = outbox.state()
    for name, count in state.counts.items():
        out.write(f"{name}\t{count}\n")
    for mail in state.troubled:
        out.write(f"{mail.made.isoformat(timespec='minutes')}\talert {mail.alert_id}\t{mail.state}\t{mail.reason}\n")
    return 0


def _erase(address: str, settings: Settings, out: TextIO) -> int:
    from service.wiring import audit_log

    audit = audit_log(settings)
    audit.check()
    count = Alerts(alerts_in(settings.index.data)).erase_address(address)
    audit.write("alerts erase", COMMAND_LINE, records=count)  # never whose they were
    out.write(f"{count} alerts erased.\n")
    return 0
