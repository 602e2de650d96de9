"""Markdown, plain text and web pages: the words a reader sees, in the sections the headings make."""

from __future__ import annotations

from pathlib import Path

import pytest

from index.documents import SectionText
from ingest.loaders import UnreadableFile, load


def _loaded(tmp_path: Path, name: str, text: str | bytes) -> list[SectionText]:
    path = tmp_path / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return list(load(path).sections)


def test_headings_of_markdown_make_sections_and_the_title_is_no_label(tmp_path: Path) -> None:
    text = "Avant.\n\n# Titre\n\nDébut.\n\n## Droit\n\n### Art. 3 Objet\n\nTexte *fort*.\n\n## Sources\n\nLoi.\n"
    assert _loaded(tmp_path, "a.md", text) == [
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


def test_front_matter_that_is_not_yaml_is_unreadable_and_the_line_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="line 3"):
        _loaded(tmp_path, "a.md", "---\ntitle: a\naudience: member: x\n---\nTexte.\n")


def test_links_images_footnote_marks_attributes_and_tags_leave_only_words(tmp_path: Path) -> None:
    text = (
        'Voir [le site](https://exemple.eu){target="_blank"} et <b>ceci</b>[^1], au 1<sup>er</sup> mai.\n\n'
        "[^1]: Une note.\n"
    )
    (section,) = _loaded(tmp_path, "a.md", text)
    assert section.text == "Voir le site et ceci, au 1er mai.\n\n(1) Une note."


def test_the_residue_of_word_is_left_out(tmp_path: Path) -> None:
    text = "<!--\\[if gte mso 9\\]><xml><w:x>0</w:x></xml><!\\[endif\\]-->\n\nQuatre phrases.\n\n<style>p {}</style>\n"
    (section,) = _loaded(tmp_path, "a.md", text)
    assert section.text == "Quatre phrases."


def test_lists_and_tables_of_markdown_stay_lines(tmp_path: Path) -> None:
    text = "- un\n- deux\n  1. sous\n\n| a | b |\n|---|---|\n| 1 | **2** |\n"
    (section,) = _loaded(tmp_path, "a.md", text)
    assert section.text == "- un\n- deux\n1. sous\n\na | b\n1 | 2"


def test_a_wrapped_line_goes_on_unless_the_next_opens_an_item(tmp_path: Path) -> None:
    (section,) = _loaded(tmp_path, "a.md", "Une phrase\nsur deux lignes :\n1° un ;\n2° deux.\n")
    assert section.text == "Une phrase sur deux lignes :\n1° un ;\n2° deux."


def test_headings_without_a_space_after_the_marks_are_headings(tmp_path: Path) -> None:
    (section,) = _loaded(tmp_path, "a.md", "##Titel\n\n### Artikel  4\n\n####Harmonisatie\n\nTekst.\n")
    assert section == SectionText("art. 4, Harmonisatie", "Tekst.", "Artikel 4 > Harmonisatie")


def test_bare_article_lines_make_sections_with_the_title_that_follows(tmp_path: Path) -> None:
    text = "CHAPITRE I\n\nDispositions générales\n\nArticle premier\n\nObjet\n\n1.\n\nLe présent règlement établit.\n"
    (section,) = _loaded(tmp_path, "a.txt", text)
    assert section == SectionText(
        "art. premier",
        "1. Le présent règlement établit.",
        "CHAPITRE I – Dispositions générales > Article premier – Objet",
    )


def test_a_document_that_is_all_headings_keeps_them_as_its_text(tmp_path: Path) -> None:
    (section,) = _loaded(tmp_path, "a.md", "# Ouverture de la ligne\n\n## Le 12 mai\n")
    assert section.text == "Ouverture de la ligne\n\nLe 12 mai"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_text_is_read_in_the_usual_encodings(tmp_path: Path, encoding: str) -> None:
    (section,) = _loaded(tmp_path, "a.txt", "L’été à Hœnheim.".encode(encoding))
    assert section.text == "L’été à Hœnheim."


