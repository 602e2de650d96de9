"""What the mails say: text and HTML in the reader's language, nothing in them reports back that they were read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from typing import Final, NamedTuple
from urllib.parse import urlencode

from index.documents import Passage
from index.types import DocumentCard
from service.alerts.model import Alert, Mail
from service.documents.schemas import Highlight
from service.mailing.message import Envelope, add_texts, add_unsubscription, colon, new_message
from service.search.facets import filter_chips
from service.search.page_query import PageQuery
from service.web.citations import page_path
from service.web.excerpts import Piece, cut_excerpt, drop_empty_lines
from service.web.kind_facts import describe_deadline, kind_facts
from service.web.rendering import render
from service.web.translating import Translator

QUOTED: Final = 360  # characters of a passage


class ToldDocument(NamedTuple):
    """A new document as a mail, a feed or a page shows it; `quote` is its passage in marked and unmarked pieces."""

    card: DocumentCard
    passage: Passage
    quote: tuple[Piece, ...]
    address: str
    at: datetime

    @property
    def quoted(self) -> str:
        return "".join(piece.text for piece in self.quote).strip()

    @property
    def label(self) -> str:
        """How the place is cited, "" where that is the document's title again."""
        return "" if self.passage.label == self.card.metadata.title else self.passage.label


def told_document(
    card: DocumentCard, passage: Passage, at: datetime, *, query: str, base: str, highlight: Highlight
) -> ToldDocument:
    """Return a new document with its passage as it is quoted, word for word."""
    marks = highlight(query, passage.text, passage.language) if query else []
    quote = drop_empty_lines(cut_excerpt(passage.text, marks, QUOTED))
    address = base + page_path(card.id, start=passage.start, end=passage.end)
    return ToldDocument(card, passage, quote, address, at)


def describe(alert: Alert, t: Translator) -> str:
    """Return an alert's search in a line: its query and filters, in the reader's words."""
    query = " ".join(alert.query.split())
    chips = [chip.label for chip in filter_chips(t, PageQuery.of(query, alert.filters))]
    parts = [t("quoted", text=query)] if query else []
    return " · ".join([*parts, *chips])


def search_address(alert: Alert, base: str) -> str:
    """Return where the search of an alert shows what there is; "" where it is filters alone."""
    return base + PageQuery.of(alert.query, alert.filters).address() if alert.query else ""


@dataclass(frozen=True)
class Composer:
    """Writes mails. Addresses begin with `base`; `sender` is a header, such as "Passerelle <alerts@example.org>"."""

    base: str
    sender: str
    now: datetime

    def confirmation(self, alert: Alert, mail: Mail, token: str) -> EmailMessage:
        """Return the mail that asks whether an address wants an alert.

        Nothing that whoever asked for it wrote is in it, or it would carry their words to anybody.
        """
        t = Translator(alert.language)
        link = f"{self.base}/alerts/confirm?{urlencode({'t': token})}"
        values = {"link": link, "site": self.base}
        text = "\n\n".join(
            [
                t("alerts.mail.confirm.lead", site=self.base),
                t("alerts.mail.confirm.button") + colon(t) + "\n" + link,
                t("alerts.mail.confirm.ignore"),
            ]
        )
        message = self._message(alert, mail, t("alerts.mail.confirm.subject"))
        return add_texts(message, text, render("alerts/mail/confirm.html", t, values), t)

    def digest(
        self, alert: Alert, mail: Mail, token: str, documents: Sequence[ToldDocument], further: int
    ) -> EmailMessage:
        """Return the mail that tells of new documents; `further` are left for the next one."""
        t = Translator(alert.language)
        unsubscribe = f"{self.base}/alerts/unsubscribe?{urlencode({'t': token})}"
        count = t.plural("alerts.found.one", "alerts.found.many", len(documents) + further)
        search = describe(alert, t)
        values = {
            "documents": documents,
            "facts": facts,
            "further": further,
            "count": count,
            "search": search,
            "search_address": search_address(alert, self.base),
            "unsubscribe": unsubscribe,
            "manage": f"{self.base}/alerts" if alert.has_owner else "",
        }
        message = self._message(alert, mail, f"{count}{colon(t)}{search}")
        add_unsubscription(message, unsubscribe)
        html = render("alerts/mail/digest.html", t, values)
        return add_texts(message, _digest_text(t, values, documents), html, t)

    def _message(self, alert: Alert, mail: Mail, subject: str) -> EmailMessage:
        envelope = Envelope(self.sender, self.base, self.now)
        return new_message(envelope, alert.address, subject, mail.message_id, alert.language)


def facts(t: Translator, card: DocumentCard) -> str:
    """Return what is known of a document in a line: kind, what such documents state, borders, day, language."""
    meta = card.metadata
    day = [t.day(meta.published)] if meta.published else []
    language = [t.language_name(meta.language)] if meta.language else []
    stated = [*kind_facts(meta, t), *filter(None, [describe_deadline(meta, t)])]
    borders = [t.border(border) for border in meta.borders]
    return " · ".join([t.kind(meta.kind), *stated, *borders, *([] if stated else day), *language])


def _digest_text(t: Translator, values: dict[str, object], documents: Sequence[ToldDocument]) -> str:
    blocks = [f"{values['count']}{colon(t)}{values['search']}"]
    for document in documents:
        quote = t("quoted", text=document.quoted)
        label = f" ({document.label})" if document.label else ""
        title = document.card.metadata.title or document.card.id
        blocks.append("\n".join([title, facts(t, document.card), quote + label, document.address]))
    if values["further"]:
        blocks.append(t.plural("alerts.mail.further.one", "alerts.mail.further.many", int(str(values["further"]))))
    links = [(t("alerts.mail.search"), values["search_address"]), (t("alerts.mail.manage"), values["manage"])]
    links.append((t("alerts.unsubscribe"), values["unsubscribe"]))
    blocks.append(t("alerts.mail.why"))
    blocks.append("\n".join(f"{label}{colon(t)}{address}" for label, address in links if address))
    return "\n\n".join(blocks)
