"""How Tesseract is asked, with a program in its place: the language first, upright, and its failures are no text."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from ingest.loaders import ocr
from ingest.loaders.ocr import GreyImage, OcrRun, read_images

FRENCH = "Le syndicat intercommunal exploite la station pour le compte des communes de la frontière."
GERMAN = "Der Zweckverband betreibt die Anlage für die Gemeinden an der Grenze und in der Nachbarschaft."

# Answers what the test wrote for the language and the width of the picture, and notes how it was asked.
PROGRAM = """#!{python} -I
import json, pathlib, sys
folder = pathlib.Path({folder!r})
answers = json.loads((folder / "answers.json").read_text())
arguments = sys.argv[1:]
if "--list-langs" in arguments:
    print("\\n".join(["fra", "deu", "osd"]))
    sys.exit()
width = sys.stdin.buffer.read().split(b" ", 2)[1].decode()
pack = "osd" if "--psm" in arguments else arguments[arguments.index("-l") + 1]
with (folder / "asked").open("a") as log:
    log.write(f"{{pack}} {{width}}\\n")
answer = answers.get(f"{{pack}} {{width}}", answers.get(pack))
if answer is None:
    sys.exit(1)
print(answer)
"""


def tsv(text: str, confidence: int) -> str:
    """What Tesseract writes for a line of text."""
    head = "level\tpage\tblock\tpar\tline\tword\tl\tt\tw\th\tconf\ttext"
    rows = [f"5\t1\t1\t1\t1\t{at}\t0\t0\t0\t0\t{confidence}\t{word}" for at, word in enumerate(text.split())]
    return "\n".join([head, *rows])


class Program:
    """A program in the place of Tesseract."""

    def __init__(self, folder: Path, answers: dict[str, str]) -> None:
        self._folder = folder
        (folder / "answers.json").write_text(json.dumps(answers))
        program = folder / "tesseract"
        program.write_text(PROGRAM.format(python=sys.executable, folder=str(folder)))
        program.chmod(0o755)

    def asked(self) -> list[str]:
        return (self._folder / "asked").read_text().splitlines()


def read(folder: Path, monkeypatch: pytest.MonkeyPatch, answers: dict[str, str]) -> tuple[OcrRun, list[str]]:
    """Read a picture of 300 × 200 with a program that gives these answers."""
    program = Program(folder, answers)
    monkeypatch.setenv("PATH", str(folder))
    run = read_images([0], lambda number: GreyImage(300, 200, b"\x80" * 60_000), "")
    assert run is not None
    return run, program.asked()


def test_a_page_is_read_in_the_language_that_a_first_pass_finds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, asked = read(tmp_path, monkeypatch, {"fra": tsv(GERMAN, 80), "deu": tsv(GERMAN, 95)})
    assert asked == ["fra 300", "deu 300"]
    assert run.pages[0].text == GERMAN
    assert run.pages[0].confidence == pytest.approx(95)


def test_a_page_in_the_language_of_the_first_pass_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run, asked = read(tmp_path, monkeypatch, {"fra": tsv(FRENCH, 95)})
    assert asked == ["fra 300"]
    assert run.pages[0].text == FRENCH


def test_a_page_on_its_side_is_rotated_and_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = {"fra 300": tsv("| _ ~", 20), "osd": "Rotate: 90\n", "fra 200": tsv(FRENCH, 93)}
    run, asked = read(tmp_path, monkeypatch, answers)
    assert asked == ["fra 300", "osd 300", "fra 200"]
    assert run.pages[0].text == FRENCH


@pytest.mark.parametrize("answers", [{}, {"fra": tsv("| _ ~ x", 12)}, {"fra": "no table"}])
def test_what_the_program_cannot_read_is_no_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answers: dict[str, str]
) -> None:
    run, _ = read(tmp_path, monkeypatch, answers)
    assert not run.pages
    assert run.warnings([0]) == ("no text on page 1 (blank, or a picture)",)


def test_a_program_that_outlasts_its_time_is_no_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ocr, "PAGE_SECONDS", 0.0)
    Program(tmp_path, {"fra": tsv(FRENCH, 95)})
    monkeypatch.setenv("PATH", str(tmp_path))
    run = read_images([0], lambda number: GreyImage(300, 200, b"\x80" * 60_000), "")
    assert run is not None
    assert not run.pages
