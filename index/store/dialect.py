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
    among: Callable[[str, str], str]  # of a column and a query of what it may be
    are_different: Callable[[str, str], str]  # where NULL is a value like others

    def texts(self, array: str) -> str:
        """Return the query of a JSON array's texts."""
        return f"SELECT value FROM {self.elements(array)}"

    def is_among(self, column: str, array: str) -> str:
        """Return the condition that a column is one of a JSON array's whole numbers."""
        return self.among(column, f"SELECT CAST(value AS bigint) FROM {self.elements(array)}")


SQLITE: Final = Dialect(
    elements=lambda array: f"json_each({array})",
    metadata_value=lambda name: f"json_extract(metadata, '$.{name}')",
    metadata_groups="coalesce(json_extract(metadata, '$.groups'), '[]')",
    last_section_end="json_extract(sections, '$[#-1][2]')",
    among=lambda column, query: f"{column} IN ({query})",
    are_different=lambda first, second: f"{first} IS NOT {second}",
)
POSTGRESQL: Final = Dialect(
    elements=lambda array: f"json_array_elements_text(CAST({array} AS json)) AS elements (value)",
    metadata_value=lambda name: f"(CAST(metadata AS json) ->> '{name}')",
    metadata_groups="""coalesce(replace(CAST(CAST(metadata AS json) -> 'groups' AS text), '", "', '","'), '[]')""",
    last_section_end="CAST(CAST(sections AS json) -> -1 ->> 2 AS integer)",
    # Not IN: under policies only what is compared with an array is looked up in an index, before they are asked.
    among=lambda column, query: f"{column} = ANY (ARRAY({query}))",
    are_different=lambda first, second: f"{first} IS DISTINCT FROM {second}",
)
