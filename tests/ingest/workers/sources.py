"""Sources in which ids collide, texts repeat and something cannot be read."""

from __future__ import annotations

import os
import random
from pathlib import Path

WORDS = ["frontière", "santé", "travail", "école", "transport", "impôt", "accord", "hôpital", "commune", "région"]


def write(path: Path, text: str, age_s: int) -> None:
    path.write_text(text, encoding="utf-8")
    os.utime(path, (1_600_000_000 + age_s,) * 2)


def write_sources(folder: Path, files: int, draw: random.Random) -> None:
    """Write files in which ids collide, texts repeat, something cannot be read, and some are long."""
    folder.mkdir(exist_ok=True)
    texts: list[str] = []
    for number in range(files):
        text = " ".join(draw.choices(WORDS, k=draw.choice((5, 60, 100, 900)))) + f" {draw.randrange(files)}."
        if texts and draw.random() < 0.3:
            text = draw.choice(texts)
        texts.append(text)
        name = (
            f"{draw.choice(('', 'a/', 'b/'))}note{draw.randrange(files)}{draw.choice(('.md', '.txt', '.xyz', '.html'))}"
        )
        front = draw.choice(
            ("", "", "audience: public\n", "audience: member\n", "audience: secret\n", f"id: x{number % 5}\n")
        )
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        write(path, f"---\n{front}---\n{text}\n" if front and name.endswith(".md") else text, number)
    (folder / "catalogue.csv").write_text("file,title\nnote1.txt,Du catalogue\nnowhere.md,Rien\n", encoding="utf-8")


def change_sources(folder: Path, draw: random.Random) -> None:
    for path in sorted(path for path in folder.rglob("note*") if path.is_file()):
        if draw.random() < 0.2:
            path.unlink()
        elif draw.random() < 0.3:
            write(path, " ".join(draw.choices(WORDS, k=90)), draw.randrange(1000))
