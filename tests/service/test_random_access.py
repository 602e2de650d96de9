"""Ten thousand requests by random callers over random documents: nothing shows of a document its caller may not see.

Like `test_leaks`, with many callers in turn at one service, so that what it remembers of one must not reach another.
Each answer is compared with that of a service over the caller's documents alone, counts and errors included. All of it
takes seven minutes of processor time.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import pytest
from starlette.testclient import TestClient

from index.documents import Access, Audience
from service.wiring import key_store
from tests.accesses import GROUPS
from tests.service.asking_everything import STAFF_ONLY, SentRequest, comparable, requests
from tests.service.marked import WORDS, Item, made, mark, service_over
from tests.service.signing_in import sign_in
from tests.service.test_leaks_routes import tool_results

WORLDS: Final = 25
CALLERS: Final = 4
REQUESTS: Final = 100  # of each caller: 10,000 in all
DOCUMENTS: Final = 10


def draw_item(chance: random.Random) -> Item:
    groups = chance.sample(GROUPS, chance.choice((0, 0, 1, 1, 2)))
    related = (chance.randrange(DOCUMENTS), chance.randrange(DOCUMENTS), chance.randrange(DOCUMENTS))
    words = [chance.choice(WORDS) for _ in range(chance.randint(1, 5))]
    return Item(words, chance.choice(list(Audience)), related, tuple(groups))


def draw_access(chance: random.Random) -> Access:
    audience = chance.choice((Audience.PUBLIC, Audience.STAFF, *[Audience.MEMBER] * 6))
    return Access(audience, frozenset(chance.sample(GROUPS, chance.randint(0, 2))))


def requests_of(access: Access, sent: Iterable[SentRequest]) -> list[SentRequest]:
    """Return what such a caller asks: others staff's pages too, and staff nothing that withdraws a document."""
    if access.audience is Audience.STAFF:
        return [request for request in sent if request.method != "delete"]
    return [*sent, *(SentRequest("get", path) for path in STAFF_ONLY)]


def sign_in_as(client: TestClient, access: Access, name: str) -> None:
    """Have the client's requests be those of a new caller of this access, on pages and through the API."""
    client.headers.pop("Authorization", None)
    client.cookies.clear()
    if access.audience is not Audience.PUBLIC:
        keys = key_store(client.app.state.parts.settings)  # type: ignore[attr-defined]
        token = keys.add(name, access.audience, groups=access.groups)
        client.headers["Authorization"] = f"Bearer {token}"
        assert sign_in(client, token) == 303


@pytest.mark.soak
@pytest.mark.parametrize("world", range(WORLDS))
def test_nothing_shows_of_what_a_caller_may_not_see(tmp_path: Path, world: int) -> None:
    chance, originals, cases = random.Random(world), dict[str, bytes](), 0
    everything = [made(number, draw_item(chance), originals) for number in range(DOCUMENTS)]
    ids = [f"d/{mark(number)}" for number in range(DOCUMENTS)] + ["d/absent"]
    with ExitStack() as stack:
        full = stack.enter_context(service_over(tmp_path / "all", everything, originals))
        schema = full.get("/api/v1/openapi.json").json()
        for number in range(CALLERS):
            access = draw_access(chance)
            allowed = [prepared for prepared in everything if access.may_see(prepared.document.metadata)]
            hidden = {
                mark(n) for n, prepared in enumerate(everything) if not access.may_see(prepared.document.metadata)
            }
            own = stack.enter_context(service_over(tmp_path / f"own-{number}", allowed, originals))
            for client in (full, own):
                sign_in_as(client, access, f"caller {number}")
            words = chance.choice((*WORDS, mark(chance.randrange(DOCUMENTS))))
            for request in chance.sample(requests_of(access, requests(schema, words, ids)), REQUESTS):
                got, expected = (
                    client.request(request.method, request.path, json=request.body) for client in (full, own)
                )
                assert got.status_code == expected.status_code < 500, (access, request)
                assert comparable(got) == comparable(expected), (access, request)
                text = got.text + str(got.headers)
                seen = [name for name in hidden if name in text and name not in request.path and name != words]
                assert not seen, (access, request)
                cases += 1
            told, expected_told = (
                tool_results(client.app.state.parts, access, words, ids)  # type: ignore[attr-defined]
                for client in (full, own)
            )
            assert told == expected_told, access
    assert cases == CALLERS * REQUESTS
