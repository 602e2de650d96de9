"""What staff's forms do with an obstacle: each reads its fields, acts in their name and says which obstacle is next."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from typing import Final

from starlette.datastructures import FormData

from index.documents import LANGUAGES, THEMES, Audience
from index.errors import UnknownDocument
from service.desk import Desk
from service.library.concepts import read_thesaurus
from service.obstacles.editing import Editor, Wording
from service.obstacles.model import Classification, Level, UnknownObstacle, WrongStep
from service.obstacles.notices import Notices

LONGEST_STATEMENT: Final = 2000
_CODES: Final = re.compile(r"[A-Z]{2}(?:-[A-Z]{2})?")


def _correct(desk: Desk, editor: Editor, obstacle_id: str, sent: FormData, *, confirm: bool = False) -> str:
    level = str(sent.get("level", ""))
    language = str(sent.get("language", ""))
    types = {one.removeprefix("obstacle/") for one in read_thesaurus(desk.thesaurus).concepts if "obstacle/" in one}
    about = Classification(
        themes=tuple(one for one in THEMES if one in sent.getlist("themes")),
        borders=_codes(sent, "borders", length=5),
        countries=_codes(sent, "countries", length=2),
        types=tuple(dict.fromkeys(str(one) for one in sent.getlist("types") if one in types)),
        level=Level(level) if level in set(Level) else None,
    )
    statement = str(sent.get("statement", "")).replace("\x00", "")[:LONGEST_STATEMENT]
    said = Wording(about, statement, language if language in LANGUAGES else "fr", sent.get("public") == "yes")
    editor.correct(obstacle_id, said, confirm=confirm)
    return obstacle_id


def _confirm(desk: Desk, editor: Editor, obstacle_id: str, sent: FormData) -> str:
    return _correct(desk, editor, obstacle_id, sent, confirm=True)


def _pass_on(desk: Desk, editor: Editor, obstacle_id: str, sent: FormData) -> str:
    try:
        day = date.fromisoformat(str(sent.get("on", "")))
    except ValueError as error:
        raise WrongStep("obstacles.fault.day") from error
    editor.pass_on(obstacle_id, str(sent.get("to", ""))[:300], datetime.combine(day, time(), UTC))
    return obstacle_id


def _solve(desk: Desk, editor: Editor, obstacle_id: str, sent: FormData) -> str:
    document_id = str(sent.get("document", "")).strip()
    try:
        desk.library.borrow().store.document(document_id, Audience.STAFF)
    except UnknownDocument as error:
        raise WrongStep("obstacles.fault.document") from error
    editor.solve(obstacle_id, document_id)
    return obstacle_id


def _reopen(desk: Desk, editor: Editor, obstacle_id: str, sent: FormData) -> str:
    editor.reopen(obstacle_id)
    return obstacle_id


def _merge(desk: Desk, editor: Editor, obstacle_id: str, sent: FormData) -> str:
    into = str(sent.get("into", "")).strip()
    try:
        editor.merge(obstacle_id, into)
    except UnknownObstacle as error:
        raise WrongStep("obstacles.fault.into") from error
    return into


def _split(desk: Desk, editor: Editor, obstacle_id: str, sent: FormData) -> str:
    return editor.split(
        obstacle_id, [int(one) for one in map(str, sent.getlist("reports")) if one.isdecimal() and len(one) < 19]
    )


def _dismiss(desk: Desk, editor: Editor, obstacle_id: str, sent: FormData) -> str:
    Notices(desk.obstacles).dismiss(obstacle_id, str(sent.get("document", "")))
    return obstacle_id


Action = Callable[[Desk, Editor, str, FormData], str]
ACTIONS: Final[dict[str, Action]] = {
    "correct": _correct,
    "confirm": _confirm,
    "pass on": _pass_on,
    "solve": _solve,
    "reopen": _reopen,
    "merge": _merge,
    "split": _split,
    "dismiss": _dismiss,
}


def _codes(sent: FormData, name: str, *, length: int) -> tuple[str, ...]:
    """Return the codes written in a field, borders with their countries in order. Raises WrongStep."""
    said = [one for one in re.split(r"[\s,;]+", str(sent.get(name, "")).upper().strip()) if one]
    if any(len(one) != length or not _CODES.fullmatch(one) for one in said):
        raise WrongStep("obstacles.fault.codes")
    return tuple(dict.fromkeys("-".join(sorted(one.split("-"))) for one in said))
