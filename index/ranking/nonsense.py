"""When a query is no words at all ("xqzt wvbn"), and nothing is found rather than what happens to lie nearest.

Asked only where no passage shares a word with the query. Similarity alone does not tell: e5's cosine of nonsense is
that of a question asked in Russian. The model knows a word by the few pieces it is cut into, nonsense falls to bits;
what falls to bits must come near to something to be answered. Chosen on 132 made-up queries (71 % find nothing, 95 % of
those that fall to bits), 66 real ones in other languages and scripts (1 finds nothing), and words of the public
benchmarks that the corpus lacks (4 % of 1,777 single ones fall to bits, none of 582 pairs).
"""

from __future__ import annotations

import unicodedata
from typing import Final

PIECES_A_LETTER: Final = 0.5
LEAST_MAX_SIM: Final = 0.39
_WIDE: Final = ("CJK", "HIRAGANA", "KATAKANA", "HANGUL")
_LETTERS_OF_A_WIDE_ONE: Final = 3  # a syllable or word of its own


def is_nonsense(query: str, pieces: int, max_sim: float) -> bool:
    """Say whether a query without a known word, cut into so many pieces by the model, is to find nothing.

    `max_sim` is the best of its passages.
    """
    letters = sum(_LETTERS_OF_A_WIDE_ONE if _is_wide(character) else 1 for character in query if character.isalnum())
    return pieces >= PIECES_A_LETTER * letters and max_sim < LEAST_MAX_SIM


def _is_wide(character: str) -> bool:
    return unicodedata.name(character, "").startswith(_WIDE)
