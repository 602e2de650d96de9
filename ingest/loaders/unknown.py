"""What to do with a file that nothing here reads: by its suffix, so that the report says more than "unknown"."""

from __future__ import annotations

from typing import Final

_FAMILIES: Final = (
    (
        ".zip .rar .7z .tar .gz .tgz .bz2 .xz .cab .sit .sitx .hqx",
        "an archive: unpack it into this folder and take it away; each file in it becomes a document.",
    ),
    (
        ".mp3 .mp4 .m4a .m4v .wav .wma .wmv .avi .mov .mkv .mpg .mpeg .ogg .flv .webm",
        "a recording: put its transcript beside it as a text (.txt, .docx).",
    ),
    (
        ".gif .bmp .webp .heic .psd .svg .wmf .emf .ico",
        "a picture of a kind that is not read: save it as PNG or PDF if it holds text to be found.",
    ),
    (
        ".djvu .djv .xps .oxps .ps .eps .ai .indd .qxd .qxp .pm6 .pmd .p65 .fm .dwg .dxf .cdr .mpp .mmap",
        "a page made by another program: export it as PDF and put that in its place.",
    ),
    (".mdb .accdb .dbf .fmp12 .fp7 .sqlite .db .sav", "a database: export what is to be found as CSV or XLSX."),
    (".numbers .sxc .wk1 .wk3 .wk4 .123 .qpw .dif .slk", "a table: save it as XLSX or CSV."),
    (".pages .cwk .key .one .sdw .hwp .abw .mcw .xml .json .tex", "save it as DOCX, ODT or PDF."),
    (".mbox .pst .ost .dbx", "a box of mails: export the mails one by one as .eml."),
    (".azw .azw3 .mobi .fb2 .lit", "a book: save it as EPUB (Calibre does), if its licence allows."),
    (".url .lnk .webloc", "a shortcut: save the page or copy the file it leads to."),
)
REMEDIES: Final = {suffix: remedy for suffixes, remedy in _FAMILIES for suffix in suffixes.split()}
_ELSE: Final = ".ingestignore leaves files out for good."


def remedy(suffix: str) -> str:
    """Return why a file of this suffix ("" for none) is not read, and what to do."""
    if not suffix:
        return f"no suffix, and its contents do not tell what it is: give it the right one. {_ELSE}"
    known = REMEDIES.get(suffix, "save it as PDF, DOCX, ODT or text, or correct the suffix if it is wrong.")
    return f"“{suffix}” is not a format that is read here: {known} {_ELSE}"
