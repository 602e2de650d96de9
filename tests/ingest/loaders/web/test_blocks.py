"""Lists, definitions, headings and forms keep what they mean; no two words and no two numbers are glued."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ingest.loaders.web.pages import load_page, read_page


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<ol><li>a<li>b</ol>", "1. a\n2. b"),
        ("<ol start=3><li>a<li value=7>b<li>c</ol>", "3. a\n7. b\n8. c"),
        ("<ol type=a><li>x<li>y</ol>", "a. x\nb. y"),
        ("<ol type=A start=3><li>x</ol>", "C. x"),
        ("<ol type=i><li>x<li>y</ol>", "i. x\nii. y"),
        ("<ol type=I start=4><li>x</ol>", "IV. x"),
        ("<ol style='list-style-type: upper-roman'><li>x</ol>", "I. x"),
        ("<ol style='list-style:none'><li>x</ol>", "- x"),
        ("<ol reversed><li>x<li>y</ol>", "2. x\n1. y"),
        ("<ol><li>a<ol type=a><li>x<li>y</ol><li>b</ol>", "1. a\na. x\nb. y\n2. b"),
        ("<ul><li>a<ul><li>b</ul></ul>", "- a\n- b"),
        ("<ul><li>a</li><ul><li>b</li></ul><li>c</li></ul>", "- a\n- b\n- c"),
        ("<ul><ul><li>b</li></ul></ul>", "- b"),
        ("<ul>Titre<li>a</ul>", "Titre\n- a"),
        ("<ul><div><li>a</li><li>b</li></div></ul>", "- a\n- b"),
        ("<ul><p>Sans point</p><li>a</ul>", "Sans point\n- a"),
        ("<ul><li><p>a</p><p>suite</p><li>b</ul>", "- a\nsuite\n- b"),
        ("<li>a</li><li>b</li>", "- a\n\n- b"),
        ("<menu><li>a</menu>", "- a"),
        ("<ul><li>a<li><li>b</ul>", "- a\n- b"),
    ],
)
def test_items_have_the_marks_a_reader_sees(tmp_path: Path, html: str, text: str) -> None:
    assert read_page(tmp_path, html) == text


def test_items_with_headings_make_sections(tmp_path: Path) -> None:
    body = "<h1>T</h1><ul><li><h2>Jura</h2><p>12 jours</p></li><li><h2>Vaud</h2><p>25 jours</p></li></ul>"
    assert read_page(tmp_path, body) == "# Jura\n\n- 12 jours\n\n# Vaud\n\n- 25 jours"


@pytest.mark.parametrize(
    ("html", "text"),
    [
        (
            "<dl><dt>Délai</dt><dd>30 jours</dd><dt>Coût :</dt><dd>65 francs</dd></dl>",
            "Délai : 30 jours\nCoût : 65 francs",
        ),
        ("<dl><dt>A<dt>B<dd>x<dd>y</dl>", "A / B : x\nA / B : y"),
        ("<dl><div><dt>A</dt><dd>x</dd></div><div><dt>B</dt><dd>y</dd></div></dl>", "A : x\nB : y"),
        ("<dl><dt>Qui paie ?<dd><p>La caisse.</p><p>Puis l’État.</p></dl>", "Qui paie ? La caisse.\nPuis l’État."),
        ("<dl><dt>Seul</dl>", "Seul"),
        ("<dl><dd>x</dl>", "x"),
        ("<dl>Texte<dt>A<dd>x</dl>", "Texte\nA : x"),
    ],
)
def test_a_definition_stands_with_its_term(tmp_path: Path, html: str, text: str) -> None:
    assert read_page(tmp_path, html) == text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<h2>A</h2><p>x</p>", "# A"),
        ("<div role=heading aria-level=2>A</div><p>x</p>", "# A"),
        ("<a href=x><h2>A</h2><p>x</p></a>", "# A"),
        ("<form><fieldset><h2>A</h2><p>x</p></fieldset></form>", "# A"),
        ("<details><summary><h2>A</h2></summary><p>x</p></details>", "# A"),
        ("<button aria-expanded=false><h2>A</h2></button><p>x</p>", "# A"),
        ("<h2><button>A</button></h2><p>x</p>", "# A"),
        ("<my-card><h2>A</h2><p>x</p></my-card>", "# A"),
        ("<h2><div><span>A</span></div></h2><p>x</p>", "# A"),
        ("<h2>A<p>x</p><p>Une suite assez longue.</p>" + "<p>mot</p>" * 100, "# A"),
    ],
)
def test_a_heading_is_one_wherever_it_stands(tmp_path: Path, html: str, text: str) -> None:
    assert f"\n\n{text}\n\nx" in read_page(tmp_path, f"<h1>T</h1><p>début</p>{html}")


def test_a_heading_with_nothing_below_it_is_text(tmp_path: Path) -> None:
    body = "<h1>T</h1><p>début</p><h2>Le permis coûte 65 francs.</h2><h2>B</h2><p>x</p>"
    assert "# Le permis coûte 65 francs.\n\nLe permis coûte 65 francs.\n\n# B\n\nx" in read_page(tmp_path, body)


@pytest.mark.parametrize(
    ("html", "text"),
    [
        (
            "<details><summary>Qui délivre le permis ?</summary>Le canton.</details>",
            "Qui délivre le permis ?\n\nLe canton.",
        ),
        ("<figure><img alt=x><figcaption>12 % en 2025</figcaption></figure>", "12 % en 2025"),
        ("Depuis le <time datetime=2024-03-01>1er mars 2024</time>, 65 francs.", "Depuis le 1er mars 2024, 65 francs."),
        ("<main><p>a</p><aside><p>Attention : 65 francs.</p></aside></main>", "a\n\nAttention : 65 francs."),
        ("<blockquote>Cité.<footer>— Cour, 2024</footer></blockquote>", "Cité.\n\n— Cour, 2024"),
        ("<pre>Kehl   60\nBâle   45</pre>", "Kehl 60\nBâle 45"),
        ("<p style='white-space: pre-line'>Un\nDeux</p>", "Un\nDeux"),
        ("<textarea>Un\nDeux</textarea>", "Un\nDeux"),
        ("<fieldset><legend>Frais</legend><label>Nom</label><input value='Anne'></fieldset>", "Frais\n\nNom Anne"),
        ("<label>Canton</label><select><option>Jura<option>Vaud</select>", "Canton Jura / Vaud"),
        ("<svg><title>t</title><text x=1>Bâle 12 %</text><text>Jura 5 %</text></svg>", "Bâle 12 %\n\nJura 5 %"),
        ("a<br>b<wbr>c<img src=x>d", "a\nbc d"),
        ("<b>front</b>alier", "frontalier"),
        ("<span class=a>Tarif</span><span class=b>65</span> <a>un</a><a>deux</a>", "Tarif 65 un deux"),
        ("<span class=a>12</span><span class=b>50</span>", "12 50"),
        ("<span style='display:block'>Un</span><span style='display:block'>Deux</span>", "Un\n\nDeux"),
        ("<i style='display:inline-block'>Un</i><i style='display:inline-block'>Deux</i>", "Un Deux"),
        ("<noframes>Sans cadres</noframes>", "Sans cadres"),
        ("<iframe srcdoc='<p>Dans le cadre</p>'></iframe>", "Dans le cadre"),
        ("<object data=x>À la place</object>", "À la place"),
    ],
)
def test_what_a_reader_sees_is_stored_as_it_stands(tmp_path: Path, html: str, text: str) -> None:
    assert read_page(tmp_path, html).replace("\n\n", "\n") == text.replace("\n\n", "\n")


def test_text_behind_the_end_of_a_page_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "a.html"
    path.write_text(
        "<html><body><p>Un.</p></body></html><p>Deux.</p><html><body>Trois.</body></html>", encoding="utf-8"
    )
    from ingest.loaders.dispatch import load

    assert "\n\n".join(section.text for section in load(path).sections) == "Un.\n\nDeux.\n\nTrois."


def test_xhtml_with_empty_elements_and_cdata_is_read_whole(tmp_path: Path) -> None:
    page = (
        '<?xml version="1.0" encoding="utf-8"?><html xmlns="http://www.w3.org/1999/xhtml"><head><title/>'
        '<script src="x"/></head><body><a id="x"/><p/><p>Un &lt; deux.</p>'
        "<p><![CDATA[Trois & 4 < 5]]></p></body></html>"
    )
    (tmp_path / "a.xhtml").write_text(page, encoding="utf-8")
    from ingest.loaders.dispatch import load

    assert [section.text for section in load(tmp_path / "a.xhtml").sections] == ["Un < deux.\n\nTrois & 4 < 5"]


@pytest.mark.parametrize("tag", ["font", "div", "table", "ul", "span", "blockquote", "sup", "del", "h2"])
@pytest.mark.parametrize("depth", [200, 2_000])
def test_elements_that_are_never_closed_lose_no_text(tmp_path: Path, tag: str, depth: int) -> None:
    loaded = load_page(tmp_path, f"<{tag}>" * depth + "au fond 42" + f"</{tag}>" * 10 + "<p>et après 43</p>")
    text = " ".join([*loaded.hints.values(), *(f"{section.heading} {section.text}" for section in loaded.sections)])
    assert "au fond 42" in text
    assert "et après 43" in text
