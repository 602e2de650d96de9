"""The wire format of the directory."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from pydantic import BaseModel, Field

from service.browse.listing import BrowsedWork
from service.directory.listing import Directory
from service.documents.schemas import DocumentOut, document_out

Territory = Annotated[
    str, Field(max_length=300, pattern=r"^[^\u0000]*$", description="As `territories` names it, word for word")
]


class BorderEntryOut(BaseModel):
    """A border with its contacts by organisation, open calls by deadline, and events to come by day."""

    border: str | None = Field(description="Null for what names no border", examples=["ES-FR"])
    contacts: list[DocumentOut] = Field(description="`organisation`, `function` and `territory` say whom to ask")
    calls: list[DocumentOut] = Field(description="Open today, those without a `deadline` last")
    events: list[DocumentOut] = Field(description="Not over yet")


class DirectoryResponse(BaseModel):
    """The directory, and the territories of all its contacts, by which it can be narrowed."""

    borders: list[BorderEntryOut]
    territories: list[str] = Field(examples=[["Eurodistrict Strasbourg-Ortenau"]])


def directory_response(directory: Directory, base: str) -> DirectoryResponse:
    """Return a directory in the wire format. Addresses begin with `base`."""

    def documents(works: Iterable[BrowsedWork]) -> list[DocumentOut]:
        return [document_out(work.document, base) for work in works]

    return DirectoryResponse(
        borders=[
            BorderEntryOut(
                border=entry.border or None,
                contacts=documents(entry.contacts),
                calls=documents(entry.calls),
                events=documents(entry.events),
            )
            for entry in directory.entries
        ],
        territories=list(directory.territories),
    )
