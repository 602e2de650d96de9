"""What is held about one person or key, in one place: told to them (GDPR, article 15), or erased (article 17).

A subject is a key ("key:3") or a person of the issuer ("oidc:…"), as the audit log and `keys list` name them.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Final, TextIO

from index.store.small_files import small_files
from service.alerts.database import AlertsFile
from service.alerts.model import Alert
from service.alerts.store import Alerts, alerts_of
from service.auth.audit import AuditLog
from service.auth.callers import Caller
from service.auth.keys import Key, KeyStore
from service.auth.people import People
from service.auth.session_store import SessionStore
from service.dossiers.store import DossierStore, dossiers_of
from service.journal.service import Journal
from service.judging.store import PoolStore
from service.maintenance import COMMAND_LINE
from service.newsletter.database import NewsletterFile, newsletter_of
from service.newsletter.model import Subscriber
from service.newsletter.subscribers import Subscribers
from service.obstacles.store import Register
from service.settings import Settings
from service.uploads.store import UploadFolder

SUBJECT: Final = re.compile(r"key:[0-9]{1,18}|oidc:[0-9a-f]{12}:.{1,255}", re.DOTALL)
ERASED: Final = "erased"  # stands where a name stood
KEPT: Final = (
    (
        "audit log",
        "who did what as staff or with a key; kept for PASSERELLE_AUDIT_DAYS, for the security of the service",
    ),
    ("register's history", "what staff did with an obstacle, as a record of their work"),
    ("letters", "which of staff made, changed or sent one, as a record of their work"),
    ("uploads", "who handed a document in, as its provenance"),
)


class UnknownSubject(ValueError):
    """What was given is no subject."""


@dataclass(frozen=True)
class PersonalData:
    """Everything a data folder holds that leads to a subject."""

    keys: KeyStore
    people: People
    sessions: SessionStore
    journal: Journal
    register: Register
    dossiers: DossierStore
    pools: PoolStore
    uploads: UploadFolder
    audit: AuditLog
    alerts: AlertsFile
    newsletter: NewsletterFile

    def export(self, subject: str) -> dict[str, Any]:
        """Return all that is held, by where it is; empty lists where nothing is. Raises UnknownSubject."""
        key, names = self._key(subject), self._names(subject)
        person = self.people.find(subject)
        return {
            "subject": subject,
            "key": [_key_out(key)] if key else [],
            "person": [_person_out(person)] if person else [],
            "sessions": [
                {
                    "opened": _moment(session.opened),
                    "last used": _moment(session.used),
                    "address": session.address,
                    "browser": session.browser,
                }
                for session in self.sessions.of(subject)
            ],
            "journal": self.journal.words_of(subject),
            "obstacle reports": [
                {"at": report.at.isoformat(), "obstacle": report.obstacle_id, "text": report.text}
                for report in self.register.reports_by(subject)
            ],
            "dossiers": self.dossiers.words_of(subject),
            "alerts": [_alert_out(alert) for alert in Alerts(self.alerts).of(subject)],
            "newsletter": [_subscriber_out(each) for each in Subscribers(self.newsletter).of(subject)],
            "register's history": self.register.events_by(subject),
            "judgements": [judgement._asdict() for name in names for judgement in self.pools.by_judge(name)],
            "uploads": [
                {"at": upload.at, "path": upload.path}
                for upload in self.uploads.all()
                if upload.by in {subject, *names}
            ],
            "audit log": self.audit.lines_of(subject, key.name if key else ""),
        }

    def erase(self, subject: str) -> dict[str, int]:
        """Erase what may be erased and return how many records that was, by where they were.

        A key is revoked and loses its name. Raises UnknownSubject.
        """
        names, key = self._names(subject), self._key(subject)
        judgements = sum(self.pools.rename_judge(name, ERASED) for name in names)
        return {
            "key": int(self.keys.forget(key.id)) if key else 0,
            "person": int(self.people.forget(subject)),
            "sessions": self.sessions.end_all(subject),
            "journal": self.journal.erase_subject(subject),
            "obstacle reports": self.register.erase(subject),
            "dossiers": self.dossiers.erase(subject),
            "alerts": Alerts(self.alerts).erase(subject),
            "newsletter": Subscribers(self.newsletter).erase(subject),
            "judgements": judgements,
        }

    def _key(self, subject: str) -> Key | None:
        if not SUBJECT.fullmatch(subject):
            raise UnknownSubject(
                f"{subject!r} is no subject. Expected key:NUMBER, or oidc:ISSUER:NAME as the audit log has it."
            )
        scheme, _, number = subject.partition(":")
        return self.keys.by_id(int(number)) if scheme == "key" else None

    def _names(self, subject: str) -> Sequence[str]:
        """Return the names a subject's judgements may be under."""
        key, person = self._key(subject), self.people.find(subject)
        names = (key.name if key else "", person.name if person else "", subject)
        return list(dict.fromkeys(filter(None, names)))


