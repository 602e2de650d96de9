"""A document holds what its file says, whatever title it is given."""

from __future__ import annotations

import pytest

from tests.ingest.centre import Centre


@pytest.mark.parametrize(
    ("title", "heading"),
    [
        ("Autre titre", "Le guide du frontalier > Délais"),
        ("Le guide du frontalier | Site", "Délais"),
        ("", "Délais"),
    ],
)
def test_a_first_heading_that_is_not_the_title_stays_above_the_text(centre: Centre, title: str, heading: str) -> None:
    stated = {"title": title} if title else {}
    centre.write("a.html", "<h1>Le guide du frontalier</h1><h2>Délais</h2><p>Douze jours.</p><h2>Lieu</h2><p>Metz.</p>")
    (centre.folder / "catalogue.csv").write_text(f"file,{','.join(stated)}\na.html,{','.join(stated.values())}\n")
    centre.ingest()
    document = centre.document("a")
    assert [section.heading for section in document.sections] == [heading, heading.replace("Délais", "Lieu")]
    assert "guide" in f"{document.metadata.title} {heading}"


def test_its_place_is_below_the_text_above_it(centre: Centre) -> None:
    for name, more in (("a", "<h2>Délais</h2><p>Douze jours.</p>"), ("b", "")):
        centre.write(f"{name}.html", f"<p>Communiqué {name}.</p><h1>Le guide</h1>{more}")
    (centre.folder / "catalogue.csv").write_text("file,title\na.html,Autre\nb.html,Autre\n")
    centre.ingest()
    sections = centre.document("a").sections
    assert [section.heading for section in sections] == ["", "Le guide > Délais"]
    assert centre.document("b").text == "Communiqué b.\n\nLe guide"
