"""Web pages give their own text without menus and banners."""

from __future__ import annotations

from email.message import EmailMessage
from pathlib import Path

from index.documents import SectionText
from ingest.loaders.dispatch import load
from tests.ingest.loaders.real_files import load_text

PAGE = """<html lang="en"><head><title>Tram | Site</title><meta name="author" content="Réseau">
<meta property="article:published_time" content="2021-05-18T10:00:00"></head><body>
<header><a>Accueil</a></header><nav>Menu</nav><div class="cookie-banner">Acceptez-vous ?</div>
<main><h1>Le tram</h1><p>Premier<br>alinéa.</p><h2>Coût</h2><div>Bloc <b>un</b><p>Bloc deux</p>fin</div>
<table><tr><th>Ville</th><th>Coût</th></tr><tr><td>Kehl</td><td>20</td></tr></table>
<ul><li>un</li><li>deux</li></ul><script>x()</script></main>
<footer>Mentions légales</footer></body></html>"""
MENU = "".join(
    f'<li><a href="/{entry}">{entry}</a></li>' for entry in ("Accueil", "Membres", "Agenda", "Presse", "Contact")
)
TEXT = "<h1>Lignes</h1><h2>Le tram</h2>" + "".join(
    f"<p>La ligne {number} passe le Rhin depuis l’année {2000 + number}, et les deux villes en partagent les frais.</p>"
    for number in range(8)
)


def test_a_web_page_gives_its_own_text_without_its_furniture(tmp_path: Path) -> None:
    assert load_text(tmp_path, "a.html", PAGE) == [
        SectionText("", "Premier\nalinéa.", ""),
        SectionText("Coût", "Bloc un\n\nBloc deux\n\nfin\n\nVille | Coût\nKehl | 20\n\n- un\n- deux", "Coût"),
    ]


def test_a_page_that_does_not_say_where_its_body_begins_loses_nothing(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text("<!doctype html><title>T</title><main>Le pont est rouvert.</main><section>Suite.</section><p>Fin.")
    assert [section.text for section in load(page).sections] == ["Le pont est rouvert.\n\nSuite.\n\nFin."]


def test_what_a_web_page_notes_of_itself_are_hints(tmp_path: Path) -> None:
    path = tmp_path / "a.html"
    path.write_text(PAGE, encoding="utf-8")
    assert dict(load(path).hints) == {
        "heading": "Le tram",
        "author": "Réseau",
        "published": "2021-05-18T10:00:00",
        "title": "Le tram",
    }


def test_a_page_that_does_not_say_where_its_text_is_loses_its_menu_and_keeps_its_headings(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text(
        f"<title>t</title><body><div><ul>{MENU}</ul></div><div>{TEXT}</div><div><h3>Liens</h3><ul>{MENU}</ul></div>",
        encoding="utf-8",
    )
    sections = load(path).sections
    words = " ".join(f"{section.heading} {section.text}" for section in sections)
    assert "Agenda" not in words
    assert "Liens" not in words
    assert sections[-1].heading.endswith("Le tram")
    assert all(f"La ligne {number} passe" in words for number in range(8))


def test_a_page_that_is_a_list_of_links_is_kept_whole(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text(f"<title>t</title><body><div><ul>{MENU}</ul></div>", encoding="utf-8")
    assert "Agenda" in load(path).sections[0].text


def test_a_page_of_windows_characters_that_says_it_is_latin_1_keeps_its_apostrophes(tmp_path: Path) -> None:
    page = "<html><head><meta charset=iso-8859-1></head><body><p>L’œuvre coûte 12 € – “à l’été”…</p></body></html>"
    (tmp_path / "a.htm").write_bytes(page.encode("cp1252"))
    assert load(tmp_path / "a.htm").sections[0].text == "L’œuvre coûte 12 € – “à l’été”…"


def test_a_page_saved_as_one_file_is_read(tmp_path: Path) -> None:
    page = EmailMessage()
    page["Subject"] = "Page"
    page.set_content("<html><title>L’eau</title><body><h1>L’eau</h1><p>Une source.</p></body></html>", subtype="html")
    page.make_related()
    page.add_attachment(b"GIF89a", maintype="image", subtype="gif", filename="logo.gif")
    (tmp_path / "a.mht").write_bytes(bytes(page))
    loaded = load(tmp_path / "a.mht")
    assert (loaded.hints["title"], loaded.sections[0].text) == ("L’eau", "Une source.")


def test_a_page_saved_as_one_file_is_read_with_its_frames(tmp_path: Path) -> None:
    page = EmailMessage()
    page["Subject"] = "Page"
    page.set_content("<p>Avant.</p><iframe src='cid:frame@x'></iframe><p>Après.</p>", subtype="html")
    page.make_related()
    page.add_related("<html><body><p>Dans le cadre.</p></body></html>", subtype="html", cid="<frame@x>")
    (tmp_path / "a.mht").write_bytes(bytes(page))
    assert load(tmp_path / "a.mht").sections[0].text == "Avant.\n\nDans le cadre.\n\nAprès."
