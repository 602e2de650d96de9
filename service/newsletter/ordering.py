"""In which order a letter's documents stand: sections, what is below them, documents; and how each is moved."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from index.documents import THEMES, Metadata
from service.newsletter.model import Arrangement, Item, Part

SEVERAL: Final = "several"
NONE: Final = ""
Path = tuple[str, ...]  # the section, what is below it, the document
PathOf = Callable[[Item], Path]


def section_path(metadata: Metadata, part: Part, arrangement: Arrangement) -> Path:
    """Return the headings a document stands below: it has one place, whatever borders and themes it names."""
    if part is Part.AGENDA:
        return (Part.AGENDA.value, "")
    border, theme = border_of(metadata), metadata.themes[0] if metadata.themes else NONE
    below = (border, theme) if arrangement is Arrangement.BORDER else (theme, border)
    return (f"{Part.DOCUMENTS.value} {below[0]}", below[1])


def border_of(metadata: Metadata) -> str:
    """Return a document's border, SEVERAL for one of several, NONE for one of none."""
    return metadata.borders[0] if len(metadata.borders) == 1 else SEVERAL if metadata.borders else NONE


def theme_rank(theme: str) -> int:
    return THEMES.index(theme) if theme in THEMES else len(THEMES)


def gather(items: Sequence[Item], path_of: PathOf) -> list[Item]:
    """Return the items with those of one section side by side, sections in the order of their first item."""
    paths = {item.document_id: path_of(item) for item in items}
    places: dict[Path, int] = {}
    for number, path in enumerate(paths.values()):
        for depth in range(1, len(path) + 1):
            places.setdefault(path[:depth], number)

    def key(item: Item) -> tuple[int, ...]:
        path = paths[item.document_id]
        return tuple(places[path[:depth]] for depth in range(1, len(path) + 1))

    return sorted(items, key=key)


def move(items: Sequence[Item], path_of: PathOf, moved: Path, steps: int) -> list[Item]:
    """Move a section, one below it, or a document so many places among those beside it.

    `moved` is the path to it; a path that nothing has changes nothing.
    """
    ordered = gather(items, path_of)
    paths = [path_of(item) for item in ordered]
    depth = len(moved)
    beside = list(dict.fromkeys(path[:depth] for path in paths if path[: depth - 1] == moved[:-1]))
    if moved not in beside:
        return ordered
    at = beside.index(moved)
    beside.insert(max(0, min(len(beside) - 1, at + steps)), beside.pop(at))
    rank = {path: number for number, path in enumerate(beside)}
    places = [number for number, path in enumerate(paths) if path[:depth] in rank]
    moving = sorted(places, key=lambda number: (rank[paths[number][:depth]], number))
    order = list(range(len(ordered)))
    for place, number in zip(places, moving, strict=True):
        order[place] = number
    return [ordered[number] for number in order]
