"""The register leaks nothing: what a reader gets is what a register and an index of their own would give.

Two sites: one holds random obstacles, reports, threads and documents, the other only what they may know of.
Each hidden thing bears a mark that must never be seen, wherever one looks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from index.documents import Access, Audience, Metadata
from service.auth.callers import Caller
from service.obstacles.editing import Editor, Wording
from service.obstacles.intake import IncomingReport
from service.obstacles.model import Classification, Level, Source, State
from tests.accesses import accesses, some_groups
from tests.service.obstacles.site import DAY, Site
from tests.service.signing_in import sign_in

ANNE = Caller("Anne", Audience.STAFF, "key:99")
FILTERS = ("", "?state=solved", "?level=local", "?border=BE-FR", "?theme=health", "?k=1")
CHANGING = re.compile(
    r'name="token" value="[^"]*"|\d{4}-\d\d-\d\dT[\d:.]+Z?|obstacles(?:/|%2F)[0-9a-f]{10}|"id":"[0-9a-f]{10}"'
)


@dataclass(frozen=True)
class Item:
    """What is drawn of an obstacle: how far it is, who may see what solves it, and the audiences of its threads."""

    state: State
    is_public: bool
    solution: Audience
    threads: tuple[Audience, ...]
    reports: int
    level: Level | None
    border: str
    theme: str
    groups: tuple[str, ...]  # of what solves it

    def is_for(self, audience: Audience) -> bool:
        return self.state is not State.NEW and (audience is Audience.MEMBER or self.is_public)


ITEMS = st.lists(
    st.builds(
        Item,
        st.sampled_from(State),
        st.booleans(),
        st.sampled_from(Audience),
        st.lists(st.sampled_from(Audience), max_size=3).map(tuple),
        st.integers(0, 2),
        st.sampled_from([None, *Level]),
        st.sampled_from(["BE-FR", "DE-FR"]),
        st.sampled_from(["health", "transport"]),
        some_groups,
    ),
    min_size=1,
    max_size=5,
)


def mark(kind: str, number: int) -> str:
    return f"zq{kind}{number}qz"


def may_see_solution(access: Access, item: Item) -> bool:
    return access.may_see(Metadata("", audience=item.solution, groups=item.groups))


def build(site: Site, items: list[Item], access: Access, *, is_whole: bool) -> None:
    """Put the items into a site's register and index, all of it or what the audience may know of."""
    editor, audience = Editor(site.register, ANNE), access.audience
    for number, item in enumerate(items):
        if is_whole or may_see_solution(access, item):
            site.put(
                f"d/{mark('d', number)}",
                f"Une note {mark('d', number)}.",
                item.solution,
                title=mark("t", number),
                groups=item.groups,
            )
        if not (is_whole or item.is_for(audience)):
            continue
        reports = [
            IncomingReport(mark("r", number * 10 + n), Source.REPORT, "form", audience=Audience.PUBLIC)
            for n in range(item.reports)
        ]
        reports += [
            IncomingReport(mark("f", number * 10 + n), Source.THREAD, "form", audience=thread)
            for n, thread in enumerate(item.threads)
            if is_whole or audience.may_see(thread)
        ]
        name = site.add(IncomingReport(mark("a", number), Source.REPORT, "form", subject=f"key:{number + 50}"))
        for report in reports:
            other = site.add(report)
            if other != name:
                editor.merge(other, name)
        about = Classification((item.theme,), (item.border,), tuple(item.border.split("-")), (), item.level)
        if item.state is not State.NEW:
            wording = Wording(about, f"Formulation {number}.", "fr", item.is_public)
            editor.correct(name, wording, confirm=True)
        if item.state is State.PASSED_ON:
            editor.pass_on(name, mark("p", number), DAY)
        if item.state is State.SOLVED:
            editor.solve(name, f"d/{mark('d', number)}")
    assert site.register.obstacles() or not is_whole


def answers_to(client: TestClient) -> Iterator[tuple[str, Any]]:
    for query in FILTERS:
        yield f"/api/v1/obstacles{query}", client.get(f"/api/v1/obstacles{query}")
        yield f"/obstacles{query}", client.get(f"/obstacles{query}")
    for obstacle in client.get("/api/v1/obstacles").json()["obstacles"]:
        yield obstacle["statement"], client.get(f"/api/v1/obstacles/{obstacle['id']}")
        yield f"page {obstacle['statement']}", client.get(f"/obstacles/{obstacle['id']}")
    yield from ((path, client.get(path)) for path in ("/obstacles/mine", "/staff/obstacles", "/"))


def comparable(answer: Any) -> list[str]:
    return sorted(
        CHANGING.sub("", re.sub(r"obstacles/feed.atom\?t=[^&\"]+", "", answer.text)).replace("},", "},\n").splitlines()
    )


@given(items=ITEMS, access=accesses.filter(lambda access: access.audience is not Audience.STAFF))
@settings(
    max_examples=4,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_a_reader_gets_what_a_register_of_their_own_would_give(
    tmp_path_factory: pytest.TempPathFactory, items: list[Item], access: Access
) -> None:
    full, own = (Site(tmp_path_factory.mktemp(name)) for name in ("full", "own"))
    for site in (full, own):
        site.watcher.look()
        build(site, items, access, is_whole=site is full)
        site.watcher.look()
    hidden = [mark("d", n) for n, item in enumerate(items) if not may_see_solution(access, item)]
    hidden += [mark("t", n) for n, item in enumerate(items) if not may_see_solution(access, item)]
    words = re.compile("|".join([r"zq[arfp]\d+qz", *map(re.escape, hidden)]))
    with TestClient(full.app()) as client_of_full, TestClient(own.app()) as client_of_own:
        if access.audience is not Audience.PUBLIC:
            for site, client in ((full, client_of_full), (own, client_of_own)):
                key = site.key(access.audience, "x", groups=access.groups)
                client.headers["Authorization"] = f"Bearer {key}"
                assert sign_in(client, key) == 303
        answers = [dict(answers_to(client)) for client in (client_of_full, client_of_own)]
    assert answers[0].keys() == answers[1].keys()
    for path, got in answers[0].items():
        expected = answers[1][path]
        assert got.status_code == expected.status_code < 500, path
        assert comparable(got) == comparable(expected), path
        assert not words.search(got.text), path
