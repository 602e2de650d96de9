"""Read plain text: decode its bytes, part front matter from text; bare heading lines ("Article 5") open sections."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ingest.loaders.loaded_file import LoadedFile, UnreadableFile
from ingest.loaders.outline import Outline
from ingest.text.cleaning import clean
from ingest.text.pages import count_words, join_lines, join_split_words

if TYPE_CHECKING:
    import yaml

_BYTE_ORDER_MARKS: Final = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig"))
_CODE_PAGES: Final = ("cp1252", "cp850", "mac_roman")  # the first of equally likely ones
_ACCENTED: Final = frozenset("éèêëàâäáãåçîïíìôöòóõûüúùñœæßÉÈÊÀÂÇÎÔÖÜÄÙ«»’“”„–—…°€§·•²³ªº¿¡\xa0")
_NOT_ASCII: Final = re.compile(r"[^\x00-\x7f]")
_NO_LETTER_IN_WORD: Final = re.compile(r"(?<=[a-zà-öø-ÿ])(?:[^\x00-\x7fà-öø-ÿœ’·–—‑ŀ\xad]|[À-ÖØ-Þ])(?=[a-zà-öø-ÿ])")
_FRONT_MATTER: Final = re.compile(r"\A---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)


def load(path: Path) -> LoadedFile:
    """Read a text file. Raises UnreadableFile."""
    metadata, body = split_front_matter(decode_text(path.read_bytes()))
    outline = Outline()
    for paragraph in _unwrap(clean(body)).split("\n\n"):
        outline.add_text(paragraph)
    return LoadedFile(outline.sections(str(metadata.get("title", ""))), metadata, {"heading": outline.first_heading})


def decode_text(content: bytes) -> str:
    """Return the characters: UTF-8, UTF-16, or whichever of Windows, DOS and Macintosh is likely.

    Raises UnreadableFile for binary data.
    """
    for mark, encoding in _BYTE_ORDER_MARKS:
        if content.startswith(mark):
            return content.decode(encoding, errors="replace")
    utf_16 = _detect_utf_16(content[:65536])
    if utf_16:
        return content.decode(utf_16, errors="replace")
    if b"\0" in content[:65536]:
        raise UnreadableFile("this is not text (it holds NUL bytes). Is the suffix right?")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return max((content.decode(page, errors="replace") for page in _CODE_PAGES), key=_likelihood)


def _detect_utf_16(content: bytes) -> str:
    """Return which UTF-16 this is by where its zero bytes are, "" if it is none."""
    low, high = content[::2].count(0), content[1::2].count(0)
    if high > 0.3 * len(content) / 2 and not low:
        return "utf-16-le"
    return "utf-16-be" if low > 0.3 * len(content) / 2 and not high else ""


def _likelihood(text: str) -> int:
    """Return how plausible a text's accented letters are: those of DOS and Macintosh decoded as Windows are not."""
    plausible = sum(2 if match[0] in _ACCENTED else -2 for match in _NOT_ASCII.finditer(text))
    return plausible - 4 * len(_NO_LETTER_IN_WORD.findall(text))


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
        where = f", line {mark.line + 2}" if mark else ""
        problem = getattr(error, "problem", None) or str(error).splitlines()[0]
        raise UnreadableFile(f"the front matter is not valid YAML{where}: {problem}. Quote the value.") from error
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