def test_text_wrapped_by_hand_is_unwrapped(tmp_path: Path) -> None:
    lines = [
        "La convention de Madrid est une convention-cadre du Conseil de",
        "l'Europe ; elle n'oblige à rien par elle-même, mais ses proto-",
        "coles ont permis aux collectivités de conclure des accords et de",
        "créer des organismes communs.",
    ]
    (section,) = _loaded(tmp_path, "a.txt", "\n".join(lines))
    assert "ses protocoles ont permis aux collectivités de conclure" in section.text
    assert "\n" not in section.text


def test_binary_data_and_empty_files_are_unreadable(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="NUL"):
        _loaded(tmp_path, "a.txt", b"abc\0\0def")
    with pytest.raises(UnreadableFile, match="empty"):
        _loaded(tmp_path, "a.md", b"")
    with pytest.raises(UnreadableFile, match="no text"):
        _loaded(tmp_path, "b.md", b"---\ntitle: x\n---\n\n")


def test_an_unknown_suffix_is_named_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match=r"“\.xyz” is not a format that is read here: save it as PDF"):
        _loaded(tmp_path, "a.xyz", b"abc")


PAGE = """<html lang="en"><head><title>Tram | Site</title><meta name="author" content="Réseau">
<meta property="article:published_time" content="2021-05-18T10:00:00"></head><body>
<header><a>Accueil</a></header><nav>Menu</nav><div class="cookie-banner">Acceptez-vous ?</div>
<main><h1>Le tram</h1><p>Premier<br>alinéa.</p><h2>Coût</h2><div>Bloc <b>un</b><p>Bloc deux</p>fin</div>
<table><tr><th>Ville</th><th>Coût</th></tr><tr><td>Kehl</td><td>20</td></tr></table>
<ul><li>un</li><li>deux</li></ul><script>x()</script></main>
<footer>Mentions légales</footer></body></html>"""


def test_a_web_page_gives_its_own_text_without_its_furniture(tmp_path: Path) -> None:
    assert _loaded(tmp_path, "a.html", PAGE) == [
        SectionText("", "Premier\nalinéa.", ""),
        SectionText("Coût", "Bloc un\n\nBloc deux\n\nfin\n\nVille | Coût\nKehl | 20\n\n- un\n- deux", "Coût"),
    ]


def test_what_a_web_page_notes_of_itself_are_hints(tmp_path: Path) -> None:
    path = tmp_path / "a.html"
    path.write_text(PAGE, encoding="utf-8")
    assert dict(load(path).hints) == {
        "heading": "Le tram",
        "author": "Réseau",
        "published": "2021-05-18T10:00:00",
        "title": "Le tram",
    }


MENU = "".join(f'<li><a href="/{one}">{one}</a></li>' for one in ("Accueil", "Membres", "Agenda", "Presse", "Contact"))
TEXT = "<h1>Lignes</h1><h2>Le tram</h2>" + "".join(
    f"<p>La ligne {number} passe le Rhin depuis l’année {2000 + number}, et les deux villes en partagent les frais.</p>"
    for number in range(8)
)


def test_a_page_that_does_not_say_where_its_text_is_loses_its_menu_and_keeps_its_headings(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text(
        f"<title>t</title><body><div><ul>{MENU}</ul></div><div>{TEXT}</div><div><h3>Liens</h3><ul>{MENU}</ul></div>",
        encoding="utf-8",
    )
    sections = load(path).sections
    said = " ".join(f"{one.heading} {one.text}" for one in sections)
    assert "Agenda" not in said
    assert "Liens" not in said
    assert sections[-1].heading.endswith("Le tram")
    assert all(f"La ligne {number} passe" in said for number in range(8))


def test_a_page_that_is_a_list_of_links_is_kept_whole(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text(f"<title>t</title><body><div><ul>{MENU}</ul></div>", encoding="utf-8")
    assert "Agenda" in load(path).sections[0].text
