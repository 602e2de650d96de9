"""An outline keeps every heading and every paragraph it is given."""

from __future__ import annotations

from index.documents import SectionText
from ingest.loaders.outline import Outline


def test_a_heading_with_nothing_below_it_is_the_text_of_its_section() -> None:
    outline = Outline()
    outline.heading(1, "Guide")
    outline.add("Début.")
    outline.heading(2, "Le permis coûte 65 francs.")
    outline.heading(2, "Délais")
    outline.heading(3, "Jura")
    outline.add("12 jours")
    assert outline.sections() == (
        SectionText("", "Début.", ""),
        SectionText("Le permis coûte 65 francs.", "Le permis coûte 65 francs.", "Le permis coûte 65 francs."),
        SectionText("Jura", "12 jours", "Délais > Jura"),
    )


def test_a_mark_whose_text_does_not_follow_stays_in_its_section() -> None:
    outline = Outline()
    outline.add("(1)")
    outline.heading(1, "Article 2")
    outline.add("a)")
    outline.add("le permis")
    outline.add("non.")
    assert [section.text for section in outline.sections()] == ["(1)", "a) le permis\n\nnon."]
