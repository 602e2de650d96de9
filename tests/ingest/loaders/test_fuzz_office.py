"""Whatever is wrong inside an office file, its loader answers or refuses."""

from __future__ import annotations

import copy
import random
import re
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from ingest.loaders.dispatch import load
from ingest.loaders.loaded_file import UnreadableFile
from tests.conftest import ROOT
from tests.ingest.loaders.real_files import write_docx, write_odt, write_pptx

QUICK, MANY = 200, 5_000
SECONDS = 10.0
PACKAGES = (".docx", ".pptx", ".xlsx", ".odt", ".odp", ".ods")
CASES = Path(__file__).parent / "cases"
_VALUE = re.compile(rb'(?<==")[^"<>]*(?=")')
_ELEMENT = re.compile(rb"<[^<>!?]+>")
_WRONG = (b"", b"0", b"-1", b"1", b"7", b"999999999999", b"x", b"true", b"1.5", b"NaN", b"F0B3", b"none", b"continue")


def originals(folder: Path) -> list[Path]:
    """Return office files of each kind, real ones and made ones."""
    made = [write_docx(folder / "a.docx"), write_pptx(folder / "a.pptx"), write_odt(folder / "a.odt")]
    real = [path for root in (ROOT / "corpus/documents", CASES) for path in sorted(root.rglob("*.*"))]
    return made + [path for path in real if path.suffix in (*PACKAGES, ".xls")]


def change_values(part: bytes, chance: random.Random) -> bytes:
    """Return the XML with some wrong values of attributes."""
    share = chance.choice((0.005, 0.05, 0.5))
    return _VALUE.sub(lambda match: chance.choice(_WRONG) if chance.random() < share else match[0], part)


def move_elements(part: bytes, chance: random.Random) -> bytes:
    """Return the XML with tags taken out, doubled or in the place of others."""
    tags = _ELEMENT.findall(part)
    share = chance.choice((0.002, 0.02))

    def change(match: re.Match[bytes]) -> bytes:
        if chance.random() > share:
            return match[0]
        return chance.choice((b"", match[0] * 2, chance.choice(tags)))

    return _ELEMENT.sub(change, part)


def repeat_branch(part: bytes, chance: random.Random) -> bytes:
    """Return the XML with an element and all in it put inside itself, or left out."""
    from lxml import etree

    try:
        root = etree.fromstring(part)
    except etree.XMLSyntaxError:
        return part
    elements = list(root.iter("*"))[1:]
    for element in chance.sample(elements, min(3, len(elements))):
        parent = element.getparent()
        if chance.random() < 0.5 and parent is not None:
            parent.remove(element)
        else:
            element.append(copy.deepcopy(element))
    return bytes(etree.tostring(root))


def spoil(part: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(part) or 1)
    return part[:at] + chance.choice((b"", chance.randbytes(8), b"&", b"<")) + part[at + chance.choice((0, 1, 50)) :]


CHANGES: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    change_values, change_values, repeat_branch, repeat_branch, move_elements, spoil,
)  # fmt: skip


def write_changed(original: Path, path: Path, chance: random.Random) -> None:
    """Write the file with one to three of its parts changed or missing."""
    if original.suffix == ".xls":
        path.write_bytes(spoil(spoil(original.read_bytes(), chance), chance))
        return
    with zipfile.ZipFile(original) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    names = [name for name in parts if name.endswith((".xml", ".rels")) and len(parts[name]) < 300_000]
    for name in chance.sample(names, min(chance.randint(1, 3), len(names))):
        parts[name] = chance.choice(CHANGES)(parts[name], chance)
    if chance.random() < 0.1:
        del parts[chance.choice(list(parts))]
    with zipfile.ZipFile(path, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, part)


def bear(folder: Path, count: int, seed: int) -> None:
    chance = random.Random(seed)
    files = originals(folder)
    for number in range(count):
        original = chance.choice(files)
        path = folder / f"{number}{original.suffix}"
        write_changed(original, path, chance)
        started = time.process_time()
        try:
            loaded = load(path)
        except UnreadableFile:
            pass
        except Exception as error:
            raise AssertionError(f"{seed}/{number} {original.name}: {type(error).__name__}: {error}") from error
        else:
            assert all("\x00" not in section.text for section in loaded.sections)
        assert time.process_time() - started < SECONDS, f"{seed}/{number} {original.name}"
        path.unlink()


def test_two_hundred_office_files_wrong_inside_harm_nobody(tmp_path: Path) -> None:
    bear(tmp_path, QUICK, seed=13)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(4))
def test_five_thousand_office_files_wrong_inside_harm_nobody(tmp_path: Path, seed: int) -> None:
    bear(tmp_path, MANY // 4, seed=1300 + seed)
