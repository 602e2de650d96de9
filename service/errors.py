"""What can go wrong in the service, as one tree: one exception for each thing a caller can act on.

The HTTP status of each is chosen in `service.http.problems` and nowhere else.

    ServiceError
    ├── Unauthenticated      a token or session that is not valid
    ├── Forbidden            a key without the scope that is needed
    ├── TooManyRequests      over the caller's or the address's rate limit
    ├── InvalidField         a value that only the document at hand can judge
    ├── NothingThere         what is asked for does not exist, or not for this caller
    ├── NotAllowed           something that only its owner, or only some, may do
    ├── Conflict             what is there already stands in the way of a change
    ├── LimitReached         there are as many of a thing as there may be
    ├── VersionRequired      a change that does not say which state it was made to
    ├── ChangedMeanwhile     a change to a state that is no longer the present one
    ├── UndrawablePage       a page that cannot be shown as a picture
    ├── TranslationNotOffered   no language model to translate with
    ├── TranslationUnavailable  a passage that cannot be translated now
    ├── NotReady             no index to search yet
    ├── Overloaded           more requests wait than can be answered in good time
    ├── DeadlinePassed       a request took longer than any may
    ├── AuditUnavailable     what staff would do cannot be noted
    └── IssuerUnavailable    the OpenID Connect issuer cannot be asked
"""

from __future__ import annotations

from typing import ClassVar


class ServiceError(Exception):
    """A request cannot be answered as hoped; the message may be shown to the caller unless the class says otherwise.

    `rule` names the reason among those of its feature, "" for the only one: pages have words for it in six languages.
    """

    rule: str = ""

    def __init__(self, *message: object, rule: str = "") -> None:
        super().__init__(*message)
        self.rule = rule


class Unauthenticated(ServiceError):
    """A token or session is not valid: unknown, expired, revoked or malformed. The message never says which."""


class Forbidden(ServiceError):
    """A known caller uses a key that lacks the scope a request needs."""

    def __init__(self, scope: str) -> None:
        super().__init__(f"This key is not for {str(scope)!r}. Ask the resource centre for one that is.")
        self.scope = str(scope)


class TooManyRequests(ServiceError):
    """One caller or one address asks too often; they may try again after `retry_after_s`."""

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(f"Too many requests. Try again in {retry_after_s} s.")
        self.retry_after_s = retry_after_s


class InvalidField(ServiceError):
    """A value that only the document at hand can judge, such as an offset past its end."""

    def __init__(self, field: str, message: str, *, rule: str = "") -> None:
        super().__init__(f"{field}: {message}", rule=rule)
        self.field, self.message = field, message


class NothingThere(ServiceError):
    """What is asked for does not exist, or not for this caller; the message never says which."""


class NotAllowed(ServiceError):
    """A caller who may see a thing may not do this with it; the message says who may."""


class Conflict(ServiceError):
    """What is there already stands in the way of a change; the message says what, and what to do. Nothing was done."""


class LimitReached(ServiceError):
    """There are as many of a thing as there may be; the message says how many, and what to do."""


class VersionRequired(ServiceError):
    """A change does not say which state it was made to, and could undo somebody else's unseen."""


class ChangedMeanwhile(ServiceError):
    """A change was made to a state that somebody has changed since. Nothing was done."""


class UndrawablePage(ServiceError):
    """A page of a document cannot be drawn; the message says why and what to do. `reason` is one of REASONS."""

    REASONS: ClassVar = {
        "locked": "This PDF is locked by a password: its pages cannot be shown as pictures. Its text can be read.",
        "damaged": "This PDF is damaged: the page cannot be shown as a picture. Open the original file instead.",
        "heavy": "This page takes too long or too much memory to draw. Open the original file instead.",
    }

    def __init__(self, reason: str) -> None:
        super().__init__(self.REASONS[reason])
        self.reason = reason


class TranslationNotOffered(ServiceError):
    """No language model is configured, so that nothing is translated here."""


class TranslationUnavailable(ServiceError):
    """The language model gave no translation; the message says why and what to do."""


class NotReady(ServiceError):
    """The index cannot be searched yet, or not at all; the message says why and what to do."""


class Overloaded(ServiceError):
    """More requests wait than the service can answer in good time."""


class DeadlinePassed(ServiceError):
    """A request took longer than any may."""


class AuditUnavailable(ServiceError):
    """The audit log cannot be written, so nothing is done that has to be in it. The message is for operators."""


class IssuerUnavailable(ServiceError):
    """The issuer cannot be reached, or does not speak OpenID Connect; no token can be verified now.

    The message is for the log.
    """
