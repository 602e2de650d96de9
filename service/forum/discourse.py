"""Translate Discourse's webhook events into messages for the inbox: topics, posts, solutions, edits, deletions."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any, Final

from service.forum.inbox import Delivery

REGULAR: Final = 1  # of `post_type`; moderators' notes, small actions and whispers are the others
LONGEST: Final = 40_000


class UnreadableEvent(ValueError):
    """A signed message that does not look like Discourse's."""


def is_signed(body: bytes, signature: str, secret: str) -> bool:
    """Say, in constant time, whether X-Discourse-Event-Signature ("sha256=…") was made of this body with the secret."""
    expected = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected.encode(), signature.strip().encode("utf-8", "replace"))


def read_event(forum: str, body: bytes, *, event: str, event_id: str) -> Delivery | None:
    """Return what an event says about a thread; None for events that say nothing of one. Raises UnreadableEvent.

    `event` and `event_id` are the headers X-Discourse-Event and -Event-Id; ids grow, and a redelivery keeps its id.
    """
    try:
        payload = json.loads(body)
    except ValueError as error:
        raise UnreadableEvent("expected JSON in UTF-8") from error
    if not isinstance(payload, dict) or not event_id.isdecimal() or len(event_id) > 18:
        raise UnreadableEvent("expected a JSON object, and X-Discourse-Event-Id as a number")
    seq = int(event_id)
    topic, post = payload.get("topic"), payload.get("post") or payload.get("solved")
    if event.startswith("topic_") and isinstance(topic, dict):
        return Delivery(forum, _id(topic, "id"), seq, [_topic(forum, topic, event)])
    if (event.startswith("post_") or event.endswith("accepted_solution")) and isinstance(post, dict):
        messages = [_topic_of_post(forum, post), _post(post, event)]
        if event.endswith("accepted_solution"):
            messages.append({"what": "solution", "post": _id(post, "id"), "accepted": event == "accepted_solution"})
        return Delivery(forum, _id(post, "topic_id"), seq, messages)
    return None


def _topic(forum: str, topic: Mapping[str, Any], event: str) -> dict[str, Any]:
    is_gone = event == "topic_destroyed" or (topic.get("deleted_at") is not None and event != "topic_recovered")
    return {
        "what": "topic",
        "title": _text(topic, "title"),
        "categories": _categories(topic),
        "url": _address(forum, _text(topic, "slug"), _id(topic, "id")),
        "created": _text(topic, "created_at"),
        "gone": is_gone,
        "private": topic.get("archetype", "regular") != "regular" or topic.get("visible") is False,
    }


def _topic_of_post(forum: str, post: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a post's event says of its topic; whether the topic is listed or gone it does not say."""
    topic: dict[str, Any] = {
        "what": "topic",
        "title": _text(post, "topic_title"),
        "categories": _categories(post),
        "url": _address(forum, _text(post, "topic_slug"), _id(post, "topic_id")),
    }
    if post.get("topic_archetype", "regular") != "regular":
        topic["private"] = True
    if post.get("post_number") == 1:
        topic["created"] = _text(post, "created_at")
    return topic


def _post(post: Mapping[str, Any], event: str) -> dict[str, Any]:
    is_deleted = event == "post_destroyed" or (post.get("deleted_at") is not None and event != "post_recovered")
    is_for_all = post.get("post_type", REGULAR) == REGULAR and not post.get("hidden") and not post.get("user_deleted")
    raw, number = _text(post, "raw"), post.get("post_number")
    return {
        "what": "post",
        "post": _id(post, "id"),
        "number": number if isinstance(number, int) else 0,
        "text": "" if is_deleted or not is_for_all else (raw or _text(post, "cooked"))[:LONGEST],
        "markup": "markdown" if raw else "html",
        "gone": is_deleted or not is_for_all,
    }


def _id(payload: Mapping[str, Any], key: str) -> str:
    value = payload.get(key)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise UnreadableEvent(f"expected `{key}` as a number")
    return str(value)


def _text(payload: Mapping[str, Any], key: str) -> str:
    value = payload.get(key)
    return value if isinstance(value, str) else ""


def _categories(payload: Mapping[str, Any]) -> list[str]:
    """Return the names a category may be mapped by: its number and its slug."""
    names = (payload.get("category_id"), payload.get("category_slug"))
    return [str(name) for name in names if name not in (None, "")]


def _address(forum: str, slug: str, topic: str) -> str:
    return f"https://{forum}/t/{slug or '-'}/{topic}"
