"""What a comparison is about: the question without the words that only ask for a comparison, in six languages.

"Comment chaque frontière organise-t-elle un tramway ?" is searched as "un tramway": beside "frontière" and "comment",
documents that compare borders would come before those about a tram.
"""

from __future__ import annotations

import re
from typing import Final

from service.answering.intents import read_intent

_FRAMES: Final = re.compile(
    "|".join(
        [
            r"\b(?:comment|que fait|que font|d[’']une frontière à l[’']autre|de l[’']autre côté|(?:à |de |aux "
            r"|les |des )?chaque frontière|les frontières)\b",
            r"\b(?:s[’'])?(?:organis|gèr|fait|font|trait|règl)\w*-(?:t-)?(?:elles?|ils?|on)\b|\btransfrontali\w+",
            r"\b(?:how (?:does|do|is|are)|(?:at |for |on )?each border|(?:across|at) (?:the )?borders?"
            r"|cross-border)\b",
            r"\b(?:wie|was macht|(?:an )?jede[rs]? grenze|an den grenzen|organisiert|grenzüberschreitende?[rnms]?)\b",
            r"\b(?:cómo|cada frontera|(?:en )?las fronteras|organiza[n]?|transfronteriz\w+)\b",
            r"\b(?:come|ogni (?:confine|frontiera)|organizza(?:no)?|ai confini|transfrontalier\w+)\b",
            r"\b(?:hoe|(?:aan )?elke grens|aan de grenzen|organiseert|regelt|grensoverschrijdende?)\b",
        ]
    ),
    re.IGNORECASE,
)
_WORD: Final = re.compile(r"[^\W\d_]{3,}")


def subject_of(question: str) -> str:
    """Return what is searched for; the question itself where nothing would be left of it."""
    intent = read_intent(question)
    topic = intent.subject if intent and intent.kind == "comparison" else question
    subject = " ".join(_FRAMES.sub(" ", topic).split()).strip(" ?!.,:;-")
    return subject if _WORD.search(subject) else question
