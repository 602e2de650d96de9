"""The few expressions that SQLite and PostgreSQL write differently; all other SQL of the store is the same for both."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Dialect:
    """Functions from an expression to SQL. A JSON array is a text, as both databases store it."""

    elements: Callable[[str], str]  # of a JSON array, as a table with the column `value`
    metadata_value: Callable[[str], str]  # of the column `metadata`, by a name
    metadata_groups: str  # as the column `groups` holds them
    last_section_end: str  # of the column `sections`, NULL where there is none
    are_different: Callable[[str, str], str]  # where NULL is a value like others

    def texts(self, array: str) -> str:
        """Return the query of a JSON array's texts."""
        return f"SELECT value FROM {self.elements(array)}"

    def numbers(self, array: str) -> str:
        """Return the query of a JSON array's whole numbers."""
        return f"SELECT CAST(value AS bigint) FROM {self.elements(array)}"


SQLITE: Final = Dialect(
    elements=lambda array: f"json_each({array})",
    metadata_value=lambda name: f"json_extract(metadata, '$.{name}')",
    metadata_groups="coalesce(json_extract(metadata, '$.groups'), '[]')",
    last_section_end="json_extract(sections, '$[#-1][2]')",
    are_different=lambda first, second: f"{first} IS NOT {second}",
)
POSTGRESQL: Final = Dialect(
    elements=lambda array: f"json_array_elements_text(CAST({array} AS json)) AS elements (value)",
    metadata_value=lambda name: f"(CAST(metadata AS json) ->> '{name}')",
    metadata_groups="""coalesce(replace(CAST(CAST(metadata AS json) -> 'groups' AS text), '", "', '","'), '[]')""",
    last_section_end="CAST(CAST(sections AS json) -> -1 ->> 2 AS integer)",
    are_different=lambda first, second: f"{first} IS DISTINCT FROM {second}",
)
