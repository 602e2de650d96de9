"""Whatever the documents, their readers and what becomes of them: nothing beyond a letter's audience ever leaves."""

from __future__ import annotations

import io
from typing import Any

import pytest
from docx import Document as WordDocument
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.documents import Audience
from service.newsletter.mail import letter_html, letter_text
from service.newsletter.model import Arrangement, Readership
from service.newsletter.note import compose_note
from service.web.translating import Translator
from tests.accesses import GROUPS
from tests.service.newsletter.site import LetterSite

MARKS = ("zqalpha", "zqbravo", "zqcharlie")  # found in titles, sentences, places and the words of staff
SOME_GROUPS = st.lists(st.sampled_from(GROUPS), max_size=2, unique=True).map(tuple)
STATES = st.tuples(st.sampled_from(list(Audience)), SOME_GROUPS)
READERSHIPS = st.one_of(
    st.sampled_from([Readership(), Readership(Audience.MEMBER)]),
    st.sampled_from(GROUPS).map(lambda group: Readership(Audience.MEMBER, group)),
)


def written(site: LetterSite, composed: Any) -> dict[str, str]:
    """Return a letter in each form it can leave in."""
    from service.files.docx import write_docx

    t = Translator("fr")
    word = WordDocument(io.BytesIO(write_docx(compose_note(composed, t, "http://testserver"))))
    addresses = " ".join(part.target_ref for part in word.part.rels.values())
    return {
        "html": letter_html(composed, "http://testserver"),
        "text": letter_text(composed, "http://testserver"),
        "docx": " ".join([addresses, *(element.text or "" for element in word.element.iter() if element.text)]),
    }


@given(
    before=st.lists(STATES, min_size=3, max_size=3),
    after=st.lists(st.one_of(st.none(), STATES), min_size=3, max_size=3),
    ticks=st.lists(st.booleans(), min_size=3, max_size=3),
    readership=READERSHIPS,
    arrangement=st.sampled_from(Arrangement),
)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_letter_holds_what_each_of_its_readers_may_see_now_and_nothing_else(
    tmp_path_factory: pytest.TempPathFactory,
    before: list[tuple[Audience, tuple[str, ...]]],
    after: list[tuple[Audience, tuple[str, ...]] | None],
    ticks: list[bool],
    readership: Readership,
    arrangement: Arrangement,
) -> None:
    """Documents come in, a draft is made, then each may be narrowed, widened, or (None) withdrawn."""
    site = LetterSite(tmp_path_factory.mktemp("letters"))

    def put(mark: str, state: tuple[Audience, tuple[str, ...]]) -> None:
        text = f"Le service {mark} relie les deux rives tous les jours de la semaine."
        site.put(f"n/{mark}", text, state[0], groups=state[1], title=f"Titre {mark}", borders=("DE-FR",))

    for mark, state in zip(MARKS, before, strict=True):
        put(mark, state)
    letter = site.draft(readership, arrangement=arrangement)
    listed = {item.document_id for item in letter.items}
    for mark, state in zip(MARKS, before, strict=True):
        assert (f"n/{mark}" in listed) == readership.access.may_see(site.store.documents[f"n/{mark}"].metadata), state

    def edit(kept: Any) -> Any:
        from dataclasses import replace

        from service.newsletter.store import Wording

        ticked = dict(zip((f"n/{mark}" for mark in MARKS), ticks, strict=True))
        items = tuple(
            replace(item, is_ticked=ticked[item.document_id], word=f"Un mot sur {item.document_id}")
            for item in kept.items
        )
        return Wording(kept.title, "Bonjour", "", "fr", items)

    site.letters.change(letter.id, letter.version, "Anne", edit)
    for mark, change in zip(MARKS, after, strict=True):
        if change is None:
            site.store.withdraw(f"n/{mark}", "Anne", "")
        else:
            put(mark, change)
    forms = written(site, site.composed(letter))
    for mark, change, is_ticked in zip(MARKS, after, ticks, strict=True):
        document_id = f"n/{mark}"
        may_see = change is not None and readership.access.may_see(site.store.documents[document_id].metadata)
        expected = document_id in listed and is_ticked and may_see
        assert {form: mark in text for form, text in forms.items()} == dict.fromkeys(forms, expected)
