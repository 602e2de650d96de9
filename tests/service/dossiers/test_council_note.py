"""The council note: what is ticked, word for word, each quote with a number of the list of sources."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, date, datetime

import pypdf
import pytest
from starlette.testclient import TestClient

from index.documents import Kind, Metadata
from index.store.versions import DocumentVersion
from service.dossiers.council_note import compose_council_note
from service.dossiers.model import Content, Item, ItemKind, Quote
from service.dossiers.quoting import ShownQuote
from service.dossiers.shown_items import ShownItem
from service.exports.formats import NOTE_WRITERS, NoteFormat
from service.files.written import Paragraph, Style, Table, WrittenNote
from service.web.translating import INTERFACE_LANGUAGES, Translator
from tests.service.dossiers.people import PUBLIC, RESERVED, person

NOW = datetime(2026, 11, 29, tzinfo=UTC)
META = Metadata("Le tram : un guide", Kind.STUDY, language="fr", published=date(2021, 3, 4), author="MOT")


def quote(text: str, number: int = 0, label: str = "p. 1", column: int = 0, language: str = "fr") -> ShownQuote:
    reference = Quote(f"d/{number}", "", 0, len(text), "", column)
    return ShownQuote(reference, replace(META, language=language), label, language, text, 0, len(text))


def shown(kind: ItemKind, *quotes: ShownQuote, is_ticked: bool = True, **content: object) -> ShownItem:
    item = Item(f"{kind}{len(quotes)}", Content(kind, **content), is_ticked, "key:1", NOW, 1)  # type: ignore[arg-type]
    return ShownItem(item, quotes, is_own=True)


EVERYTHING = [
    shown(ItemKind.PASSAGE, quote("Le tram passe.\n\nEt repasse !")),
    shown(ItemKind.NOTE, text="Qui paie ?\n\nÀ voir : le maire"),
    shown(
        ItemKind.ANSWER,
        quote("Der Wagen darf fahren.", 1, "S. 4", language="de"),
        quote("Le tram passe.", 0),
        question="Qui passe ?",
        day=date(2026, 11, 1),
    ),
    shown(
        ItemKind.COMPARISON,
        quote("La ville paie.", 0, "p. 2", 0),
        quote("Die Stadt zahlt.", 1, "S. 4", 1, "de"),
        question="Qui paie ?",
        columns=("Ici", "Là-bas"),
    ),
    shown(ItemKind.NOTE, text="pas cochée", is_ticked=False),
]


def note(items: list[ShownItem], language: str = "fr", chosen: list[str] | None = None) -> WrittenNote:
    return compose_council_note("Mon dossier : essai", items, Translator(language), "http://x", NOW.date(), chosen)


def lines(note: WrittenNote) -> list[str]:
    """Return each paragraph's text, cells too, with the blanks as they are."""
    headings = []
    for block in note.blocks:
        cells = [[block]] if isinstance(block, Paragraph) else [cell for row in block.rows for cell in row]
        headings += ["".join(run.text for run in each.runs) for cell in cells for each in cell]
    return headings


def test_what_is_ticked_is_there_in_order_and_every_quote_has_its_number() -> None:
    text = [line.replace("\u00a0", " ").replace("\u202f", " ") for line in lines(note(EVERYTHING))]
    assert text[:2] == ["Mon dossier : essai", "Note établie avec Passerelle le 29 novembre 2026"]
    assert text[3:8] == [
        "Le tram : un guide",
        "« Le tram passe.",
        "Et repasse ! » [1]",
        "Qui paie ?",
        "À voir : le maire",
    ]
    assert text[8:12] == [
        "Question : Qui passe ?",
        "Question posée le 1 novembre 2026 ; ce que disent les documents :",
        "« Der Wagen darf fahren. » [2]",
        "« Le tram passe. » [1]",
    ]
    assert text[12] == "Comparaison : Qui paie ?"
    assert text[13:19] == [
        "Le tram : un guide",
        "« La ville paie. » [3]",
        "–",
        "Le tram : un guide",
        "–",
        "« Die Stadt zahlt. » [2]",
    ]
    assert text[19] == "Sources"
    assert text[20].startswith("[1] MOT, « Le tram : un guide », p. 1, 4 mars 2021, français. http://x/documents/d/0?")
    assert text[21].startswith("[2] MOT, « Le tram : un guide », S. 4, 4 mars 2021, allemand. ")
    assert [line[:3] for line in text[20:23]] == ["[1]", "[2]", "[3]"]
    assert "pas cochée" not in "".join(text)


