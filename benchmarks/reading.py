"""What readers of files lose, add and change of what a person sees, on generated files.

    python -m benchmarks.reading [COUNT]

The files are those of the differential test. LibreOffice, poppler and Chromium say what is seen. MarkItDown and docling
are measured on the same files where they can be imported; unstructured is not, since it fetches a model to read.
"""

from __future__ import annotations

import importlib.util
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from tests.ingest.loaders.generated.comparing import compare, read
from tests.ingest.loaders.generated.making import MISSING, make_files, render
from tests.ingest.loaders.generated.words import Text

Read = Callable[[Path], str]
COUNT: Final = 500
COLUMNS: Final = ("lost", "added", "changed", "moved")


def by_markitdown() -> Read:
    from markitdown import MarkItDown  # type: ignore[import-not-found,unused-ignore]

    reader = MarkItDown()
    return lambda path: str(reader.convert(path).text_content)


def by_docling() -> Read:
    from docling.datamodel.base_models import InputFormat  # type: ignore[import-not-found,unused-ignore]
    from docling.document_converter import DocumentConverter  # type: ignore[import-not-found,unused-ignore]

    formats = [InputFormat.DOCX, InputFormat.PPTX, InputFormat.XLSX, InputFormat.HTML]  # PDF needs models
    reader: Any = DocumentConverter(allowed_formats=formats)
    return lambda path: str(reader.convert(path).document.export_to_markdown())


OTHERS: Final[Mapping[str, Callable[[], Read]]] = {
    "markitdown": by_markitdown,
    "docling": by_docling,
}


def measure(made: Sequence[Text], seen: Mapping[Path, str], reader: Read) -> dict[str, Counter[str]]:
    """Return by format how many words and numbers are seen, lost, added, changed and moved; what fails is left out."""
    counts: dict[str, Counter[str]] = {}
    for text in made:
        try:
            result = compare(text, seen[text.path], reader(text.path))
        except Exception as error:  # foreign code that may not read this format
            print(f"{text.path.name}: {type(error).__name__}: {str(error)[:80]}", file=sys.stderr)
            continue
        row = counts.setdefault(text.path.suffix[1:], Counter())
        row.update({"files": 1, "seen": result.seen})
        row.update({name: len(getattr(result, name)) for name in COLUMNS})
    return counts


def main() -> None:
    if MISSING:
        sys.exit(f"not installed: {', '.join(MISSING)}")
    count = int(sys.argv[1]) if len(sys.argv) > 1 else COUNT
    readers: dict[str, Read] = {"ours": read}
    readers |= {name: make() for name, make in OTHERS.items() if importlib.util.find_spec(name) is not None}
    with tempfile.TemporaryDirectory() as folder:
        made = make_files(Path(folder), count)
        seen = render([text.path for text in made], Path(folder))
        print("| format | reader | files | words and numbers seen | lost | added | changed | in another order |")
        print("|---" * 8 + "|")
        for name, reader in readers.items():
            for suffix, row in sorted(measure(made, seen, reader).items()):
                cells = [str(row["files"]), f"{row['seen']:,}", *(f"{row[column]:,}" for column in COLUMNS)]
                print(f"| {suffix} | {name} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
