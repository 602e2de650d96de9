"""Word files are read as their readers see them."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import pytest

from ingest.loaders.dispatch import load
from tests.ingest.loaders.real_files import MAIN, as_kind, rewrite, write_docx

SCHEMAS = "http://schemas.openxmlformats.org"
W = f"{SCHEMAS}/wordprocessingml/2006/main"
NAMES = (
    f'xmlns:w="{W}" xmlns:m="{SCHEMAS}/officeDocument/2006/math" xmlns:mc="{SCHEMAS}/markup-compatibility/2006" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" '
    'xmlns:v="urn:schemas-microsoft-com:vml"'
)


def run(text: str, properties: str = "") -> str:
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


def paragraph(*runs: str, style: str = "", number: tuple[int, int] | None = None) -> str:
    """A paragraph of runs or texts, of a style, numbered by (list, level)."""
    named = f'<w:pStyle w:val="{style}"/>' if style else ""
    listed = f'<w:numPr><w:ilvl w:val="{number[1]}"/><w:numId w:val="{number[0]}"/></w:numPr>' if number else ""
    inside = "".join(text if text.startswith("<") else run(text) for text in runs)
    return f"<w:p><w:pPr>{named}{listed}</w:pPr>{inside}</w:p>"


def level(number: int, pattern: str, kind: str = "decimal", more: str = "") -> str:
    shape = f'<w:start w:val="1"/><w:numFmt w:val="{kind}"/>{more}<w:lvlText w:val="{pattern}"/>'
    return f'<w:lvl w:ilvl="{number}">{shape}</w:lvl>'


def numbered(levels: str, *numbers: str) -> str:
    """A list of these levels, and the uses of it."""
    uses = "".join(numbers) or '<w:num w:numId="90"><w:abstractNumId w:val="90"/></w:num>'
    return f'<w:abstractNum w:abstractNumId="90">{levels}</w:abstractNum>{uses}'


def text_of(path: Path) -> str:
    return "\n\n".join(section.text for section in load(path).sections)


def cell(text: str, properties: str = "") -> str:
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{paragraph(text) if text else '<w:p/>'}</w:tc>"


def row(*cells: str, properties: str = "") -> str:
    return f"<w:tr><w:trPr>{properties}</w:trPr>{''.join(cells)}</w:tr>"


def with_body(path: Path, body: str, *, numbering: str = "", styles: str = "") -> Path:
    """Write a Word file whose body is this markup, with more lists and styles."""
    import docx
    from docx.oxml import parse_xml

    document = docx.Document()
    for block in parse_xml(f"<w:body {NAMES}>{body}</w:body>"):
        document.element.body.append(block)
    if numbering:
        for element in reversed(parse_xml(f"<w:numbering {NAMES}>{numbering}</w:numbering>")):
            document.part.numbering_part.element.insert(0, element)
    if styles:
        for element in parse_xml(f"<w:styles {NAMES}>{styles}</w:styles>"):
            document.styles.element.append(element)
    document.save(str(path))
    return path


def test_headings_of_a_word_file_make_sections(tmp_path: Path) -> None:
    loaded = load(write_docx(tmp_path / "note.docx"))
    assert [(section.label, section.heading) for section in loaded.sections] == [
        ("", ""),
        ("Droit applicable", "Droit applicable"),
        ("art. 5", "Droit applicable > Article 5"),
    ]
    assert (
        loaded.sections[2].text == "Les frais sont partagés par moitié.\n\n- premier point\n\nVille | Places\nKehl | 60"
    )


def test_what_word_notes_of_itself_are_only_hints(tmp_path: Path) -> None:
    loaded = load(write_docx(tmp_path / "note.docx", title="Crèches"))
    assert not loaded.metadata
    assert dict(loaded.hints) == {
        "heading": "Les crèches transfrontalières",
        "title": "Crèches",
        "author": "Service juridique",
    }


def test_text_that_was_deleted_with_changes_tracked_is_not_read(tmp_path: Path) -> None:
    path = write_docx(tmp_path / "note.docx")
    changed = tmp_path / "changed.docx"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(changed, "w") as new:
        for member in old.namelist():
            content = old.read(member)
            if member == "word/document.xml":
                content = content.replace(
                    "<w:r><w:t>Les frais sont partagés par moitié.</w:t></w:r>".encode(),
                    b"<w:r><w:t>Les frais</w:t></w:r><w:del><w:r><w:delText> jamais</w:delText></w:r></w:del>"
                    b"<w:ins><w:r><w:t> parfois</w:t></w:r></w:ins>",
                )
            new.writestr(member, content)
    assert load(changed).sections[2].text.startswith("Les frais parfois\n")


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
    assert "art. 5" in [section.label for section in load(path).sections]


def test_a_text_box_in_a_blank_paragraph_is_read(tmp_path: Path) -> None:
    box = "<w:txbxContent><w:p><w:r><w:t>Encadré.</w:t></w:r></w:p></w:txbxContent>"
    body = f"<w:p><w:r><w:pict>{box}</w:pict></w:r></w:p>"
    assert load(with_body(tmp_path / "a.docx", body)).sections[0].text == "Encadré."


def test_formulas_and_ticked_boxes_are_read(tmp_path: Path) -> None:
    body = (
        "<w:p><w:r><w:t>Part : </w:t></w:r><m:oMath><m:r><m:t>45/100</m:t></m:r></m:oMath>"
        '<w:r><w:sym w:font="Wingdings" w:char="F0FE"/></w:r><w:r><w:t xml:space="preserve"> oui</w:t></w:r></w:p>'
    )
    assert load(with_body(tmp_path / "a.docx", body)).sections[0].text == "Part : 45/100☑ oui"


def test_a_table_in_a_table_is_read_once_and_cells_in_controls_are_read(tmp_path: Path) -> None:
    def cell(text: str) -> str:
        return f"<w:tc><w:p><w:r><w:t>{text}</w:t></w:r></w:p>{{}}</w:tc>"

    inner = f"<w:tbl><w:tr>{cell('C').format('')}{cell('D').format('')}</w:tr></w:tbl><w:p/>"
    controlled = f"<w:sdt><w:sdtContent>{cell('B').format(inner)}</w:sdtContent></w:sdt>"
    body = f"<w:tbl><w:tr>{cell('A').format('')}{controlled}</w:tr></w:tbl>"
    assert load(with_body(tmp_path / "a.docx", body)).sections[0].text == "A | B\nC | D"


def test_bare_articles_of_a_word_file_without_styles_are_cited(tmp_path: Path) -> None:
    import docx

    document = docx.Document()
    for text in ("Convention", "Article 1", "Objet de la convention", "La ligne est commune."):
        document.add_paragraph(text)
    document.save(str(tmp_path / "a.docx"))
    assert [(section.label, section.text) for section in load(tmp_path / "a.docx").sections][-1] == (
        "art. 1",
        "La ligne est commune.",
    )


@pytest.mark.parametrize(
    ("font", "code", "sign"),
    [
        ("Symbol", "F0B3", "≥"),
        ("Symbol", "F0A3", "≤"),
        ("Symbol", "F0B1", "±"),
        ("Symbol", "F0AE", "→"),
        ("Symbol", "F0DE", "⇒"),
        ("Symbol", "F06D", "μ"),
        ("Symbol", "F0A0", "€"),
        ("Wingdings", "F0E0", "→"),
        ("Wingdings", "F0FE", "☑"),
        ("Wingdings", "F0A8", "☐"),
        ("Wingdings 2", "F052", "☑"),
        ("Arial", "2265", "≥"),
    ],
)
def test_signs_of_symbol_fonts_are_read(tmp_path: Path, font: str, code: str, sign: str) -> None:
    symbol = f'<w:r><w:sym w:font="{font}" w:char="{code}"/></w:r>'
    inside = run(chr(int(code, 16)), f'<w:rFonts w:ascii="{font}" w:hAnsi="{font}"/>')
    body = paragraph("part ", symbol, " 25 %") + paragraph("part ", inside, " 26 %")
    assert text_of(with_body(tmp_path / "a.docx", body)) == f"part {sign} 25 %\n\npart {sign} 26 %"


def test_raised_and_lowered_digits_change_no_number(tmp_path: Path) -> None:
    up, down = '<w:vertAlign w:val="superscript"/>', '<w:vertAlign w:val="subscript"/>'
    body = (
        paragraph("12 000", run("2", up), " francs et 10", run("6", up), " euros")
        + paragraph("45 m", run("2", up), ", le 1", run("er", up), " mars, CO", run("2", down))
        + paragraph("10", run("-3", up), " ; les frontaliers", run("1", up), " paient")
    )
    assert text_of(with_body(tmp_path / "a.docx", body)).split("\n\n") == [
        "12 000 (2) francs et 10⁶ euros",
        "45 m², le 1er mars, CO₂",
        "10⁻³ ; les frontaliers (1) paient",
    ]


def test_formulas_keep_their_fractions_and_powers(tmp_path: Path) -> None:
    def math(text: str) -> str:
        return f"<m:r><m:t>{text}</m:t></m:r>"

    fraction = f"<m:f><m:num>{math('a+b')}</m:num><m:den>{math('2')}</m:den></m:f>"
    power = f"<m:sSup><m:e>{math('10')}</m:e><m:sup>{math('6')}</m:sup></m:sSup>"
    body = paragraph("Part : ", f"<m:oMath>{fraction}{math('=')}{power}</m:oMath>")
    assert text_of(with_body(tmp_path / "a.docx", body)) == "Part : (a+b)/2=10⁶"


@pytest.mark.parametrize(
    ("properties", "is_shown"),
    [
        ("<w:strike/>", False),
        ("<w:dstrike/>", False),
        ('<w:strike w:val="0"/>', True),
        ('<w:rStyle w:val="Barre"/>', False),
        ('<w:rStyle w:val="Barre"/><w:strike w:val="false"/>', True),
    ],
)
def test_struck_out_text_is_left_out_and_told(tmp_path: Path, properties: str, is_shown: bool) -> None:
    style = '<w:style w:type="character" w:styleId="Barre"><w:name w:val="Barré"/><w:rPr><w:strike/></w:rPr></w:style>'
    body = paragraph("Le préavis est de ", run("30 jours ", properties), "45 jours.")
    loaded = load(with_body(tmp_path / "a.docx", body, styles=style))
    assert ("30" in loaded.sections[0].text) is is_shown
    assert loaded.left_out == (() if is_shown else (("1 struck-out passage", "", "struck out"),))


@pytest.mark.parametrize("properties", ["<w:vanish/>", '<w:rStyle w:val="Cache"/>'])
def test_hidden_text_is_left_out_and_told(tmp_path: Path, properties: str) -> None:
    style = '<w:style w:type="character" w:styleId="Cache"><w:name w:val="Caché"/><w:rPr><w:vanish/></w:rPr></w:style>'
    style += (
        '<w:style w:type="paragraph" w:styleId="Interne"><w:name w:val="Interne"/><w:rPr><w:vanish/></w:rPr></w:style>'
    )
    body = (
        paragraph("Visible.", run(" SECRET", properties), run(" SECRET", properties))
        + paragraph("SECRET", style="Interne")
        + f"<w:tbl>{row(cell('Kehl'), cell('60'))}{row(cell('SECRET'), properties='<w:hidden/>')}</w:tbl>"
    )
    loaded = load(with_body(tmp_path / "a.docx", body, styles=style))
    assert loaded.sections[0].text == "Visible.\n\nKehl | 60"
    assert [left.what for left in loaded.left_out] == ["2 hidden passages", "1 hidden row"]


def test_comments_and_deletions_are_counted(tmp_path: Path) -> None:
    deleted = '<w:del><w:r><w:delText>30 jours</w:delText></w:r></w:del><w:r><w:commentReference w:id="0"/></w:r>'
    loaded = load(
        with_body(tmp_path / "a.docx", paragraph("Délai ", deleted, "<w:ins>" + run("45 jours") + "</w:ins>"))
    )
    assert loaded.sections[0].text == "Délai 45 jours"
    assert [left.what for left in loaded.left_out] == ["1 deleted passage", "1 comment"]


def test_numbered_headings_are_cited_by_their_number(tmp_path: Path) -> None:
    levels = level(0, "Article %1") + level(1, "%1.%2") + level(2, "%3)", "lowerLetter")
    body = "".join(
        paragraph(text, style=f"Heading{depth + 1}" if depth < 2 else "", number=(90, depth))
        for text, depth in (
            ("Objet", 0), ("La ligne est commune.", 2), ("Durée", 0), ("Prolongation", 1), ("par écrit", 2),
            ("ou par avenant", 2),
        )
    )  # fmt: skip
    loaded = load(with_body(tmp_path / "a.docx", body, numbering=numbered(levels)))
    assert [(section.label, section.heading, section.text) for section in loaded.sections] == [
        ("art. 1", "Article 1 – Objet", "a) La ligne est commune."),
        ("art. 2, 2.1 Prolongation", "Article 2 – Durée > 2.1 Prolongation", "a) par écrit\n\nb) ou par avenant"),
    ]


def test_articles_numbered_without_a_heading_style_make_sections(tmp_path: Path) -> None:
    body = paragraph("Objet de la convention", number=(90, 0)) + paragraph("La ligne est commune.")
    loaded = load(with_body(tmp_path / "a.docx", body, numbering=numbered(level(0, "Article %1 –"))))
    assert [(section.label, section.text) for section in loaded.sections] == [("art. 1", "La ligne est commune.")]


def test_numbers_come_from_styles_begin_anew_and_are_written_in_their_way(tmp_path: Path) -> None:
    style = (
        '<w:style w:type="paragraph" w:styleId="Chapitre"><w:name w:val="Chapitre"/><w:pPr><w:numPr>'
        '<w:numId w:val="90"/></w:numPr><w:outlineLvl w:val="0"/></w:pPr></w:style>'
    )
    uses = (
        '<w:num w:numId="90"><w:abstractNumId w:val="90"/></w:num><w:num w:numId="91"><w:abstractNumId w:val="90"/>'
        '<w:lvlOverride w:ilvl="1"><w:startOverride w:val="1"/></w:lvlOverride></w:num>'
    )
    levels = level(0, "Chapitre %1", "upperRoman") + level(1, "%2.", "decimal") + level(2, "•", "bullet")
    body = (
        paragraph("Droit", style="Chapitre")
        + paragraph("un", number=(90, 1)) + paragraph("deux", number=(90, 1)) + paragraph("point", number=(90, 2))
        + paragraph("encore un", number=(91, 1)) + paragraph("Fiscalité", style="Chapitre")
        + paragraph("trois", number=(90, 1))
        + paragraph("sans numéro", style="Chapitre", number=(0, 0)) + paragraph("texte")
    )  # fmt: skip
    loaded = load(with_body(tmp_path / "a.docx", body, numbering=numbered(levels, uses), styles=style))
    assert [(section.heading, section.text) for section in loaded.sections] == [
        ("Chapitre I – Droit", "1. un\n\n2. deux\n\n- point\n\n1. encore un"),
        ("Chapitre II – Fiscalité", "1. trois"),
        ("sans numéro", "texte"),
    ]


def test_a_merged_value_belongs_to_each_row(tmp_path: Path) -> None:
    start, goes_on = '<w:vMerge w:val="restart"/>', "<w:vMerge/>"
    body = "<w:tbl>" + (
        row(cell("Taux de la caisse", '<w:gridSpan w:val="3"/>'))
        + row(cell("Pays"), cell("Statut"), cell("Taux"))
        + row(cell("Suisse", start), cell("salarié"), cell("5,3 %"))
        + row(cell("", goes_on), cell("indépendant"), cell("10,0 %"))
        + row(cell("France"), cell("exonéré", '<w:gridSpan w:val="2"/>'))
    ) + "</w:tbl>"  # fmt: skip
    assert text_of(with_body(tmp_path / "a.docx", body)).split("\n") == [
        "Taux de la caisse",
        "Pays | Statut | Taux",
        "Suisse | salarié | 5,3 %",
        "Suisse | indépendant | 10,0 %",
        "France | exonéré | exonéré",
    ]


def test_a_text_box_is_read_once_also_in_a_table(tmp_path: Path) -> None:
    box = f"<w:txbxContent>{paragraph('Encadré.')}</w:txbxContent>"
    both = (
        "<w:r><mc:AlternateContent><mc:Choice Requires='wps'>"
        f"<w:drawing><wps:txbx>{box}</wps:txbx></w:drawing></mc:Choice>"
        f"<mc:Fallback><w:pict><v:textbox>{box}</v:textbox></w:pict></mc:Fallback></mc:AlternateContent></w:r>"
    )
    body = paragraph("Avant.", both) + f"<w:tbl><w:tr><w:tc>{paragraph('Kehl', both)}</w:tc></w:tr></w:tbl>"
    assert text_of(with_body(tmp_path / "a.docx", body)) == "Avant.\n\nEncadré.\n\nKehl\n\nEncadré."


def test_what_is_filled_in_is_read(tmp_path: Path) -> None:
    def field(kind: str, data: str, result: str = "") -> str:
        return (
            f'<w:r><w:fldChar w:fldCharType="begin"><w:ffData>{data}</w:ffData></w:fldChar></w:r>'
            f'<w:r><w:instrText>{kind}</w:instrText></w:r><w:r><w:fldChar w:fldCharType="separate"/></w:r>{result}'
            '<w:r><w:fldChar w:fldCharType="end"/></w:r>'
        )

    entries = "".join(f'<w:listEntry w:val="{text}"/>' for text in ("salarié", "indépendant"))
    body = (
        paragraph("Statut : ", field("FORMDROPDOWN", f'<w:ddList><w:result w:val="1"/>{entries}</w:ddList>'))
        + paragraph("Marié ", field("FORMCHECKBOX", "<w:checkBox><w:checked/></w:checkBox>"))
        + paragraph("Veuf ", field("FORMCHECKBOX", '<w:checkBox><w:default w:val="0"/></w:checkBox>'))
        + paragraph("Nom : ", field("FORMTEXT", "<w:textInput/>", run("Colette")))
        + paragraph("Canton : ", f"<w:sdt><w:sdtPr/><w:sdtContent>{run('Jura')}</w:sdtContent></w:sdt>")
    )
    assert text_of(with_body(tmp_path / "a.docx", body)).split("\n\n") == [
        "Statut : indépendant", "Marié ☑", "Veuf ☐", "Nom : Colette", "Canton : Jura",
    ]  # fmt: skip


def test_the_condition_of_a_field_is_not_read(tmp_path: Path) -> None:
    def mark(kind: str) -> str:
        return f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>'

    def field(code: str, inside: str, result: str) -> str:
        instruction = f"<w:r><w:instrText>{code}</w:instrText></w:r>{inside}"
        return f"{mark('begin')}{instruction}{mark('separate')}{run(result)}{mark('end')}"

    outer = field("IF ", field("MERGEFIELD x", "", "SECRET"), "exonéré")
    assert text_of(with_body(tmp_path / "a.docx", paragraph("Il est ", outer, "."))) == "Il est exonéré."


@pytest.mark.parametrize(
    ("name", "kind", "content"),
    [
        ("html", "text/html", "<html><body><h1>Seuil</h1><p>Le seuil est de 77 jours.</p></body></html>"),
        ("txt", "text/plain", "Le seuil est de 77 jours."),
        ("rtf", "application/rtf", r"{\rtf1\ansi Le seuil est de 77 jours.}"),
    ],
)
def test_a_document_in_a_document_is_read(tmp_path: Path, name: str, kind: str, content: str) -> None:
    import docx
    from docx.opc.packuri import PackURI
    from docx.opc.part import Part
    from docx.oxml import parse_xml

    document = docx.Document()
    document.add_paragraph("Avant.")
    relations = f"{SCHEMAS}/officeDocument/2006/relationships"
    part = Part(PackURI(f"/word/afchunk.{name}"), kind, content.encode(), document.part.package)
    relation = document.part.relate_to(part, f"{relations}/aFChunk")
    chunk = parse_xml(f'<w:altChunk xmlns:w="{W}" xmlns:r="{relations}" r:id="{relation}"/>')
    document.element.body.insert(1, chunk)
    document.save(str(tmp_path / "a.docx"))
    assert "Le seuil est de 77 jours." in text_of(tmp_path / "a.docx")


def test_strict_open_xml_and_relationships_to_missing_parts_are_read(tmp_path: Path) -> None:
    def as_strict(part: str) -> str:
        return re.sub(
            rf"{SCHEMAS}/(wordprocessingml|officeDocument|drawingml)/2006/", r"http://purl.oclc.org/ooxml/\1/", part
        )

    strict = rewrite(write_docx(tmp_path / "strict.docx"), {"": as_strict})
    assert "art. 5" in [section.label for section in load(strict).sections]
    thumbnail = f"{SCHEMAS}/package/2006/relationships/metadata/thumbnail"
    missing = f'<Relationship Id="rId99" Type="{thumbnail}" Target="docProps/no.jpeg"/>'
    dangling = rewrite(
        write_docx(tmp_path / "dangling.docx"),
        {"_rels/.rels": lambda part: part.replace("</Relationships>", f"{missing}</Relationships>")},
    )
    assert "art. 5" in [section.label for section in load(dangling).sections]