def test_a_table_is_numbered_as_it_is_read() -> None:
    cells = [quote(f"n{number}{column}", number, f"p. {column}", column) for column in (0, 1) for number in (0, 1)]
    table = shown(ItemKind.COMPARISON, *cells, question="Q", columns=("a", "b"))
    quoted = [line for line in lines(note([table])) if line.startswith("«")]
    assert [line[-3:] for line in quoted] == ["[1]", "[2]", "[3]", "[4]"]


def test_one_can_choose_other_items_than_the_ticked_ones_and_nothing() -> None:
    assert "pas cochée" in "".join(lines(note(EVERYTHING[4:], chosen=[EVERYTHING[4].item.id])))
    assert "Rien n’est coché." in lines(note(EVERYTHING, chosen=[]))
    assert "Sources" not in lines(note(EVERYTHING, chosen=[]))


def test_french_keeps_its_marks_on_the_line_and_other_languages_their_words() -> None:
    text = "".join(lines(note(EVERYTHING)))
    assert "Qui paie\u202f?" in text
    assert "«\u00a0Le tram passe." in text
    assert "Der Wagen darf fahren.\u00a0»" in text


def test_a_quote_of_a_former_text_says_so_in_the_list_of_sources() -> None:
    former = DocumentVersion(1, None, datetime(2025, 5, 1, tzinfo=UTC), META, 9, "", "v0123456789abcdef")
    old = replace(quote("Le tram passe."), former=former)
    both = note([shown(ItemKind.PASSAGE, old), shown(ItemKind.PASSAGE, quote("Le tram passe."))])
    sources = [line for line in lines(both) if line.startswith("[")]
    assert len(sources) == 2
    assert "version=v0123456789abcdef" in sources[0]
    assert "jusqu’au 1 mai 2025" in sources[0]
    assert "jusqu’au" not in sources[1]


@pytest.mark.parametrize("language", INTERFACE_LANGUAGES)
def test_the_note_is_written_in_every_language_and_format(language: str) -> None:
    written = note(EVERYTHING, language)
    assert written.language == language
    assert not [line for line in lines(written) if "council." in line or "dossiers." in line or "%(" in line]
    assert sum(isinstance(block, Table) for block in written.blocks) == 1
    assert written.blocks[-1] == Paragraph(Style.CAPTION, written.blocks[-1].runs)  # type: ignore[union-attr]
    assert all(NOTE_WRITERS[note_format].write(written) for note_format in NoteFormat)


def test_the_note_is_exported_through_the_api_as_its_reader_sees_the_dossier(client: TestClient) -> None:
    marie = person(client, "Marie")
    dossier = marie.begin("Secours")
    ids = [marie.add(dossier, item) for item in (PUBLIC, RESERVED)]
    link = marie.share(dossier, "link")["url"].partition("?")[2]

    def text(path: str) -> str:
        answer = marie.client.get(f"/api/v1{path}", headers={} if "shared" in path else marie.headers)
        assert answer.headers["content-type"] == "application/pdf"
        assert answer.headers["content-disposition"].endswith('.pdf"')
        return "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(answer.content)).pages)

    assert "Guide interne" in text(f"/dossiers/{dossier}/export?format=pdf&lang=en")
    assert "Guide interne" not in text(f"/dossiers/{dossier}/export?format=pdf&item={ids[0]}")
    assert "Cross-border" in text(f"/shared/export?{link}&format=pdf")
    assert "Guide interne" not in text(f"/shared/export?{link}&format=pdf")
    for wrong in ("format=exe", "format=pdf&lang=xx", ""):
        assert marie.ask("GET", f"/dossiers/{dossier}/export?{wrong}").status_code == 422
