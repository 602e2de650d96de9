"""Mails are read with what is attached to them, whoever wrote them: all that their reader sees is their text."""

from __future__ import annotations

from base64 import b64encode
from email.message import EmailMessage
from pathlib import Path

import pytest

from ingest.loaders.dispatch import load
from ingest.loaders.loaded_file import LoadedFile, UnreadableFile

LETTER = "Bonjour,\n\nLe seuil est de 34 jours.\n\nAnne"


def mail(**headers: str) -> EmailMessage:
    message = EmailMessage()
    for name, value in ({"Subject": "Télétravail", "From": "Anne Weiß <a@example.org>"} | headers).items():
        message[name] = value
    message.set_content(LETTER)
    return message


def test_a_mail_gives_its_text_sender_date_and_the_names_of_attachments_that_cannot_be_read(tmp_path: Path) -> None:
    message = mail(Date="Mon, 20 Nov 2023 10:00:00 +0100")
    message.add_attachment(b"x", maintype="application", subtype="pdf", filename="avenant.pdf")
    (tmp_path / "m.eml").write_bytes(bytes(message))
    loaded = load(tmp_path / "m.eml")
    assert loaded.hints == {"title": "Télétravail", "author": "Anne Weiß", "published": "2023-11-20"}
    assert loaded.sections[1].text == LETTER
    assert "avenant.pdf" in loaded.sections[0].text
    assert loaded.warnings == ("its attachment avenant.pdf is not read: damaged, or not a PDF in spite of its suffix.",)


def test_a_mail_in_html_gives_its_paragraphs(tmp_path: Path) -> None:
    message = EmailMessage()
    message["Subject"] = "x"
    message.set_content("<p>Un.</p><script>non()</script><p>Deux.</p>", subtype="html")
    (tmp_path / "m.eml").write_bytes(bytes(message))
    assert load(tmp_path / "m.eml").sections[1].text == "Un.\n\nDeux."


def test_a_text_that_is_no_mail_is_unreadable(tmp_path: Path) -> None:
    (tmp_path / "m.eml").write_text("Ceci n'est pas un courriel.")
    with pytest.raises(UnreadableFile):
        load(tmp_path / "m.eml")


HEAD = "From: a@example.org\nTo: b@example.org\nSubject: S\nDate: Mon, 3 Mar 2025 10:00:00 +0100\nMIME-Version: 1.0\n"
TEXT = "Le comité de Genève a décidé : 12 € versés à l’été."


def part(kind: str, text: str, *headers: str) -> str:
    """Return a part of a mail with several."""
    return "\n".join(["--B", f"Content-Type: {kind}", *headers, "", text, ""])


def read(folder: Path, source: str | bytes) -> tuple[str, LoadedFile]:
    """Write a mail and return the text of its sections but the first, and what was loaded."""
    (folder / "m.eml").write_bytes(source.encode() if isinstance(source, str) else source)
    loaded = load(folder / "m.eml")
    return "\n\n".join(section.text for section in loaded.sections[1:]), loaded


def read_parts(folder: Path, kind: str, *parts: str) -> tuple[str, LoadedFile]:
    return read(folder, f"{HEAD}Content-Type: multipart/{kind}; boundary=B\n\n{''.join(parts)}--B--\n")


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
@pytest.mark.parametrize(
    "declared",
    ["", "; charset=us-ascii", "; charset=utf-8", "; charset=iso-8859-1", "; charset=unknown-8bit", "; charset"],
)
@pytest.mark.parametrize("kind", ["text/plain", "text/html"])
def test_a_text_keeps_its_letters_whatever_its_declaration_says(
    tmp_path: Path, kind: str, declared: str, encoding: str
) -> None:
    body = f"<p>{TEXT}</p>" if kind == "text/html" else TEXT
    head = f"{HEAD}Content-Type: {kind}{declared}\nContent-Transfer-Encoding: 8bit\n\n"
    assert read(tmp_path, head.encode() + body.encode(encoding))[0] == TEXT


