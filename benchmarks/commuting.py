"""How well the direction of commuting is told (`service/answering/commuting.py`), on the reader's own questions.

    python -m benchmarks.commuting [--shared ../shared]

Each question is about a sentence of a document. Of kind `answer` it answers, and must not be held to be about the way
back; of kind `direction` it holds for the other direction, and should be. Only questions that say both ends count.
"""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path

from eval.reader.own_questions import own_questions, own_texts
from index.lexical.query_language import detect_query_language
from service.answering.commuting import Commute, commute_of
from service.library.concepts import read_thesaurus

VERDICTS = {1: "same way", -1: "way back", 0: "other"}
THESAURUS = Path(__file__).parent.parent / "corpus" / "thesaurus.ttl"


def raw_texts(folder: Path) -> dict[str, str]:
    """Return the texts the questions are about, by id."""
    texts = {path.stem: path.read_text(encoding="utf-8") for path in folder.glob("*.md")}
    return texts | {text_id: text.raw for text_id, text in own_texts().items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, default=Path("../shared"), help="the inputs beside the project")
    parser.add_argument("--list", action="store_true", help="print every pair that is told wrongly")
    options = parser.parse_args()
    thesaurus = read_thesaurus(THESAURUS)
    counts: Counter[tuple[str, str]] = Counter()
    for question in own_questions(raw_texts(options.shared / "documents")):
        direction = commute_of(question.question, question.language, thesaurus)
        if question.kind not in ("answer", "direction") or not direction.is_whole:
            continue
        quoted = commute_of(question.quote, detect_query_language(question.quote), thesaurus)
        verdict = VERDICTS[quoted.agrees(direction)] if quoted != Commute() else "not said"
        counts[question.kind, verdict + (", both ends" if quoted.is_whole else "")] += 1
        is_wrong = verdict == ("way back" if question.kind == "answer" else "same way")
        if is_wrong and options.list:
            print(f"{question.kind}: {question.question}\n    {question.quote}")
    for kind in ("answer", "direction"):
        of_kind = {verdict: count for (name, verdict), count in sorted(counts.items()) if name == kind}
        print(f"{kind}: {sum(of_kind.values())} questions; the sentence: {of_kind}")


if __name__ == "__main__":
    main()
