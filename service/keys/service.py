"""Make, change and revoke keys on behalf of staff; nobody gives what they do not have, and the audit log says who did.

Who may: staff whose key has both `staff` and `keys`, or who signed in without one (`service.auth.scopes`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated, Final

from fastapi import Depends

from index.clock import utc_today
from index.documents import Audience
from service.auth.audit import AuditLog
from service.auth.callers import Caller
from service.auth.groups import GroupStore
from service.auth.key_rules import UnfitKey, check_groups, check_scopes, forum_binding
from service.auth.keys import Key, KeyNameTaken, KeyStore, LastManagingKey, UnknownKey
from service.auth.scopes import ForumBinding, Scope, usual_scopes
from service.errors import Conflict, InvalidField, NotAllowed, NothingThere
from service.history.changes import Change, latest_changes
from service.http.concurrency import ConcurrencyLimiter
from service.http.dependencies import provided

NO_KEY: Final = "There is no such key, or it is revoked."
Scopes = frozenset[Scope] | None  # None: the usual ones of the key's audience, now and later


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key that is to be made."""

    name: str
    audience: Audience
    expires: date | None = None
    scopes: Scopes = None
    forum: str = ""
    categories: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    organisation: str = ""


@dataclass(frozen=True, slots=True)
class KeyChange:
    """What a key is for from now on."""

    scopes: Scopes
    groups: frozenset[str]
    expires: date | None


@dataclass(frozen=True)
class KeyService:
    """Manages keys for staff. `confirmed` is the name of the key, typed by whoever ends the last one, or their own."""

    store: KeyStore
    limiter: ConcurrencyLimiter
    audit: AuditLog
    groups: GroupStore
    today: Callable[[], date] = utc_today

    async def all(self) -> Sequence[Key]:
        """Return every key, the revoked ones too, in the order they were made."""
        return await self.limiter.run(self.store.all)

    async def find(self, key_id: int) -> Key:
        """Return a living key. Raises NothingThere."""
        return await self.limiter.run(lambda: self._living(key_id))

    async def history(self) -> Sequence[Change]:
        """Return the latest changes, those made by a command too."""
        return await self.limiter.run(lambda: latest_changes(self.audit, "keys"))

    async def add(self, new: NewKey, caller: Caller) -> tuple[Key, str]:
        """Return a new key and its secret, which is not kept. Raises InvalidField, Conflict, NotAllowed."""
        return await self.limiter.run(lambda: self._add(new, caller))

    async def change(self, key_id: int, change: KeyChange, caller: Caller, confirmed: str = "") -> Key:
        """Change what a key is for, from the next request on.

        Raises NothingThere, InvalidField, NotAllowed, Conflict.
        """
        return await self.limiter.run(lambda: self._change(key_id, change, caller, confirmed))

    async def revoke(self, key_id: int, caller: Caller, confirmed: str = "") -> Key:
        """End a key; the next request with it is refused. Raises NothingThere, Conflict."""
        return await self.limiter.run(lambda: self._revoke(key_id, caller, confirmed))

    async def join(self, key_id: int, group: str, caller: Caller) -> Key:
        """Put a member's key into a group, from the next request on; return it as it is then.

        Raises NothingThere, InvalidField, NotAllowed.
        """

        def join() -> Key:
            key = self._living(key_id)
            _check_not_own(key, caller)
            _check_groups({group}, key.audience)
            self.groups.check_open({group})
            self._check_given(key.audience, key.scopes, key.binding, key.expires, caller)
            return self._change_groups(key, lambda groups: groups | {group}, caller)

        return await self.limiter.run(join)

    async def leave(self, key_id: int, group: str, caller: Caller) -> Key:
        """Take a key out of a group, from the next request on; return it as it is then. Raises NothingThere."""
        return await self.limiter.run(lambda: self._leave(self._living(key_id), group, caller))

    async def empty(self, group: str, caller: Caller) -> Sequence[Key]:
        """Take every living key out of a group, and return those that were in it."""

        def empty() -> Sequence[Key]:
            members = [key for key in self.store.all() if key.revoked is None and group in key.groups]
            for key in members:
                with suppress(NothingThere):  # revoked a moment ago
                    self._leave(key, group, caller)
            return members

        return await self.limiter.run(empty)

    def _leave(self, key: Key, group: str, caller: Caller) -> Key:
        return self._change_groups(key, lambda groups: groups - {group}, caller)

    def _change_groups(self, key: Key, change: Callable[[frozenset[str]], frozenset[str]], caller: Caller) -> Key:
        try:
            before = self.store.change_groups(key.id, change)
        except UnknownKey as error:
            raise NothingThere(NO_KEY) from error
        changed = replace(before, groups=change(before.groups))
        if changed.groups != before.groups:
            self.audit.write("keys change", caller, key=key.name, details=describe_key(changed))
        return changed

    def _add(self, new: NewKey, caller: Caller) -> tuple[Key, str]:
        _check_groups(new.groups, new.audience)
        try:
            binding = forum_binding(new.forum, new.categories, new.scopes)
        except UnfitKey as error:
            raise InvalidField(error.field, str(error), rule=error.rule) from error
        self.groups.check_open(new.groups)
        self._check_given(new.audience, new.scopes, binding, new.expires, caller)
        try:
            token = self.store.add(
                new.name, new.audience, new.expires, new.scopes, binding, new.groups, new.organisation
            )
        except KeyNameTaken as error:
            raise Conflict(str(error), rule="taken") from error
        key = self.store.by_token(token)
        if key is None:
            raise NothingThere("The key was removed again before it could be shown.")
        self.audit.write("keys add", caller, key=new.name, details=describe_key(key))
        return key, token

    def _change(self, key_id: int, change: KeyChange, caller: Caller, confirmed: str) -> Key:
        key = self._living(key_id)
        _check_not_own(key, caller)
        _check_groups(change.groups, key.audience)
        self.groups.check_open(change.groups - key.groups)
        try:
            check_scopes(change.scopes or frozenset(), key.binding)
        except UnfitKey as error:
            raise InvalidField(error.field, str(error), rule=error.rule) from error
        self._check_given(key.audience, change.scopes, key.binding, change.expires, caller)
        try:
            self.store.change(
                key_id,
                scopes=change.scopes,
                groups=change.groups,
                expires=change.expires,
                may_be_last=confirmed == key.name,
            )
        except UnknownKey as error:
            raise NothingThere(NO_KEY) from error
        except LastManagingKey as error:
            raise _unconfirmed(str(error), "last") from error
        changed = self._living(key_id)
        self.audit.write("keys change", caller, key=key.name, details=describe_key(changed))
        return changed

    def _revoke(self, key_id: int, caller: Caller, confirmed: str) -> Key:
        key = self._living(key_id)
        if caller.subject == f"key:{key_id}" and confirmed != key.name:
            raise _unconfirmed(f"{key.name!r} is the key you use: you would be signed out with it.", "yours")
        try:
            ended = self.store.end(key_id, may_be_last=confirmed == key.name)
        except UnknownKey as error:
            raise NothingThere(NO_KEY) from error
        except LastManagingKey as error:
            raise _unconfirmed(str(error), "last") from error
        self.audit.write("keys revoke", caller, key=key.name)
        return ended

    def _check_given(
        self, audience: Audience, scopes: Scopes, binding: ForumBinding | None, expires: date | None, caller: Caller
    ) -> None:
        """See that a key gets nothing its maker lacks, and ends in days to come. Raises InvalidField, NotAllowed."""
        if expires is not None and expires < self.today():
            raise InvalidField("expires", "expected today or a later day", rule="past")
        given = usual_scopes(audience) if scopes is None else scopes
        lacking = sorted(scope for scope in given if not caller.may(scope))
        if lacking:
            raise NotAllowed(f"Your own key is not for {', '.join(lacking)}, so no key you make can be.", rule="beyond")
        if Scope.INGEST_THREADS in given and caller.binding and not caller.binding.holds(binding):
            raise NotAllowed(
                "Your own key is for one forum's threads, so no key you make is for others.", rule="beyond"
            )
        if audience is Audience.STAFF and _ends_later(expires, self._end_of(caller)):
            raise NotAllowed("Your own key ends earlier: a staff key made with it ends no later.", rule="later")

    def _end_of(self, caller: Caller) -> date | None:
        """Return the last day of the key somebody uses, None without one."""
        scheme, _, number = caller.subject.partition(":")
        key = self.store.by_id(int(number)) if scheme == "key" and number.isdecimal() else None
        return key.expires if key else None

    def _living(self, key_id: int) -> Key:
        key = self.store.by_id(key_id)
        if key is None or key.revoked is not None:
            raise NothingThere(NO_KEY)
        return key


