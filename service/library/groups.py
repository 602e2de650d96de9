"""What groups are called, for whoever may know that they exist; and those that staff choose among."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from fastapi import Request

from index.documents import Access, Audience
from service.auth.callers import Caller
from service.auth.groups import Group, GroupStore
from service.auth.keys import KeyStore
from service.errors import NotReady
from service.http.concurrency import ConcurrencyLimiter
from service.http.dependencies import components_of
from service.library.open_index import Library
from service.web.translating import translator


class GroupChoice(NamedTuple):
    """A group that a form offers; one that is closed stands there only where it is chosen already."""

    id: str
    name: str
    is_closed: bool


@dataclass(frozen=True)
class GroupDirectory:
    """Knows the groups by name. A member is told those they are in, and of no other that there is one."""

    store: GroupStore
    keys: KeyStore
    library: Library
    limiter: ConcurrencyLimiter

    async def names(self, access: Access, language: str) -> Mapping[str, str]:
        """Return what the groups are called, by id, that somebody may know of: staff all, members their own."""
        if access.audience is not Audience.STAFF and not access.groups:
            return {}

        def read() -> Mapping[str, str]:
            is_staff = access.audience is Audience.STAFF
            declared = self.store.all().values()
            return {group.id: group.name(language) for group in declared if is_staff or group.id in access.groups}

        return await self.limiter.run(read)

    async def choices(self, language: str, chosen: Collection[str] = ()) -> Sequence[GroupChoice]:
        """Return, by name, the open groups that are declared or that documents or keys name, and those that are chosen.

        For staff: it names every group.
        """

        def read() -> Sequence[GroupChoice]:
            declared = self.store.all()
            groups = [declared.get(group_id, Group(group_id)) for group_id in {*declared, *self._named(), *chosen}]
            offered = [
                GroupChoice(group.id, group.name(language), bool(group.closed))
                for group in groups
                if not group.closed or group.id in chosen
            ]
            return sorted(offered, key=lambda choice: (choice.name.casefold(), choice.id))

        return await self.limiter.run(read)

    def _named(self) -> set[str]:
        of_keys = {group for key in self.keys.all() if key.revoked is None for group in key.groups}
        try:
            return of_keys | {*self.library.borrow().store.member_groups()}
        except NotReady:  # no index yet, and so no document
            return of_keys


async def group_names(request: Request, caller: Caller) -> Mapping[str, str]:
    """Return what a page calls the groups that its reader may know of, by id; others are called by their ids."""
    return await components_of(request).get(GroupDirectory).names(caller.access, translator(request).language)


async def group_choices(request: Request, chosen: Collection[str] = ()) -> Sequence[GroupChoice]:
    """Return the groups that a form of staff offers, with those that are chosen already."""
    return await components_of(request).get(GroupDirectory).choices(translator(request).language, chosen)
