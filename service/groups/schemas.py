"""The wire format of groups."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from index.documents import GROUP_FORM, Audience
from service.auth.groups import Group
from service.groups.naming import GroupDocument
from service.groups.service import GroupView
from service.history.changes import Change
from service.history.schemas import ChangeOut, changes_out

LONGEST_NAME: Final = 100
LONGEST_DESCRIPTION: Final = 1000
Language = Literal["fr", "en", "de", "es", "it", "nl"]
GroupId = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$"),
    Field(description=GROUP_FORM, examples=["gt-sante"]),
]
GroupName = Annotated[
    str,
    StringConstraints(max_length=LONGEST_NAME, pattern=r"^[^\s\x00-\x1f\x7f]([^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f])?$"),
]
Names = Annotated[dict[Language, GroupName], Field(min_length=1, description="By language, in one at least")]
Description = Annotated[
    str,
    StringConstraints(max_length=LONGEST_DESCRIPTION, pattern=r"^[^\x00]*$"),
    Field(description="What it is for; staff alone read it"),
]


class NewGroupIn(BaseModel):
    """A group to be declared."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"id": "gt-eau", "names": {"fr": "GT Eau", "de": "AG Wasser"}}]},
    )

    id: GroupId
    names: Names
    description: Description = ""

    def group(self) -> Group:
        return Group(self.id, _plain(self.names), self.description)


class GroupChangeIn(BaseModel):
    """What becomes of a group; what is left out stays as it is. One that is closed has no members from then on."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"names": {"fr": "GT Santé"}}]})

    names: Names | None = None
    description: Description | None = None
    closed: Annotated[bool | None, Field(strict=True)] = None

    def describes(self) -> bool:
        """Say whether names or the description are to be changed."""
        return self.names is not None or self.description is not None

    def names_of(self, group: Group) -> Mapping[str, str]:
        return group.names if self.names is None else _plain(self.names)

    def description_of(self, group: Group) -> str:
        return group.description if self.description is None else self.description


class GroupKeyOut(BaseModel):
    """A key that is in a group."""

    id: int = Field(examples=[3])
    name: str = Field(examples=["Marie"])


class GroupOut(BaseModel):
    """A group and what names it."""

    id: str = Field(examples=["gt-sante"])
    names: dict[str, str] = Field(
        description="By language; empty where nobody declared it", examples=[{"fr": "GT Santé"}]
    )
    description: str
    closed: str | None = Field(description="When it was closed, null while it is open")
    revision: int = Field(description="For `If-Match` when it is changed; 0: nobody has declared it")
    documents: dict[Audience, int] = Field(description="How many name it, by audience", examples=[{"member": 4}])
    hidden_if_closed: int = Field(description="Of these, how many only its members see, besides staff")
    keys: list[GroupKeyOut] = Field(description="Those in it, without the revoked ones")
    people: int = Field(description="How many the issuer's claim puts into it, of those who signed in recently")
    dossiers: int = Field(description="How many are shared with it")
    letters: int = Field(description="How many letters of the newsletter are for it")
    uploads: int = Field(description="How many that wait to be read name it")
    forum_categories: list[str] = Field(description="Whose threads are for it, by PASSERELLE_FORUM_AUDIENCES")


class GroupDocumentOut(BaseModel):
    """A document of a group."""

    id: str = Field(examples=["membres/ambulance"])
    title: str
    audience: Audience
    groups: list[str]
    hidden_if_closed: bool


class GroupDetailsOut(GroupOut):
    """A group, what names it, its documents, and who changed what of it."""

    document_list: list[GroupDocumentOut]
    changes: list[ChangeOut] = Field(description="The latest, the newest first")


class GroupsOut(BaseModel):
    groups: list[GroupOut]
    claim: str = Field(description="The issuer's claim that names groups; empty without an issuer", examples=["groups"])
    changes: list[ChangeOut] = Field(description="The latest, the newest first")


def group_out(view: GroupView) -> GroupOut:
    return GroupOut(
        id=view.group.id,
        names=dict(view.group.names),
        description=view.group.description,
        closed=view.group.closed or None,
        revision=view.group.revision,
        documents={
            audience: count
            for audience in Audience
            if (count := sum(document.audience is audience for document in view.use.documents))
        },
        hidden_if_closed=len(view.hidden),
        keys=[GroupKeyOut(id=key.id, name=key.name) for key in view.use.keys],
        people=view.use.people,
        dossiers=view.use.shares,
        letters=view.use.letters,
        uploads=view.use.uploads,
        forum_categories=list(view.use.categories),
    )


def details_out(view: GroupView, changes: Iterable[Change]) -> GroupDetailsOut:
    documents = [_document_out(document, document in view.hidden) for document in view.use.documents]
    return GroupDetailsOut(**group_out(view).model_dump(), document_list=documents, changes=changes_out(changes))


def _document_out(document: GroupDocument, is_hidden: bool) -> GroupDocumentOut:
    return GroupDocumentOut(
        id=document.id,
        title=document.title,
        audience=document.audience,
        groups=list(document.groups),
        hidden_if_closed=is_hidden,
    )


def _plain(names: Mapping[Language, str]) -> dict[str, str]:
    return {str(language): name for language, name in names.items()}
