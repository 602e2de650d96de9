"""What an answer is chosen from: slices that cover what the document says, rows whole, bullets left out."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from index.documents import Audience, Document, Kind, Metadata, SectionText
from service.answering.candidates import split_pieces


def document(*sections: str, kind: Kind = Kind.STUDY) -> Document:
    texts = [SectionText(f"p. {number}", text) for number, text in enumerate(sections, 1)]
    return Document.from_sections("d", texts, Metadata("Titre", kind, Audience.PUBLIC, "fr"))


def test_a_table_row_is_one_piece_and_a_bullet_no_part_of_one() -> None:
    table = document(
        "Le coût est partagé.\nAppel | Dossiers | Aide accordée aux projets retenus par le comité de sélection\n"
        "2018 | 36 | 20 000 € au plus. Versés en deux fois\n\n- cercueil en bois ;\n- sans zinc."
    )
    assert [(piece.form, piece.text) for piece in split_pieces(table)] == [
        ("sentence", "Le coût est partagé."),
        ("row", "Appel | Dossiers | Aide accordée aux projets retenus par le comité de sélection"),
        ("row", "2018 | 36 | 20 000 € au plus. Versés en deux fois"),
        ("item", "cercueil en bois ;"),
        ("item", "sans zinc."),
    ]


def test_questions_short_scraps_and_what_a_thread_asks_may_not_answer() -> None:
    thread = document("Nous cherchons qui paie le trajet.", "Qui donc ? L'assurance. L'assurance paie le trajet.")
    assert [piece.text for piece in split_pieces(thread) if piece.may_answer] == [
        "Nous cherchons qui paie le trajet.",
        "L'assurance paie le trajet.",
    ]
    question = split_pieces(thread)[0].text
    solved = document(question, "L'assurance paie le trajet.", kind=Kind.FORUM_THREAD)
    assert [piece.label for piece in split_pieces(solved) if piece.may_answer] == ["p. 2"]


@given(st.lists(st.text("aé.?!:;|\n- 1A", min_size=1, max_size=80), min_size=1, max_size=3))
def test_pieces_are_slices_in_order_with_only_blanks_and_bullets_between(texts: list[str]) -> None:
    drawn = document(*texts)
    end = 0
    for piece in split_pieces(drawn):
        assert drawn.text[piece.start : piece.end] == piece.text
        assert piece.text == piece.text.strip()
        assert piece.start >= end
        assert not set(drawn.text[end : piece.start]) - set("\n- 1.")
        end = piece.end
    assert not set(drawn.text[end:]) - set("\n- 1.")


def test_sources_and_the_heads_of_tables_do_not_answer() -> None:
    sections = [
        SectionText("Délais", "Délai | Jours\nDemande | trente jours", heading="Délais", language="fr"),
        SectionText("Sources", "Légifrance, version du 3 mars 2023 ; Cleiss.", heading="Sources", language="fr"),
    ]
    note = Document.from_sections("note", sections, Metadata("Note", Kind.STUDY, Audience.PUBLIC, "fr"))
    assert [piece.text for piece in split_pieces(note) if piece.may_answer] == ["Demande | trente jours"]


def test_a_heading_of_a_file_that_states_none_does_not_answer() -> None:
    text = "La réponse courte\n\nLe salaire est imposé en France jusqu'en 2033.\n\nVaud, Neuchâtel, Jura et Bâle"
    metadata = Metadata("Note", language="fr", audience=Audience.PUBLIC)
    document = Document.from_sections("n", [SectionText("p. 1", text)], metadata, path="note.pdf")
    assert [(piece.text[:17], piece.may_answer) for piece in split_pieces(document)] == [
        ("La réponse courte", False),
        ("Le salaire est im", True),
        ("Vaud, Neuchâtel, ", True),  # heads nothing
    ]


def test_sources_are_known_at_the_end_of_a_chain_of_headings_and_where_a_page_has_none() -> None:
    sections = [
        SectionText("p. 1", "Le délai est de six mois.\n\nSources\n\nDirective 2011/24/UE ; accords cités."),
        SectionText("p. 2", "Source : Insee, 2019.\n\nLe coût est partagé par moitié."),
        SectionText("p. 3", "Übereinkommen, vor allem Artikel 11 bis 15.", heading="Das Übereinkommen > Quellen"),
    ]
    note = Document.from_sections("note", sections, Metadata("Note", Kind.STUDY, Audience.PUBLIC, "fr"))
    assert [piece.text for piece in split_pieces(note) if piece.may_answer] == [
        "Le délai est de six mois.",
        "Le coût est partagé par moitié.",
    ]
