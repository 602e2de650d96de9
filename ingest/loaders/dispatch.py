"""Choose the loader of a file by what it is, or the remedy for a file that no loader reads."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Final

from index.formats import FORMAT_OF_SUFFIX
from index.reasons import Reason
from ingest.loaders.file_type import detect_suffix, is_misnamed, named_with_suffix, suffix_of
from ingest.loaders.loaded_file import LoadedFile, UnreadableFile
from ingest.text.decoding import UNKNOWN

_FAMILIES: Final = (
    (".zip .rar .7z .tar .gz .tgz .bz2 .xz .cab .sit .sitx .hqx", Reason("remedy-archive")),
    (".mp3 .mp4 .m4a .m4v .wav .wma .wmv .avi .mov .mkv .mpg .mpeg .ogg .flv .webm", Reason("remedy-recording")),
    (".gif .bmp .webp .heic .psd .svg .wmf .emf .ico", Reason("remedy-picture")),
    (
        ".djvu .djv .xps .oxps .ps .eps .ai .indd .qxd .qxp .pm6 .pmd .p65 .fm .dwg .dxf .cdr .mpp .mmap",
        Reason("remedy-page"),
    ),
    (".mdb .accdb .dbf .fmp12 .fp7 .sqlite .db .sav", Reason("remedy-database")),
    (".numbers .sxc .wk1 .wk3 .wk4 .123 .qpw .dif .slk", Reason("remedy-table")),
    (".pages .cwk .key .one .sdw .hwp .abw .mcw .xml .json .tex", Reason("remedy-text")),
    (".mbox .pst .ost .dbx", Reason("remedy-mailbox")),
    (".azw .azw3 .mobi .fb2 .lit", Reason("remedy-book")),
    (".url .lnk .webloc", Reason("remedy-shortcut")),
)
REMEDIES: Final = {suffix: remedy for suffixes, remedy in _FAMILIES for suffix in suffixes.split()}


def load(path: Path) -> LoadedFile:
    """Read a file in this process, with no limit, by its contents rather than its suffix. Raises UnreadableFile."""
    suffix = suffix_of(path)
    if path.stat().st_size == 0:
        raise UnreadableFile(Reason("empty-file"))
    detected = detect_suffix(path)
    if suffix not in FORMAT_OF_SUFFIX and detected not in FORMAT_OF_SUFFIX:
        raise UnreadableFile(_remedy(suffix))
    warnings: tuple[Reason, ...] = ()
    read_as = suffix
    if is_misnamed(suffix, detected):
        read_as = detected
        code = "wrong-suffix" if suffix in FORMAT_OF_SUFFIX else "unknown-suffix" if suffix else "no-suffix"
        warnings = (Reason(code, read_as=read_as),)
    try:
        with named_with_suffix(path, read_as) as named:
            loader = import_module(f"ingest.loaders.{FORMAT_OF_SUFFIX[read_as]}")
            loaded: LoadedFile = loader.load(named)
    except UnreadableFile as error:
        if not warnings:
            raise
        raise UnreadableFile(Reason("in-spite-of-suffix", read_as=read_as, reason=error.reason)) from error
    if not any(section.text.strip() for section in loaded.sections):
        raise UnreadableFile(Reason("no-text"))
    return replace(loaded, warnings=warnings + loaded.warnings + _warn_of_unknown_characters(loaded))


def _warn_of_unknown_characters(loaded: LoadedFile) -> tuple[Reason, ...]:
    """Return the warning that some characters could not be decoded, if there are any it does not warn of itself."""
    if any(UNKNOWN in warning for warning in loaded.warnings):
        return ()
    texts = [*loaded.hints.values(), *(f"{section.heading}\n{section.text}" for section in loaded.sections)]
    count = sum(text.count(UNKNOWN) for text in texts)
    if not count:
        return ()
    return (Reason("unknown-characters", n=count, sign=UNKNOWN),)


def _remedy(suffix: str) -> Reason:
    """Return why a file of this suffix ("" for none) is not read, and what to do."""
    if not suffix:
        return Reason("unread-without-suffix")
    return Reason("not-a-format", suffix=suffix, remedy=REMEDIES.get(suffix) or Reason("remedy-other"))
