"""Choose the loader of a file by what it is, or the remedy for a file that no loader reads."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Final

from index.formats import FORMAT_OF_SUFFIX
from ingest.loaders.file_type import detect_suffix, is_misnamed, named_with_suffix, suffix_of
from ingest.loaders.loaded_file import LoadedFile, UnreadableFile
from ingest.text.decoding import UNKNOWN

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


def load(path: Path) -> LoadedFile:
    """Read a file in this process, with no limit, by its contents rather than its suffix. Raises UnreadableFile."""
    suffix = suffix_of(path)
    if path.stat().st_size == 0:
        raise UnreadableFile("the file is empty (0 bytes).")
    detected = detect_suffix(path)
    if suffix not in FORMAT_OF_SUFFIX and detected not in FORMAT_OF_SUFFIX:
        raise UnreadableFile(_remedy(suffix))
    warnings: tuple[str, ...] = ()
    read_as = suffix
    if is_misnamed(suffix, detected):
        read_as = detected
        wrong = "wrong suffix" if suffix in FORMAT_OF_SUFFIX else "unknown suffix" if suffix else "no suffix"
        warnings = (f"{wrong}: this is a {read_as} file, and was read as one.",)
    try:
        with named_with_suffix(path, read_as) as named:
            loader = import_module(f"ingest.loaders.{FORMAT_OF_SUFFIX[read_as]}")
            loaded: LoadedFile = loader.load(named)
    except UnreadableFile as error:
        if not warnings:
            raise
        raise UnreadableFile(f"a {read_as} file in spite of its suffix; {error}") from error
    if not any(section.text.strip() for section in loaded.sections):
        raise UnreadableFile("there is no text in it.")
    return replace(loaded, warnings=warnings + loaded.warnings + _warn_of_unknown_characters(loaded))


def _warn_of_unknown_characters(loaded: LoadedFile) -> tuple[str, ...]:
    """Return the warning that some characters could not be decoded, if there are any it does not warn of itself."""
    if any(UNKNOWN in warning for warning in loaded.warnings):
        return ()
    texts = [*loaded.hints.values(), *(f"{section.heading}\n{section.text}" for section in loaded.sections)]
    count = sum(text.count(UNKNOWN) for text in texts)
    if not count:
        return ()
    characters = f"{count} character{'s' * (count > 1)}"
    return (f"{characters} could not be decoded, shown as {UNKNOWN}: save the file anew, as UTF-8 if it is text.",)


def _remedy(suffix: str) -> str:
    """Return why a file of this suffix ("" for none) is not read, and what to do."""
    leave_out = ".ingestignore leaves files out for good."
    if not suffix:
        return f"no suffix, and its contents do not tell what it is: give it the right one. {leave_out}"
    remedy = REMEDIES.get(suffix, "save it as PDF, DOCX, ODT or text, or correct the suffix if it is wrong.")
    return f"“{suffix}” is not a format that is read here: {remedy} {leave_out}"
