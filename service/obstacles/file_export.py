"""An obstacle's file for a cross-border coordination point, in the reader's language: its items, as JSON, for Word.

Each item names the article of Regulation (EU) 2025/925 it answers, and says so where nothing is stated. Nobody's report
is in it: staff's wording and what staff filled in, nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal, NamedTuple

from starlette.responses import Response

from service.files.docx import write_docx
from service.files.written import Run, Style, WrittenNote, paragraph
from service.obstacles.cross_border_file import CrossBorderFile, Deadline, deadlines_of, not_member_states
from service.obstacles.labels import Labels
from service.obstacles.model import Obstacle
from service.obstacles.schemas import CrossBorderFileOut, DeadlineOut, FileItemOut, file_fields
from service.web.translating import Translator

FileForm = Literal["docx", "json"]
WORD: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
REGULATION: Final = "Regulation (EU) 2025/925"
ADDRESS: Final = "http://data.europa.eu/eli/reg/2025/925/oj"


class Item(NamedTuple):
    """One part of the file: `text` is "" where nothing is stated; `language` is that of the text."""

    name: str
    article: str
    text: str
    language: str


@dataclass(frozen=True)
class ObstacleFile:
    """An obstacle with what staff filled in, as one file."""

    obstacle: Obstacle
    file: CrossBorderFile
    labels: Labels
    today: date
    url: str

    @property
    def t(self) -> Translator:
        return self.labels.t

    def deadlines(self) -> tuple[Deadline, ...]:
        return deadlines_of(self.file, self.today)

    def items(self) -> Iterator[Item]:
        """Yield the items in the order of the file."""
        t, file, about = self.t, self.file, self.obstacle.about
        written = self.obstacle.language or t.language
        kind = t(f"obstacles.file.kind.{file.initiator_kind}") if file.initiator_kind else ""
        yield Item("initiator", "3(1), 7", _joined(file.initiator, kind), written)
        yield Item("contact", "7", file.contact, written)
        yield Item("interaction", "3(1), 8", file.interaction, written)
        yield Item("obstacle", "3(1), 8", self.obstacle.statement, written)
        classes = [*map(t.theme, about.themes), *map(self.labels.type, about.types)]
        yield Item("classes", "8", " · ".join(classes), t.language)
        yield Item("borders", "8", " · ".join([*map(t.border, about.borders)]), t.language)
        yield Item("territory", "8", file.territory, written)
        yield Item("provision", "3(1), 8", file.provision, written)
        yield Item("level", "11", self.labels.level(about.level) if about.level else "", t.language)
        yield Item("solution", "8", file.solution, written)
        yield Item("point", "4, 7", self.obstacle.passed_to, written)
        yield Item("submitted", "7", t.day(file.submitted) if file.submitted else "", t.language)

    def notes(self) -> list[str]:
        """Return what a reader of the file has to know of it."""
        made = self.t("obstacles.file.made", day=self.t.day(self.today))
        return [made, *filter(None, [outside_of(self.obstacle, self.t)])]

    def as_json(self) -> CrossBorderFileOut:
        """Return the file as the API gives it."""
        t = self.t
        items = [
            FileItemOut(
                name=item.name,
                heading=t(f"obstacles.file.{item.name}"),
                articles=item.article,
                is_stated=bool(item.text),
                text=item.text or t("obstacles.file.missing"),
                language=item.language if item.text else t.language,
            )
            for item in self.items()
        ]
        deadlines = [
            DeadlineOut(
                name=deadline.name,
                heading=t(f"obstacles.deadline.{deadline.name}"),
                article=deadline.article,
                due=deadline.due,
                state=deadline.state,
            )
            for deadline in self.deadlines()
        ]
        return CrossBorderFileOut(
            regulation=REGULATION,
            regulation_url=ADDRESS,
            obstacle_id=self.obstacle.id,
            url=self.url,
            language=t.language,
            made_on=self.today,
            notes=self.notes(),
            fields=file_fields(self.file),
            items=items,
            deadlines=deadlines,
        )

    def as_docx(self) -> bytes:
        """Return the file for Word."""
        t = self.t
        title = t("obstacles.file.title")
        blocks = [paragraph(Style.TITLE, title), paragraph(Style.TEXT, t("obstacles.file.about"))]
        blocks += [paragraph(Style.TEXT, line) for line in self.notes()]
        blocks.append(paragraph(Style.TEXT, Run(ADDRESS, address=ADDRESS)))
        for item in self.items():
            name = t("obstacles.file.heading", title=t(f"obstacles.file.{item.name}"), article=item.article)
            blocks.append(paragraph(Style.HEADING, name))
            words, language = (item.text, item.language) if item.text else (t("obstacles.file.missing"), t.language)
            blocks += [paragraph(Style.TEXT, Run(line, language)) for line in words.split("\n")]
        blocks.append(paragraph(Style.HEADING, t("obstacles.file.deadlines")))
        blocks += [paragraph(Style.TEXT, self.deadline_line(deadline)) for deadline in self.deadlines()]
        blocks.append(paragraph(Style.TEXT, t("obstacles.file.counting")))
        blocks.append(paragraph(Style.CAPTION, t("obstacles.file.check")))
        return write_docx(WrittenNote(t.language, title, tuple(blocks)))

    def deadline_line(self, deadline: Deadline) -> str:
        """Return a deadline in words, with its article."""
        t = self.t
        title = t(f"obstacles.deadline.{deadline.name}")
        heading = t("obstacles.file.heading", title=title, article=deadline.article)
        day = t.day(deadline.due) if deadline.due else t("obstacles.file.missing")
        return t("obstacles.deadline.line", heading=heading, day=day, state=t(f"obstacles.due.{deadline.state}"))


def outside_of(obstacle: Obstacle, t: Translator) -> str:
    """Return a warning for countries the Regulation does not cover, "" for none."""
    names = [t.country(code) for code in not_member_states(obstacle.about.countries)]
    return t("obstacles.file.outside", countries=", ".join(names)) if names else ""


def file_response(file: ObstacleFile, form: FileForm) -> Response:
    """Return the file to be kept, in one of its forms."""
    name = f"obstacle-{file.obstacle.id}.{form}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Content-Language": file.t.language}
    if form == "docx":
        return Response(file.as_docx(), media_type=WORD, headers=headers)
    return Response(file.as_json().model_dump_json(), media_type="application/json", headers=headers)


def _joined(first: str, second: str) -> str:
    return f"{first} ({second})" if first and second else first
