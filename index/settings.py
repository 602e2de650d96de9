"""The settings that writing and reading the index share, read from an environment given as an argument."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from index.setting_files import read_setting_files

BUNDLED_MODEL = "bundled"
BUNDLED_READER = "bundled"  # with the bundled model; any other is used without one
STORE = "passerelle.sqlite"
S3 = "s3://"
SERVER_FOLDER = "postgresql"  # below the data folder: what is derived from an index in PostgreSQL
_OWN_THESAURUS = Path("corpus/thesaurus.ttl")


@dataclass(frozen=True, slots=True)
class IndexSettings:
    """Where the index lives and the model it is made with."""

    data: Path = Path("var")
    model: str = BUNDLED_MODEL
    models: Path = Path("var/models")
    query_prompt: str = ""
    passage_prompt: str = ""
    database: str = field(default="", repr=False)  # postgresql://…, with a password; "": an SQLite file in `data`
    objects: str = ""  # a shared folder of original files, or s3://bucket/folder; "": a folder in `data`
    subfolder: str = ""  # below `data`, of an index that was rebuilt or restored (`index.store.current_index`)
    reranker: str = ""  # a sentence-transformers CrossEncoder, by folder or hub name; "": none
    reader: str = BUNDLED_READER  # or the folder of another one's weights; "": none
    thesaurus: Path | None = None  # SKOS in Turtle; None: the lexical arm looks for the user's words alone

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> IndexSettings:
        """Read PASSERELLE_DATA, PASSERELLE_MODEL and PASSERELLE_MODELS; a blank value counts as not given.

        PASSERELLE_DATABASE is the address of a PostgreSQL database; not given, the index is an SQLite file.
        PASSERELLE_OBJECTS is a shared folder of original files, or s3://bucket/folder; not given, it is in the data.
        PASSERELLE_MODEL is `bundled`, a sentence-transformers folder, or a model's name on the hub.
        PASSERELLE_QUERY_PROMPT and PASSERELLE_PASSAGE_PROMPT go before texts for models that do not bring theirs.
        PASSERELLE_RERANKER is the folder or hub name of a CrossEncoder; not given, none.
        PASSERELLE_READER is `bundled`, `none`, or the folder that `python -m eval.reader export` wrote.
        PASSERELLE_THESAURUS is a SKOS file in Turtle; not given, it is corpus/thesaurus.ttl where there is one, and
        given blank, none.

        Each can be read from a file: PASSERELLE_DATABASE_FILE=/run/secrets/database. Raises SettingsError.
        """
        environ = read_setting_files(environ)
        data = Path(environ.get("PASSERELLE_DATA", "").strip() or "var")
        models = environ.get("PASSERELLE_MODELS", "").strip()
        model = environ.get("PASSERELLE_MODEL", "").strip() or BUNDLED_MODEL
        reader = environ.get("PASSERELLE_READER", "").strip() or BUNDLED_READER
        return cls(
            data=data,
            database=environ.get("PASSERELLE_DATABASE", "").strip(),
            objects=environ.get("PASSERELLE_OBJECTS", "").strip(),
            model=model,
            models=Path(models) if models else data / "models",
            query_prompt=environ.get("PASSERELLE_QUERY_PROMPT", ""),
            passage_prompt=environ.get("PASSERELLE_PASSAGE_PROMPT", ""),
            reranker=environ.get("PASSERELLE_RERANKER", "").strip(),
            reader="" if reader == "none" else reader,
            thesaurus=_thesaurus(environ.get("PASSERELLE_THESAURUS")),
        )

    @property
    def folder(self) -> Path:
        """The folder of an embedded index, or of what this machine derives from one in PostgreSQL."""
        return (self.data / SERVER_FOLDER if self.database else self.data) / self.subfolder

    @property
    def place(self) -> str:
        """What messages call the index."""
        return f"PostgreSQL, {self.subfolder or 'first index'}" if self.database else str(self.folder)

    @property
    def store(self) -> Path:
        """The SQLite file that is the truth, unless that is in PostgreSQL."""
        return self.folder / STORE

    @property
    def originals(self) -> Path:
        """The folder of the files as they were read, unless `objects` says where they are."""
        return self.data / "originals"

    @property
    def vectors(self) -> Path:
        """The folder of the vectors' own files, where there are too many to be read at each start."""
        return self.folder / "vectors"

    @property
    def lexical(self) -> Path:
        """The folder of the lexical index."""
        return self.folder / "lexical"

    @property
    def near_copies(self) -> Path:
        """The file of signatures that near copies are recognised by; derived."""
        return self.folder / "near-copies.npz"

    @property
    def model_choice(self) -> tuple[str, str, str]:
        return self.model, self.query_prompt, self.passage_prompt

    @property
    def thesaurus_additions(self) -> Path:
        """What staff added to the thesaurus: SKOS in Turtle, read together with it."""
        return self.data / "thesaurus-additions.ttl"

    @property
    def thesaurus_cache(self) -> Path:
        """What was read of the thesaurus, beside the index; derived."""
        return self.data / "thesaurus.json"


def _thesaurus(given: str | None) -> Path | None:
    if given is None:
        return _OWN_THESAURUS if _OWN_THESAURUS.is_file() else None
    return Path(given.strip()) if given.strip() else None
