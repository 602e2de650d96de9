"""Documents from staff to the folder the job reads: names made safe, metadata stated, each file whole or not at all."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from index.documents import Audience
from index.formats import SUFFIXES
from index.reasons import Reason
from ingest.sources.catalogue import take_inventory
from ingest.sources.metadata import known_keys, parse_metadata
from service.app import Parts
from service.uploads.store import NotStored, Refused, UploadedFile, UploadFolder, safe_stem
from tests.service.signing_in import sign_in, token_of

NOW = datetime(2026, 11, 26, 17, tzinfo=UTC)
FIELDS = {
    "kind": "study",
    "audience": "member",
    "groups": "gt-sante, gt-travail",
    "language": "fr",
    "borders": "fr-be, DE-FR",
    "countries": "fr",
    "published": "2026-05-18",
    "themes": ["health", "transport"],
    "author": "A, B",
}


def sent(name: str = "Étude n° 3.md", content: bytes = b"Un texte.") -> tuple[str, tuple[str, bytes]]:
    return ("files", (name, content))


def test_what_staff_say_of_a_file_is_what_the_job_reads(staff: TestClient, parts: Parts) -> None:
    token = token_of(staff.get("/staff/upload").text)
    answer = staff.post("/staff/upload", data=FIELDS | {"token": token, "title": "Une étude"}, files=[sent()])
    assert answer.status_code == 200
    assert "1 fichier déposé" in answer.text
    (candidate,) = take_inventory(parts.settings.index.data / "uploads").candidates
    assert re.fullmatch(r"\d{4}-\d\d/etude-n-3-[0-9a-f]{6}\.md", candidate.path)
    stated = known_keys(candidate.stated)
    read = parse_metadata(stated, title=stated["title"], language="fr", hints={})
    assert (read.title, read.kind, read.audience, read.author) == ("Une étude", "study", Audience.MEMBER, "A, B")
    assert read.groups == ("gt-sante", "gt-travail")
    assert (read.borders, read.countries, read.themes) == (("BE-FR", "DE-FR"), ("FR",), ("health", "transport"))
    assert str(read.published) == "2026-05-18"
    assert candidate.file.read_bytes() == b"Un texte."


def test_the_facts_of_an_event_reach_the_job(staff: TestClient, parts: Parts) -> None:
    facts = {"starts": "2026-05-04", "ends": "2026-05-05", "place": "Hendaye", "organisation": "Eurocité"}
    token = token_of(staff.get("/staff/upload").text)
    staff.post("/staff/upload", data=facts | {"token": token, "kind": "event"}, files=[sent()])
    (candidate,) = take_inventory(parts.settings.index.data / "uploads").candidates
    read = parse_metadata(known_keys(candidate.stated), title="t", language="fr", hints={})
    assert (str(read.starts), str(read.ends), read.place, read.organisation) == tuple(facts.values())


def test_without_a_word_about_it_an_upload_is_for_staff(client: TestClient, parts: Parts, staff_key: str) -> None:
    headers = {"Authorization": f"Bearer {staff_key}"}
    answer = client.post("/api/v1/staff/uploads", headers=headers, files=[sent("a.pdf"), sent("b.pdf")])
    assert answer.status_code == 202
    assert len(answer.json()["paths"]) == 2
    assert not answer.json()["watched"]
    candidates = take_inventory(parts.settings.index.data / "uploads").candidates
    assert [candidate.stated["audience"] for candidate in candidates] == ["staff", "staff"]
    log = next((parts.settings.index.data / "audit").glob("*.jsonl")).read_text()
    assert '"action": "upload"' in log


@pytest.mark.parametrize(
    ("fields", "files", "field"),
    [
        ({}, [], "files"),
        ({}, [sent("prog.exe")], "files"),
        ({}, [sent(content=b"")], "files"),
        ({"title": "Un"}, [sent(), sent("b.md")], "title"),
        ({"audience": "everybody"}, [sent()], "audience"),
        ({"borders": "FR"}, [sent()], "borders"),
        ({"published": "hier"}, [sent()], "published"),
        ({"themes": ["love"]}, [sent()], "themes"),
        ({"subject": "x"}, [sent()], "subject"),
        ({"kind": "event", "starts": "2026-05-04", "ends": "2026-05-03"}, [sent()], "ends"),
        ({"kind": "funding call", "deadline": "2026-05-04", "valid_to": "2026-05-05"}, [sent()], "valid_to"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_kept(
    client: TestClient, parts: Parts, staff_key: str, fields: dict[str, Any], files: list[Any], field: str
) -> None:
    headers = {"Authorization": f"Bearer {staff_key}"}
    answer = client.post("/api/v1/staff/uploads", headers=headers, data=fields, files=files or {"files": ("", b"")})
    assert answer.status_code == 422
    assert {error["field"] for error in answer.json()["errors"]} == {field}
    assert not (parts.settings.index.data / "uploads").exists()


def test_the_page_keeps_what_was_said_when_something_is_wrong(staff: TestClient) -> None:
    token = token_of(staff.get("/staff/upload").text)
    fields = FIELDS | {"token": token, "title": "Une étude", "published": "hier"}
    answer = staff.post("/staff/upload", data=fields, files=[sent()])
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert 'value="Une étude"' in answer.text
    assert re.search(r'value="health" checked', answer.text)
    forged = staff.post("/staff/upload", data=FIELDS | {"token": "forged"}, files=[sent()])
    assert forged.status_code == 403


@pytest.mark.parametrize(
    ("fields", "file", "shown"),
    [
        ({}, sent("prog.exe"), "Dateien</strong> prog.exe: kein Format, das gelesen wird"),
        ({}, sent(content=b""), "Dateien</strong> Étude n° 3.md: leer"),
        ({"borders": "FR"}, sent(), "Grenzen</strong> erwartet: zwei Ländercodes"),
        ({"published": "hier"}, sent(), "Veröffentlicht am</strong> erwartet: ein Tag wie 2026-05-18"),
        ({"author": "A|B"}, sent(), "Verfasser</strong> erwartet: eine Zeile"),
        ({"kind": "event", "ends": "2026-05-03"}, sent(), "Ende</strong> erwartet: der letzte Tag"),
    ],
)
def test_what_is_wrong_with_a_form_is_said_in_the_language_of_the_page(
    staff: TestClient, fields: dict[str, str], file: tuple[str, tuple[str, bytes]], shown: str
) -> None:
    token = token_of(staff.get("/staff/upload?lang=de").text)
    answer = staff.post("/staff/upload?lang=de", data=fields | {"token": token}, files=[file])
    assert answer.status_code == 422
    assert shown in re.sub(r"</?span[^>]*>", "", answer.text)


def test_nobody_else_uploads_and_nobody_s_files_are_read_before(
    client: TestClient, parts: Parts, member_key: str
) -> None:
    unreadable = {"Content-Type": "multipart/form-data; boundary=x", "Content-Length": "5"}
    for headers, status in (({}, 401), ({"Authorization": f"Bearer {member_key}"}, 403)):
        answer = client.post("/api/v1/staff/uploads", headers={**headers, **unreadable}, content=b"nope!")
        assert answer.status_code == status
    sign_in(client, member_key)
    for path in ("/staff/upload", "/staff/withdrawn", "/staff"):
        assert client.get(path).status_code == 404
        assert client.post(path, files=[sent()]).status_code in (404, 405)
    assert not (parts.settings.index.data / "uploads").exists()


def test_a_body_may_be_larger_here_and_nowhere_else(client: TestClient, staff_key: str) -> None:
    headers = {"Authorization": f"Bearer {staff_key}"}
    large = b"x" * 200_000
    assert client.post("/api/v1/staff/uploads", headers=headers, files=[sent("a.txt", large)]).status_code == 202
    assert client.post("/api/v1/search", headers=headers, content=large).status_code == 413
    huge = {**headers, "Content-Length": "200000000"}
    assert client.post("/api/v1/staff/uploads", headers=huge, content=b"x").status_code == 413


def test_what_became_of_each_upload_is_shown(staff: TestClient, parts: Parts) -> None:
    uploads = UploadFolder(parts.settings.index.data)
    paths = uploads.put([UploadedFile(name, io.BytesIO(b"x")) for name in ("a.md", "b.pdf", "c.md")], {}, "Anne", NOW)
    states = {
        paths[0]: {"state": "read", "document": "notes/ambulance", "reason": ""},
        paths[1]: {"state": "failed", "document": "", "reason": "damaged, or not a PDF"},
    }
    (uploads.data / "uploads-state.json").write_text(json.dumps({"at": "", "files": states}))
    page = staff.get("/staff/upload").text
    assert 'href="/documents/notes/ambulance"' in page
    assert '<span lang="en">damaged, or not a PDF</span>' in page  # as it was written before there were codes
    assert "1 fichier attend d’être lu" in page
    assert "python -m ingest --watch" in page
    (uploads.data / "ingest-watching").touch()
    assert "python -m ingest --watch" not in staff.get("/staff/upload").text
    os.utime(uploads.data / "ingest-watching", (1, 1))
    assert "python -m ingest --watch" in staff.get("/staff/upload").text


def test_why_an_upload_failed_is_said_in_the_language_of_the_page(
    staff: TestClient, parts: Parts, staff_key: str
) -> None:
    uploads, reason = UploadFolder(parts.settings.index.data), Reason("needs-password")
    (path,) = uploads.put([UploadedFile("a.pdf", io.BytesIO(b"x"))], {}, "Anne", NOW)
    state = {"state": "failed", "document": "", "reason": reason, **reason.as_json()}
    (uploads.data / "uploads-state.json").write_text(json.dumps({"at": "", "files": {path: state}}))
    assert "chiffré : il faut un mot de passe" in staff.get("/staff/upload").text.replace("\u00a0", " ")
    assert "verschlüsselt: ein Passwort ist nötig" in staff.get("/staff/upload?lang=de").text
    headers = {"Authorization": f"Bearer {staff_key}"}
    (upload,) = staff.get("/api/v1/staff/uploads", headers=headers).json()["uploads"]
    assert (upload["reason"], upload["code"], upload["values"]) == (str(reason), "needs-password", {})


@given(st.text(max_size=200), st.sampled_from(SUFFIXES))
def test_any_name_becomes_one_that_is_safe_in_a_folder(name: str, suffix: str) -> None:
    assert re.fullmatch(r"[a-z0-9][a-z0-9-]{0,59}", safe_stem(name + suffix))


@pytest.mark.parametrize("name", ["../../etc/passwd.md", "C:\\temp\\a.md", "/abs/a.md", ".hidden.md", "catalogue.md"])
def test_a_name_leads_nowhere_else(tmp_path: Path, name: str) -> None:
    (path,) = UploadFolder(tmp_path).put([UploadedFile(name, io.BytesIO(b"x"))], {}, "Anne", NOW)
    assert re.fullmatch(r"2026-11/[a-z0-9-]+\.md", path)
    assert (tmp_path / "uploads" / path).read_bytes() == b"x"


def test_values_with_separators_and_quotes_are_read_as_they_were_said(tmp_path: Path) -> None:
    title = 'Un "titre", avec; des signes'
    UploadFolder(tmp_path).put([UploadedFile("a.md", io.BytesIO(b"x"))], {"title": title}, "=cmd", NOW)
    (candidate,) = take_inventory(tmp_path / "uploads").candidates
    assert candidate.stated["title"] == title


def test_uploads_at_the_same_moment_are_all_kept(tmp_path: Path) -> None:
    def put(number: int) -> None:
        UploadFolder(tmp_path).put(
            [UploadedFile(f"{number}.md", io.BytesIO(b"x"))], {"title": str(number)}, "Anne", NOW
        )

    threads = [threading.Thread(target=put, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    stock = take_inventory(tmp_path / "uploads")
    assert {candidate.stated["title"] for candidate in stock.candidates} == {str(number) for number in range(12)}
    assert stock.warnings == ()


def test_a_file_that_is_too_large_takes_none_of_its_company_with_it_into_the_folder(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="larger than 1 MB"):
        UploadFolder(tmp_path, 1_000_000).put(
            [UploadedFile("a.md", io.BytesIO(b"x")), UploadedFile("b.md", io.BytesIO(b"x" * 1_000_001))],
            {},
            "Anne",
            NOW,
        )
    assert not (tmp_path / "uploads").exists()


def test_a_disk_that_fails_leaves_no_half_file(tmp_path: Path) -> None:
    class Failing(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise OSError(28, "No space left on device")

    with pytest.raises(NotStored, match="No space left"):
        UploadFolder(tmp_path).put(
            [UploadedFile("a.md", io.BytesIO(b"x")), UploadedFile("b.md", Failing(b"x"))], {}, "Anne", NOW
        )
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and path.name != ".lock"]


def test_a_row_whose_file_never_came_is_dropped_and_a_column_staff_added_is_kept(tmp_path: Path) -> None:
    uploads = UploadFolder(tmp_path)
    (path,) = uploads.put([UploadedFile("a.md", io.BytesIO(b"x"))], {}, "Anne", NOW)
    catalogue = tmp_path / "uploads" / "catalogue.csv"
    catalogue.write_text(f"file,title,password\n{path},Un,secret\n2026-11/lost.md,Perdu,\n")
    uploads.put([UploadedFile("b.md", io.BytesIO(b"x"))], {"title": "Deux"}, "Anne", NOW)
    with catalogue.open(newline="") as file:
        rows = [(row["title"], row["password"]) for row in csv.DictReader(file)]
    assert rows == [("Un", "secret"), ("Deux", "")]
