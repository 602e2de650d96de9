"""Staff judge pools on a page: blind, by click or key; `python -m eval pool` reads their judgements."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from starlette.testclient import TestClient

from eval.agreement import measure_agreement
from eval.pooling import write_pool
from index.documents import Audience
from service.app import Parts, create_app
from service.judging.judgements import PooledDocument, UnreadablePool, read_judgements
from service.judging.store import PoolStore
from service.wiring import key_store
from tests.service.browsing import needs_chromium
from tests.service.serving import served
from tests.service.signing_in import sign_in, token_of

POOL = [
    PooledDocument(
        "q1", "Qui paie l'ambulance ?", "notes/ambulance", "Cross-border ambulance", "p. 3", "An ambulance…", 2, 1
    ),
    PooledDocument("q1", "Qui paie l'ambulance ?", "notes/teletravail", "Télétravail", "p. 1", "Un salarié…", 1, 4),
    PooledDocument("q2", "Combien de temps vaut la demande ?", "gone/away", "Ailleurs", "", "Trois ans.", 1, 1),
]


@pytest.fixture
def pooled(parts: Parts) -> Parts:
    write_pool(POOL, parts.settings.index.data / "eval" / "pools" / "corpus-fr.jsonl")
    return parts


@pytest.fixture
def staff(pooled: Parts) -> Iterator[TestClient]:
    with TestClient(create_app(pooled), raise_server_exceptions=False) as client:
        assert sign_in(client, key_store(pooled.settings).add("Anne", Audience.STAFF)) == 303
        yield client


def judge(client: TestClient, topic: str, document: str, grade: str, note: str = "") -> int:
    token = token_of(client.get("/staff/judging?set=corpus-fr").text)
    fields = {"token": token, "set": "corpus-fr", "topic": topic, "document": document, "grade": grade, "note": note}
    return client.post("/staff/judging", data=fields, follow_redirects=False).status_code


def file_of(parts: Parts) -> Path:
    return parts.settings.index.data / "eval" / "judgements" / "corpus-fr.jsonl"


def test_eval_reads_who_judged_what_and_when_and_how_far_judges_agree(staff: TestClient, pooled: Parts) -> None:
    assert judge(staff, "q1", "notes/ambulance", "2", "autre  frontière") == 303
    assert judge(staff, "q1", "notes/ambulance", "3") == 303  # later, and the earlier one stays in the file
    assert judge(staff, "q1", "notes/teletravail", "0") == 303
    read = read_judgements(file_of(pooled))
    assert [(made.topic, made.judged, made.grade, made.judge, made.note) for made in read] == [
        ("q1", "notes/ambulance", 2, "Anne", "autre frontière"),
        ("q1", "notes/ambulance", 3, "Anne", ""),
        ("q1", "notes/teletravail", 0, "Anne", ""),
    ]
    with TestClient(create_app(pooled)) as other:
        assert sign_in(other, key_store(pooled.settings).add("Bruno", Audience.STAFF)) == 303
        assert judge(other, "q1", "notes/ambulance", "3") == 303
        assert judge(other, "q1", "notes/teletravail", "0") == 303
    (agreement,) = measure_agreement(read_judgements(file_of(pooled)))
    assert (agreement.first, agreement.second, agreement.shared, agreement.kappa) == ("Anne", "Bruno", 2, 1.0)


def test_what_others_judged_is_not_shown(staff: TestClient, pooled: Parts) -> None:
    before = staff.get("/staff/judging?set=corpus-fr&topic=q1").text
    for document in POOL:
        PoolStore(pooled.settings.index.data).add("corpus-fr", document, 3, "Bruno", "secret")
    after = staff.get("/staff/judging?set=corpus-fr&topic=q1").text
    assert after == before


@pytest.mark.parametrize(
    ("topic", "document", "grade"),
    [("q1", "notes/ambulance", "4"), ("q1", "notes/ambulance", ""), ("q1", "elsewhere", "1"), ("q9", "gone/away", "1")],
)
def test_what_is_not_in_the_pool_is_not_judged(
    staff: TestClient, pooled: Parts, topic: str, document: str, grade: str
) -> None:
    assert judge(staff, topic, document, grade) == 422
    assert not file_of(pooled).exists()


def test_a_form_from_elsewhere_judges_nothing(staff: TestClient, pooled: Parts) -> None:
    fields = {"set": "corpus-fr", "topic": "q1", "document": "notes/ambulance", "grade": "3"}
    assert staff.post("/staff/judging", data=fields).status_code == 403
    assert not file_of(pooled).exists()


@pytest.mark.parametrize("name", ["../../../keys", "nothing", ""])
def test_a_name_that_is_no_pool_shows_none(staff: TestClient, name: str) -> None:
    shown = staff.get("/staff/judging", params={"set": name})
    assert shown.status_code == 200
    assert 'class="pooled' not in shown.text


def test_for_others_there_is_no_such_page(pooled: Parts) -> None:
    with TestClient(create_app(pooled)) as client:
        assert client.get("/staff/judging").status_code == client.post("/staff/judging").status_code == 404
        assert sign_in(client, key_store(pooled.settings).add("Marie", Audience.MEMBER)) == 303
        assert (
            client.get("/staff/judging?set=corpus-fr").status_code == client.post("/staff/judging").status_code == 404
        )
    assert not file_of(pooled).exists()


def test_each_judgement_is_noted(staff: TestClient, pooled: Parts) -> None:
    judge(staff, "q1", "notes/ambulance", "3")
    (log,) = (pooled.settings.index.data / "audit").glob("*.jsonl")
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    (entry,) = [line for line in lines if line["action"] == "judge"]
    assert (entry["name"], entry["set"]) == ("Anne", "corpus-fr")
    assert (entry["document"], entry["grade"]) == ("notes/ambulance", 3)


def test_a_pool_that_cannot_be_read_is_named_with_its_remedy(staff: TestClient, pooled: Parts) -> None:
    (pooled.settings.index.data / "eval" / "pools" / "corpus-fr.jsonl").write_text('{"topic": 1}\n')
    assert staff.get("/staff/judging").status_code == 503
    with pytest.raises(UnreadablePool, match=r"corpus-fr.jsonl:1: .*python -m eval pool"):
        PoolStore(pooled.settings.index.data).topics("corpus-fr")


@needs_chromium
def test_a_whole_pool_is_judged_without_a_mouse(pooled: Parts, browser: Browser) -> None:
    key = key_store(pooled.settings).add("Anne", Audience.STAFF)
    with served(create_app(pooled), lifespan="on") as address, browser.new_context(locale="fr") as context:
        page = context.new_page()
        page.goto(f"{address}/signin")
        page.fill('input[name="key"]', key)
        page.click('main button[type="submit"], main form button')
        page.goto(f"{address}/staff")
        page.click('.staff-nav a[href="/staff/judging"]')
        page.click(".pools a")
        for grade in "302":
            assert page.locator("[accesskey]").count() == 4
            with page.expect_navigation():
                page.locator(f'[accesskey="{grade}"]').focus()  # a headless Chromium hears no access keys
                page.keyboard.press("Enter")
        assert "Merci" in page.locator("[role=status]").inner_text()
        assert page.locator("progress").evaluate("bar => bar.value") == 3
    assert sorted(made.grade for made in read_judgements(file_of(pooled))) == [0, 2, 3]
