"""OAI-PMH 2.0 (openarchives.org/OAI/openarchivesprotocol.html): public documents in Dublin Core, for harvesters.

Lists are ordered by datestamp and come in pages; a resumption token holds where the next one begins, so that a record
that changes during a harvest moves to its end and is never missed. Deleted records are not announced.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import quote, unquote, urlsplit

from lxml import etree

from index.clock import utc_now
from index.documents import Kind, Metadata
from index.types import DocumentCard
from service.feeds.store import Record
from service.feeds.xml import child, document, utc_timestamp
from service.web.citations import page_path
from service.web.kind_facts import plain_facts

OAI: Final = "http://www.openarchives.org/OAI/2.0/"
OAI_DC: Final = "http://www.openarchives.org/OAI/2.0/oai_dc/"
DC: Final = "http://purl.org/dc/elements/1.1/"
XSI: Final = "http://www.w3.org/2001/XMLSchema-instance"
PREFIX: Final = "oai_dc"
PAGE: Final = 100
_LISTS: Final = (frozenset({"metadataPrefix"}), frozenset({"from", "until", "set"}), "resumptionToken")
_ARGUMENTS: Final[Mapping[str, tuple[frozenset[str], frozenset[str], str]]] = {  # required, optional, exclusive
    "Identify": (frozenset(), frozenset(), ""),
    "ListMetadataFormats": (frozenset(), frozenset({"identifier"}), ""),
    "ListSets": (frozenset(), frozenset(), "resumptionToken"),
    "ListIdentifiers": _LISTS,
    "ListRecords": _LISTS,
    "GetRecord": (frozenset({"identifier", "metadataPrefix"}), frozenset(), ""),
}
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_SECOND: Final = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z")


class OaiError(Exception):
    """A condition of OAI-PMH; `code` is the protocol's word for it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Provider:
    """Answers the six verbs over the records, which are in order of (changed, id)."""

    records: Sequence[Record]
    base: str
    page: int = PAGE
    now: Callable[[], datetime] = utc_now

    def answer(self, request_arguments: Sequence[tuple[str, str]]) -> bytes:
        """Return the response to a request's arguments as XML; errors are inside it, as OAI-PMH has them."""
        root = etree.Element(f"{{{OAI}}}OAI-PMH", nsmap={None: OAI, "xsi": XSI})
        root.set(f"{{{XSI}}}schemaLocation", f"{OAI} {OAI}OAI-PMH.xsd")
        child(root, "responseDate", utc_timestamp(self.now()))
        request = child(root, "request", f"{self.base}/oai")
        try:
            arguments = parse_arguments(request_arguments)
            for name, value in arguments.items():
                request.set(name, value)
            verb = arguments.pop("verb")
            into = etree.Element(f"{{{OAI}}}{verb}")
            _VERBS[verb](self, into, arguments)
            root.append(into)
        except OaiError as error:
            if error.code in ("badVerb", "badArgument"):
                request.attrib.clear()
            child(root, "error", str(error), code=error.code)
        return document(root)

    def identify(self, into: Any, arguments: dict[str, str]) -> None:
        earliest = self.records[0].changed if self.records else self.now()
        child(into, "repositoryName", "Passerelle")
        child(into, "baseURL", f"{self.base}/oai")
        child(into, "protocolVersion", "2.0")
        child(into, "adminEmail", f"postmaster@{_host_of(self.base)}")
        child(into, "earliestDatestamp", utc_timestamp(earliest))
        child(into, "deletedRecord", "no")
        child(into, "granularity", "YYYY-MM-DDThh:mm:ssZ")

    def list_metadata_formats(self, into: Any, arguments: dict[str, str]) -> None:
        if "identifier" in arguments:
            self._find(arguments["identifier"])
        metadata_format = child(into, "metadataFormat")
        child(metadata_format, "metadataPrefix", PREFIX)
        child(metadata_format, "schema", f"{OAI}oai_dc.xsd")
        child(metadata_format, "metadataNamespace", OAI_DC)

    def list_sets(self, into: Any, arguments: dict[str, str]) -> None:
        if "resumptionToken" in arguments:  # the list is given whole, so none was ever handed out
            raise OaiError("badResumptionToken", "This list comes in one piece.")
        sets = {name: title for record in self.records for name, title in sets_of(record.card.metadata).items()}
        if not sets:
            raise OaiError("noSetHierarchy", "There are no sets yet.")
        for name, title in sorted(sets.items()):
            element = child(into, "set")
            child(element, "setSpec", name)
            child(element, "setName", title)

    def list_identifiers(self, into: Any, arguments: dict[str, str]) -> None:
        self._list(into, arguments, self._add_header)

    def list_records(self, into: Any, arguments: dict[str, str]) -> None:
        self._list(into, arguments, self._add_record)

    def get_record(self, into: Any, arguments: dict[str, str]) -> None:
        _check_prefix(arguments["metadataPrefix"])
        self._add_record(into, self._find(arguments["identifier"]))

    def _list(self, into: Any, arguments: dict[str, str], add: Callable[[Any, Record], None]) -> None:
        resumed = Resumption.parse(arguments["resumptionToken"]) if "resumptionToken" in arguments else None
        query = resumed.query if resumed else Query.parse(arguments)
        _check_prefix(query.prefix)
        matching = [record for record in self.records if query.matches(record)]
        left = [record for record in matching if resumed is None or resumed.is_before(record)]
        if not left:
            if resumed:
                raise OaiError("badResumptionToken", "Nothing is left of this list. Begin again.")
            raise OaiError("noRecordsMatch", "No record fits.")
        for record in left[: self.page]:
            add(into, record)
        done = resumed.done if resumed else 0
        if resumed or len(left) > self.page:
            token = ""  # the last page's empty token ends the list
            if len(left) > self.page:
                last = left[self.page - 1]
                token = Resumption(query, last.changed, last.card.id, done + self.page).token
            child(into, "resumptionToken", token, completeListSize=str(done + len(left)), cursor=str(done))

    def _add_record(self, into: Any, record: Record) -> None:
        element = child(into, "record")
        self._add_header(element, record)
        add_dublin_core(child(element, "metadata"), record.card, self.base, self._is_public)

    def _add_header(self, into: Any, record: Record) -> None:
        header = child(into, "header")
        child(header, "identifier", identifier_of(record.card.id, self.base))
        child(header, "datestamp", utc_timestamp(record.changed))
        for name in sorted(sets_of(record.card.metadata)):
            child(header, "setSpec", name)

    def _is_public(self, document_id: str) -> bool:
        return any(record.card.id == document_id for record in self.records)

    def _find(self, identifier: str) -> Record:
        beginning = identifier_of("", self.base)
        document_id = unquote(identifier.removeprefix(beginning)) if identifier.startswith(beginning) else None
        for record in self.records:
            if record.card.id == document_id:
                return record
        raise OaiError("idDoesNotExist", "There is no such record.")


