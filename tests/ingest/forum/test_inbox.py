"""From the inbox to the index exactly once: solved threads in, deleted ones out, whatever crashes or comes twice."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.documents import Audience, Kind
from index.errors import SettingsError, UnknownDocument
from ingest.forum.inbox import parse_audiences
from ingest.forum.threads import ThreadState
from ingest.sources.metadata import Readers
from tests.databases import Sqlite
from tests.ingest.forum.fake_forum import QUESTION, SOLUTION, SOLVED, UNANSWERED, Forum, Messages, accepted, post, topic


class Crash(BaseException):
    """The machine stops."""


@pytest.fixture
def forum(tmp_path: Path, backend: Sqlite) -> Forum:
    return Forum(tmp_path, backend)


def test_a_solved_thread_becomes_a_document_with_its_question_and_its_solution(forum: Forum) -> None:
    forum.deliver(*UNANSWERED)
    forum.deliver(post("9", 2, "Aucune idée, désolé."))
    forum.deliver(*SOLVED)
    assert forum.run().published == 1
    document = forum.document
    assert (document.metadata.kind, document.metadata.solved) == (Kind.FORUM_THREAD, True)
    assert [section.label for section in document.sections] == ["Question", "Solution acceptée"]
    assert document.text == f"{QUESTION}\n\n{SOLUTION}"
    assert (document.metadata.audience, str(document.metadata.published)) == (Audience.MEMBER, "2026-11-02")
    assert forum.files.names("inbox", ".json") == []
    assert forum.unsolved == []


def test_an_unsolved_thread_is_kept_for_the_register_and_not_published(forum: Forum) -> None:
    forum.deliver(*UNANSWERED)
    assert forum.run().unsolved == 1
    assert [(entry["id"], entry["question"], entry["audience"]) for entry in forum.unsolved] == [
        ("7", QUESTION, "member")
    ]
    assert forum.store.count()[0] == 0
    forum.deliver(*SOLVED)
    forum.run()
    assert forum.unsolved == []


@pytest.mark.parametrize(
    ("mapping", "audience"),
    [
        ("autre=public", Audience.STAFF),
        ("5=public", Audience.PUBLIC),
        ("5=public, juridique=member", Audience.MEMBER),
        ("forum.test/5=public", Audience.PUBLIC),
        ("other.test/5=public", Audience.STAFF),
    ],
)
def test_a_category_that_is_not_mapped_is_for_staff_and_a_new_mapping_holds_at_once(
    forum: Forum, mapping: str, audience: Audience
) -> None:
    forum.deliver(*UNANSWERED, *SOLVED)
    forum.run("juridique=member")
    forum.run(mapping)
    assert forum.document.metadata.audience is audience


def test_a_thread_moved_to_another_category_changes_its_audience(forum: Forum) -> None:
    forum.deliver(*UNANSWERED, *SOLVED)
    forum.run("juridique=public")
    forum.deliver(topic(categories=["8", "interne"]))
    forum.run("juridique=public")
    assert forum.document.metadata.audience is Audience.STAFF


def test_an_edit_changes_the_document_and_a_replay_changes_nothing(forum: Forum) -> None:
    name = forum.deliver(*UNANSWERED, *SOLVED)
    first = forum.files.read(name) or b""
    forum.run()
    forum.deliver(post("2", 3, SOLUTION + " Prévenez la préfecture."))
    forum.run()
    assert "préfecture" in forum.document.text
    forum.files.write(name, first)
    report = forum.run()
    assert (report.received, report.repeated, report.published) == (0, 1, 0)
    assert "préfecture" in forum.document.text


@pytest.mark.parametrize(
    "message",
    [topic(gone=True), topic(private=True), post("2", 3, "", gone=True), accepted("2", yes=False)],
    ids=["deleted", "made private", "solution deleted", "not accepted any more"],
)
def test_a_deleted_thread_or_solution_removes_the_document(forum: Forum, message: dict[str, Any]) -> None:
    forum.deliver(*UNANSWERED, *SOLVED)
    forum.run()
    forum.deliver(message)
    assert forum.run().removed == 1
    with pytest.raises(UnknownDocument):
        assert forum.document


def test_no_word_of_a_deleted_thread_is_kept(forum: Forum) -> None:
    forum.deliver(*UNANSWERED, *SOLVED)
    forum.run()
    forum.deliver(topic(gone=True))
    forum.run()
    assert forum.unsolved == []
    (state,) = forum.threads.all()
    assert QUESTION not in json.dumps(state.as_json())


def test_what_the_markup_of_a_forum_adds_is_left_out(forum: Forum) -> None:
    quote = '[quote="Anne, post:1, topic:7"]\nNom de quelqu\'un\n[/quote]\n\n'
    forum.deliver(
        *UNANSWERED, post("2", 2, quote + f"**Oui** ![plan|690x388](upload://x.png)\n\n{SOLUTION}"), accepted("2")
    )
    forum.run()
    assert forum.document.text == f"{QUESTION}\n\nOui\n\n{SOLUTION}"
    html = f'<aside class="quote"><p>Nom</p></aside><p>Voici&nbsp;:</p><script>x</script><p>{SOLUTION}</p>'
    forum.deliver(post("2", 2, html, markup="html"))
    forum.run()
    assert forum.document.text.endswith(f"Voici :\n\n{SOLUTION}")
    assert "Nom" not in forum.document.text


def test_a_file_that_cannot_be_read_is_put_aside_and_reported(forum: Forum) -> None:
    for number, content in enumerate((b"not json", b"[]", b'{"format": 2}', b'{"format": 1, "delivery": "x"}')):
        forum.files.write(forum.deliver(*UNANSWERED, thread=f"odd{number}"), content)
    odd = forum.deliver({"what": "surprise"}, thread="odd9")
    forum.deliver(*UNANSWERED)
    report = forum.run()
    assert (report.received, len(report.refused)) == (1, 5)
    assert odd.replace("inbox/", "inbox/refused/") in forum.files.names("inbox/refused", ".json")
    assert [entry["id"] for entry in forum.unsolved] == ["7"]


@pytest.mark.parametrize("step", ["before the file goes", "before the index is written", "after the index is written"])
def test_a_crash_at_any_step_loses_nothing_and_does_nothing_twice(forum: Forum, step: str) -> None:
    forum.deliver(*UNANSWERED, *SOLVED)
    job = forum.job()

    def crash(*_: object) -> None:
        raise Crash

    if step == "before the file goes":
        job.delete = crash
    elif step == "before the index is written":
        job._index = crash  # type: ignore[method-assign,assignment]
    else:
        job.indexer.finish = crash  # type: ignore[method-assign]
    with pytest.raises(Crash):
        job.run()
    if step == "after the index is written":
        del forum.indexer.finish
    forum.run()
    forum.run()
    assert forum.indexer.puts == 1
    assert forum.document.text.startswith(QUESTION)
    assert forum.files.names("inbox", ".json") == []


def test_an_empty_inbox_makes_nothing(tmp_path: Path) -> None:
    forum = Forum(tmp_path)
    assert not forum.run().is_worth_printing
    assert not (tmp_path / "threads.sqlite").exists()


def test_a_wrong_mapping_is_refused() -> None:
    with pytest.raises(SettingsError, match="PASSERELLE_FORUM_AUDIENCES"):
        parse_audiences("5=everybody")
    assert parse_audiences("") == {}


def test_a_category_can_be_for_groups_and_a_thread_in_two_is_for_who_may_see_both() -> None:
    audiences = parse_audiences("5=group:gt-a+gt-b, 6=group:gt-b+gt-c, 7=member, 8=group:gt-d, 9=staff")
    assert audiences["5"] == Readers(Audience.MEMBER, ("gt-a", "gt-b"))

    def readers(*categories: str) -> Readers:
        thread = ThreadState("forum.test", "1")
        thread.apply(1, topic(categories=list(categories)))
        assert thread.unsolved_entry(audiences)["groups"] == list(thread.readers(audiences).groups)
        return thread.readers(audiences)

    assert readers("5", "6") == Readers(Audience.MEMBER, ("gt-b",))
    assert readers("7", "6") == Readers(Audience.MEMBER, ("gt-b", "gt-c"))
    assert readers("5", "8") == Readers(Audience.STAFF)
    assert readers("5", "9").audience is Audience.STAFF
    for wrong in ("5=group:", "5=group:gt-a+", "5=group:GT SANTE", "5=gt-a"):
        with pytest.raises(SettingsError, match="=group:ID"):
            parse_audiences(wrong)


@pytest.mark.parametrize(
    ("bound_to", "is_taken"), [([], True), (["5"], True), (["juridique", "9"], True), (["9"], False)]
)
def test_a_sender_for_some_categories_leaves_other_threads_alone(
    tmp_path: Path, bound_to: list[str], is_taken: bool
) -> None:
    forum = Forum(tmp_path)
    forum.deliver(topic(), post("1", 1, QUESTION), post("2", 2, "Par arrêté."), accepted("2"))
    forum.run()
    name = forum.deliver(topic(categories=["9"], title="Remplacé"), post("1", 1, "Autre question ?"))
    forum.files.write(name, json.dumps(json.loads(forum.files.read(name) or b"") | {"bound_to": bound_to}).encode())
    report = forum.run()
    assert [f"inbox/{remark.name}" for remark in report.refused] == ([] if is_taken else [name])
    assert (forum.threads.all()[0].title == "Remplacé") is is_taken
    if not is_taken:
        assert "9" in report.refused[0].reason
        assert forum.document.text.startswith(QUESTION)


def test_a_sender_for_some_categories_hands_in_new_threads_of_theirs(tmp_path: Path) -> None:
    forum = Forum(tmp_path)
    name = forum.deliver(topic(categories=["9"]), post("1", 1, QUESTION))
    forum.files.write(name, json.dumps(json.loads(forum.files.read(name) or b"") | {"bound_to": ["9"]}).encode())
    assert forum.run().received == 1


MESSAGES = st.one_of(
    st.builds(lambda gone: topic(gone=gone), st.booleans()),
    st.builds(lambda n, gone: post(str(n), n, f"Texte {n}", gone=gone), st.integers(1, 3), st.booleans()),
    st.builds(lambda n, yes: accepted(str(n), yes), st.integers(1, 3), st.booleans()),
)


@given(st.lists(MESSAGES, max_size=8), st.randoms())
def test_messages_may_come_in_any_order_and_any_number_of_times(messages: Messages, chance: Any) -> None:
    numbered = list(enumerate(messages))
    shuffled = [*numbered, *chance.sample(numbered, len(numbered) // 2)]
    chance.shuffle(shuffled)
    once, again = ThreadState("f", "1"), ThreadState("f", "1")
    for seq, message in numbered:
        once.apply(seq, message)
    for seq, message in shuffled:
        again.apply(seq, message)
    assert once.is_gone == again.is_gone
    if not any(
        message["what"] == "topic" and message["gone"] for message in messages
    ):  # that empties the posts before it
        assert (once.is_solved, once.solution, once.question) == (again.is_solved, again.solution, again.question)
