"""Where a PDF's characters stand tells notes from text, tables from paragraphs, and headings from what follows."""

from __future__ import annotations

from pathlib import Path

import pytest
from reportlab.lib.pagesizes import A4, landscape
from reportlab.pdfgen.canvas import Canvas

from ingest.loaders import ocr
from ingest.loaders.dispatch import load


def page(path: Path, size: tuple[float, float] = A4) -> Canvas:
    return Canvas(str(path), pagesize=size)


def write(canvas: Canvas, x: float, y: float, text: str, height: float = 11) -> float:
    canvas.setFont("Helvetica", height)
    canvas.drawString(x, y, text)
    return x + float(canvas.stringWidth(text, "Helvetica", height))


def test_footnotes_stand_apart_and_their_marks_leave_the_words(tmp_path: Path) -> None:
    canvas = page(tmp_path / "n.pdf")
    for number in range(6):
        write(canvas, 60, 700 - 14 * number, "Le règlement coordonne les régimes de sécurité sociale des États.")
    end = write(canvas, 60, 616, "La réforme de 2013")
    end = write(canvas, write(canvas, end, 620, "1", 6.5), 616, " l’a modifié ; la surface est de 12 km")
    write(canvas, write(canvas, end, 620, "2", 6.5), 616, ".")
    write(canvas, write(canvas, 60, 104, "1", 5.5), 100, "Règlement (UE) n° 1302/2013, applicable", 8.5)
    write(canvas, 60, 90, "depuis le 22 juin 2014.", 8.5)
    canvas.save()
    text = load(tmp_path / "n.pdf").sections[0].text
    assert "La réforme de 2013 l’a modifié ; la surface est de 12 km²." in text
    assert text.endswith("\n\n(1) Règlement (UE) n° 1302/2013, applicable depuis le 22 juin 2014.")


def test_a_ruled_table_gives_rows(tmp_path: Path) -> None:
    canvas = page(tmp_path / "t.pdf")
    write(canvas, 60, 760, "Le tableau donne les places.")
    cells = [["Ville", "Places en crèche"], ["Kehl", "60 dont 12 pour"], ["Strasbourg", "40"]]
    canvas.grid([60, 160, 300], [640, 670, 700, 730])
    for row, texts in enumerate(cells):
        for column, text in enumerate(texts):
            write(canvas, 64 + 100 * column, 716 - 30 * row, text, 10)
    write(canvas, 164, 674, "les voisins", 10)
    canvas.save()
    assert load(tmp_path / "t.pdf").sections[0].text.split("\n\n") == [
        "Le tableau donne les places.",
        "Ville | Places en crèche\nKehl | 60 dont 12 pour les voisins\nStrasbourg | 40",
    ]


