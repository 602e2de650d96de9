"""What names a group: documents, keys, an issuer's people, dossiers, letters, uploads, forums, alerts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, TypeVar

from index.documents import Access, Audience, Metadata
from service.alerts.sightings import Sightings
from service.auth.keys import Key, KeyStore
from service.auth.people import People
from service.dossiers.store import DossierStore
from service.ingestion.state import IngestionFiles
from service.library.open_index import Documents, Library
from service.newsletter.store import Letters
from service.uploads.store import UploadFolder

FORUM_SETTING: Final = "PASSERELLE_FORUM_AUDIENCES"
Value = TypeVar("Value")


class GroupDocument(NamedTuple):
    """A document of a group, with all of its groups, as it is once every correction is applied."""

    id: str
    title: str
    audience: Audience
    groups: tuple[str, ...]

    @property
    def is_for_members(self) -> bool:
        """Say whether the group's members see it; else only staff do."""
        return self.audience is not Audience.STAFF


@dataclass(frozen=True, slots=True)
class GroupUse:
    """What names a group. `keys` are the living ones, `people` those whom the issuer's claim puts into it now.

    `shares` counts dossiers, `letters` those of the newsletter, `uploads` those that wait; `categories` are a forum's.
    """

    documents: tuple[GroupDocument, ...] = ()
    keys: tuple[Key, ...] = ()
    people: int = 0
    shares: int = 0
    letters: int = 0
    uploads: int = 0
    categories: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        return self == GroupUse()

    @property
    def for_members(self) -> Sequence[GroupDocument]:
        return [document for document in self.documents if document.is_for_members]

    @property
    def for_staff(self) -> Sequence[GroupDocument]:
        return [document for document in self.documents if not document.is_for_members]


@dataclass(frozen=True)
class GroupUses:
    """Reads what names groups, wherever it is kept. `forum_audiences` is the setting of that name."""

    library: Library
    keys: KeyStore
    people: People | None  # None without an issuer
    dossiers: DossierStore
    letters: Letters
    uploads: UploadFolder
    ingestion: IngestionFiles
    sightings: Sightings
    forum_audiences: str

    def read(self) -> dict[str, GroupUse]:
        """Return every group that something names, by id, with what does. Raises NotReady."""
        documents = _collect(_documents(self.library.borrow().store))
        keys = _collect((group, key) for key in self.keys.all() if key.revoked is None for group in key.groups)
        people = self.people.count_members() if self.people else {}
        shares = self.dossiers.count_group_shares()
        letters = _collect(
            (letter.readership.group, letter) for letter in self.letters.all() if letter.readership.group
        )
        waiting = [upload for upload in self.uploads.all() if upload.state == "waiting"]
        uploads = _collect((group, upload) for upload in waiting for group in upload.groups)
        categories = _collect(self._categories())
        in_alerts = self.sightings.groups()
        named = {*documents, *keys, *people, *shares, *letters, *uploads, *categories, *in_alerts}
        return {
            group: GroupUse(
                tuple(documents.get(group, ())),
                tuple(keys.get(group, ())),
                people.get(group, 0),
                shares.get(group, 0),
                len(letters.get(group, ())),
                len(uploads.get(group, ())),
                tuple(dict.fromkeys(categories.get(group, ()))),
            )
            for group in sorted(named)
        }

    def _categories(self) -> Iterator[tuple[str, str]]:
        """Yield the groups that forums' settings name, here and in former runs of ingestion, each with its category."""
        former = (source.environ.get(FORUM_SETTING, "") for source in self.ingestion.sources())
        for setting in dict.fromkeys([self.forum_audiences, *former]):
            for part in setting.split(","):
                category, _, readers = (piece.strip() for piece in part.partition("="))
                if readers.startswith("group:"):
                    yield from ((group, category) for group in readers.removeprefix("group:").split("+"))


def left_to_staff(documents: Iterable[GroupDocument], closed: Iterable[str]) -> list[GroupDocument]:
    """Return the documents whose members see them no more when these groups are closed."""
    gone = {*closed}
    return [document for document in documents if document.is_for_members and {*document.groups} <= gone]


def _documents(store: Documents) -> Iterator[tuple[str, GroupDocument]]:
    corrected: dict[str, Metadata] = {each.document_id: each.metadata for each in store.list_corrections()}
    for listed in store.list_documents(Access(Audience.STAFF)):
        card = listed.card
        metadata = corrected.get(card.id, card.metadata)
        for group in metadata.groups:
            yield group, GroupDocument(card.id, metadata.title or card.id, metadata.audience, metadata.groups)


def _collect(pairs: Iterable[tuple[str, Value]]) -> Mapping[str, list[Value]]:
    collected: dict[str, list[Value]] = defaultdict(list)
    for group, value in pairs:
        collected[group].append(value)
    return collected
