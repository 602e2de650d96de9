"""What a letter says of a document in a line, and how it cites a sentence: the same in mails, files and on pages."""

from __future__ import annotations

from datetime import date

from index.documents import Kind, Metadata
from service.newsletter.composing import ShownItem
from service.newsletter.model import Letter, Part
from service.web.translating import Translator


def facts(t: Translator, shown: ShownItem) -> str:
    """Return what is known of a document in a line: kind, its borders where they are several, and its days."""
    meta, agenda = shown.metadata, shown.item.part is Part.AGENDA
    parts = [t.kind(meta.kind)]
    if len(meta.borders) > 1 or agenda:
        parts += [t.border(border) for border in meta.borders]
    if agenda:
        parts += agenda_facts(t, meta)
    elif meta.published:
        parts.append(t.day(meta.published))
    if shown.is_updated:
        parts.append(t("newsletter.updated"))
    if meta.language and meta.language != t.language:
        parts.append(t.language_name(meta.language))
    return " · ".join(parts)


def agenda_day(t: Translator, meta: Metadata) -> str:
    """Return the day an entry of the agenda stands under: a deadline, or the days of an event."""
    if meta.kind is Kind.FUNDING_CALL and meta.deadline:
        return t("newsletter.until", day=t.day(meta.deadline))
    if meta.starts is None:
        return ""
    return days(t, meta.starts, meta.ends or meta.starts)


def agenda_facts(t: Translator, meta: Metadata) -> list[str]:
    """Return where an event is, until when one registers, and what a call's programme and amount are."""
    register = [t("newsletter.register", day=t.day(meta.deadline))] if meta.deadline else []
    is_call = meta.kind is Kind.FUNDING_CALL
    parts = [meta.programme, meta.amount, meta.organisation] if is_call else [meta.place, meta.organisation, *register]
    return [" ".join(part.split()) for part in parts if part]


def days(t: Translator, first: date, last: date) -> str:
    """Return days as a letter names them: one, or from one to another."""
    return t.day(first) if first == last else t("newsletter.days", first=t.day(first), last=t.day(last))


def place_of(shown: ShownItem) -> str:
    """Return where in its document the quoted sentence stands, "" where that is the document's title again."""
    label = shown.quote.label if shown.quote else ""
    return "" if label == shown.metadata.title else label


def paragraphs(text: str) -> list[str]:
    """Return what staff wrote, paragraph by paragraph."""
    return [" ".join(part.split()) for part in text.replace("\r\n", "\n").split("\n\n") if part.strip()]


def title_of(t: Translator, letter: Letter) -> str:
    """Return a letter's title, or what one without is called."""
    return letter.title or default_title(t, letter)


def days_below(t: Translator, letter: Letter) -> str:
    """Return the days a letter is about, "" where its title says them."""
    return days(t, letter.since, letter.until) if letter.title else ""


def default_title(t: Translator, letter: Letter) -> str:
    return t("newsletter.title.default", days=days(t, letter.since, letter.until))
