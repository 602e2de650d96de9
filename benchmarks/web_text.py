"""Which words of web pages the present rule and trafilatura keep, on the corpus's pages, whose texts are known.

pip install trafilatura; python benchmarks/web_text.py
"""

from __future__ import annotations

import csv

from pdf_text import CORPUS, score  # type: ignore[import-not-found]  # the script beside this one


def ours(content: str, name: str) -> str:
    from ingest.loaders.web import load

    del content
    page = load(CORPUS / name)
    return "\n".join([page.hints["heading"], *(f"{one.heading}\n{one.text}" for one in page.sections)])


def by_trafilatura(content: str, name: str) -> str:
    import trafilatura

    del name
    return str(trafilatura.extract(content, include_tables=True, favor_recall=True) or "")


def main() -> None:
    readers = {"ours": ours, "trafilatura": by_trafilatura}
    print("| page | " + " | ".join(f"{what}, {name}" for what in ("errors %", "added %") for name in readers) + " |")
    print("|---" * 5 + "|")
    with (CORPUS / "originals/files.csv").open(encoding="utf-8") as file:
        plans = [row for row in csv.DictReader(file) if row["maker"] == "html"]
    for plan in plans:
        original = (CORPUS / f"originals/html/{plan['id']}.md").read_text(encoding="utf-8")
        content = (CORPUS / plan["file"]).read_text(encoding="utf-8")
        scores = [score(original, read(content, plan["file"])) for read in readers.values()]
        cells = [f"{100 * one.errors / one.length:.2f}" for one in scores]
        cells += [f"{100 * one.added / one.length:.2f}" for one in scores]
        print(f"| {plan['id']} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
