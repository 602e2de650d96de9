"""What was put on a page after it was made is read, what its layers hide or a line strikes out is not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfWriter
from pypdf.annotations import FreeText, Text
from pypdf.generic import ArrayObject, DictionaryObject, FloatObject, NameObject, NumberObject, StreamObject
from reportlab.pdfgen.canvas import Canvas

from ingest.loaders.dispatch import load
from ingest.loaders.loaded_file import UnreadableFile
from tests.ingest.loaders.real_files import write_pdf

CASES = Path(__file__).parent.parent / "cases"
LINES = ["Le permis G concerne les frontaliers en Suisse.", "Le délai est de 30 jours 45 jours depuis 2024."]


def annotated(path: Path, *annotations: DictionaryObject) -> Path:
    write_pdf(path, [LINES])
    writer = PdfWriter(clone_from=path)
    for annotation in annotations:
        writer.add_annotation(0, annotation)
    writer.write(path)
    return path


def strike_out(left: float, bottom: float, right: float, top: float) -> DictionaryObject:
    quad = (left, top, right, top, left, bottom, right, bottom)
    return DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Annot"),
            NameObject("/Subtype"): NameObject("/StrikeOut"),
            NameObject("/Rect"): ArrayObject(map(FloatObject, (left, bottom, right, top))),
            NameObject("/QuadPoints"): ArrayObject(map(FloatObject, quad)),
        }
    )


def hidden(annotation: DictionaryObject) -> DictionaryObject:
    annotation[NameObject("/F")] = NumberObject(2)
    return annotation


def width(text: str) -> float:
    return float(Canvas("").stringWidth(text, "Helvetica", 12))


def test_text_typed_on_a_page_is_read_from_the_top() -> None:
    (section,) = load(CASES / "pdf-freetext-annotation.pdf").sections
    assert section.text.endswith("\n\nDepuis 2027 le permis vaut dix ans.")


def test_remarks_and_hidden_boxes_are_left_out_and_told(tmp_path: Path) -> None:
    box = (60, 500, 300, 540)
    path = annotated(
        tmp_path / "a.pdf",
        FreeText(text="Depuis 2027 : dix ans.", rect=box),
        hidden(FreeText(text="SECRET", rect=box)),
        Text(text="SECRET", rect=box),
    )
    loaded = load(path)
    assert loaded.sections[0].text.endswith("Depuis 2027 : dix ans.")
    assert "SECRET" not in loaded.sections[0].text
    assert [(left.what, left.where) for left in loaded.left_out] == [
        ("1 hidden text box", "p. 1"),
        ("1 comment", "p. 1"),
    ]


def test_words_that_an_annotation_strikes_out_are_left_out_and_told(tmp_path: Path) -> None:
    start = 60 + width("Le délai est de ")
    path = annotated(tmp_path / "a.pdf", strike_out(start, 782, start + width("30 jours "), 796))
    loaded = load(path)
    assert "Le délai est de 45 jours depuis 2024." in loaded.sections[0].text
    assert loaded.left_out == (("1 struck-out passage", "p. 1", "struck out"),)


def test_words_that_a_drawn_line_strikes_out_are_left_out_and_rules_strike_nothing(tmp_path: Path) -> None:
    canvas = Canvas(str(tmp_path / "a.pdf"))
    canvas.setFont("Helvetica", 12)
    canvas.drawString(60, 700, "Le délai est de 30 jours 45 jours.")
    canvas.drawString(60, 650, "Le prix est de 12 francs.")
    start = 60 + canvas.stringWidth("Le délai est de ", "Helvetica", 12)
    canvas.line(start, 703.5, start + canvas.stringWidth("30 jours", "Helvetica", 12), 703.5)
    canvas.line(40, 653.5, 400, 653.5)  # longer than the words: a line of a chart
    canvas.line(60, 648.5, 60 + canvas.stringWidth("Le prix", "Helvetica", 12), 648.5)  # underlined
    canvas.save()
    loaded = load(tmp_path / "a.pdf")
    assert " ".join(loaded.sections[0].text.split()) == "Le délai est de 45 jours. Le prix est de 12 francs."
    assert [left.what for left in loaded.left_out] == ["1 struck-out passage"]


def test_what_a_layer_hides_is_left_out_and_told() -> None:
    loaded = load(CASES / "pdf-hidden-layer.pdf")
    assert "SECRET" not in loaded.sections[0].text
    assert "Il est valable cinq ans" in loaded.sections[0].text
    assert loaded.left_out == (("1 hidden layer", "Interne", "hidden"),)


def test_a_form_that_only_one_program_shows_is_refused_with_the_remedy(tmp_path: Path) -> None:
    write_pdf(tmp_path / "a.pdf", [["Please wait... If this message is not eventually replaced by the document"]])
    writer = PdfWriter(clone_from=tmp_path / "a.pdf")
    writer.root_object[NameObject("/AcroForm")] = DictionaryObject({NameObject("/XFA"): ArrayObject()})
    writer.write(tmp_path / "a.pdf")
    with pytest.raises(UnreadableFile, match="print it to PDF"):
        load(tmp_path / "a.pdf")


def test_files_attached_to_a_pdf_are_told(tmp_path: Path) -> None:
    write_pdf(tmp_path / "a.pdf", [LINES])
    writer = PdfWriter(clone_from=tmp_path / "a.pdf")
    writer.add_attachment("annexe.txt", b"SECRET")
    writer.write(tmp_path / "a.pdf")
    assert load(tmp_path / "a.pdf").left_out == (("1 attached file", "", "a file of its own: save it apart"),)


def test_what_is_cropped_off_is_left_out_and_told(tmp_path: Path) -> None:
    canvas = Canvas(str(tmp_path / "a.pdf"), pagesize=(400, 400), cropBox=(50, 50, 350, 350))
    canvas.drawString(60, 300, "Le permis vaut dix ans.")
    canvas.drawString(60, 20, "SECRET")
    canvas.drawString(450, 300, "SECRET")
    canvas.save()
    loaded = load(tmp_path / "a.pdf")
    assert loaded.sections[0].text == "Le permis vaut dix ans."
    assert loaded.left_out == (("1 passage", "p. 1", "outside of the page"),)


def change_layers(path: Path, change: Callable[[Any], None]) -> Path:
    writer = PdfWriter(clone_from=CASES / "pdf-hidden-layer.pdf")
    layers: Any = writer.root_object["/OCProperties"]
    change(layers["/D"])
    writer.write(path)
    return path


def test_a_layer_that_is_on_is_read_and_one_off_by_default_is_not(tmp_path: Path) -> None:
    def show(default: Any) -> None:
        del default["/OFF"]

    def hide(default: Any) -> None:
        del default["/OFF"]
        default[NameObject("/BaseState")] = NameObject("/OFF")

    assert "SECRET" in load(change_layers(tmp_path / "on.pdf", show)).sections[0].text
    assert "SECRET" not in load(change_layers(tmp_path / "off.pdf", hide)).sections[0].text


def test_what_hidden_forms_and_combined_layers_hold_is_left_out(tmp_path: Path) -> None:
    writer = PdfWriter(clone_from=CASES / "pdf-hidden-layer.pdf")
    layers: Any = writer.root_object["/OCProperties"]
    group = layers["/OCGs"][0].indirect_reference
    combined = DictionaryObject({NameObject("/Type"): NameObject("/OCMD"), NameObject("/OCGs"): ArrayObject([group])})
    combined[NameObject("/P")] = NameObject("/AllOn")
    page: Any = writer.pages[0]
    resources = page["/Resources"]
    resources["/Properties"][NameObject("/MC0")] = writer._add_object(combined)
    form = StreamObject()
    form.set_data(b"BT /F1 12 Tf 72 500 Td (SECRETFORM) Tj ET")
    entries = {"/Type": "/XObject", "/Subtype": "/Form"}
    form.update({NameObject(key): NameObject(value) for key, value in entries.items()})
    form[NameObject("/BBox")] = ArrayObject(map(FloatObject, (0, 0, 595, 842)))
    form[NameObject("/Resources")] = resources
    form[NameObject("/OC")] = group
    resources[NameObject("/XObject")] = DictionaryObject({NameObject("/X1"): writer._add_object(form)})
    contents = StreamObject()
    contents.set_data(page.get_contents().get_data() + b" /X1 Do")
    page[NameObject("/Contents")] = writer._add_object(contents)
    writer.write(tmp_path / "a.pdf")
    loaded = load(tmp_path / "a.pdf")
    assert "SECRET" not in loaded.sections[0].text
    assert "Il est valable cinq ans" in loaded.sections[0].text


def test_a_page_with_nothing_but_a_filled_in_form_is_read(tmp_path: Path) -> None:
    canvas = Canvas(str(tmp_path / "a.pdf"))
    canvas.line(60, 690, 300, 690)
    canvas.acroForm.textfield(name="Nom", value="Colette Exemple", x=60, y=700)
    canvas.acroForm.choice(
        name="Statut", value="b", options=[("salarié", "a"), ("indépendant", "b")], x=60, y=600, width=90, height=20
    )
    canvas.save()
    assert load(tmp_path / "a.pdf").sections[0].text == "Nom : Colette Exemple\nStatut : indépendant"


def test_hidden_fields_and_passwords_are_not_read(tmp_path: Path) -> None:
    canvas = Canvas(str(tmp_path / "a.pdf"))
    canvas.drawString(60, 750, LINES[0])
    canvas.acroForm.textfield(name="Clé", value="SECRET", x=60, y=700, annotationFlags="hidden")
    canvas.acroForm.textfield(name="Code", value="SECRET", x=60, y=600, fieldFlags="password")
    canvas.save()
    assert load(tmp_path / "a.pdf").sections[0].text == LINES[0]
