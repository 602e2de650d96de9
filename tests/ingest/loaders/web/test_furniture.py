"""Only what is certainly furniture of the site is taken out of a page, and how much it was is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ingest.loaders.web.pages import FILLING, load_page, read_page

ENTRIES = "".join(f"<li><a href='/{entry}'>{entry}</a></li>" for entry in ("Accueil", "Membres", "Presse", "Agenda"))


@pytest.mark.parametrize(
    "html",
    [
        "<nav><a href=a>FURNITURE</a></nav>",
        "<div role=navigation>FURNITURE</div>",
        "<header><a href=/>FURNITURE</a></header>",
        "<footer>© 2026 FURNITURE – Tous droits réservés</footer>",
        "<div role=contentinfo>FURNITURE</div>",
        "<div role=search><label>FURNITURE</label><input></div>",
        f"<ul>{ENTRIES}<li><a href=f>FURNITURE</a></ul>",
        "<div><a href=a>Accueil</a> | <a href=b>Presse</a> | <a href=c>Agenda</a> | <a href=d>FURNITURE</a></div>",
        f"<div><h3>FURNITURE</h3><ul>{ENTRIES}</ul></div>",
        "<div id=cookie-banner><p>Nous utilisons des cookies. FURNITURE</p><button>Accepter</button></div>",
        "<div id=tarteaucitronRoot>FURNITURE</div>",
        "<div class='cc-window cc-banner'>FURNITURE</div>",
        "<div id=CybotCookiebotDialog><h2>FURNITURE</h2></div>",
        "<p class=breadcrumb><a href=/>Accueil</a> › <a href=/x>FURNITURE</a></p>",
        "<div class='fil-ariane'>Accueil &gt; FURNITURE</div>",
        "<div id=cookies><p>Ce site utilise des cookies. FURNITURE</p><button>Tout accepter</button></div>",
        "<div class='cookie-notice-container'>FURNITURE</div>",
        "<aside class=share>Partager cette page : FURNITURE</aside>",
        "<a class=skip-link href='#main'>FURNITURE</a>",
        "<button>FURNITURE</button>",
    ],
)
def test_furniture_is_taken_out(tmp_path: Path, html: str) -> None:
    loaded = load_page(tmp_path, f"{html}<h1>T</h1>{FILLING}")
    assert "FURNITURE" not in " ".join(f"{section.heading} {section.text}" for section in loaded.sections)
    (told,) = loaded.left_out
    assert "of" in told.what
    assert told.why == "menus, banners and lists of links of the site"


@pytest.mark.parametrize(
    "html",
    [
        "<section id='securite-sociale'><p>TEXTE 42</p></section>",
        "<h2><span id='Protection_sociale'>TEXTE 42</span></h2><p>x</p>",
        "<div class='share-capital'><p>Le capital social, TEXTE 42.</p></div>",
        "<div id='partage-des-frais'><p>TEXTE 42</p></div>",
        "<section class='cookies'><h2>Cookies</h2><p>Ils durent 13 mois, TEXTE 42.</p></section>",
        "<article class='newsletter'><p>TEXTE 42</p></article>",
        "<div id='menu-scolaire'><p>TEXTE 42</p></div>",
        "<div class='pagination'><p>TEXTE 42</p></div>",
        "<div class='print-only'><p>TEXTE 42</p></div>",
        "<form><p>TEXTE 42</p></form>",
        "<aside><p>TEXTE 42</p></aside>",
        "<footer><p>Contact : TEXTE 42</p></footer>",
        "<footer><p>© 2026 Canton du Jura</p><p>Le guichet ferme. TEXTE 42</p></footer>",
        "<header><p>Note TEXTE 42</p></header>",
        "<div role=complementary><p>TEXTE 42</p></div>",
        "<header><h1>TEXTE 42</h1><p>Chapeau</p></header>",
        "<article><header><p>TEXTE 42</p></header><footer>Source : TEXTE 42</footer></article>",
        "<footer><p>Le guichet est ouvert du lundi au vendredi de 9 h à 12 h, sauf jours fériés. TEXTE 42</p></footer>",
        "<nav><p>Le permis est délivré par le canton où le travailleur exerce son activité. TEXTE 42</p></nav>",
        "<p>Pièces à joindre :</p><ul><li><a>Contrat</a><li><a>Attestation</a><li><a>Copie</a><li><a>TEXTE 42</a></ul>",
        "<ul><li><a href=a.pdf>a</a><li><a href=b.pdf>b</a><li><a href=c.pdf>c</a><li><a href=d>TEXTE 42</a></ul>",
        "<ul><li><a href=a>Loi du 3 mars 2025</a><li><a href=b>TEXTE 42</a><li><a href=c>c</a><li><a href=d>d</a></ul>",
        "<ul><li><a href=a>A</a> TEXTE 42<li><a href=b>B</a> 43<li><a href=c>C</a> 44<li><a href=d>D</a> 45</ul>",
        f"<main><p>Texte.</p><h2>Liens</h2><ul>{ENTRIES}<li><a href=x>TEXTE</a> 42</ul></main>",
        "<button>Qui délivre le permis TEXTE 42 ?</button>",
        "<div class=accordion><button aria-expanded=false>TEXTE 42</button></div>",
        "<p>avant <time>TEXTE 42</time> après</p>",
    ],
)
def test_text_stays_whatever_its_element_is_called(tmp_path: Path, html: str) -> None:
    assert "TEXTE 42" in read_page(tmp_path, f"<h1>Titre</h1><p>Début.</p>{FILLING}{html}")


def test_text_outside_the_element_that_marks_the_pages_own_is_kept(tmp_path: Path) -> None:
    after = "<div><p>Après 42.</p></div><main><p>Second 43.</p></main>"
    text = read_page(tmp_path, f"<section><p>Avant 41.</p></section><main>{FILLING}</main>{after}")
    assert text.startswith("Avant 41.")
    assert text.endswith("Après 42.\n\nSecond 43.")


def test_links_in_the_pages_own_text_are_kept(tmp_path: Path) -> None:
    assert "- Agenda" in read_page(tmp_path, f"<main>{FILLING}<ul>{ENTRIES}</ul></main>")


def test_more_than_half_of_a_page_left_out_is_a_warning(tmp_path: Path) -> None:
    menu = "<nav>" + "<a href=x>Une entrée du menu</a> " * 40 + "</nav>"
    loaded = load_page(tmp_path, f"{menu}<p>Le délai est de 30 jours.</p>")
    assert [section.text for section in loaded.sections] == ["Le délai est de 30 jours."]
    assert [part.what for part in loaded.left_out] == ["160 of 166 words (96%)"]
    assert loaded.warnings == (
        "96 % of the page's words are left out as menus, banners and lists of links of the site: look whether its text "
        "is there.",
    )
    assert load_page(tmp_path, f"{menu}{FILLING * 9}").warnings == ()


def test_a_page_without_furniture_tells_nothing(tmp_path: Path) -> None:
    loaded = load_page(tmp_path, FILLING)
    assert (loaded.left_out, loaded.warnings) == ((), ())
