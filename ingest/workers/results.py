"""What a worker hands in of a file, as bytes: its text as JSON, compressed, and its vectors and token codes as arrays.

Nothing in it is ever run (no pickle): it comes out of a database that other machines write to.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any, Final

import numpy as np

from index.documents import Document, Passage, Section
from index.reasons import Reason
from index.store.records import metadata_from_json, metadata_to_json
from index.types import Codes, Vectors
from index.update import Embeddings
from ingest.loaders.loaded_file import LoadedFile, UnreadableFile
from ingest.sync.reading import ReadFile

KEY: Final = 16  # bytes of a text's key


def to_bytes(result: ReadFile | UnreadableFile) -> bytes:
    """Return the result as `from_bytes` takes it."""
    if isinstance(result, UnreadableFile):
        payload: dict[str, Any] = {"unreadable": result.reason.as_json()}
        arrays = {}
    else:
        payload = {"loaded": result.loaded.as_json(), "document": _document_to_json(result)}
        arrays = _to_arrays(result.embeddings)
    text = np.frombuffer(zlib.compress(json.dumps(payload, default=str).encode(), 1), np.uint8)
    buffer = BytesIO()
    np.savez(buffer, allow_pickle=False, text=text, **arrays)
    return buffer.getvalue()


def from_bytes(content: bytes) -> ReadFile | UnreadableFile:
    """Return the result that `to_bytes` wrote."""
    with np.load(BytesIO(content), allow_pickle=False) as arrays:
        payload = json.loads(zlib.decompress(arrays["text"].tobytes()))
        if "unreadable" in payload:
            return UnreadableFile(Reason.from_json(payload["unreadable"]))
        embeddings = _from_arrays(arrays)
    loaded, made = LoadedFile.from_json(payload["loaded"]), payload["document"]
    if made is None:
        return ReadFile(loaded, embeddings=embeddings)
    document = _document_from_json(made)
    passages = tuple(
        Passage(document.id, start, end, document.text[start:end], *words) for start, end, *words in made["passages"]
    )
    return ReadFile(loaded, document, passages, embeddings)


def _document_to_json(result: ReadFile) -> dict[str, Any] | None:
    document = result.document
    if document is None:
        return None
    return {
        "id": document.id,
        "text": document.text,
        "sections": [[s.label, s.start, s.end, s.heading, s.language] for s in document.sections],
        "metadata": metadata_to_json(document.metadata),
        "source": document.source,
        "path": document.path,
        "original": document.original,
        "passages": [[p.start, p.end, p.label, p.language, p.context] for p in result.passages],
    }


def _document_from_json(payload: Mapping[str, Any]) -> Document:
    return Document(
        payload["id"],
        payload["text"],
        tuple(Section(*section) for section in payload["sections"]),
        metadata_from_json(payload["metadata"]),
        source=payload["source"],
        path=payload["path"],
        original=payload["original"],
    )


def _to_arrays(embeddings: Embeddings) -> dict[str, np.ndarray[Any, Any]]:
    """Return the keys and vectors as matrices, the codes below one another with the number of rows of each."""
    if not embeddings.vectors:
        return {}
    arrays: dict[str, np.ndarray[Any, Any]] = {
        "keys": _keys_to_array(list(embeddings.vectors)),
        "vectors": np.array(list(embeddings.vectors.values()), np.float32),
    }
    if embeddings.codes:
        arrays["coded"] = _keys_to_array(list(embeddings.codes))
        arrays["lengths"] = np.array([len(codes) for codes in embeddings.codes.values()], np.int64)
        arrays["codes"] = np.concatenate(list(embeddings.codes.values()))
    return arrays


def _from_arrays(arrays: Mapping[str, np.ndarray[Any, Any]]) -> Embeddings:
    vectors: dict[bytes, Vectors] = {}
    codes: dict[bytes, Codes] = {}
    if "keys" in arrays:
        vectors = dict(zip(_keys_from_array(arrays["keys"]), arrays["vectors"], strict=True))
    if "coded" in arrays:
        parts = np.split(arrays["codes"], np.cumsum(arrays["lengths"])[:-1])
        codes = dict(zip(_keys_from_array(arrays["coded"]), parts, strict=True))
    return Embeddings(vectors, codes)


def _keys_to_array(keys: Sequence[bytes]) -> np.ndarray[Any, Any]:
    return np.frombuffer(b"".join(keys), np.uint8).reshape(len(keys), KEY)


def _keys_from_array(array: np.ndarray[Any, Any]) -> list[bytes]:
    return [key.tobytes() for key in array]
