"""What the report says, in French and English, and each measure explained in a line for readers who do not know it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

LANGUAGES: Final = ("en", "fr")

_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "title": ("What was measured", "Ce qui a été mesuré"),
    "about": (
        "Means over topics with 95 % bootstrap intervals. Every ranking comes from the pipeline the service uses.",
        "Moyennes sur les questions de test, avec leur intervalle à 95 % (bootstrap). Chaque classement vient de la "
        "chaîne que le service utilise.",
    ),
    "as table": ("As a table", "En tableau"),
    "as table of": ("%(title)s, as a table", "%(title)s, en tableau"),
    "measures": ("Measures", "Mesures"),
    "Finding": ("Finding", "Trouver"),
    "Answering": ("Answering", "Répondre"),
    "explained": ("What these measures say", "Ce que disent ces mesures"),
    "set and system": ("set · system", "jeu · système"),
    "topics": ("topics", "questions"),
    "topic": ("%(n)s topic", "%(n)s question"),
    "many topics": ("%(n)s topics", "%(n)s questions"),
    "no topics": ("no topics", "aucune question"),
    "no commit": ("no commit", "sans commit"),
    "generation": ("generation %(n)s", "génération %(n)s"),
    "unknown": (
        "%(name)s: %(n)s judged documents are not in the index (%(some)s). Their topics are measured as if nothing "
        "could find them.",
        "%(name)s : %(n)s documents jugés ne sont pas dans l’index (%(some)s). Leurs questions sont mesurées comme si "
        "rien ne pouvait les trouver.",
    ),
    "languages": ("Languages: who asks, what is found", "Langues : qui demande, ce qui est trouvé"),
    "languages about": (
        "Rows: the language of the question. Columns: the language of the right passages, which are looked for in the "
        "whole ranking. Under each mean stands the number of topics: read nothing into one or two. Hatched: no topics.",
        "En ligne : la langue de la question. En colonne : celle des bons passages, cherchés dans tout le classement. "
        "Sous chaque moyenne, le nombre de questions : n’en tirez rien s’il y en a une ou deux. Hachuré : aucune.",
    ),
    "one pair": ("sets of one language pair · %(arm)s", "jeux d’une seule paire de langues · %(arm)s"),
    "fairness": ("across languages %(ratio)s of within one", "d’une langue à l’autre %(ratio)s de l’intérieur d’une"),
    "slices": ("Slices", "Groupes de questions"),
    "slice": ("slice", "groupe"),
    "all topics": ("all topics", "toutes les questions"),
    "abstention": ("Knowing when not to answer", "Savoir se taire"),
    "auroc": (
        "AUROC %(auroc)s over %(answerable)s questions the documents answer and %(unanswerable)s they do not.",
        "AUROC %(auroc)s sur %(answerable)s questions auxquelles les documents répondent et %(unanswerable)s "
        "auxquelles ils ne répondent pas.",
    ),
    "trade": (
        "At %(coverage)s %% coverage (confidence from %(threshold)s), %(false)s %% of the unanswerable questions are "
        "answered, and %(risk)s %% of all answers are wrong.",
        "À %(coverage)s %% de couverture (confiance à partir de %(threshold)s), %(false)s %% des questions sans "
        "réponse en reçoivent une, et %(risk)s %% de toutes les réponses sont fausses.",
    ),
    "auroc explained": (
        "AUROC: how often a question the documents answer gets a higher confidence than one they do not; 1 is perfect, "
        "0.5 is chance. Coverage: the share of answerable questions that is answered. False answers at 0.8 coverage: "
        "of the questions nothing answers, the share that gets an answer when four answerable ones in five do.",
        "AUROC : la fréquence à laquelle une question qui a sa réponse reçoit plus de confiance qu’une qui n’en a "
        "pas ; 1 est parfait, 0,5 le hasard. Couverture : la part des questions ayant une réponse qui en reçoivent "
        "une. Fausses réponses à 0,8 de couverture : parmi les questions sans réponse, la part qui en reçoit une quand "
        "quatre questions sur cinq qui en ont une la reçoivent.",
    ),
    "Risk and coverage": ("Risk and coverage", "Risque et couverture"),
    "risk": ("answers that are wrong, of all given", "réponses fausses, parmi toutes celles données"),
    "false answers": ("unanswerable questions that are answered", "questions sans réponse qui en reçoivent une"),
    "answerable answered": ("answerable questions answered", "questions ayant une réponse qui la reçoivent"),
    "share wrong": ("share that is wrong", "part de faux"),
    "answered head": ("answered", "répondues"),
    "confidence from": ("confidence from", "confiance dès"),
    "answers wrong": ("answers wrong", "réponses fausses"),
    "unanswerable answered": ("unanswerable answered", "sans réponse, répondues"),
    "confidence means": ("Whether confidence means what it says", "Si la confiance dit vrai"),
    "Reliability": ("Reliability", "Fiabilité"),
    "as it should be": ("as it should be", "comme ce devrait être"),
    "as it is": (
        "as it is (expected calibration error %(error)s)",
        "comme c’est (erreur de calibration attendue %(error)s)",
    ),
    "confidence": ("confidence", "confiance"),
    "documents answer": ("questions the documents answer", "questions auxquelles les documents répondent"),
    "mean confidence": ("mean confidence", "confiance moyenne"),
    "answered by documents": ("answered by the documents", "ayant leur réponse"),
    "questions": ("questions", "questions"),
    "latency": ("Latency", "Temps de réponse"),
    "latency about": (
        "How many searches took how long, up to the 99th percentile.",
        "Combien de recherches ont pris combien de temps, jusqu’au 99e centile.",
    ),
    "time of a search": ("%(name)s: time of a search", "%(name)s : temps d’une recherche"),
    "percentile": ("percentile", "centile"),
    "worst": ("Worst topics", "Les moins bonnes questions"),
    "worst of": ("%(name)s, by %(measure)s", "%(name)s, selon %(measure)s"),
    "asked": ("asked", "demandé"),
    "expected": ("expected", "attendu"),
    "came": ("came", "trouvé"),
    "nothing": ("nothing", "rien"),
    "answered": ("answered", "répondu"),
    "silent": ("silent", "silence"),
    "reply": ("%(verdict)s, confidence %(confidence)s: %(text)s", "%(verdict)s, confiance %(confidence)s : %(text)s"),
    "nothing to say": ("nothing to say", "rien à dire"),
    "not judged": ("not judged", "non jugé"),
    "grade": ("grade", "note"),
}

_EXPLAINED: Final[Mapping[str, tuple[str, str]]] = {
    "nDCG@10": (
        "How good the first ten are, with the best documents highest; 1 is the best order there can be.",
        "La qualité des dix premiers, les meilleurs documents en tête ; 1 est le meilleur ordre possible.",
    ),
    "R@10": (
        "Of the documents that answer, the share that is among the first ten.",
        "Parmi les documents qui répondent, la part qui figure dans les dix premiers.",
    ),
    "R@100": (
        "The same among the first hundred: what a reader could still reach at all.",
        "La même chose dans les cent premiers : ce qu’un lecteur peut encore atteindre.",
    ),
    "RR@10": (
        "1 when the first document is right, 1/2 when the second is the first right one, and so on; 0 beyond ten.",
        "1 quand le premier document est le bon, 1/2 si c’est le deuxième, et ainsi de suite ; 0 au-delà de dix.",
    ),
    "Success@1": (
        "How often the first document is a right one.",
        "La fréquence à laquelle le premier document est un bon.",
    ),
    "Success@5": (
        "How often a right document is among the first five.",
        "La fréquence à laquelle un bon document est parmi les cinq premiers.",
    ),
    "section nDCG@10": (
        "nDCG@10 of the page or article that answers, not only of its document.",
        "Le nDCG@10 de la page ou de l’article qui répond, et non du seul document.",
    ),
    "Judged@10": (
        "The share of the first ten that somebody judged. Where it is low, good documents may be there that nobody has "
        "looked at; `eval pool` says which.",
        "La part des dix premiers que quelqu’un a jugée. Si elle est faible, de bons documents peuvent s’y trouver que "
        "personne n’a lus ; `eval pool` dit lesquels.",
    ),
    "Answer@1": (
        "How often an answer was given and its first sentence is the right one.",
        "La fréquence à laquelle une réponse a été donnée et sa première phrase est la bonne.",
    ),
    "Answer@3": (
        "The same, with the right sentence among the first three.",
        "La même chose, la bonne phrase étant parmi les trois premières.",
    ),
    "Sentence@1": (
        "How often the first sentence is the right one, given as an answer or not.",
        "La fréquence à laquelle la première phrase est la bonne, donnée comme réponse ou non.",
    ),
    "Sentence@3": (
        "The same, with the right sentence among the first three.",
        "La même chose, la bonne phrase étant parmi les trois premières.",
    ),
    "Answered": (
        "The share of the questions with an answer in the documents that got one.",
        "La part des questions ayant leur réponse dans les documents qui en ont reçu une.",
    ),
    "Abstained": (
        "The share of the questions without an answer in the documents that rightly got none.",
        "La part des questions sans réponse dans les documents qui, à raison, n’en ont reçu aucune.",
    ),
    "Carried": (
        "How often a follow-up question took something over from the earlier ones exactly when the subject stayed.",
        "La fréquence à laquelle une question de suite a repris quelque chose des précédentes exactement quand le "
        "sujet restait le même.",
    ),
}


@dataclass(frozen=True)
class ReportWords:
    """The report's texts in one language."""

    language: str

    def __call__(self, key: str, **values: Any) -> str:
        """Return a text with its values. Raises KeyError for one there is not."""
        text = self._of(_WORDS[key])
        return text % values if values else text

    def explain(self, measure: str) -> str:
        """Return what a measure says, "" for one that is not explained."""
        return self._of(_EXPLAINED[measure]) if measure in _EXPLAINED else ""

    def figure(self, value: float, digits: int = 3) -> str:
        """Return a number as the language writes it."""
        text = f"{value:.{digits}f}"
        return text.replace(".", ",") if self.language == "fr" else text

    def percent(self, value: float, digits: int = 0) -> str:
        blank = "\u00a0" if self.language == "fr" else ""
        return f"{self.figure(100 * value, digits)}{blank}%"

    def count(self, topics: int) -> str:
        return self("topic" if topics == 1 else "many topics", n=topics)

    def _of(self, texts: tuple[str, str]) -> str:
        text = texts[LANGUAGES.index(self.language)]
        if self.language == "fr":
            for mark in ":;?!%":
                text = text.replace(f" {mark}", f"\u00a0{mark}")
        return text


ENGLISH: Final = ReportWords("en")
