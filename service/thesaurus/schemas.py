"""The wire format of the thesaurus."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from index.lexical.thesaurus import Concept
from service.history.schemas import ChangeOut
from service.http.fields import Country
from service.thesaurus.additions import AddedLabel, LabelKind
from service.thesaurus.service import SCHEMES, NewConcept

Language = Literal["fr", "en", "de", "es", "it", "nl"]
LabelText = Annotated[
    str, StringConstraints(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*[^\x00-\x20\x7f][^\x00-\x1f\x7f]*$")
]
Key = Annotated[
    str, StringConstraints(max_length=200, pattern=r"^[^\x00-\x20/]+/[^\x00-\x20/]+$"), Field(examples=["theme/health"])
]
Note = Annotated[str, StringConstraints(max_length=1000, pattern=r"^[^\x00]*$")]
AlthoughKnown = Annotated[bool, Field(description="Although another concept has the name too", strict=True)]


class LabelIn(BaseModel):
    """A name for a concept."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"concept": "theme/health", "kind": "alternative", "language": "fr", "text": "REME"}]
        },
    )

    concept: Key
    kind: LabelKind = LabelKind.ALTERNATIVE
    language: Language
    text: LabelText
    although_known: AlthoughKnown = False

    def label(self) -> AddedLabel:
        """Return the label; its concept is still named by its key."""
        return AddedLabel(self.concept, self.kind, self.language, self.text)


class ConceptIn(BaseModel):
    """A new concept: a scheme, a name in one language at least, and what is above it."""

    model_config = ConfigDict(extra="forbid")

    scheme: Annotated[str, StringConstraints(pattern=rf"^(?:{'|'.join(SCHEMES)})$")]
    labels: Annotated[dict[Language, LabelText], Field(min_length=1)]
    broader: Annotated[list[Key], Field(max_length=20)] = []
    countries: Annotated[list[Country], Field(max_length=20, description="Where it lies")] = []
    note: Annotated[Note, Field(description="What belongs to it and what does not")] = ""
    note_language: Language = "fr"
    although_known: AlthoughKnown = False

    def new_concept(self) -> NewConcept:
        labels = {str(language): text for language, text in self.labels.items()}
        return NewConcept(self.scheme, labels, self.broader, self.countries, self.note, self.note_language)


class BroaderIn(BaseModel):
    """That a concept stands below another one."""

    model_config = ConfigDict(extra="forbid")

    concept: Key
    broader: Key


class ConceptOut(BaseModel):
    """A concept with its names; the first of a language is the preferred one where there is one."""

    key: str = Field(examples=["theme/health"])
    uri: str
    scheme: str
    labels: dict[str, list[str]]
    hidden: dict[str, list[str]] = Field(description="Recognised, never shown")
    broader: list[str]
    is_added: bool = Field(description="Added here, not in the operator's file")


class AddedLabelOut(BaseModel):
    uri: str
    kind: LabelKind
    language: str
    text: str


class ThesaurusOut(BaseModel):
    """Concepts that were asked for, and what was added here."""

    total: int
    concepts: list[ConceptOut]
    added_labels: list[AddedLabelOut]
    changes: list[ChangeOut]


class KeyOut(BaseModel):
    key: str = Field(description="Of the concept that was added", examples=["theme/reme"])


def concepts_out(concepts: Iterable[Concept], added: Mapping[str, str]) -> list[ConceptOut]:
    return [
        ConceptOut(
            key=concept.key,
            uri=concept.uri,
            scheme=concept.scheme,
            labels={language: [label.text for label in labels] for language, labels in concept.labels.items()},
            hidden={language: [label.text for label in labels] for language, labels in concept.hidden.items()},
            broader=list(concept.broader),
            is_added=concept.uri in added,
        )
        for concept in concepts
    ]
