"""Pages that do not say which part of them is the text (layout tables, nameless boxes): trafilatura tells.

Our own blocks are kept, since they keep headings, rows and lists; trafilatura only says which of them belong. Taken
alone it also lost up to 3 % of the text of pages whose text is known (benchmarks/web_text.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

LEAST_SHARE: Final = 0.25  # of the page's characters; a page of which less is left is a list, not furniture
Block = tuple[int, str]  # a heading's level or 0, and its words


def without_furniture(blocks: Sequence[Block], content: bytes) -> list[Block]:
    """Return the blocks that belong to the page's text, all of them in doubt; a heading stays with what follows it."""
    import trafilatura

    try:
        said = trafilatura.extract(content, include_tables=True, include_comments=False, favor_recall=True)
    except MemoryError:
        raise
    except Exception:  # foreign code reading a foreign page: nothing is known to be furniture
        return list(blocks)
    letters = _letters(said or "")
    belongs = [not level and _letters(words) in letters for level, words in blocks]
    kept = sum(len(words) for (_, words), is_text in zip(blocks, belongs, strict=True) if is_text)
    if kept < LEAST_SHARE * sum(len(words) for _, words in blocks):
        return list(blocks)
    return _with_headings(blocks, belongs)


def _with_headings(blocks: Sequence[Block], belongs: Sequence[bool]) -> list[Block]:
    """Keep the text, and each heading under which any of it stands."""
    kept: list[Block] = []
    deepest = 99  # headings above this level already stand over text that was kept
    for (level, words), is_text in zip(reversed(blocks), reversed(belongs), strict=True):
        if is_text:
            kept.append((level, words))
            deepest = 99
        elif level and kept and level < deepest:
            kept.append((level, words))
            deepest = level
    return kept[::-1]


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text))
