"""What the judging page says, in the languages of those who judge; the sets' README has the grades at length."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple


class PoolWords(NamedTuple):
    """The words of one language. `progress` holds {done} and {all}; `grades` are those of 0, 1, 2 and 3."""

    language: str
    title: str
    judge: str
    save: str
    progress: str
    how: str
    note: str
    nothing: str
    no_script: str
    grades: tuple[str, str, str, str]


_WORDS: Final = (
    PoolWords(
        language="fr",
        title="À juger :",
        judge="Juge",
        save="Enregistrer les jugements",
        progress="{done} jugés sur {all}",
        how="Lisez la question, puis dites ce que chaque document vaut pour elle. Vos choix restent dans ce navigateur "
        "jusqu'à ce que vous les enregistriez dans un fichier, à remettre à la commande :",
        note="Remarque",
        nothing="Tout ce que ces systèmes ont trouvé est déjà jugé.",
        no_script="Cette page a besoin de JavaScript : ouvrez le fichier lui-même dans un navigateur.",
        grades=(
            "lu, sans rapport utile",
            "en rapport, éclaire la question",
            "répond en partie, ou pour une autre frontière, ou par une règle remplacée",
            "répond",
        ),
    ),
    PoolWords(
        language="en",
        title="To judge:",
        judge="Judge",
        save="Save judgements",
        progress="{done} of {all} judged",
        how="Read the question, then say what each document is worth for it. What you chose stays in this browser "
        "until you save it as a file; hand that file to:",
        note="Note",
        nothing="Everything these runs found has been judged.",
        no_script="This page needs JavaScript: open the file itself in a browser.",
        grades=(
            "read, and not relevant",
            "related, useful background",
            "answers in part, or for another border, or with a replaced rule",
            "answers it",
        ),
    ),
)
POOL_WORDS: Final[Mapping[str, PoolWords]] = {words.language: words for words in _WORDS}
