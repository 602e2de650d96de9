"""OAI-PMH 2.0 (openarchives.org/OAI/openarchivesprotocol.html): public documents in Dublin Core, for harvesters.

Lists are ordered by datestamp and come in pages; a resumption token holds where the next one begins, so that a record
that changes during a harvest moves to its end and is never missed. Deleted records are not announced.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import unquote

from lxml import etree

from service.feeds import oai_dc
from service.feeds.ledger import Record
from service.feeds.oai_request import OaiError, Query, Resumption, parse_arguments, stamp
from service.feeds.xml import child, document

OAI: Final = "http://www.openarchives.org/OAI/2.0/"
XSI: Final = "http://www.w3.org/2001/XMLSchema-instance"
PREFIX: Final = "oai_dc"
PAGE: Final = 100


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Provider:
    """Answers the six verbs over the records, which are in order of (changed, id)."""

    records: Sequence[Record]
    base: str
    page: int = PAGE
    now: Callable[[], datetime] = _now

    def answer(self, said: Sequence[tuple[str, str]]) -> bytes:
        """Return the response to a request's arguments as XML; what is wrong is told inside it, as OAI-PMH wants."""
        root = etree.Element(f"{{{OAI}}}OAI-PMH", nsmap={None: OAI, "xsi": XSI})
        root.set(f"{{{XSI}}}schemaLocation", f"{OAI} {OAI}OAI-PMH.xsd")
        child(root, "responseDate", stamp(self.now()))
        request = child(root, "request", f"{self.base}/oai")
        try:
            arguments = parse_arguments(said)
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
        child(into, "adminEmail", f"postmaster@{oai_dc.host_of(self.base)}")
        child(into, "earliestDatestamp", stamp(earliest))
        child(into, "deletedRecord", "no")
        child(into, "granularity", "YYYY-MM-DDThh:mm:ssZ")

    def list_metadata_formats(self, into: Any, arguments: dict[str, str]) -> None:
        if "identifier" in arguments:
            self._record(arguments["identifier"])
        described = child(into, "metadataFormat")
        child(described, "metadataPrefix", PREFIX)
        child(described, "schema", f"{OAI}oai_dc.xsd")
        child(described, "metadataNamespace", oai_dc.OAI_DC)

    def list_sets(self, into: Any, arguments: dict[str, str]) -> None:
        if "resumptionToken" in arguments:  # the list is given whole, so none was ever handed out
            raise OaiError("badResumptionToken", "This list comes in one piece.")
        named = {name: title for one in self.records for name, title in oai_dc.sets_of(one.card.metadata).items()}
        if not named:
            raise OaiError("noSetHierarchy", "There are no sets yet.")
        for name, title in sorted(named.items()):
            one = child(into, "set")
            child(one, "setSpec", name)
            child(one, "setName", title)

    def list_identifiers(self, into: Any, arguments: dict[str, str]) -> None:
        self._list(into, arguments, lambda into, one: self._header(into, one))

    def list_records(self, into: Any, arguments: dict[str, str]) -> None:
        self._list(into, arguments, self._whole)

    def get_record(self, into: Any, arguments: dict[str, str]) -> None:
        _check_prefix(arguments["metadataPrefix"])
        self._whole(into, self._record(arguments["identifier"]))

    def _list(self, into: Any, arguments: dict[str, str], write: Callable[[Any, Record], None]) -> None:
        resumed = Resumption.parse(arguments["resumptionToken"]) if "resumptionToken" in arguments else None
        query = resumed.query if resumed else Query.parse(arguments)
        _check_prefix(query.prefix)
        matching = [one for one in self.records if query.matches(one)]
        left = [one for one in matching if resumed is None or resumed.is_before(one)]
        if not left:
            if resumed:
                raise OaiError("badResumptionToken", "Nothing is left of this list. Begin again.")
            raise OaiError("noRecordsMatch", "No record fits.")
        for one in left[: self.page]:
            write(into, one)
        done = resumed.done if resumed else 0
        if resumed or len(left) > self.page:
            following = ""
            if len(left) > self.page:
                last = left[self.page - 1]
                following = Resumption(query, last.changed, last.card.id, done + self.page).token
            # The last page's empty token ends the list.
            size = done + len(left)
            child(into, "resumptionToken", following, completeListSize=str(size), cursor=str(done))

    def _whole(self, into: Any, one: Record) -> None:
        record = child(into, "record")
        self._header(record, one)
        oai_dc.describe(child(record, "metadata"), one.card, self.base, self._is_public)

    def _header(self, into: Any, one: Record) -> None:
        header = child(into, "header")
        child(header, "identifier", oai_dc.identifier(one.card.id, self.base))
        child(header, "datestamp", stamp(one.changed))
        for name in sorted(oai_dc.sets_of(one.card.metadata)):
            child(header, "setSpec", name)

    def _is_public(self, document_id: str) -> bool:
        return any(one.card.id == document_id for one in self.records)

    def _record(self, identifier: str) -> Record:
        beginning = oai_dc.identifier("", self.base)
        wanted = unquote(identifier.removeprefix(beginning)) if identifier.startswith(beginning) else None
        for one in self.records:
            if one.card.id == wanted:
                return one
        raise OaiError("idDoesNotExist", "There is no such record.")


def _check_prefix(prefix: str) -> None:
    if prefix != PREFIX:
        raise OaiError("cannotDisseminateFormat", f"The only format is {PREFIX}.")


_Verb = Callable[[Provider, Any, dict[str, str]], None]
_VERBS: Final[dict[str, _Verb]] = {
    "Identify": Provider.identify,
    "ListMetadataFormats": Provider.list_metadata_formats,
    "ListSets": Provider.list_sets,
    "ListIdentifiers": Provider.list_identifiers,
    "ListRecords": Provider.list_records,
    "GetRecord": Provider.get_record,
}