_Verb = Callable[[Provider, Any, dict[str, str]], None]
_VERBS: Final[dict[str, _Verb]] = {
    "Identify": Provider.identify,
    "ListMetadataFormats": Provider.list_metadata_formats,
    "ListSets": Provider.list_sets,
    "ListIdentifiers": Provider.list_identifiers,
    "ListRecords": Provider.list_records,
    "GetRecord": Provider.get_record,
}


def parse_arguments(pairs: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Return the arguments, `verb` among them. Raises OaiError for a wrong verb or arguments that do not go with it."""
    verbs = [value for name, value in pairs if name == "verb"]
    if len(verbs) != 1 or verbs[0] not in _ARGUMENTS:
        raise OaiError("badVerb", f"Expected one of {', '.join(_ARGUMENTS)}, once.")
    required, optional, exclusive = _ARGUMENTS[verbs[0]]
    arguments = {name: value for name, value in pairs if name != "verb"}
    if len(arguments) != len(pairs) - 1:
        raise OaiError("badArgument", "An argument is there twice.")
    is_exclusive = bool(exclusive) and arguments.keys() == {exclusive}
    if not is_exclusive and not required <= arguments.keys() <= required | optional:
        needs = f"{verbs[0]} needs {sorted(required)}, may have {sorted(optional)}, nothing else."
        raise OaiError("badArgument", needs)
    if any(not value.isprintable() for value in arguments.values()):
        raise OaiError("badArgument", "An argument holds characters that cannot be printed.")
    return {"verb": verbs[0], **arguments}


@dataclass(frozen=True, slots=True)
class Query:
    """Which records a list holds; both ends are included."""

    prefix: str
    begin: datetime | None = None
    end: datetime | None = None
    set_name: str = ""

    @classmethod
    def parse(cls, arguments: Mapping[str, str]) -> Query:
        begin, end = arguments.get("from", ""), arguments.get("until", "")
        if begin and end and len(begin) != len(end):
            raise OaiError("badArgument", "`from` and `until` must be equally exact.")
        set_name = arguments.get("set", "")
        query = cls(arguments["metadataPrefix"], _parse_datestamp(begin), _parse_datestamp(end, is_end=True), set_name)
        if query.begin and query.end and query.begin > query.end:
            raise OaiError("badArgument", "`from` must not lie after `until`.")
        return query

    def matches(self, record: Record) -> bool:
        return (
            (self.begin is None or record.changed >= self.begin)
            and (self.end is None or record.changed <= self.end)
            and (not self.set_name or self._is_in_set(record))
        )

    def _is_in_set(self, record: Record) -> bool:
        """Say whether the record is in the set or in one below it ("theme" holds "theme:health")."""
        return any(f"{name}:".startswith(f"{self.set_name}:") for name in sets_of(record.card.metadata))


@dataclass(frozen=True, slots=True)
class Resumption:
    """Where a list goes on: after the record `last` that changed at `changed`; `done` records were given before."""

    query: Query
    changed: datetime
    last: str
    done: int

    @property
    def token(self) -> str:
        query = self.query
        ends = [utc_timestamp(moment) if moment else "" for moment in (query.begin, query.end)]
        parts = [query.prefix, *ends, query.set_name, utc_timestamp(self.changed), self.last, self.done]
        return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")

    @classmethod
    def parse(cls, token: str) -> Resumption:
        """Return what a token holds. Raises OaiError for any other text."""
        try:
            parts: Any = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
            prefix, begin, end, set_name, changed, last, done = parts
            if not all(isinstance(part, str) for part in parts[:6]) or not isinstance(done, int) or done < 0:
                raise ValueError(token)
            moment = _parse_datestamp(changed)
            if moment is None:
                raise ValueError(token)
            return cls(Query(prefix, _parse_datestamp(begin), _parse_datestamp(end), set_name), moment, last, done)
        except (ValueError, TypeError, binascii.Error, OaiError) as error:
            raise OaiError("badResumptionToken", "This token was not given here. Begin again.") from error

    def is_before(self, record: Record) -> bool:
        return (self.changed, self.last) < (record.changed, record.card.id)


def identifier_of(document_id: str, base: str) -> str:
    """Return "oai:HOST:ID", the id with percent signs where an address needs them."""
    return f"oai:{_host_of(base)}:{quote(document_id, safe='/')}"


def sets_of(meta: Metadata) -> dict[str, str]:
    """Return the sets a document is in, each with its title: its kind, its language and its themes."""
    sets = {f"kind:{meta.kind.value.replace(' ', '-')}": f"Kind: {Kind(meta.kind).value}"}
    if meta.language.isalnum() and meta.language.isascii():
        sets[f"language:{meta.language}"] = f"Language: {meta.language}"
    return sets | {f"theme:{theme}": f"Theme: {theme}" for theme in meta.themes}


def add_dublin_core(into: Any, card: DocumentCard, base: str, is_public: Callable[[str], bool]) -> None:
    """Add the simple Dublin Core of a document; others are named only when they are public too."""
    meta = card.metadata
    root = etree.SubElement(into, f"{{{OAI_DC}}}dc", nsmap={"oai_dc": OAI_DC, "dc": DC, "xsi": XSI})
    root.set(f"{{{XSI}}}schemaLocation", f"{OAI_DC} http://www.openarchives.org/OAI/2.0/oai_dc.xsd")
    related = [name for name in (meta.replaces, meta.replaced_by, meta.translation_of) if name and is_public(name)]
    elements: list[tuple[str, str]] = [
        ("title", meta.title or card.id),
        ("creator", meta.author),
        *(("subject", subject) for subject in (*meta.themes, *meta.legal_instruments)),
        ("description", meta.notice),
        ("description", " · ".join(plain_facts(meta))),
        ("date", meta.published.isoformat() if meta.published else ""),
        ("type", meta.kind.value),
        ("identifier", base + page_path(card.id)),
        ("source", meta.address),
        ("language", meta.language),
        *(("relation", base + page_path(document_id)) for document_id in related),
        *(("coverage", area) for area in (*meta.countries, *meta.borders)),
        ("rights", meta.rights),
    ]
    for name, value in elements:
        if value:
            child(root, f"{{{DC}}}{name}", value)


def _host_of(base: str) -> str:
    return urlsplit(base).hostname or "localhost"


def _check_prefix(prefix: str) -> None:
    if prefix != PREFIX:
        raise OaiError("cannotDisseminateFormat", f"The only format is {PREFIX}.")


def _parse_datestamp(text: str, *, is_end: bool = False) -> datetime | None:
    """Return a UTC datestamp, None for none; a day's end is its last second. Raises OaiError."""
    if not text:
        return None
    try:
        if _DAY.fullmatch(text):
            day = datetime.fromisoformat(text).replace(tzinfo=UTC)
            return day + timedelta(days=1, seconds=-1) if is_end else day
        if _SECOND.fullmatch(text):
            return datetime.fromisoformat(text)
    except ValueError as error:
        raise OaiError("badArgument", f"{text} is no date.") from error
    raise OaiError("badArgument", "Expected YYYY-MM-DD or YYYY-MM-DDThh:mm:ssZ.")
