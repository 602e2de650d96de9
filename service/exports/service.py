"""From a search to a file: found under the caller's audience, in the reader's order, written in one format."""

from __future__ import annotations

from datetime import UTC, datetime

from starlette.datastructures import QueryParams
from starlette.responses import Response

from index.documents import Audience
from service.desk import Desk
from service.exports.listing import Format, ResultList, entries, writing
from service.http.concurrency import still_wanted
from service.http.problems import InvalidField
from service.search.facets import chips
from service.search.page_query import Asked
from service.search.schemas import MOST_RESULTS
from service.search.sorting import ordered
from service.web.translating import Translator


async def exported(
    desk: Desk, asked: Asked, audience: Audience, t: Translator, format: Format, k: int = MOST_RESULTS
) -> Response:
    """Return the whole list as a file to be saved. Raises NotReady and Overloaded."""
    day = datetime.now(UTC).date()
    base = desk.settings.public_url

    def made() -> bytes:
        found = desk.library.borrow().engine.search(asked.query, k, asked.filters.within(audience))
        still_wanted()
        filters = tuple(one.label for one in chips(t, asked))
        listed = entries(ordered(found.documents, asked.sort), base)
        return writing(format).write(ResultList(asked.query, filters, base + asked.address(), day, listed), t)

    written = writing(format)
    return Response(
        await desk.turns.run(made),
        media_type=written.media_type,
        headers={
            "Content-Disposition": f'attachment; filename="passerelle-{day.isoformat()}.{written.suffix}"',
            "Content-Language": t.language,
        },
    )


def wanted_format(asked: Asked, params: QueryParams) -> Format:
    """Return what an address asks to be written. Raises InvalidField."""
    if not asked.query:
        raise InvalidField("q", "wanted: what is looked for")
    try:
        return Format(params.get("format", ""))
    except ValueError as error:
        raise InvalidField("format", f"unknown value; allowed: {', '.join(Format)}") from error
