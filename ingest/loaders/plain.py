"""Plain text: bytes to characters, front matter, paragraphs; bare heading lines ("Article 5") open sections."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ingest.loaders import Loaded, UnreadableFile
from ingest.loaders.outline import Outline
from ingest.text.cleaning import clean
from ingest.text.pages import joined_words, paragraphs, vocabulary

if TYPE_CHECKING:
    import yaml

_MARKS: Final = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig"))
_CODE_PAGES: Final = ("cp1252", "cp850", "mac_roman")  # the first of those that are as likely
_ACCENTED: Final = frozenset("éèêëàâäáãåçîïíìôöòóõûüúùñœæßÉÈÊÀÂÇÎÔÖÜÄÙ«»’“”„–—…°€§·•²³ªº¿¡\xa0")
_MARK: Final = re.compile(r"[^\x00-\x7f]")
_INSIDE: Final = re.compile(r"(?<=[a-zà-öø-ÿ])(?:[^\x00-\x7fà-öø-ÿœ’·–—‑ŀ\xad]|[À-ÖØ-Þ])(?=[a-zà-öø-ÿ])")  # no letter
_FRONT_MATTER: Final = re.compile(r"\A---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)


def load(path: Path) -> Loaded:
    """Read a text file. Raises UnreadableFile."""
    metadata, body = split_front_matter(decoded(path.read_bytes()))
    outline = Outline()
    for paragraph in _unwrapped(clean(body)).split("\n\n"):
        outline.add_text(paragraph)
    return Loaded(outline.sections(str(metadata.get("title", ""))), metadata, {"heading": outline.first_heading})


def decoded(content: bytes) -> str:
    """Return the characters: UTF-8, UTF-16, or whichever of Windows, DOS and Macintosh is likely.

    Raises UnreadableFile for binary data.
    """
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return content.decode(encoding, errors="replace")
    wide = _wide(content[:65536])
    if wide:
        return content.decode(wide, errors="replace")
    if b"\0" in content[:65536]:
        raise UnreadableFile("this is not text (it holds NUL bytes). Is the suffix right?")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return max((content.decode(page, errors="replace") for page in _CODE_PAGES), key=_likely)


def _wide(content: bytes) -> str:
    """Return which UTF-16 this is by where its zeros stand, "" when it is none."""
    low, high = content[::2].count(0), content[1::2].count(0)
    if high > 0.3 * len(content) / 2 and not low:
        return "utf-16-le"
    return "utf-16-be" if low > 0.3 * len(content) / 2 and not high else ""


def _likely(text: str) -> int:
    """Return how much a text's accented letters look like words: DOS and Macintosh read as Windows do not."""
    marks = sum(2 if found[0] in _ACCENTED else -2 for found in _MARK.finditer(text))
    return marks - 4 * len(_INSIDE.findall(text))


def split_front_matter(text: str) -> tuple[dict[str, object], str]:
    """Return the YAML between the first two `---` lines, and the rest. Raises UnreadableFile when it is not YAML."""
    import yaml

    text = text.replace("\r\n", "\n").replace("\r", "\n")
    found = _FRONT_MATTER.match(text)
    if not found:
        return {}, text
    try:
        said = yaml.load(found[1], _without_aliases())
    except (yaml.YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 2}" if mark else ""
        problem = getattr(error, "problem", None) or str(error).splitlines()[0]
        raise UnreadableFile(f"the front matter is not valid YAML{where}: {problem}. Quote the value.") from error
    if not isinstance(said, dict):
        return {}, text
    return {str(key): value for key, value in said.items()}, text[found.end() :]


@cache
def _without_aliases() -> type[yaml.SafeLoader]:
    """Return a reader that refuses what stands for something said before: ten lines of it made 2 GB of a title."""
    import yaml

    class WithoutAliases(yaml.SafeLoader):
        def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
            if self.check_event(yaml.AliasEvent):
                mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]  # stubs say nothing of it
                raise yaml.MarkedYAMLError(problem="it repeats a value by *name", problem_mark=mark)
            return super().compose_node(parent, index)

    return WithoutAliases


def _unwrapped(text: str) -> str:
    """Join the lines of a text that was wrapped by hand at 45 to 100 characters; leave any other as it is."""
    lengths = sorted(len(line) for line in text.split("\n") if line)
    if len(lengths) < 4 or not 45 <= lengths[int(len(lengths) * 0.8)] <= 100 or lengths[-1] > 120:
        return text
    return paragraphs(joined_words(text, vocabulary([text])).split("\n"))
