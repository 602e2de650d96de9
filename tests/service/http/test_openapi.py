"""The OpenAPI document tells the truth: schemathesis sends each operation what it allows and what it forbids.

All its checks, in process: the document's examples, each boundary of each schema, then drawn cases.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import jsonschema_rs
import pytest
import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema

from index.documents import Audience
from service.app import create_app
from service.wiring import key_store
from tests.service.conftest import make_parts
from tests.service.harvesting.in_process import OfflineProgram, use_program

FORM: Final = "multipart/form-data"
# Rules that JSON Schema has no words for, between two values, about a file's name, or the version a change is for: what
# breaks one is well refused.
UNSAYABLE: Final = (
    "published_from must not lie after published_to",
    "must not lie after the last day",
    "Ces dates ne se suivent pas",
    "at most 400 days at once",
    "expected words to search for, or a filter",
    "expected a mail address, or a feed",
    "not a format that is read",
    "expected a day not before",
    "expected a day not after",
    "expected the last day of what has a first day",
    "changed this letter since",
    "was corrected by somebody else meanwhile",
    "has changed since you looked at it",
    "this letter says nothing",
    "expected the id of each document of the letter, once",
    "sentences to choose from",
    "is for one file; several take the titles they have in them",
    "hold no question: expected a message of the user",
    "a cell's column is past the last",
    "expected 1 to 100 printable characters",
    "expected today or a later day",
    "Groups are for a member's key",
    "is closed: nothing new may name it",
    "changed this group since",
    "are for a key with the scope ingest-threads",
    "ingest-threads needs a forum",
    "expected a regular expression",
    "was changed by somebody else meanwhile",
)


@dataclass
class Outcome:
    """How many cases were sent to each operation, and which failed."""

    cases: dict[str, int] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)


def send_cases(folder: Path, audience: Audience, examples: int, *, boundaries: bool = True) -> Outcome:
    """Send every operation its cases, so many drawn ones each, with a key of this audience."""
    parts = make_parts(folder)
    forum = {"forum": "forum.example.org", "discourse_secret": "s" * 16}
    parts = replace(parts, settings=parts.settings.model_copy(update=forum))
    known = audience is not Audience.PUBLIC
    keys = key_store(parts.settings)
    for number in range(3):  # what is drawn may revoke these, and never the key that is used
        keys.add(f"key {number}", Audience.STAFF)
    headers = {"Authorization": f"Bearer {keys.add('S', audience)}"} if known else {}
    config = {
        "headers": headers,
        "generation": {"max-examples": examples},
        "phases": {"stateful": {"enabled": False}, "coverage": {"enabled": boundaries}},
        "continue-on-failure": True,
        "suppress-health-check": ["all"],
        "checks": {
            "negative_data_rejection": {"expected-statuses": ["400", "401", "403", "404", "405", "413", "422", "429"]}
        },
        "seed": 1,
    }
    app = use_program(create_app(parts), OfflineProgram)
    schema = schemathesis.openapi.from_asgi("/api/v1/openapi.json", app, config=SchemathesisConfig.from_dict(config))
    outcome = Outcome()
    for event in from_schema(schema).execute():
        if isinstance(event, events.ScenarioFinished):
            label = event.recorder.label
            outcome.cases[label] = outcome.cases.get(label, 0) + len(event.recorder.cases)
            outcome.failures += _failures(event.recorder)
        elif isinstance(event, events.NonFatalError):
            outcome.failures.append(f"{event.label}: {event.value!r}")
    return outcome


def is_allowed_as_sent(operation: Any, body: Any) -> bool:
    """Say whether the schema allows what arrives of a form: it has no types but text, and a blank field is left out."""
    (schema,) = (content.definition["schema"] for content in operation.body if content.media_type == FORM)
    sent: dict[str, Any] = {}
    for name, value in body.items() if isinstance(body, dict) else ():
        texts = [str(item).strip() for item in (value if isinstance(value, list) else [value])]
        if name == "files":
            sent[name] = texts
        elif kept := [text for text in texts if text]:
            sent[name] = kept if schema["properties"].get(name, {}).get("type") == "array" else kept[-1]
    return bool(jsonschema_rs.validator_for(schema).is_valid(sent))


def _failures(recorder: Any) -> Iterator[str]:
    for case_id, checks in recorder.checks.items():
        answer = recorder.interactions[case_id].response
        text = (answer.content or b"").decode("utf-8", "replace") if answer else ""
        refused = answer is not None and answer.status_code in (412, 422)
        understood = refused and any(rule in text for rule in UNSAYABLE)
        case = recorder.cases[case_id].value
        well_taken = case.media_type == FORM and is_allowed_as_sent(case.operation, case.body)
        for check in checks:
            excused = {"positive_data_acceptance": understood, "negative_data_rejection": well_taken}
            if check.failure_info and not excused.get(check.name, False):
                yield f"{recorder.label}: {check.failure_info.failure}\n{text[:500]}\n{check.failure_info.code_sample}"


@pytest.mark.parametrize("audience", [Audience.PUBLIC, Audience.STAFF])
def test_every_operation_keeps_to_what_the_document_says(tmp_path: Path, audience: Audience) -> None:
    outcome = send_cases(tmp_path, audience, examples=3, boundaries=audience is Audience.STAFF)
    assert not outcome.failures, "\n\n".join(outcome.failures)
    assert all(outcome.cases.values()), outcome.cases


@pytest.mark.soak
@pytest.mark.parametrize("audience", [Audience.PUBLIC, Audience.STAFF])
def test_two_hundred_drawn_cases_find_nothing_either(tmp_path: Path, audience: Audience) -> None:
    outcome = send_cases(tmp_path, audience, examples=200)
    assert not outcome.failures, "\n\n".join(outcome.failures)
    assert len(outcome.cases) > 25
    print(f"{audience.value}: {sum(outcome.cases.values())} cases of {len(outcome.cases)} operations")  # noqa: T201
