"""`--include-hidden` makes what files hide documents for staff alone, beside those of what they show."""

from __future__ import annotations

import os
from pathlib import Path

import docx
import openpyxl
import pptx
import pytest

from index.documents import Access, Audience
from index.errors import UnknownDocument
from index.types import Filter
from ingest.__main__ import make_parser
from ingest.sync.withdrawals import remove_withdrawn
from tests.ingest.centre import Centre

HIDDEN = "tarifs/hidden"


@pytest.fixture
def centre(tmp_path: Path) -> Centre:
    made = Centre(tmp_path)
    write_book(made, "SECRET")
    return made


def write_book(centre: Centre, secret: str = "") -> Path:
    """Write a workbook of two rows and a column; with a secret in a hidden column, if there is one."""
    book = openpyxl.Workbook()
    for row in (("Ville", "Places", secret and "Salaire"), ("Kehl", 60, secret)):
        book.active.append(row)
    book.active.column_dimensions["C"].hidden = True
    path = centre.folder / "tarifs.xlsx"
    book.save(path)
    os.utime(path, (1_600_000_000 + len(secret), 1_600_000_000 + len(secret)))
    return path


def ids(centre: Centre, audience: Audience) -> list[str]:
    return sorted(document.card.id for document in centre.store.list_documents(Access(audience)))


def passages(centre: Centre, audience: Audience) -> str:
    """Return all that a search could find."""
    within = Filter(audience)
    rows = centre.store.rows(within)
    return "\n".join(passage.text for passage in centre.store.passages(rows, within.access).values())


def test_without_the_option_what_is_hidden_is_stored_nowhere(centre: Centre) -> None:
    report = centre.ingest(audience="public")
    assert (ids(centre, Audience.STAFF), report.hidden) == (["tarifs"], 0)
    assert "SECRET" not in passages(centre, Audience.STAFF)


@pytest.mark.parametrize("audience", ["public", "member", "staff"])
def test_with_it_only_staff_find_what_is_hidden_and_not_in_the_files_own_document(
    centre: Centre, audience: str
) -> None:
    report = centre.ingest(include_hidden=True, audience=audience)
    for reader in (Audience.PUBLIC, Audience.MEMBER):
        assert HIDDEN not in ids(centre, reader)
        assert "SECRET" not in passages(centre, reader)
        with pytest.raises(UnknownDocument):
            centre.store.document(HIDDEN, Access(reader))
    assert "SECRET" not in centre.document("tarifs").text
    hidden = centre.document(HIDDEN)
    assert "Ville | Salaire\nKehl | SECRET" in hidden.text
    assert (hidden.metadata.audience, hidden.sections[0].label) == (Audience.STAFF, "Sheet")
    assert hidden.metadata.notice == "Hidden in tarifs.xlsx: readers of the file do not see it."
    assert "SECRET" in passages(centre, Audience.STAFF)
    assert "Hidden: 1 document holds what files hide, beside their own, for staff only" in report.lines()
    assert [part.what for part in report.left_out] == ["1 hidden column"]


def test_it_stays_while_the_runs_are_asked_for_it_and_goes_with_the_first_that_is_not(centre: Centre) -> None:
    for expected in (1, 0):
        report = centre.ingest(include_hidden=True)
        assert (report.read, report.unchanged, report.hidden, report.removed) == (expected, 1 - expected, 1, 0)
    report = centre.ingest()
    assert (report.hidden, report.removed, ids(centre, Audience.STAFF)) == (0, 1, ["tarifs"])


def test_a_run_over_the_file_alone_removes_it_as_well(centre: Centre) -> None:
    centre.write("autre.md", "Un autre texte.")
    centre.ingest(include_hidden=True)
    centre.ingest(centre.folder / "autre.md")
    assert HIDDEN in ids(centre, Audience.STAFF)
    centre.ingest(centre.folder / "tarifs.xlsx")
    assert ids(centre, Audience.STAFF) == ["autre", "tarifs"]


def test_it_goes_when_the_file_hides_nothing_any_more_or_is_gone(centre: Centre) -> None:
    centre.ingest(include_hidden=True)
    write_book(centre)
    assert centre.ingest(include_hidden=True).removed == 1
    assert ids(centre, Audience.STAFF) == ["tarifs"]
    write_book(centre, "SECRET").unlink()
    centre.write("autre.md", "Un autre texte.")
    centre.ingest(include_hidden=True)
    assert ids(centre, Audience.STAFF) == ["autre"]


def test_it_stays_as_long_as_the_last_good_text_of_a_file_that_fails(centre: Centre) -> None:
    centre.ingest(include_hidden=True)
    (centre.folder / "tarifs.xlsx").write_bytes(b"PK damaged")
    report = centre.ingest(include_hidden=True)
    assert (len(report.failures), ids(centre, Audience.STAFF)) == (1, ["tarifs", HIDDEN])


def test_it_is_withdrawn_with_its_file_and_comes_back_with_it(centre: Centre) -> None:
    centre.ingest(include_hidden=True)
    centre.store.withdraw("tarifs", "Anne", "")
    for _ in range(2):
        remove_withdrawn(centre.store, centre.indexer)
        centre.ingest(include_hidden=True)
        assert centre.store.owner(HIDDEN) is None
    centre.store.reinstate("tarifs")
    centre.ingest(include_hidden=True)
    assert ids(centre, Audience.STAFF) == ["tarifs", HIDDEN]


def test_it_can_be_withdrawn_alone(centre: Centre) -> None:
    centre.ingest(include_hidden=True)
    centre.store.withdraw(HIDDEN, "Anne", "")
    write_book(centre, "SECRETS")
    remove_withdrawn(centre.store, centre.indexer)
    centre.ingest(include_hidden=True)
    assert ids(centre, Audience.STAFF) == ["tarifs"]


def test_slides_passages_and_remarks_are_read_as_well(centre: Centre) -> None:
    deck = pptx.Presentation()
    for title in ("Visible", "SLIDE"):
        deck.slides.add_slide(deck.slide_layouts[0]).shapes.title.text = title
    deck.slides[1]._element.set("show", "0")
    deck.save(str(centre.folder / "deck.pptx"))
    note = docx.Document()
    paragraph = note.add_paragraph("Visible. ")
    for words in ("PASS", "AGE"):
        paragraph.add_run(words).font.hidden = True
    note.add_comment(paragraph.runs, "REMARK", "Anne")
    note.save(str(centre.folder / "note.docx"))
    centre.ingest(include_hidden=True)
    assert centre.document("deck/hidden").text == "SLIDE"
    assert centre.document("note/hidden").text.split("\n\n") == ["PASSAGE", "REMARK"]


def test_the_command_has_the_option() -> None:
    assert make_parser().parse_args(["x", "--include-hidden"]).include_hidden
    assert not make_parser().parse_args(["x"]).include_hidden
