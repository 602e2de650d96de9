"""Read plain text: decode its bytes, part front matter from text; bare heading lines ("Article 5") open sections."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from index.reasons import Reason
from ingest.loaders.loaded_file import LoadedFile, UnreadableFile
from ingest.loaders.outline import Outline
from ingest.text.cleaning import clean
from ingest.text.decoding import decode
from ingest.text.pages import count_words, join_lines, join_split_words

if TYPE_CHECKING:
    import yaml

_FRONT_MATTER: Final = re.compile(r"\A---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)


def load(path: Path) -> LoadedFile:
    """Read a text file. Raises UnreadableFile."""
    metadata, body = split_front_matter(decode_text(path.read_bytes()))
    outline = Outline()
    for paragraph in _unwrap(clean(body)).split("\n\n"):
        outline.add_text(paragraph)
    return LoadedFile(outline.sections(str(metadata.get("title", ""))), metadata, outline.hints())


def decode_text(content: bytes) -> str:
    """Return the characters: UTF-8, UTF-16, or whichever of Windows, DOS and Macintosh is likely.

    Raises UnreadableFile for binary data.
    """
    text = decode(content)
    if "\0" in text[:65536]:
        raise UnreadableFile(Reason("not-text"))
    return text


def split_front_matter(text: str) -> tuple[dict[str, object], str]:
    """Return the YAML between the first two `---` lines, and the rest. Raises UnreadableFile if it is not YAML."""
    import yaml

    text = text.replace("\r\n", "\n").replace("\r", "\n")
    match = _FRONT_MATTER.match(text)
    if not match:
        return {}, text
    try:
        values = yaml.load(match[1], _loader_without_aliases())
    except (yaml.YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        problem = str(getattr(error, "problem", None) or str(error).splitlines()[0])
        if not mark:
            raise UnreadableFile(Reason("front-matter", detail=problem)) from error
        raise UnreadableFile(Reason("front-matter-line", line=mark.line + 2, detail=problem)) from error
    if not isinstance(values, dict):
        return {}, text
    return {str(key): value for key, value in values.items()}, text[match.end() :]


@cache
def _loader_without_aliases() -> type[yaml.SafeLoader]:
    """Return a loader that refuses aliases, which repeat a value by name: ten lines of them made a title of 2 GB."""
    import yaml

    class WithoutAliases(yaml.SafeLoader):
        def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
            if self.check_event(yaml.AliasEvent):
                mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]  # untyped in the stubs
                raise yaml.MarkedYAMLError(problem="it repeats a value by *name", problem_mark=mark)
            return super().compose_node(parent, index)

    return WithoutAliases


def _unwrap(text: str) -> str:
    """Join the lines of a text that was wrapped by hand at 45 to 100 characters; leave any other as it is."""
    lengths = sorted(len(line) for line in text.split("\n") if line)
    if len(lengths) < 4 or not 45 <= lengths[int(len(lengths) * 0.8)] <= 100 or lengths[-1] > 120:
        return text
    return join_lines(join_split_words(text, count_words([text])).split("\n"))
