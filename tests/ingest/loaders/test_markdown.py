"""Markdown gives the words a reader sees, in the sections the headings make."""

from __future__ import annotations

from pathlib import Path

from index.documents import SectionText
from ingest.loaders.dispatch import load
from tests.ingest.loaders.real_files import load_text


def test_headings_of_markdown_make_sections_and_the_title_is_no_label(tmp_path: Path) -> None:
    text = "Avant.\n\n# Titre\n\nDébut.\n\n## Droit\n\n### Art. 3 Objet\n\nTexte *fort*.\n\n## Sources\n\nLoi.\n"
    assert load_text(tmp_path, "a.md", text) == [
        SectionText("", "Avant.", ""),
        SectionText("", "Début.", ""),
        SectionText("art. 3", "Texte fort.", "Droit > Art. 3 Objet"),
        SectionText("Sources", "Loi.", "Sources"),
    ]


def test_front_matter_is_metadata_and_not_text(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text("---\ntitle: Un titre\ncountries: [FR, BE]\n---\n# Un titre\n\nTexte.\n", encoding="utf-8")
    loaded = load(path)
    assert loaded.metadata == {"title": "Un titre", "countries": ["FR", "BE"]}
    assert loaded.sections == (SectionText("", "Texte."),)


def test_links_images_footnote_marks_attributes_and_tags_leave_only_words(tmp_path: Path) -> None:
    text = (
        'Voir [le site](https://exemple.eu){target="_blank"} et <b>ceci</b>[^1], au 1<sup>er</sup> mai.\n\n'
        "[^1]: Une note.\n"
    )
    (section,) = load_text(tmp_path, "a.md", text)
    assert section.text == "Voir le site et ceci, au 1er mai.\n\n(1) Une note."


def test_the_residue_of_word_is_left_out(tmp_path: Path) -> None:
    text = "<!--\\[if gte mso 9\\]><xml><w:x>0</w:x></xml><!\\[endif\\]-->\n\nQuatre phrases.\n\n<style>p {}</style>\n"
    (section,) = load_text(tmp_path, "a.md", text)
    assert section.text == "Quatre phrases."


def test_lists_and_tables_of_markdown_stay_lines(tmp_path: Path) -> None:
    text = "- un\n- deux\n  1. sous\n\n| a | b |\n|---|---|\n| 1 | **2** |\n"
    (section,) = load_text(tmp_path, "a.md", text)
    assert section.text == "- un\n- deux\n1. sous\n\na | b\n1 | 2"


def test_a_wrapped_line_goes_on_unless_the_next_opens_an_item(tmp_path: Path) -> None:
    (section,) = load_text(tmp_path, "a.md", "Une phrase\nsur deux lignes :\n1° un ;\n2° deux.\n")
    assert section.text == "Une phrase sur deux lignes :\n1° un ;\n2° deux."


def test_headings_without_a_space_after_the_marks_are_headings(tmp_path: Path) -> None:
    (section,) = load_text(tmp_path, "a.md", "##Titel\n\n### Artikel  4\n\n####Harmonisatie\n\nTekst.\n")
    assert section == SectionText("art. 4, Harmonisatie", "Tekst.", "Artikel 4 > Harmonisatie")


def test_a_document_that_is_all_headings_keeps_them_as_its_text(tmp_path: Path) -> None:
    (section,) = load_text(tmp_path, "a.md", "# Ouverture de la ligne\n\n## Le 12 mai\n")
    assert section.text == "Ouverture de la ligne\n\nLe 12 mai"


def test_raised_struck_and_hidden_text_means_what_a_reader_sees(tmp_path: Path) -> None:
    text = "12 000<sup>2</sup> sur 25 m<sup>2</sup>, ~~30~~ 45 <del>francs</del> euros, CO<sub>2</sub>."
    path = tmp_path / "a.md"
    path.write_text(f"{text}\n\n<div hidden>\n\nSECRET\n\n</div>", encoding="utf-8")
    loaded = load(path)
    assert loaded.sections[0].text == "12 000 (2) sur 25 m², ~~30~~ 45 ~~francs~~ euros, CO₂."
    assert [part.what for part in loaded.left_out] == ["1 hidden part"]


def test_a_tag_that_is_only_named_takes_nothing_with_it(tmp_path: Path) -> None:
    text = "La balise <title> et <script> sont nommées.\n\n<textarea>\n\nEt la suite 42."
    assert "Et la suite 42." in " ".join(section.text for section in load_text(tmp_path, "a.md", text))
    assert "La balise <title> et <script> sont" in load_text(tmp_path, "a.md", text)[0].text


def test_braces_that_are_no_attributes_are_text(tmp_path: Path) -> None:
    text = 'f(x){voir 12}, [lien](u){target="_blank"} et `code`{.python}'
    assert load_text(tmp_path, "a.md", text)[0].text == "f(x){voir 12}, lien et code"


def test_lists_keep_their_numbers_and_pages_their_details(tmp_path: Path) -> None:
    text = "3. c\n4. d\n   - e\n\n<details><summary>Plus</summary>\n\nLa suite.\n\n</details>\n"
    assert load_text(tmp_path, "a.md", text)[0].text == "3. c\n4. d\n- e\n\nPlus\n\nLa suite."
