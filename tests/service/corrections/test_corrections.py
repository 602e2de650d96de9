"""Staff correct what is stated of a document: narrowed at once, conflicts refused, everything in the history."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from index.documents import Access, Audience, Metadata
from index.store.corrections import Corrections
from service.app import Parts
from service.wiring import key_store
from tests.accesses import GROUPS, accesses
from tests.service.asking_everything import comparable, requests
from tests.service.fakes import MemoryStore
from tests.service.marked import ITEMS, WORDS, Item, made, mark, service_over
from tests.service.signing_in import sign_in, token_of
from tests.service.test_leaks import WITHOUT_SHRINKING

API = "/api/v1/staff/corrections/notes/teletravail"
PAGE = "/staff/corrections/notes/teletravail"


@pytest.fixture
def api(client: TestClient, staff_key: str) -> TestClient:
    client.headers["Authorization"] = f"Bearer {staff_key}"
    return client


def test_a_narrowed_document_is_gone_for_others_at_the_next_request(api: TestClient, parts: Parts) -> None:
    read = {"Authorization": ""}
    del read["Authorization"]
    public = TestClient(api.app)
    assert public.get("/api/v1/documents/notes/teletravail").status_code == 200
    answer = api.patch(API, json={"audience": "staff"}, headers={"If-Match": "0"})
    assert answer.status_code == 200
    assert answer.json()["corrected"] == ["audience"]
    assert public.get("/api/v1/documents/notes/teletravail").status_code == 404
    assert api.get("/api/v1/documents/notes/teletravail").status_code == 200
    log = next((parts.settings.index.data / "audit").glob("*.jsonl")).read_text()
    assert '"action": "correct"' in log
    back = api.delete(API, headers={"If-Match": "1"})
    assert back.json()["corrected"] == []
    assert [change["after"] for change in back.json()["history"]] == ["staff", "public"]
    assert public.get("/api/v1/documents/notes/teletravail").status_code == 200


def test_a_correction_to_a_former_state_is_refused_and_nothing_is_lost(api: TestClient) -> None:
    assert api.patch(API, json={"title": "Un"}, headers={"If-Match": "0"}).status_code == 200
    refused = api.patch(API, json={"title": "Deux"}, headers={"If-Match": "0"})
    assert refused.status_code == 412
    assert api.get(API).json()["metadata"]["title"] == "Un"


@pytest.mark.parametrize("payload", [{"title": " "}, {"audience": "all"}, {"published": "hier"}, {"subject": "x"}])
def test_what_is_not_understood_is_refused(api: TestClient, payload: dict[str, str]) -> None:
    assert api.patch(API, json=payload, headers={"If-Match": "0"}).status_code == 422
    assert api.get(API).json()["history"] == []


def test_the_page_corrects_shows_the_source_and_takes_a_field_back(staff: TestClient) -> None:
    page = staff.get(PAGE).text
    form = fields_of(page) | {"title": "Le télétravail, corrigé", "author": "Anne"}
    saved = staff.post(PAGE, data=form).text
    assert "C’est enregistré" in saved
    assert "La source dit" in saved
    assert saved.count('<tr><th scope="row"><time') == 2
    stale = staff.post(PAGE, data=form | {"title": "Autre"})
    assert stale.status_code == 412
    assert "entre-temps" in stale.text
    undone = staff.post(PAGE, data=fields_of(saved) | {"undo": "title"}).text
    assert 'value="Anne"' in undone
    assert 'value="Le télétravail, corrigé"' not in undone
    assert staff.post(PAGE, data=form | {"token": "forged"}).status_code == 403
    assert staff.get("/staff/corrections/nothing").status_code == 404
    wrong = staff.post(PAGE, data=fields_of(undone) | {"borders": "FR"})
    assert wrong.status_code == 422
    assert 'value="FR"' in wrong.text


def test_a_form_of_before_its_source_narrowed_the_document_widens_nothing(staff: TestClient, parts: Parts) -> None:
    form = fields_of(staff.get(PAGE).text)
    store = parts.library.borrow().store
    assert isinstance(store, MemoryStore)
    document = store.documents["notes/teletravail"]
    narrowed = replace(document.metadata, audience=Audience.STAFF)
    store.documents["notes/teletravail"] = replace(document, metadata=narrowed)
    assert staff.post(PAGE, data=form | {"title": "Corrigé"}).status_code == 412
    assert store.list_corrections() == []


def test_what_is_taken_back_is_what_the_source_states_by_then(tmp_path: Path) -> None:
    corrections = Corrections.of_file(tmp_path / "corrections.json")
    stated = Metadata("Un", audience=Audience.PUBLIC)
    first = corrections.change("a", stated, {"audience": Audience.MEMBER}, by="Anne", at="", revision=0)
    narrowed = corrections.restate("a", replace(stated, audience=Audience.STAFF), "")
    assert narrowed.revision > first.revision  # the source has ended it, as somebody's correction would
    back = corrections.change("a", stated, {}, by="Anne", at="", revision=narrowed.revision, taken_back=["audience"])
    assert (back.values, back.metadata.audience) == ({}, Audience.STAFF)


def fields_of(page: str) -> dict[str, str | list[str]]:
    """Return the form's fields as a browser would send them unchanged."""
    import re

    form = page[page.index('<form class="upload"') : page.index('id="history"')]
    values: dict[str, str | list[str]] = {
        name: value for name, value in re.findall(r'<input id="(\w+)" name="\w+" type="\w+" value="([^"]*)"', form)
    }
    for name, options in re.findall(r'<select id="(\w+)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', options)
        assert chosen
        values[name] = chosen[1]
    values["themes"] = re.findall(r'name="themes" value="([\w-]+)" checked', form)
    revision = re.search(r'name="revision" value="(\d+-[0-9a-f]+)"', form)
    assert revision
    return values | {"revision": revision[1], "token": token_of(page)}


