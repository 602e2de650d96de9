"""The wire format of keys. A secret is in the answer that makes its key, and in no other."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from index.documents import GROUP_FORM, Audience
from service.auth.callers import LONGEST_ORGANISATION, organisation_name
from service.auth.keys import Key
from service.auth.scopes import Scope, usual_scopes
from service.history.schemas import ChangeOut
from service.http.fields import Day
from service.keys.service import KeyChange, NewKey, Scopes

LONGEST_NAME: Final = 100
PRINTABLE: Final = f"expected 1 to {LONGEST_NAME} printable characters"


def _printable(text: str) -> str:
    if not text.strip() or not text.isprintable():
        raise ValueError(PRINTABLE)
    return text.strip()


def _organisation(text: str) -> str:
    name = organisation_name(text)
    if text and not name:
        raise ValueError(PRINTABLE)
    return name


Name = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_NAME), AfterValidator(_printable)]
Organisation = Annotated[str, StringConstraints(max_length=LONGEST_ORGANISATION), AfterValidator(_organisation)]
Group = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$"), Field(description=GROUP_FORM)]
Forum = Annotated[
    str,
    StringConstraints(pattern=r"^(?:[a-z0-9][a-z0-9.-]{0,99})?$"),
]
Category = Annotated[str, StringConstraints(pattern=r"^[\w-]{1,100}$")]
ScopesIn = Annotated[
    Annotated[frozenset[Scope], Field(min_length=1)] | None,
    Field(description="null: the usual ones of its audience, now and later"),
]
ExpiresIn = Annotated[Day | None, Field(description="Its last day (UTC), today or later; null: none")]
GroupsIn = Annotated[frozenset[Group], Field(max_length=50, description="Of a member's key")]


class NewKeyIn(BaseModel):
    """A key to be made: whose it is, what it shows, what it is for."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"name": "Marie", "audience": "member", "groups": ["gt-sante"]}]},
    )

    name: Name
    audience: Audience
    expires: ExpiresIn = None
    scopes: ScopesIn = None
    forum: Annotated[Forum, Field(description="Whose threads it hands in, with the scope ingest-threads")] = ""
    categories: Annotated[frozenset[Category], Field(max_length=50)] = frozenset()
    groups: GroupsIn = frozenset()
    organisation: Organisation = ""

    def new_key(self) -> NewKey:
        return NewKey(
            self.name,
            self.audience,
            self.expires,
            self.scopes,
            self.forum,
            self.categories,
            self.groups,
            self.organisation,
        )


class KeyChangeIn(BaseModel):
    """What a key is for from now on; what is left out stays as it is."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"groups": ["gt-sante"]}]})

    scopes: ScopesIn = None
    groups: GroupsIn = frozenset()
    expires: ExpiresIn = None
    confirmed: Annotated[
        str, Field(max_length=LONGEST_NAME, description="The key's name, where no key could manage keys afterwards")
    ] = ""

    def change_of(self, key: Key) -> KeyChange:
        given = self.model_fields_set
        return KeyChange(
            self.scopes if "scopes" in given else scopes_of(key),
            self.groups if "groups" in given else key.groups,
            self.expires if "expires" in given else key.expires,
        )


class KeyOut(BaseModel):
    """What is known of a key. Its secret is not."""

    id: int = Field(examples=[3])
    name: str = Field(examples=["Marie"])
    audience: Audience
    scopes: list[Scope]
    groups: list[str] = Field(examples=[["gt-sante"]])
    organisation: str
    forum: str = Field(description="Whose threads it hands in, empty: none, or of a staff key any")
    categories: list[str] = Field(description="Of that forum; empty: all")
    created: date
    expires: date | None = Field(description="Its last day (UTC)")
    used: date | None = Field(description="The last day it was used on, null: never, or not since days are kept")
    revoked: date | None


class NewKeyOut(BaseModel):
    """A key that was made, with its secret, which is shown this once."""

    key: KeyOut
    secret: str = Field(description="Only its hash is kept")


class KeysOut(BaseModel):
    keys: list[KeyOut]
    changes: list[ChangeOut] = Field(description="The latest, the newest first, those of the command line too")


def scopes_of(key: Key) -> Scopes:
    """Return a key's scopes as they are given: None for the usual ones."""
    return None if key.scopes == usual_scopes(key.audience) else key.scopes


def key_out(key: Key) -> KeyOut:
    return KeyOut(
        id=key.id,
        name=key.name,
        audience=key.audience,
        scopes=sorted(key.scopes),
        groups=sorted(key.groups),
        organisation=key.organisation,
        forum=key.binding.forum if key.binding else "",
        categories=sorted(key.binding.categories) if key.binding else [],
        created=key.created,
        expires=key.expires,
        used=key.used,
        revoked=key.revoked,
    )