def _check_not_own(key: Key, caller: Caller) -> None:
    if caller.subject == f"key:{key.id}":
        raise NotAllowed("Nobody changes the key they use. Somebody else who manages keys can.", rule="own")


def _check_groups(groups: Collection[str], audience: Audience) -> None:
    try:
        check_groups(groups, audience)
    except UnfitKey as error:
        raise InvalidField(error.field, str(error), rule=error.rule) from error


def check_shown(key: Key, shown: str) -> None:
    """See that a key is as a form showed it, in the words of `describe_key`. Raises Conflict."""
    if shown != describe_key(key):
        raise Conflict("The key was changed since this form was opened. Look at what it is now.", rule="changed")


def describe_key(key: Key) -> str:
    """Return what a key is for in the words of the command line, for the audit log."""
    parts = [key.audience.value, ",".join(sorted(key.scopes)) or "no scope"]
    if key.binding:
        parts.append(f"{key.binding.forum}/{','.join(sorted(key.binding.categories)) or '*'}")
    if key.groups:
        parts.append(f"groups {','.join(sorted(key.groups))}")
    return "; ".join([*parts, f"expires {key.expires or 'never'}"])


def manages_alone(key: Key, keys: Collection[Key], today: date) -> bool:
    """Say whether no other key could manage keys without this one."""
    return key.manages_keys(today) and not any(other.id != key.id and other.manages_keys(today) for other in keys)


def _ends_later(expires: date | None, limit: date | None) -> bool:
    return limit is not None and (expires is None or expires > limit)


def _unconfirmed(why: str, rule: str) -> Conflict:
    return Conflict(f"{why} Confirm with the key's name if that is what you mean.", rule=rule)


KeysDependency = Annotated[KeyService, Depends(provided(KeyService))]