def test_only_staff_correct_and_others_are_not_told_what_there_is(client: TestClient, member_key: str) -> None:
    for headers, status in (({}, 401), ({"Authorization": f"Bearer {member_key}"}, 403)):
        for path in (API, "/api/v1/staff/corrections/nothing"):
            assert client.get(path, headers=headers).status_code == status
            changed = client.patch(path, json={"title": "x"}, headers={**headers, "If-Match": "0"})
            assert changed.status_code == status
            assert client.delete(path, headers={**headers, "If-Match": "0"}).status_code == status
    sign_in(client, member_key)
    for path in (PAGE, "/staff/corrections/nothing"):
        assert client.get(path).status_code == 404
        assert client.post(path, data={"title": "x"}).status_code == 404


@given(
    items=ITEMS,
    access=accesses.filter(lambda access: access.audience is not Audience.STAFF),
    narrowed=st.lists(
        st.tuples(st.sampled_from(Audience), st.sets(st.sampled_from(GROUPS), max_size=2)), min_size=8, max_size=8
    ),
    word=st.sampled_from(WORDS),
)
@settings(max_examples=4, phases=WITHOUT_SHRINKING, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_narrowing_leaks_nothing_on_any_route_at_once(
    tmp_path_factory: pytest.TempPathFactory,
    items: list[Item],
    access: Access,
    narrowed: list[tuple[Audience, set[str]]],
    word: str,
) -> None:
    originals: dict[str, bytes] = {}
    everything = [made(number, item, originals) for number, item in enumerate(items)]
    folder: Path = tmp_path_factory.mktemp("narrowed")
    with service_over(folder, everything, originals) as client:
        parts = client.app.state.parts  # type: ignore[attr-defined]
        if access.audience is not Audience.PUBLIC:
            token = key_store(parts.settings).add("x", access.audience, groups=access.groups)
            client.headers["Authorization"] = f"Bearer {token}"
            assert sign_in(client, token) == 303
        schema = client.get("/api/v1/openapi.json").json()
        ids = [f"d/{mark(number)}" for number in range(len(items))] + ["d/absent"]
        sent = list(requests(schema, word, ids))
        for request in sent:  # so that whatever may be remembered is
            client.request(request.method, request.path, json=request.body)
        store = parts.library.borrow().store
        hidden = []
        for number, (audience, groups) in enumerate(narrowed[: len(items)]):
            values = {"audience": audience, "groups": tuple(sorted(groups))}
            after = store.correct(f"d/{mark(number)}", values, "Anne", 0).metadata
            if not access.may_see(after) or not access.may_see(everything[number].document.metadata):
                hidden.append(mark(number))
        for request in sent:
            got = client.request(request.method, request.path, json=request.body)
            assert got.status_code < 500, request
            text = str(comparable(got)) + got.text
            assert not [name for name in hidden if name in text and name not in request.path], request
