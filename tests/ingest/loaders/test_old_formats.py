"""What lies in a centre of 25 years: templates, old programs' files, other code pages, names without suffix."""

from __future__ import annotations

import shutil
import subprocess
import zipfile
from email.message import EmailMessage
from pathlib import Path

import openpyxl
import pytest

from ingest.loaders import LOADERS, UnreadableFile, legacy, load
from ingest.loaders.unknown import REMEDIES
from tests.ingest.loaders.real_files import write_docx, write_odt, write_pptx

OLD = "Réunion du 14 septembre 1993 : les élus ont évoqué l'été, la forêt, l'hôpital ; où cela mène-t-il ? Ça dépend."
MAIN = "openxmlformats-officedocument.{}.main+xml"

needs_office = pytest.mark.skipif(legacy.office() is None, reason="LibreOffice is not installed")


def as_kind(path: Path, kind: str, other: str) -> Path:
    """Declare an office file to be of another kind (a template, a show, with macros), as its program does."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    types = parts["[Content_Types].xml"]
    assert kind.encode() in types
    parts["[Content_Types].xml"] = types.replace(kind.encode(), other.encode())
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


@pytest.mark.parametrize(
    ("suffix", "kind"),
    [
        (".docm", "ms-word.document.macroEnabled.main+xml"),
        (".dotx", MAIN.format("wordprocessingml.template")),
        (".dotm", "ms-word.template.macroEnabledTemplate.main+xml"),
    ],
)
def test_templates_and_files_with_macros_of_word_are_read(tmp_path: Path, suffix: str, kind: str) -> None:
    path = as_kind(write_docx(tmp_path / f"a{suffix}"), MAIN.format("wordprocessingml.document"), kind)
    assert "art. 5" in [one.label for one in load(path).sections]


@pytest.mark.parametrize(
    ("suffix", "kind"),
    [
        (".ppsx", MAIN.format("presentationml.slideshow")),
        (".potx", MAIN.format("presentationml.template")),
        (".ppsm", "ms-powerpoint.slideshow.macroEnabled.main+xml"),
    ],
)
def test_shows_and_templates_of_powerpoint_are_read(tmp_path: Path, suffix: str, kind: str) -> None:
    path = as_kind(write_pptx(tmp_path / f"a{suffix}"), MAIN.format("presentationml.presentation"), kind)
    assert load(path).sections[0].heading == "Le tram Strasbourg–Kehl"


def test_a_template_of_opendocument_is_read(tmp_path: Path) -> None:
    path = write_odt(tmp_path / "a.odt").rename(tmp_path / "a.ott")
    assert load(path).sections[0].text == "Réunion du comité à Esch."


@pytest.mark.parametrize("page", ["cp1252", "cp850", "mac_roman", "utf-16-le", "utf-16-be"])
def test_texts_of_windows_dos_and_macintosh_keep_their_accents(tmp_path: Path, page: str) -> None:
    (tmp_path / "a.txt").write_bytes(OLD.encode(page))
    assert load(tmp_path / "a.txt").sections[0].text == OLD


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


def test_a_file_without_a_suffix_is_read_as_what_it_is_and_told(tmp_path: Path) -> None:
    word = write_docx(tmp_path / "Note de M. Dupont")
    assert load(word).warnings == ("no suffix: this is a .docx file, and was read as one.",)
    (tmp_path / "LISEZMOI").write_text("Une phrase ordinaire.", encoding="utf-8")
    assert load(tmp_path / "LISEZMOI").sections[0].text == "Une phrase ordinaire."
    (tmp_path / "DONNEES").write_bytes(b"\0\1\2\3" * 50)
    with pytest.raises(UnreadableFile, match="no suffix, and its contents do not tell"):
        load(tmp_path / "DONNEES")


@pytest.mark.parametrize("suffix", [".zip", ".mp3", ".djvu", ".accdb", ".url", ".xyz"])
def test_what_is_not_read_is_named_with_its_remedy(tmp_path: Path, suffix: str) -> None:
    (tmp_path / f"a{suffix}").write_bytes(b"\0\1\2\3")
    with pytest.raises(UnreadableFile, match=rf"“\{suffix}” is not a format that is read here: .*\.ingestignore"):
        load(tmp_path / f"a{suffix}")


def test_no_suffix_is_both_read_and_refused() -> None:
    assert not REMEDIES.keys() & LOADERS.keys()


def test_a_table_of_another_program_is_read(tmp_path: Path) -> None:
    from odf.opendocument import OpenDocumentSpreadsheet
    from odf.table import Table, TableCell, TableRow
    from odf.text import P

    book, table = OpenDocumentSpreadsheet(), Table(name="Crèches")
    for cells in (("Ville", "Places"), ("Kehl", "60")):
        row = TableRow()
        for said in cells:
            cell = TableCell(valuetype="string")
            cell.addElement(P(text=said))
            row.addElement(cell)
        table.addElement(row)
    book.spreadsheet.addElement(table)
    book.save(str(tmp_path / "a.ods"))
    section = load(tmp_path / "a.ods").sections[0]
    assert (section.label, section.text) == ("Crèches, l. 2", "Ville | Places\n\nVille : Kehl ; Places : 60")


def test_text_that_calls_itself_an_excel_file_is_read_as_the_table_it_is(tmp_path: Path) -> None:
    (tmp_path / "export.xls").write_text("Ville\tPays\nMenton\tFrance\n")
    loaded = load(tmp_path / "export.xls")
    assert loaded.sections[0].text.endswith("Ville : Menton ; Pays : France")
    assert "wrong suffix: this is a .csv file" in loaded.warnings[0]


def test_a_title_above_a_table_does_not_part_its_cells(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("Communes, au 1er janvier 2020\nCommune;Part\nThionville;12,5\nKehl;7,5\n")
    assert load(tmp_path / "a.csv").sections[0].text == (
        "Commune | Part\n\nCommunes, au 1er janvier 2020\n"
        "Commune : Thionville ; Part : 12,5\nCommune : Kehl ; Part : 7,5"
    )


def test_years_head_columns_percents_stay_percents_and_lost_results_are_told(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (("Région", 2018, 2019), ("Grand Est", 0.231, 170_000.0), ("Total", "=SUM(C2:C2)")):
        sheet.append(row)
    sheet["B2"].number_format = "0.0 %"
    book.save(tmp_path / "a.xlsx")
    loaded = load(tmp_path / "a.xlsx")
    assert "Région : Grand Est ; 2018 : 23.1 % ; 2019 : 170000" in loaded.sections[0].text
    assert loaded.warnings[0].startswith("1 formulas without a stored result: open and save it")


@needs_office
@pytest.mark.parametrize(("suffix", "written"), [(".fodt", "docx"), (".sxw", "fodt")])
def test_what_libreoffice_converts_is_read(tmp_path: Path, suffix: str, written: str) -> None:
    source = write_docx(tmp_path / "a.docx")
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    command = [str(legacy.office()), "--headless", profile, "--convert-to", "fodt", "--outdir", str(tmp_path)]
    subprocess.run([*command, str(source)], capture_output=True, timeout=120, check=True)
    made = tmp_path / "a.fodt"
    if suffix == ".sxw":  # as programs of then named it; LibreOffice goes by the contents
        made = Path(shutil.copy(made, tmp_path / "b.sxw"))
    assert "art. 5" in [one.label for one in load(made).sections]