def test_the_html_of_a_mail_may_declare_its_encoding_itself(tmp_path: Path) -> None:
    page = "<html><head><meta charset=iso-8859-2></head><body>Zażółć gęślą jaźń</body></html>"
    head = f"{HEAD}Content-Type: text/html\nContent-Transfer-Encoding: 8bit\n\n"
    assert read(tmp_path, head.encode() + page.encode("iso-8859-2"))[0] == "Zażółć gęślą jaźń"


@pytest.mark.parametrize(
    ("subject", "title"),
    [
        ("Réunion à Genève".encode("cp1252"), "Réunion à Genève"),
        ("Réunion à Genève".encode(), "Réunion à Genève"),
        (b"=?iso-8859-1?Q?R=E9union_=E0_Gen=E8ve?=", "Réunion à Genève"),
        (b"=?us-ascii?Q?R=E9union?= =?us-ascii?Q?_=E0_Gen=E8ve?=", "Réunion à Genève"),
        (b"=?utf-8?B?UsOpdW5pb24gw6AgR2Vuw6h2ZQ?=", "Réunion à Genève"),
        (b"=?utf-8?Q?R=C3?=\r\n =?utf-8?Q?=A9union?=", "Réunion"),
        (b"=?x-unknown?Q?R=E9union?=", "Réunion"),
        (b"Re: =?utf-8*fr?Q?R=C3=A9union?= du 3", "Re: Réunion du 3"),
        (b"=?utf-8?Z?x?= 50 % = ?", "=?utf-8?Z?x?= 50 % = ?"),
    ],
)
def test_a_subject_keeps_its_letters_however_it_is_encoded(tmp_path: Path, subject: bytes, title: str) -> None:
    head = HEAD.encode().replace(b"Subject: S", b"Subject: " + subject)
    assert read(tmp_path, head + b"\nBonjour.")[1].hints["title"] == title


def test_the_sender_and_the_files_of_a_mail_keep_their_letters_too(tmp_path: Path) -> None:
    attached = part("text/plain", "Une phrase.", "Content-Disposition: attachment; filename=été.txt")
    source = f"{HEAD}Content-Type: multipart/mixed; boundary=B\n\n{part('text/plain', 'Bonjour.')}{attached}--B--\n"
    content = (
        source.replace("From: a", "From: Hélène <a").replace("example.org\nTo", "example.org>\nTo").encode("cp1252")
    )
    loaded = read(tmp_path, content)[1]
    assert loaded.hints["author"] == "Hélène"
    assert "De : Hélène <a@example.org>" in loaded.sections[0].text
    assert loaded.sections[2].label == "été.txt"


STUBS = (
    "Votre messagerie ne peut pas afficher ce message HTML.",
    "This is a message in HTML. Please use an HTML-enabled mail client to view this message.",
    "Diese Nachricht kann nicht angezeigt werden.",
    "Bekijk deze e-mail in uw browser: https://example.org/x",
    "Questa mail non può essere visualizzata.",
)


@pytest.mark.parametrize("stub", STUBS)
def test_a_stub_beside_the_real_text_is_not_taken_for_it(tmp_path: Path, stub: str) -> None:
    html = "<p>Le guichet de Strasbourg ferme le 14 avril 2025.</p>"
    text, _ = read_parts(tmp_path, "alternative", part("text/plain", stub), part("text/html", html))
    assert text == "Le guichet de Strasbourg ferme le 14 avril 2025."


def test_of_two_texts_that_say_the_same_the_plain_one_is_kept(tmp_path: Path) -> None:
    html = f"<p>{TEXT}</p><p>Voir <a href=x>la page</a></p>"
    plain = f"{TEXT}\n\nVoir la page <https://example.org/une/page>"
    text, _ = read_parts(
        tmp_path, "alternative", part("text/plain; charset=utf-8", plain), part("text/html; charset=utf-8", html)
    )
    assert text == plain


