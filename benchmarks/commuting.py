"""How well the direction of commuting is told (`service/answering/commuting.py`), on the reader's own questions.

    python -m benchmarks.commuting [--shared ../shared]
    PASSERELLE_DATA=var python -m benchmarks.commuting --answers      by country against by town, on our answer sets

Each question is about a sentence of a document. Of kind `answer` it answers, and must not be held to be about the way
back; of kind `direction` it holds for the other direction, and should be. Only questions that say both ends count.
"""

from __future__ import annotations

import argparse
from collections import Counter
from dataclasses import replace
from functools import partial
from pathlib import Path

from benchmarks.answers import open_index
from eval.answers import reply_to
from eval.collection import read_set
from eval.reader.own_questions import own_questions, own_texts
from index.clock import utc_today
from index.documents import Audience
from index.lexical.query_language import detect_query_language
from index.types import Filter
from service.answering.commuting import Commute, commute_of, restate
from service.library.concepts import Thesaurus, read_thesaurus
from service.wiring import answerer as answerer_for

ANSWER_SETS = ("answers-dev", "answers", "members")
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
    parser.add_argument("--answers", action="store_true", help="ask our sets' commuters' questions in both ways")
    options = parser.parse_args()
    if options.answers:
        compare_answers()
        return
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


def compare_answers() -> None:
    """Print, for the questions that name a place at either end, what is answered by town and by country."""
    index, within = open_index(), Filter(Audience.STAFF, current_on=utc_today())
    thesaurus, answerer = Thesaurus(index.engine.thesaurus), answerer_for(index, within)
    read = partial(index.store.document, access=within.access)
    counts: Counter[str] = Counter()
    for topic in (topic for name in ANSWER_SETS for topic in read_set(name).topics if topic.answers):
        restated = restate(topic.question, topic.language, thesaurus)
        if not restated:
            continue
        counts["questions"] += 1
        for way, question in (("by town", topic.question), ("by country", restated)):
            ranking = index.engine.search(question, 10, within)
            reply = reply_to(replace(topic, text=question, resolved=""), ranking, answerer, read)
            counts[f"{way}: right first"] += reply.right_at == 1
            counts[f"{way}: right among three"] += 0 < reply.right_at <= 3
            counts[f"{way}: answered wrongly"] += reply.is_answered and reply.right_at != 1
            print(f"{topic.id} {way}: {reply.right_at} {'answered' if reply.is_answered else ''} {reply.sentences[:1]}")
    print(dict(counts))


if __name__ == "__main__":
    main()
