"""What a person sees of a file is stored, and nothing hidden is: LibreOffice, poppler and Chromium say what is seen."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ingest.loaders.generated.comparing import compare, read
from tests.ingest.loaders.generated.making import MISSING, make_files, render

FEW, MANY = 18, 500

pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}")


def find_differences(folder: Path, count: int) -> dict[str, object]:
    made = make_files(folder, count)
    seen = render([text.path for text in made], folder)
    results = {text.path.name: compare(text, seen[text.path], read(text.path)) for text in made}
    assert all(result.seen > 4 for result in results.values()), "something must be seen of each file"
    return {name: result for name, result in results.items() if result}


def test_what_a_person_sees_of_eighteen_files_is_stored(tmp_path: Path) -> None:
    assert find_differences(tmp_path, FEW) == {}


@pytest.mark.soak
def test_what_a_person_sees_of_many_files_is_stored(tmp_path: Path) -> None:
    assert find_differences(tmp_path, MANY) == {}