def test_of_two_texts_that_say_different_things_both_are_kept(tmp_path: Path) -> None:
    plain = "Le permis coûte 65 francs et se demande au canton, avec une photo et un contrat de travail."
    html = "<p>Le guichet de Strasbourg ferme le 14 avril 2025 pour deux semaines de travaux.</p>"
    text, _ = read_parts(
        tmp_path, "alternative", part("text/plain; charset=utf-8", plain), part("text/html; charset=utf-8", html)
    )
    assert "65 francs" in text
    assert "14 avril 2025" in text


def test_the_pages_of_a_newsletter_are_found_in_parts_of_parts(tmp_path: Path) -> None:
    related = part("text/html", "<p>Le guichet ferme le 14 avril.</p><img src=cid:a>").replace("--B", "--C")
    picture = part("image/png", "x", "Content-ID: <a>").replace("--B", "--C")
    file = part("text/csv", "Ville;Places\nKehl;60", "Content-Disposition: attachment; filename=a.csv").replace(
        "--B", "--C"
    )
    inner = part("multipart/related; boundary=C", f"{related}{picture}{file}--C--")
    text, loaded = read_parts(tmp_path, "alternative", part("text/plain", "Version HTML seulement"), inner)
    assert text.startswith("Le guichet ferme le 14 avril.")
    assert "Ville : Kehl ; Places : 60" in text
    assert [part.what for part in loaded.left_out] == ["a picture"]


@pytest.mark.parametrize("kind", ["mixed", "related", "signed", "x-unheard-of"])
def test_every_text_of_a_mail_is_read_in_its_order(tmp_path: Path, kind: str) -> None:
    text, _ = read_parts(
        tmp_path,
        kind,
        part("text/plain", "Un."),
        part("image/gif; name=p.gif", "R0lGODlhAQABAAAAACw=", "Content-Disposition: inline"),
        part("text/html", "<p>Deux.</p>"),
        part("text/plain", "Trois.", "Content-Disposition: inline"),
    )
    assert text == "Un.\n\nDeux.\n\nTrois."


@pytest.mark.parametrize(
    "headers",
    [
        ("text/html", "Content-Disposition: attachment"),
        ("text/plain", "Content-Disposition: attachment"),
        ("text/html; name=", "Content-Disposition: attachment; filename="),
        ("application/octet-stream", "Content-Disposition: attachment"),
        ("text/html", "Content-Disposition: attachment; filename=sans-suffixe"),
    ],
)
def test_an_attachment_without_a_name_is_read_as_what_it_is(tmp_path: Path, headers: tuple[str, str]) -> None:
    content = "<html><p>La convention du 9 mai.</p></html>" if "html" in headers[0] else "La convention du 9 mai."
    text, _ = read_parts(tmp_path, "mixed", part("text/plain", "Voir."), part(headers[0], content, headers[1]))
    assert text == "Voir.\n\nLa convention du 9 mai."


def test_an_attachment_nobody_can_read_is_told(tmp_path: Path) -> None:
    unread = part("application/x-strange", "\x01\x02", "Content-Disposition: attachment")
    _, loaded = read_parts(tmp_path, "mixed", part("text/plain", "Voir."), unread)
    assert "its attachment sans nom is not read" in loaded.warnings[0]


def test_what_is_hidden_in_a_mail_and_in_its_files_is_told(tmp_path: Path) -> None:
    html = "<div style='display:none'>SECRET</div><p>Vu.</p>"
    attached = part("text/html", html, "Content-Disposition: attachment; filename=a.html")
    text, loaded = read_parts(tmp_path, "mixed", part("text/html", html), attached)
    assert text == "Vu.\n\nVu."
    assert [(part.what, part.where) for part in loaded.left_out] == [("1 hidden part", ""), ("1 hidden part", "a.html")]