def add_commands(commands: Any) -> None:
    """Add the commands to those of `python -m service`."""
    privacy = commands.add_parser("privacy", help="what is held about a person or key")
    actions = privacy.add_subparsers(dest="action", required=True)
    for action, what in (("export", "show all of it as JSON"), ("erase", "erase what may be erased")):
        actions.add_parser(action, help=what).add_argument("subject", help="key:3, or oidc:… as the audit log has it")


def manage(options: argparse.Namespace, settings: Settings, out: TextIO, err: TextIO) -> int:
    """Export or erase, and note in the audit log that it was done. Raises AuditUnavailable."""
    data = personal_data(settings)
    data.audit.check()
    try:
        if options.action == "export":
            out.write(json.dumps(data.export(options.subject), ensure_ascii=False, indent=2) + "\n")
        else:
            for place, count in data.erase(options.subject).items():
                out.write(f"{place}: {count} erased\n")
            for place, reason in KEPT:
                out.write(f"{place}: kept ({reason})\n")
    except UnknownSubject as error:
        err.write(f"{error}\n")
        return 1
    data.audit.write(f"privacy {options.action}", COMMAND_LINE)  # never whose it was
    return 0


def personal_data(settings: Settings) -> PersonalData:
    """Return the personal data of a data folder."""
    from service import wiring
    from service.obstacles.store import register_of

    folder = settings.index.data
    return PersonalData(
        wiring.key_store(settings),
        wiring.people(settings),
        wiring.sessions(settings).store,
        wiring.journal(settings),
        register_of(settings.index),
        dossiers_of(settings.index),
        PoolStore(folder),
        UploadFolder(folder, settings.max_upload_bytes, small_files(settings.index)),
        wiring.audit_log(settings),
        alerts_of(settings.index),
        newsletter_of(settings.index),
    )


def _key_out(key: Key) -> dict[str, Any]:
    """Return what is known of a key; its secret is not."""
    return {
        name: str(value)
        for name, value in asdict(key).items()
        if name not in ("scopes", "groups") and value not in (None, "")
    } | {
        "scopes": sorted(key.scopes),
        "groups": sorted(key.groups),
    }


def _person_out(person: Caller) -> dict[str, Any]:
    known = {"name": person.name, "audience": person.audience.value, "groups": sorted(person.groups)}
    return known | ({"organisation": person.organisation} if person.organisation else {})


def _alert_out(alert: Alert) -> dict[str, Any]:
    return {
        "made": alert.created.isoformat(timespec="seconds"),
        "query": alert.query,
        "filters": alert.filters.model_dump(mode="json", exclude_defaults=True),
        "language": alert.language,
        "mail address": alert.address,
        "frequency": alert.frequency.value,
        "confirmed": alert.is_confirmed,
    }


def _subscriber_out(subscriber: Subscriber) -> dict[str, Any]:
    return {
        "subscribed": subscriber.created.isoformat(timespec="seconds"),
        "mail address": subscriber.address,
        "language": subscriber.language,
        "confirmed": subscriber.is_confirmed,
    }


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")
