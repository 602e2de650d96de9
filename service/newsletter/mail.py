"""The letter as HTML that mail programs show, as plain text, and as a mail; and the mail that asks to confirm."""

from __future__ import annotations

from collections.abc import Iterator
from email.message import EmailMessage
from typing import Any
from urllib.parse import urlencode, urlsplit

from service.mailing.message import Envelope, add_texts, add_unsubscription, colon, new_message, typeset
from service.newsletter.composing import ComposedLetter, ShownItem, heading_of
from service.newsletter.model import LetterMail, Part, Subscriber
from service.newsletter.wording import agenda_day, days_below, facts, paragraphs, place_of, title_of
from service.web.rendering import render
from service.web.translating import Translator


def letter_html(composed: ComposedLetter, base: str, unsubscribe: str = "", *, is_test: bool = False) -> str:
    """Return a letter as a page of its own, with no picture and no style sheet elsewhere."""
    t = Translator(composed.letter.language)
    values = letter_values(composed, t, base) | {"unsubscribe": unsubscribe, "is_test": is_test}
    return render("newsletter/mail/letter.html", t, values)


def letter_values(composed: ComposedLetter, t: Translator, base: str) -> dict[str, Any]:
    """Return what a template needs to show a letter as it is read."""
    return {
        "letter": composed.letter,
        "sections": composed.ticked.sections,
        "letter_title": title_of(t, composed.letter),
        "letter_days": days_below(t, composed.letter),
        "heading_of": heading_of,
        "facts": facts,
        "place_of": place_of,
        "agenda_day": agenda_day,
        "paragraphs": paragraphs,
        "base": base,
    }


def letter_text(composed: ComposedLetter, base: str, unsubscribe: str = "", *, is_test: bool = False) -> str:
    """Return the same as plain text."""
    t, letter = Translator(composed.letter.language), composed.letter
    blocks = [t("newsletter.test.note")] if is_test else []
    head = [title_of(t, letter), days_below(t, letter)]
    blocks += ["\n".join(filter(None, head)), *paragraphs(letter.opening)]
    for section in composed.ticked.sections:
        blocks.append(_underlined(heading_of(t, letter, section.path), "="))
        for below in section.subsections:
            if heading := heading_of(t, letter, below.path):
                blocks.append(_underlined(heading, "-"))
            blocks += ["\n".join(_lines(t, shown, base)) for shown in below.items]
    blocks += paragraphs(letter.closing)
    if unsubscribe:
        blocks.append(f"{t('newsletter.mail.why')}\n{t('newsletter.unsubscribe')}{colon(t)}{unsubscribe}")
    return typeset("\n\n".join(blocks), t.language)


def letter_mail(
    composed: ComposedLetter, mail: LetterMail, envelope: Envelope, address: str, token: str
) -> EmailMessage:
    """Return a letter to a subscriber or, without the token of a link, as a test."""
    t, is_test = Translator(composed.letter.language), not token
    title = title_of(t, composed.letter)
    subject = t("newsletter.test.subject", title=title) if is_test else title
    unsubscribe = f"{envelope.base}/newsletter/unsubscribe?{urlencode({'t': token})}" if token else ""
    message = new_message(envelope, address, subject, mail.message_id, t.language)
    if unsubscribe:
        add_unsubscription(message, unsubscribe)
    text = letter_text(composed, envelope.base, unsubscribe, is_test=is_test)
    return add_texts(message, text, letter_html(composed, envelope.base, unsubscribe, is_test=is_test), t)


def confirmation_mail(subscriber: Subscriber, mail: LetterMail, envelope: Envelope, token: str) -> EmailMessage:
    """Return the mail that asks whether its reader wants the newsletter."""
    t = Translator(subscriber.language)
    values = {
        "link": f"{envelope.base}/newsletter/confirm?{urlencode({'t': token})}",
        "site": urlsplit(envelope.base).netloc,
    }
    lead, ignore = t("newsletter.mail.lead", site=values["site"]), t("newsletter.mail.ignore")
    text = "\n\n".join([lead, f"{t('newsletter.mail.button')}{colon(t)}{values['link']}", ignore])
    message = new_message(envelope, subscriber.address, t("newsletter.mail.subject"), mail.message_id, t.language)
    return add_texts(message, text, render("newsletter/mail/confirm.html", t, values), t)


def _lines(t: Translator, shown: ShownItem, base: str) -> Iterator[str]:
    """Yield what is said of a document; words beside it come after what it says itself."""
    if shown.item.part is Part.AGENDA:
        yield agenda_day(t, shown.metadata)
    yield " ".join((shown.metadata.title or shown.card.id).split())
    yield facts(t, shown)
    if shown.quote:
        place = place_of(shown)
        yield t("quoted", text=" ".join(shown.quote.text.split())) + (f" ({place})" if place else "")
    yield from paragraphs(shown.item.word)
    yield base + shown.address


def _underlined(text: str, mark: str) -> str:
    return f"{text}\n{mark * min(len(text), 60)}"
