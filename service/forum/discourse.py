"""What Discourse's webhooks say, in our own words: topics, posts and accepted solutions, edits and deletions."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any, Final

from service.forum.inbox import Delivery

REGULAR: Final = 1  # of `post_type`; moderators' notes, small actions and whispers are the others
LONGEST: Final = 40_000


class Unreadable(ValueError):
    """A signed message that does not look like Discourse's."""


def is_signed(body: bytes, signature: str, secret: str) -> bool:
    """Say, in constant time, whether X-Discourse-Event-Signature ("sha256=…") was made of this body with the secret."""
    wanted = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(wanted.encode(), signature.strip().encode("utf-8", "replace"))


def delivery(forum: str, body: bytes, *, event: str, event_id: str) -> Delivery | None:
    """Return what an event says about a thread; None for events that say nothing of one. Raises Unreadable.

    `event` and `event_id` are the headers X-Discourse-Event and -Event-Id; ids grow, and a redelivery keeps its id.
    """
    try:
        said = json.loads(body)
    except ValueError as error:
        raise Unreadable("wanted: JSON in UTF-8") from error
    if not isinstance(said, dict) or not event_id.isdecimal() or len(event_id) > 18:
        raise Unreadable("wanted: a JSON object, and X-Discourse-Event-Id as a number")
    seq = int(event_id)
    topic, post = said.get("topic"), said.get("post") or said.get("solved")
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
    """Return what a post's event tells of its topic; whether the topic is listed or gone it does not tell."""
    said: dict[str, Any] = {
        "what": "topic",
        "title": _text(post, "topic_title"),
        "categories": _categories(post),
        "url": _address(forum, _text(post, "topic_slug"), _id(post, "topic_id")),
    }
    if post.get("topic_archetype", "regular") != "regular":
        said["private"] = True
    if post.get("post_number") == 1:
        said["created"] = _text(post, "created_at")
    return said


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


def _id(said: Mapping[str, Any], key: str) -> str:
    value = said.get(key)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise Unreadable(f"wanted: `{key}` as a number")
    return str(value)


def _text(said: Mapping[str, Any], key: str) -> str:
    value = said.get(key)
    return value if isinstance(value, str) else ""


def _categories(said: Mapping[str, Any]) -> list[str]:
    """Return the names a category may be mapped by: its number and its slug."""
    return [str(value) for value in (said.get("category_id"), said.get("category_slug")) if value not in (None, "")]


def _address(forum: str, slug: str, topic: str) -> str:
    return f"https://{forum}/t/{slug or '-'}/{topic}"
