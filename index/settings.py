"""The settings that writing and reading the index share, read from an environment given as an argument."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

BUNDLED_MODEL = "bundled"


@dataclass(frozen=True, slots=True)
class IndexSettings:
    """Where the index lives and the model it is made with."""

    data: Path = Path("var")
    model: str = BUNDLED_MODEL
    models: Path = Path("var/models")
    query_prompt: str = ""
    passage_prompt: str = ""

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> IndexSettings:
        """Read PASSERELLE_DATA, PASSERELLE_MODEL and PASSERELLE_MODELS; a blank value counts as not given.

        PASSERELLE_MODEL is `bundled`, a sentence-transformers folder, or a model's name on the hub.
        PASSERELLE_QUERY_PROMPT and PASSERELLE_PASSAGE_PROMPT go before texts for models that do not bring theirs.
        """
        data = Path(environ.get("PASSERELLE_DATA", "").strip() or "var")
        models = environ.get("PASSERELLE_MODELS", "").strip()
        model = environ.get("PASSERELLE_MODEL", "").strip() or BUNDLED_MODEL
        return cls(
            data=data,
            model=model,
            models=Path(models) if models else data / "models",
            query_prompt=environ.get("PASSERELLE_QUERY_PROMPT", ""),
            passage_prompt=environ.get("PASSERELLE_PASSAGE_PROMPT", ""),
        )

    @property
    def store(self) -> Path:
        """The SQLite file that is the truth."""
        return self.data / "passerelle.sqlite"
