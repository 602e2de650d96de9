"""What nobody sees on a page is stored for nobody, and told; what a click opens is stored."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ingest.loaders.web.pages import load_page, read_page

SHEET = """<style>
/* .seen { display: none } */
.gone, .other > b { display : none }
.gone.back { display: block }
@media print { .seen { display: none } }
@media screen { .gone-on-screen { visibility: hidden } }
@media (max-width: 600px) { .seen { display: none } }
.seen:hover { display: none }
.seen::before { display: none }
@font-face { font-family: x; src: url(x) }
.late { display: none !important }
.late { display: block }
</style>"""


@pytest.mark.parametrize(
    "html",
    [
        "<p hidden>SECRET</p>",
        "<div style='display:none'><p>SECRET</p></div>",
        "<div style='color:red; DISPLAY : none !important'>SECRET</div>",
        "<p style='visibility: hidden'>SECRET</p>",
        "<p style='opacity:0'>SECRET</p>",
        "<span style='font-size:0px'>SECRET</span>",
        "<p style='position:absolute; left:-9999px'>SECRET</p>",
        "<p style='text-indent:-9999px'>SECRET</p>",
        "<p style='color:#fff'>SECRET</p>",
        "<p style='color:white; background-color: rgb(255, 255, 255)'>SECRET</p>",
        "<table bgcolor='#ffffff'><tr><td>a<td><font color='#FFFFFF'>SECRET</font></table>",
        "<p style='color: transparent'>SECRET</p>",
        "<p style='mso-hide:all'>SECRET</p>",
        "<template><p>SECRET</p></template>",
        "<dialog>SECRET</dialog>",
        "<noscript>SECRET</noscript>",
        "<p class='gone'>SECRET</p>",
        "<div class=other><b>SECRET</b></div>",
        "<p class='gone-on-screen'>SECRET</p>",
        "<p class='late'>SECRET</p>",
        "<h2 hidden>SECRET</h2>",
        "<ul><li>a<li hidden>SECRET</ul>",
        "<table><tr><td>a<td>b<tr style='display:none'><td>SECRET<td>c</table>",
    ],
)
def test_hidden_text_is_left_out_and_told(tmp_path: Path, html: str) -> None:
    loaded = load_page(tmp_path, f"<h1>Tarifs</h1><p>Texte vu.</p>{html}", head=SHEET)
    stored = " ".join(f"{section.label} {section.heading} {section.text}" for section in loaded.sections)
    assert "Texte vu." in stored
    assert "SECRET" not in stored
    assert [(part.what, part.where) for part in loaded.left_out] == [("1 hidden part", "“Tarifs”")]


@pytest.mark.parametrize(
    "html",
    [
        "<script>SECRET</script>",
        "<!-- SECRET -->",
        "<input type=hidden value=SECRET>",
        "<style>.SECRET{}</style>",
        "<datalist><option>SECRET</datalist>",
        "<audio>SECRET</audio>",
    ],
)
def test_what_is_no_text_of_a_page_is_left_out_without_a_word(tmp_path: Path, html: str) -> None:
    loaded = load_page(tmp_path, f"<p>Texte vu.</p>{html}")
    assert [section.text for section in loaded.sections] == ["Texte vu."]
    assert loaded.left_out == ()


@pytest.mark.parametrize(
    "html",
    [
        "<p class='seen'>VU 42</p>",
        "<p class='gone back'>VU 42</p>",
        "<p hidden='until-found'>VU 42</p>",
        "<dialog open>VU 42</dialog>",
        "<details><summary>Plus</summary><p>VU 42</p></details>",
        "<button aria-controls='a'>Plus</button><div id='a' hidden>VU 42</div>",
        "<button data-bs-target='#a'>Plus</button><div id='a' style='display:none'>VU 42</div>",
        "<a href='#a' role='button'>Plus</a><div id='a' style='display:none'>VU 42</div>",
        "<ul role=tablist><li><a role=tab href='#a'>Un</a></ul><div id='a' role=tabpanel hidden>VU 42</div>",
        "<p style='color:white; background:#003366'>VU 42</p>",
        "<div style='background:url(x)'><p style='color:white'>VU 42</p></div>",
        "<p aria-hidden='true'>VU 42</p>",
        "<span class='sr-only'>VU 42</span>",
        "<p style='opacity:0.5'>VU 42</p>",
        "<p style='left:-10px;position:relative'>VU 42</p>",
    ],
)
def test_what_a_reader_sees_or_opens_is_stored(tmp_path: Path, html: str) -> None:
    assert "VU 42" in read_page(tmp_path, f"<p>Texte.</p>{html}", head=SHEET)


def test_a_hidden_heading_is_not_the_title(tmp_path: Path) -> None:
    loaded = load_page(tmp_path, "<h1 hidden>SECRET</h1><p>Texte.</p>", head="<title>Permis</title>")
    assert loaded.hints == {"title": "Permis", "heading": ""}


def test_white_text_is_kept_where_a_linked_sheet_may_give_it_a_ground(tmp_path: Path) -> None:
    head = "<link rel=stylesheet href=site.css>"
    assert "VU 42" in read_page(tmp_path, "<p>a</p><p style='color:#fff'>VU 42</p>", head=head)


def test_a_page_that_a_script_shows_is_no_hidden_page(tmp_path: Path) -> None:
    assert read_page(tmp_path, "<p>Texte.</p>", head="<style>body{visibility:hidden}</style>") == "Texte."


def test_the_spoken_form_of_a_shown_figure_is_left_out_and_an_icon_keeps_its_words(tmp_path: Path) -> None:
    figure = "<p>Taux : <span aria-hidden='true'>5,3 %</span><span class='sr-only'>cinq virgule trois</span></p>"
    icon = "<p><i aria-hidden='true'>→</i><span class='sr-only'>Fiche du permis</span></p>"
    assert read_page(tmp_path, figure + icon) == "Taux : 5,3 %\n\n→Fiche du permis"