def test_ornaments_and_entries_for_calendars_are_told(tmp_path: Path) -> None:
    _, loaded = read_parts(
        tmp_path,
        "mixed",
        part("text/plain", "Voir."),
        part("application/pkcs7-signature; name=smime.p7s", "x"),
        part("text/calendar", "BEGIN:VCALENDAR"),
        part("image/png", "x", "Content-ID: <a>"),
    )
    assert [part.what for part in loaded.left_out] == ["an attachment", "an attachment", "a picture"]


def test_a_forwarded_mail_keeps_its_own_letters(tmp_path: Path) -> None:
    inner = "From: x@example.org\nSubject: Séance\nContent-Type: text/plain\n\nLe comité a décidé à Bâle.\n"
    parts = part("text/plain", "Voir.") + part("message/rfc822", inner)
    source = f"{HEAD}Content-Type: multipart/mixed; boundary=B\n\n{parts}--B--"
    text, loaded = read(tmp_path, source.encode("cp1252"))
    assert text.endswith("Le comité a décidé à Bâle.")
    assert loaded.sections[-1].label == "Séance.eml, courriel"


def test_a_sealed_mail_is_refused_for_that_reason(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="encrypted or sealed: save the mail"):
        read(tmp_path, f"{HEAD}Content-Type: application/pkcs7-mime; name=smime.p7m\n\nMIAG")


def test_flowed_lines_are_joined_and_quotations_kept(tmp_path: Path) -> None:
    flowed = "Le seuil est de \n34 jours.\n> Cité sur \n> deux lignes.\n-- \nAnne"
    text, _ = read(tmp_path, f"{HEAD}Content-Type: text/plain; format=flowed\n\n{flowed}")
    assert text == "Le seuil est de 34 jours.\n> Cité sur deux lignes.\n--\nAnne"
    text, _ = read(tmp_path, f"{HEAD}Content-Type: text/plain; format=flowed; delsp=yes\n\nGrenz \ngänger")
    assert text == "Grenzgänger"


def test_the_html_of_a_mail_keeps_its_tables_lists_and_struck_text(tmp_path: Path) -> None:
    html = "<table><tr><th>a<th>b<tr><td>1<td>2</table><ol><li>x</ol><p><s>30</s> 45 m<sup>2</sup></p>"
    assert read(tmp_path, f"{HEAD}Content-Type: text/html\n\n{html}")[0] == "a | b\n1 | 2\n\n1. x\n\n~~30~~ 45 m²"


@pytest.mark.parametrize(
    "source",
    [
        f"\ufeff{HEAD}\nUn.",
        f"\n\n{HEAD}\nUn.",
        f"From a@example.org Mon Mar  3 10:00:00 2025\n{HEAD}\nUn.",
        f"{HEAD}Content-Type: multipart/mixed\n\nUn.",
        f"{HEAD}Content-Type: multipart/mixed; boundary=Z\n\nUn.",
        f"{HEAD}Content-Type: nonsense\n\nUn.",
        f"{HEAD}Content-Type: text/plain\nContent-Transfer-Encoding: x-odd\n\nUn.",
        f"{HEAD}Content-Type: text/plain; charset=utf-8; format=flowed\nContent-Transfer-Encoding: base64\n\nVW4u",
        f"{HEAD}Content-Type: text/enriched\n\n<bold>Un</bold>.",
        f"{HEAD}Content-Type: text/plain; charset=\0\n\nUn.",
        f"{HEAD}Content-Type: text/plain; charset*=\0'x'y\n\nUn.",
    ],
)
def test_a_mail_against_the_rules_is_read(tmp_path: Path, source: str) -> None:
    assert read(tmp_path, source)[0].strip() == "Un."


def test_a_forwarded_mail_that_is_encoded_as_a_whole_is_read(tmp_path: Path) -> None:
    inner = b64encode("Subject: Séance\n\nLe comité a décidé.".encode("cp1252")).decode()
    forwarded = part("message/rfc822", inner, "Content-Transfer-Encoding: base64")
    text, _ = read_parts(tmp_path, "mixed", part("text/plain", "Voir."), forwarded)
    assert text.endswith("Le comité a décidé.")
