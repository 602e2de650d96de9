"""Take out of a PDF what its layers hide when it is opened (optional content, ISO 32000-2, 8.11).

Neither pdfium nor pypdf heeds layers when it gives a page's text, so both read a copy without what is hidden.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from ingest.loaders.omissions import Omissions
from ingest.loaders.pdf.pypdf_reader import PypdfReader
from ingest.text.cleaning import one_line

_SHOW: Final = frozenset((b"Tj", b"TJ", b"Do", b"sh", b"INLINE IMAGE"))
_NEXT_LINE: Final = frozenset((b"'", b'"'))
_PAINT: Final = frozenset((b"S", b"s", b"f", b"F", b"f*", b"B", b"B*", b"b", b"b*"))
_DEEPEST: Final = 10  # forms in forms


@contextmanager
def open_visible(path: Path, reader: PypdfReader, omissions: Omissions) -> Iterator[Path]:
    """Yield the file, or a copy without the content of hidden layers, which are counted."""
    catalog = reader.catalog()
    names = [name for name, _ in _hidden_groups(catalog)] if catalog is not None else []
    if not names:
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="passerelle-") as folder:
        copy = Path(folder) / path.name
        if not _write_visible(path, copy):
            yield path
            return
        for name in names:
            omissions.add("hidden layer", name)
        yield copy


def _hidden_groups(catalog: Any) -> list[tuple[str, int]]:
    """Return name and object number of the layers that are off by default."""
    properties = _resolve(catalog.get("/OCProperties"))
    default = _resolve(properties.get("/D")) if properties else None
    if not default:
        return []
    groups = {_number(group): _resolve(group) for group in _resolve(properties.get("/OCGs")) or []}
    off = {_number(group) for group in _resolve(default.get("/OFF")) or []}
    if default.get("/BaseState") == "/OFF":
        off |= set(groups) - {_number(group) for group in _resolve(default.get("/ON")) or []}
    for usage in _resolve(default.get("/AS")) or []:
        if _resolve(usage).get("/Event") == "/View":
            off |= {number for number, group in groups.items() if _view_state(group) == "/OFF"}
    return [(one_line(str((groups.get(number) or {}).get("/Name", ""))), number) for number in sorted(off)]


def _view_state(group: Any) -> str:
    usage = _resolve(group.get("/Usage")) or {}
    return str((_resolve(usage.get("/View")) or {}).get("/ViewState", ""))


def _resolve(item: Any) -> Any:
    return item.get_object() if hasattr(item, "get_object") else item


def _number(reference: Any) -> int:
    return int(getattr(reference, "idnum", 0) or getattr(getattr(reference, "indirect_reference", None), "idnum", 0))


def _write_visible(path: Path, copy: Path) -> bool:
    """Write the file without what is hidden; return False if it cannot be written anew."""
    from pypdf import PdfWriter

    try:
        writer = PdfWriter(clone_from=path)
        cleaner = _Cleaner(writer, frozenset(number for _, number in _hidden_groups(writer.root_object)))
        for page in writer.pages:
            cleaner.clean_page(page)
        writer.write(copy)
    except MemoryError:
        raise
    except Exception:  # foreign code reading a foreign file
        return False
    return True


@dataclass(slots=True)
class _Cleaner:
    """Takes what is hidden out of pages and the forms they show."""

    writer: Any
    hidden: frozenset[int]
    done: set[int] = field(default_factory=set)

    def clean_page(self, page: Any) -> None:
        from pypdf.generic import ArrayObject, ContentStream, NameObject

        resources = _resolve(page.get("/Resources")) or {}
        contents = page.get_contents()
        if contents is not None:
            stream = ContentStream(contents, self.writer)
            stream.operations = self._shown(stream.operations, resources)
            page.replace_contents(stream)
        self._clean_forms(resources, 0)
        if annotations := _resolve(page.get("/Annots")):
            kept = [
                note
                for note in annotations
                if not self._is_hidden(_resolve(note).raw_get("/OC") if "/OC" in _resolve(note) else None)
            ]
            page[NameObject("/Annots")] = ArrayObject(kept)

    def _clean_forms(self, resources: Any, depth: int) -> None:
        from pypdf.generic import ContentStream

        for reference in (_resolve(resources.get("/XObject")) or {}).values():
            form = _resolve(reference)
            if form.get("/Subtype") != "/Form" or depth > _DEEPEST or id(form) in self.done:
                continue
            self.done.add(id(form))
            own = _resolve(form.get("/Resources")) or resources
            stream = ContentStream(form, self.writer)
            stream.operations = self._shown(stream.operations, own)
            form.set_data(stream.get_data())
            self._clean_forms(own, depth + 1)

    def _shown(self, operations: list[Any], resources: Any) -> list[Any]:
        """Return the operations without those that show something inside a hidden layer."""
        properties: Any = _resolve(resources.get("/Properties")) or {}
        objects = _resolve(resources.get("/XObject")) or {}
        shown: list[Any] = []
        levels: list[bool] = []
        for operands, operator in operations:
            if operator in (b"BDC", b"BMC"):
                is_layer = operator == b"BDC" and operands[0] == "/OC" and isinstance(operands[1], str)
                levels.append(
                    is_layer and self._is_hidden(properties.raw_get(operands[1]) if operands[1] in properties else None)
                )
            elif operator == b"EMC" and levels:
                levels.pop()
            is_hidden = any(levels)
            if operator == b"Do" and operands[0] in objects:
                form = _resolve(objects[operands[0]])
                is_hidden = is_hidden or ("/OC" in form and self._is_hidden(form.raw_get("/OC")))
            if is_hidden and operator in _SHOW:
                continue
            if is_hidden and operator in _NEXT_LINE:
                shown.append(([], b"T*"))
            elif is_hidden and operator in _PAINT:
                shown.append(([], b"n"))
            else:
                shown.append((operands, operator))
        return shown

    def _is_hidden(self, layer: Any) -> bool:
        """Say whether a layer, or a combination of layers by its policy, is hidden."""
        content = _resolve(layer)
        if not content:
            return False
        if content.get("/Type") != "/OCMD":
            return _number(layer) in self.hidden
        members = content.raw_get("/OCGs") if "/OCGs" in content else None
        listed = _resolve(members)
        groups = list(listed) if isinstance(listed, list) else [members] if members is not None else []
        off = [_number(group) in self.hidden for group in groups]
        if not off:
            return False
        policy = content.get("/P", "/AnyOn")
        visible = {"/AllOn": not any(off), "/AnyOff": any(off), "/AllOff": all(off)}.get(policy, not all(off))
        return not visible