@pytest.mark.parametrize("widths", [(200, 200), (200, 150, 200)])
def test_what_stands_between_two_ruled_tables_is_no_row_of_them(tmp_path: Path, widths: tuple[int, ...]) -> None:
    canvas = Canvas(str(tmp_path / "a.pdf"), pagesize=A4)
    expected, top = [], 780
    for number, width in enumerate(widths):
        canvas.drawString(40, top, f"Avant le tableau {number} rien n'est perdu ni coupé")
        grid = [top - 10 - 18 * row for row in range(4)]
        canvas.grid([40, 40 + width // 2, 40 + width], grid)
        for row in range(3):
            canvas.drawString(44, grid[row] - 13, f"Ville {number}{row}")
            canvas.drawString(44 + width // 2, grid[row] - 13, f"{number}{row} lits")
        rows = "\n".join(f"Ville {number}{row} | {number}{row} lits" for row in range(3))
        expected += [f"Avant le tableau {number} rien n'est perdu ni coupé", rows]
        top = grid[-1] - 24
    canvas.save()
    (section,) = load(tmp_path / "a.pdf").sections
    assert section.text.split("\n\n") == expected


def test_a_table_without_rules_gives_rows_too(tmp_path: Path) -> None:
    canvas = page(tmp_path / "t.pdf")
    for row, texts in enumerate([("Pays", "Habitants"), ("Autriche", "8,9"), ("Belgique", "11,5"), ("France", "67")]):
        for column, text in enumerate(texts):
            write(canvas, 60 + 150 * column, 700 - 14 * row, text)
    canvas.save()
    assert load(tmp_path / "t.pdf").sections[0].text == "Pays | Habitants\nAutriche | 8,9\nBelgique | 11,5\nFrance | 67"


def test_a_heading_in_larger_letters_is_a_paragraph_and_leaders_go(tmp_path: Path) -> None:
    canvas = page(tmp_path / "h.pdf")
    write(canvas, 60, 740, "La coopération", 16)
    write(canvas, 60, 722, "Le texte suit de près son titre et il est assez long pour une ligne.")
    write(canvas, 60, 700, "Première partie . . . . . . . . . . . . . . . . . . . . 12")
    write(canvas, 60, 686, "Deuxième partie ................................ 14")
    canvas.save()
    assert load(tmp_path / "h.pdf").sections[0].text.split("\n\n") == [
        "La coopération",
        "Le texte suit de près son titre et il est assez long pour une ligne.",
    ]


def test_the_head_of_a_single_page_is_left_out(tmp_path: Path) -> None:
    canvas = page(tmp_path / "s.pdf")
    write(canvas, 60, 805, "Centre de ressources – Note 12", 8)
    write(canvas, 60, 740, "La passerelle", 15)
    write(canvas, 60, 715, "Le texte de la note, dans la taille ordinaire des lettres.")
    write(canvas, 280, 30, "Page 1 / 1", 8)
    canvas.save()
    assert load(tmp_path / "s.pdf").sections[0].text.startswith("La passerelle\n\nLe texte")
    assert "Page" not in load(tmp_path / "s.pdf").sections[0].text


def test_a_word_split_across_two_pages_is_whole_on_the_first(tmp_path: Path) -> None:
    canvas = page(tmp_path / "w.pdf")
    write(canvas, 60, 100, "Les communes entrent dans une coopé-")
    canvas.showPage()
    write(canvas, 60, 700, "ration nouvelle avec leurs voisines. Elles la paient.")
    canvas.save()
    texts = [section.text for section in load(tmp_path / "w.pdf").sections]
    assert texts == ["Les communes entrent dans une coopération nouvelle avec leurs voisines.", "Elles la paient."]


def test_bookmarks_part_a_page_and_give_headings(tmp_path: Path) -> None:
    canvas = page(tmp_path / "b.pdf")
    for key, level, title, y in (("a", 0, "Droit applicable", 740), ("b", 1, "Les agents", 640)):
        canvas.bookmarkPage(key)
        canvas.addOutlineEntry(title, key, level)
        write(canvas, 60, y, title, 15)
        write(canvas, 60, y - 30, f"Le texte qui suit {title.lower()} dans cette note.")
    canvas.showPage()
    write(canvas, 60, 700, "La suite de la même partie, à la page suivante.")
    canvas.save()
    sections = load(tmp_path / "b.pdf").sections
    assert [(section.label, section.heading) for section in sections] == [
        ("p. 1", "Droit applicable"),
        ("p. 1", "Droit applicable > Les agents"),
        ("p. 2", "Droit applicable > Les agents"),
    ]


def test_the_values_of_a_form_are_read(tmp_path: Path) -> None:
    canvas = page(tmp_path / "f.pdf")
    write(canvas, 60, 740, "Demande de soutien pour un projet transfrontalier")
    canvas.acroForm.textfield(name="commune", value="Kehl", x=60, y=700, width=200, height=20)
    canvas.acroForm.textfield(name="vide", value="", x=60, y=660, width=200, height=20)
    canvas.save()
    assert load(tmp_path / "f.pdf").sections[0].text.endswith("\n\ncommune : Kehl")


def test_an_exported_deck_gives_slides_without_its_list_of_titles(tmp_path: Path) -> None:
    canvas = page(tmp_path / "d.pdf", landscape(A4))
    titles = ["Le tram", "Le pont", "Le bus", "La gare", "Le port"]
    for title in titles:
        write(canvas, 60, 500, title, 36)
        write(canvas, 60, 400, f"{title} a deux voies depuis 2017", 22)
        canvas.showPage()
    for number, title in enumerate(titles):
        write(canvas, 60, 500 - 40 * number, title, 22)
    canvas.save()
    sections = load(tmp_path / "d.pdf").sections
    assert [section.label for section in sections if section.text] == [f"diapo {number}" for number in range(1, 6)]
    assert sections[0].text == "Le tram\n\nLe tram a deux voies depuis 2017"
    assert sections[0].heading == "Le tram"


@pytest.mark.parametrize(("drawn", "shown"), [(90, 0), (90, 90), (270, 0), (180, 0), (0, 90), (0, 180)])
def test_text_that_is_not_level_is_read_as_level_text(tmp_path: Path, drawn: int, shown: int) -> None:
    canvas = Canvas(str(tmp_path / "a.pdf"), pagesize=(600, 600))
    canvas.translate(300, 300)
    canvas.rotate(drawn)
    canvas.translate(-300, -300)
    for at, line in enumerate(("Les lignes de bus franchissent la", "frontière depuis l’accord de 2011.")):
        canvas.drawString(60, 520 - 14 * at, line)
    for at in range(3):
        canvas.line(60, 460 - 20 * at, 260, 460 - 20 * at)
        canvas.line(60 + 100 * at, 460, 60 + 100 * at, 420)
    for index, word in enumerate(("Ligne", "Arrivée", "300", "Luxembourg")):
        canvas.drawString(64 + index % 2 * 100, 446 - index // 2 * 20, word)
    canvas.setPageRotation(shown)
    canvas.save()
    assert load(tmp_path / "a.pdf").sections[0].text == (
        "Les lignes de bus franchissent la frontière depuis l’accord de 2011.\n\nLigne | Arrivée\n300 | Luxembourg"
    )


def test_the_title_is_in_the_largest_letters_not_in_the_head_above_it(tmp_path: Path) -> None:
    canvas = Canvas(str(tmp_path / "a.pdf"), pagesize=(600, 600))
    canvas.drawString(60, 540, "Centre de ressources")
    canvas.setFont("Helvetica", 20)
    canvas.drawString(60, 480, "Créer un groupement")
    canvas.setFont("Helvetica", 12)
    for at in range(6):
        canvas.drawString(60, 440 - 14 * at, "Les communes riveraines partagent les frais de la station commune.")
    canvas.save()
    assert load(tmp_path / "a.pdf").hints["heading"] == "Créer un groupement"


def test_a_slide_that_is_a_picture_is_read_by_ocr_like_a_page(tmp_path: Path) -> None:
    from PIL import Image, ImageDraw, ImageFont
    from reportlab.lib.utils import ImageReader

    if ocr.find_tesseract() is None:
        pytest.skip("Tesseract is not installed")
    picture = Image.new("L", (1440, 810), 255)
    text = "Le financement de la passerelle\nest assuré par les deux villes."
    ImageDraw.Draw(picture).text((120, 200), text, font=ImageFont.load_default(64), fill=0)
    canvas = Canvas(str(tmp_path / "a.pdf"), pagesize=(720, 405))
    for number in range(4):
        if number == 2:
            canvas.drawImage(ImageReader(picture), 0, 0, 720, 405)
        else:
            canvas.setFont("Helvetica", 30)
            canvas.drawString(60, 330, f"Étape {number + 1}")
            canvas.setFont("Helvetica", 20)
            canvas.drawString(60, 250, f"Accord de principe numéro {number}")
        canvas.showPage()
    canvas.save()
    slides = {section.label: section.text for section in load(tmp_path / "a.pdf").sections}
    assert "Le financement de la passerelle" in slides["diapo 3 (OCR)"]
    assert slides["diapo 4"].startswith("Étape 4")


def test_exponents_stay_raised_and_a_raised_number_glues_to_no_other(tmp_path: Path) -> None:
    canvas = page(tmp_path / "e.pdf")
    for number in range(4):
        write(canvas, 60, 700 - 14 * number, "Le règlement coordonne les régimes de sécurité sociale des États.")
    for height, before, raised, after in (
        (616, "Le fonds reçoit 10", "6", " euros."),
        (596, "Le plafond est de 12 000", "2", " francs."),
        (576, "La dose est de 10", "-3", " gramme."),
    ):
        end = write(canvas, 60, height, before)
        write(canvas, write(canvas, end, height + 4, raised, 6.5), height, after)
    canvas.save()
    text = load(tmp_path / "e.pdf").sections[0].text
    assert "10⁶ euros" in text
    assert "12 000² francs" in text
    assert "10⁻³ gramme" in text


def test_a_cell_that_goes_over_several_rows_belongs_to_each(tmp_path: Path) -> None:
    canvas = page(tmp_path / "t.pdf")
    write(canvas, 60, 760, "Le tableau donne les taux.")
    for x in (60, 160, 260, 360):
        canvas.line(x, 730, x, 640)
    for y in (730, 700, 640):
        canvas.line(60, y, 360, y)
    canvas.line(160, 670, 360, 670)
    for x, y, text in (
        (64, 712, "Pays"), (164, 712, "Statut"), (264, 712, "Taux"), (64, 666, "Suisse"),
        (164, 682, "salarié"), (264, 682, "5,3 %"), (164, 652, "indépendant"), (264, 652, "10,0 %"),
    ):  # fmt: skip
        write(canvas, x, y, text, 10)
    canvas.save()
    assert load(tmp_path / "t.pdf").sections[0].text.split("\n")[2:] == [
        "Pays | Statut | Taux",
        "Suisse | salarié | 5,3 %",
        "Suisse | indépendant | 10,0 %",
    ]
