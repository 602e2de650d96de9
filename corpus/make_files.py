"""Make the corpus's PDF, DOCX, ODT, PPTX and HTML files, and catalogue.csv, from the texts in `originals/`.

Run by hand when an original has changed, never when the service runs: `python corpus/make_files.py [--only ID ...]`.
Needs LibreOffice, Chromium and poppler-utils, the Liberation fonts, and `pip install typst reportlab pyphen pillow`
besides the project's own packages.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from making import browser, catalogue, libreoffice, opendocument, report, scans, slides, typeset, web, word
from making.original import CannotMake, Original, read_original, read_plans

MAKERS: Final[Mapping[str, Callable[[Original, Path], None]]] = {
    "browser": browser.make,
    "docx": word.make,
    "html": web.make,
    "libreoffice": libreoffice.make,
    "odt": opendocument.make,
    "reportlab": report.make,
    "scan": scans.make,
    "slides": slides.make,
    "typst": typeset.make,
}


def main() -> int:
    parser = argparse.ArgumentParser(description="Make the corpus's files from the texts in originals/.")
    parser.add_argument("--only", nargs="+", metavar="ID", help="make these files; without it only what is missing")
    parser.add_argument("--all", action="store_true", help="make every file again")
    chosen = parser.parse_args()
    try:
        _make(set(chosen.only or ()), everything=chosen.all)
    except CannotMake as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _make(only: set[str], *, everything: bool) -> None:
    read = [(plan, read_original(plan)) for plan in read_plans()]
    if unknown := only - {plan.id for plan, _ in read}:
        raise CannotMake(f"{', '.join(sorted(unknown))}: not in originals/files.csv")
    for plan, original in read:
        if everything or plan.id in only or (not only and not plan.target.exists()):
            plan.target.parent.mkdir(parents=True, exist_ok=True)
            MAKERS[plan.maker](original, plan.target)
            sys.stdout.write(f"{plan.file}\n")
    catalogue.write_catalogue(read)
    catalogue.write_traits(read)


if __name__ == "__main__":
    sys.exit(main())
