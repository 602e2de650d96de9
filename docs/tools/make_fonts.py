"""Make the pages' fonts from two npm packages: Latin letters, weights 400 to 700, under names of our own.

    npm install @fontsource-variable/source-serif-4@5.3.1 @fontsource-variable/source-sans-3@5.3.1
    pip install fonttools brotli
    python docs/tools/make_fonts.py node_modules service/web/static/fonts

Run it in an environment of its own: neither package is needed by the service.

"Source" is a reserved font name (SIL Open Font License 1.1, section 3): a changed font must have another one.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from fontTools.varLib.instancer import instantiateVariableFont

VERSION = "5.3.1"
FAMILIES = {"source-serif-4": ("serif", "Passerelle Serif"), "source-sans-3": ("sans", "Passerelle Sans")}
NARROW_NO_BREAK, THIN = 0x202F, 0x2009  # French before ; ! ?: as wide as a thin space
NAMES = (1, 3, 4, 6, 16)
SETS = {
    "latin": [
        *(range(0x20, 0x7F), range(0xA0, 0x100), range(0x152, 0x154), range(0x2000, 0x200B), range(0x2010, 0x2016)),
        *(range(0x2018, 0x2023), (0x2C6, 0x2DA, 0x2DC, 0x2026, NARROW_NO_BREAK, 0x2032, 0x2033, 0x2039, 0x203A)),
        (0x2044, 0x20AC, 0x2122, 0x2212),
    ],
    "latin-ext": [range(0x100, 0x152), range(0x154, 0x180), range(0x218, 0x21C), (0x192, 0x1E9E, 0x2116)],
}
FEATURES = ["kern", "liga", "calt", "ccmp", "locl", "mark", "mkmk", "onum", "lnum", "pnum", "tnum", "sups", "frac"]


def make(package: Path, family: str, letters: str, style: str, target: Path) -> Path:
    """Write one font and return its path."""
    short, name = FAMILIES[family]
    font = TTFont(package / "files" / f"{family}-{letters}-wght-{style}.woff2")
    narrowed = io.BytesIO()
    instantiateVariableFont(font, {"wght": (400, 400, 700)}).save(narrowed)
    font = TTFont(narrowed)
    for table in font["cmap"].tables:
        if THIN in table.cmap:
            table.cmap[NARROW_NO_BREAK] = table.cmap[THIN]
    options = Options()
    options.layout_features, options.flavor = FEATURES, "woff2"
    options.name_IDs = [*options.name_IDs, 13, 14]
    subsetter = Subsetter(options)
    subsetter.populate(unicodes={code for codes in SETS[letters] for code in codes})
    subsetter.subset(font)
    for record in font["name"].names:
        if record.nameID in NAMES:
            full = f"{name} {style.title()}"
            record.string = {1: name, 16: name, 6: full.replace(" ", "")}.get(record.nameID, full)
    font.flavor = "woff2"
    path = target / f"{short}-{VERSION}-{letters}-{style}.woff2"
    font.save(path)
    return path


def main() -> None:
    modules, target = map(Path, sys.argv[1:3])
    target.mkdir(parents=True, exist_ok=True)
    for family in FAMILIES:
        package = modules / "@fontsource-variable" / family
        for letters in SETS:
            for style in ("normal", "italic"):
                path = make(package, family, letters, style, target)
                sys.stdout.write(f"{path.name}: {path.stat().st_size / 1000:.1f} kB\n")


if __name__ == "__main__":
    main()
