"""Look at the groups, declare, name, fill, close and reopen them on behalf of staff; the audit log says who did.

Closing shows nothing to anybody: a closed group has no members (`service.auth.groups.OpenGroups`), and its documents
are for staff and the members of their other groups. Who may: staff who manage keys, since groups say what keys show.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Final

from fastapi import Depends

from index.clock import utc_now, utc_today
from index.documents import Audience
from service.auth.audit import AuditLog
from service.auth.callers import Caller
from service.auth.groups import CHANGED, Group, GroupStore
from service.auth.keys import Key
from service.errors import ChangedMeanwhile, Conflict, NothingThere
from service.groups.naming import GroupDocument, GroupUse, GroupUses, left_to_staff
from service.history.changes import Change, latest_changes
from service.http.concurrency import ConcurrencyLimiter
from service.http.dependencies import provided
from service.keys.service import KeyService

NO_GROUP: Final = "There is no such group."


@dataclass(frozen=True, slots=True)
class GroupView:
    """A group and what names it. `hidden` are the documents that only its members see, besides staff."""

    group: Group
    use: GroupUse
    hidden: tuple[GroupDocument, ...]

    @property
    def can_be_removed(self) -> bool:
        """Say whether its declaration can be taken back: nothing names it, and it was not closed."""
        return self.group.revision > 0 and not self.group.closed and self.use.is_empty


@dataclass(frozen=True)
class GroupService:
    """Manages groups. `claim` is the issuer's that names groups, "" without an issuer."""

    store: GroupStore
    uses: GroupUses
    keys: KeyService
    limiter: ConcurrencyLimiter
    audit: AuditLog
    claim: str

    async def all(self) -> Sequence[GroupView]:
        """Return every group that is declared or named by something, by id. Raises NotReady."""
        return await self.limiter.run(lambda: [*self._read().values()])

    async def find(self, group_id: str) -> GroupView:
        """Return a group. Raises NothingThere, NotReady."""
        return await self.limiter.run(lambda: self._find(group_id))

    async def history(self, group_id: str = "") -> Sequence[Change]:
        """Return the latest changes, to one group or to all."""
        changes = await self.limiter.run(lambda: latest_changes(self.audit, "groups"))
        return [change for change in changes if group_id in ("", change.what)]

    async def candidates(self, view: GroupView) -> Sequence[Key]:
        """Return the members' keys that could be put into a group, by name."""
        today = utc_today()
        others = [key for key in await self.keys.all() if view.group.id not in key.groups]
        members = [key for key in others if key.audience is Audience.MEMBER and key.is_good(today)]
        return sorted(members, key=lambda key: key.name.casefold())

    async def declare(self, group: Group, caller: Caller) -> Group:
        """Declare a group, before or after something names it. Raises Conflict where somebody has."""

        def declare() -> Group:
            try:
                made = self.store.write(replace(group, closed="", revision=0))
            except ChangedMeanwhile as error:
                raise Conflict(f"{group.id}: there is such a group already. Look at it.", rule="declared") from error
            self.audit.write("groups declare", caller, what=group.id, details=_describe(made))
            return made

        return await self.limiter.run(declare)

    async def describe(
        self, group_id: str, names: Mapping[str, str], description: str, revision: int, caller: Caller
    ) -> Group:
        """Give a group other names and another description. Raises NothingThere, ChangedMeanwhile, NotReady."""

        def describe() -> Group:
            group = self._unchanged(group_id, revision)
            changed = self.store.write(replace(group, names=names, description=description))
            self.audit.write("groups describe", caller, what=group_id, details=_describe(changed))
            return changed

        return await self.limiter.run(describe)

    async def close(self, group_id: str, revision: int, caller: Caller) -> Group:
        """End every membership of a group at once, and let nothing new name it.

        Raises NothingThere, ChangedMeanwhile, NotReady.
        """

        def close() -> Group:
            group = self._unchanged(group_id, revision)
            if group.closed:
                return group
            closed = self.store.write(replace(group, closed=utc_now().isoformat(timespec="seconds")))
            self.audit.write("groups close", caller, what=group_id)
            return closed

        closed = await self.limiter.run(close)
        await self.keys.empty(group_id, caller)  # what was ended does not come back when the group is opened again
        return closed

    async def reopen(self, group_id: str, revision: int, caller: Caller) -> Group:
        """Open a closed group again, without the keys that were in it. Raises NothingThere, ChangedMeanwhile."""
        present = await self.limiter.run(lambda: self._unchanged(group_id, revision))
        if not present.closed:
            return present
        await self.keys.empty(group_id, caller)

        def reopen() -> Group:
            group = self._unchanged(group_id, revision)
            opened = self.store.write(replace(group, closed=""))
            self.audit.write("groups reopen", caller, what=group_id)
            return opened

        return await self.limiter.run(reopen)

    async def remove(self, group_id: str, revision: int, caller: Caller) -> None:
        """Take back the declaration of a group that nothing names. Raises NothingThere, ChangedMeanwhile, Conflict."""

        def remove() -> None:
            view = self._find(group_id)
            group = self._unchanged(group_id, revision)
            if not view.can_be_removed:
                raise Conflict(
                    f"{group_id}: something names the group, or it is closed, which must not be forgotten. A group "
                    "that is not used any more can be closed.",
                    rule="named",
                )
            self.store.remove(group)
            self.audit.write("groups remove", caller, what=group_id)

        await self.limiter.run(remove)

    async def join(self, group_id: str, key_id: int, caller: Caller) -> Key:
        """Put a member's key into a group. Raises NothingThere, InvalidField, NotAllowed, NotReady."""
        await self.find(group_id)
        key = await self.keys.join(key_id, group_id, caller)
        self.audit.write("groups join", caller, what=group_id, details=key.name)
        return key

    async def leave(self, group_id: str, key_id: int, caller: Caller) -> Key:
        """Take a key out of a group. Raises NothingThere, NotReady."""
        await self.find(group_id)
        key = await self.keys.leave(key_id, group_id, caller)
        self.audit.write("groups leave", caller, what=group_id, details=key.name)
        return key

    def _unchanged(self, group_id: str, revision: int) -> Group:
        """Return a group as somebody looked at it. Raises NothingThere, ChangedMeanwhile."""
        group = self._find(group_id).group
        if group.revision != revision:
            raise ChangedMeanwhile(CHANGED)
        return group

    def _find(self, group_id: str) -> GroupView:
        try:
            return self._read()[group_id]
        except KeyError as error:
            raise NothingThere(NO_GROUP) from error

    def _read(self) -> dict[str, GroupView]:
        declared, uses = self.store.all(), self.uses.read()
        closed = {group.id for group in declared.values() if group.closed}
        views = {}
        for group_id in sorted({*declared, *uses}):
            group, use = declared.get(group_id, Group(group_id)), uses.get(group_id, GroupUse())
            hidden = left_to_staff(use.documents, {*closed, group_id})
            views[group_id] = GroupView(group, use, tuple(hidden))
        return views


def _describe(group: Group) -> str:
    """Return what a group is called, for the audit log."""
    return "; ".join(f"{language}: {name}" for language, name in group.names.items())


GroupsDependency = Annotated[GroupService, Depends(provided(GroupService))]
