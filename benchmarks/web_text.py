"""Which words of web pages our reader and trafilatura keep, on the corpus's pages, whose texts are known.

    python benchmarks/web_text.py

Each page is read as it is, and with its text put into two layouts that do not say where it is: nameless boxes, and the
tables pages were laid out with around 2003, both with menus, teasers and a foot.
"""

from __future__ import annotations

import csv
import tempfile
from pathlib import Path

from pdf_text import CORPUS, score  # type: ignore[import-not-found]  # the script beside this one

PARTS = ("Accueil", "Membres", "Publications", "Agenda", "Presse", "Contact")
MENU = " | ".join(f'<a href="/{part}">{part}</a>' for part in PARTS)
TEASERS = [
    f"<b>Actualité du {day} mars</b><br>Le comité de suivi se réunit à {town}. <a href='#'>Lire la suite</a>"
    for day, town in ((3, "Lille"), (9, "Metz"), (12, "Nice"), (20, "Genève"))
]


def in_boxes(body: str) -> str:
    teasers = "".join(f"<div><p>{teaser}</p></div>" for teaser in TEASERS)
    related = "".join(f"<li><a href='#'>Titre {number} sur les frontières</a></li>" for number in range(8))
    return (
        f"<body><div><div class='m'>{MENU}</div><div class='l'>{teasers}</div><div class='c'>{body}</div>"
        f"<div class='r'><h3>À lire aussi</h3><ul>{related}</ul></div><div class='b'>{MENU}</div></div></body>"
    )


def in_tables(body: str) -> str:
    teasers = "<table>" + "".join(f"<tr><td>{teaser}</td></tr>" for teaser in TEASERS) + "</table>"
    return (
        f"<body><table><tr><td colspan=3>{MENU}</td></tr><tr><td>{teasers}</td><td>{body}</td><td>{teasers}</td></tr>"
        f"<tr><td colspan=3><font size=1>© 2003 – {MENU}</font></td></tr></table></body>"
    )


def ours(path: Path) -> str:
    from ingest.loaders.web import load

    page = load(path)
    return "\n".join(
        [page.hints.get("heading", ""), *(f"{section.heading}\n{section.text}" for section in page.sections)]
    )


def by_trafilatura(path: Path) -> str:
    import trafilatura

    return str(trafilatura.extract(path.read_bytes(), include_tables=True, favor_recall=True) or "")


def own_text(page: str) -> str:
    """Return what stands in a page's article, without the elements that say so."""
    from bs4 import BeautifulSoup

    article = BeautifulSoup(page, "lxml").select_one("article, main")
    assert article is not None
    for tag in article.find_all(["header", "section", "article"]):
        tag.unwrap()
    return str(article.decode_contents())


def main() -> None:
    readers = {"ours": ours, "trafilatura": by_trafilatura}
    print(
        "| layout, page | " + " | ".join(f"{what} %, {name}" for what in ("errors", "added") for name in readers) + " |"
    )
    print("|---" * 5 + "|")
    with (CORPUS / "originals/files.csv").open(encoding="utf-8") as file:
        plans = [row for row in csv.DictReader(file) if row["maker"] == "html"]
    with tempfile.TemporaryDirectory() as folder:
        for plan in plans:
            original = (CORPUS / f"originals/html/{plan['id']}.md").read_text(encoding="utf-8")
            content = (CORPUS / plan["file"]).read_text(encoding="utf-8")
            expected = own_text(content)
            for layout, page in {"own": content, "boxes": in_boxes(expected), "tables": in_tables(expected)}.items():
                path = Path(folder) / "page.html"
                path.write_text(page, encoding="utf-8")
                scores = [score(original, read(path)) for read in readers.values()]
                cells = [f"{100 * score.errors / score.length:.2f}" for score in scores]
                cells += [f"{100 * score.added / score.length:.1f}" for score in scores]
                print(f"| {layout}, {plan['id']} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
