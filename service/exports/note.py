"""What a note on a search says: its title, the search, and each result with its quote."""

from __future__ import annotations

from index.documents import Metadata
from service.exports.listing import Entry, Finding, ResultList, readable
from service.files.written import Paragraph, Run, Style, WrittenNote, paragraph
from service.web.kind_facts import describe_deadline, describe_end, kind_facts
from service.web.rendering import has_ended, not_yet
from service.web.translating import Translator


def compose_note(results: ResultList, t: Translator) -> WrittenNote:
    """Return the note in the reader's language; quotes stay in theirs, word for word."""
    title = t(results.title, query=readable(results.query))
    about = [t("export.note.made", day=t.day(results.day))]
    about.append(t.plural("results.one", "results.many", len(results.entries)))
    if results.filters:
        about.append(t("export.note.filters", filters=" · ".join(results.filters)))
    blocks = [paragraph(Style.TITLE, title), *(paragraph(Style.TEXT, line) for line in about)]
    blocks.append(paragraph(Style.TEXT, link(results.address)))
    for number, entry in enumerate(results.entries, 1):
        blocks += _blocks(number, entry, t)
    return WrittenNote(t.language, title, (*blocks, paragraph(Style.CAPTION, t("footer.note"))))


def link(address: str) -> Run:
    """Return an address that leads to itself."""
    return Run(address, address=address)


def _blocks(number: int, entry: Entry, t: Translator) -> list[Paragraph]:
    meta = entry.metadata
    facts = [t(entry.mark), *_facts(meta, t)] if entry.mark else _facts(meta, t)
    return [
        paragraph(Style.HEADING, f"{number}. ", Run(readable(meta.title), meta.language)),
        paragraph(Style.TEXT, " · ".join(facts)),
        *(_finding(finding, entry.language, t) for finding in entry.findings),
        paragraph(Style.QUOTE, Run(t("quoted", text=entry.quote), entry.language)),
        paragraph(Style.TEXT, f"{readable(entry.citation)} – ", link(entry.url)),
    ]


def _finding(finding: Finding, language: str, t: Translator) -> Paragraph:
    """Return what a document says on one point: the point in the reader's language, the quote, and where it is."""
    name, source = Run(f"{t(finding.key)}{t('colon')} ", is_bold=True), Run(finding.label or finding.url)
    quote = Run(t("quoted", text=finding.quote), language)
    return paragraph(Style.TEXT, name, quote, " – ", source._replace(address=finding.url))


def _facts(meta: Metadata, t: Translator) -> list[str]:
    """Return kind, what such documents state, date, language, borders, validity and audience, as far as known."""
    facts = [t.kind(meta.kind), *(stated := kind_facts(meta, t))]
    if meta.published and not stated:
        facts.append(t.month(meta.published))
    if meta.language:
        facts.append(t.language_name(meta.language))
    facts += map(t.border, meta.borders)
    if has_ended(meta) and meta.closes:
        facts.append(describe_end(meta, t))
    elif deadline := describe_deadline(meta, t):
        facts.append(deadline)
    elif has_ended(meta) and meta.valid_to:
        facts.append(f"{t('document.past')} ({t('document.valid.to', day=t.day(meta.valid_to))})")
    elif not_yet(meta) and meta.valid_from:
        facts.append(t("validity.from", day=t.day(meta.valid_from)))
    elif meta.valid_to and not meta.closes:
        facts.append(t("validity.until", day=t.day(meta.valid_to)))
    if audience := t.audience(meta.audience):
        facts.append(audience)
    return facts
