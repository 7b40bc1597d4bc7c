"""All that one operation led to, in order; row-level security leaves out other clinics' events."""

from typing import Annotated, Any, cast
from uuid import UUID

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.openapi.spec import Example
from litestar.params import Parameter
from pydantic import BaseModel

from command_api.http.queries.reader import ROWS_ASKED_MAX, AfterPosition, Reader
from command_api.http.queries.shown_events import shown_page

PAGE_EVENTS_DEFAULT = 100

EVENTS = """
SELECT e.position, event_store.envelope(e) AS envelope
  FROM event_store.events AS e
 WHERE e.tenant_id = $1
   AND e.correlation_id = $2
   AND e.position > $3
 ORDER BY e.position
 LIMIT $4
"""


class Operation(BaseModel):
    """``items`` are envelopes, as a patient's history shows them; ``next`` is the position after which the next page
    begins, null on the last page. A page ends earlier where its events are large."""

    items: list[dict[str, Any]]
    next: int | None


@get("/", summary="All events of one operation, in order")
async def get_operation(
    reader: NamedDependency[Reader],
    correlation_id: Annotated[
        UUID,
        Parameter(
            description="X-Correlation-Id of an answer; unknown: no events",
            examples=[Example(value="01950000-0000-7000-8000-0000000000aa")],
        ),
    ],
    after: AfterPosition = 0,
    limit: Annotated[int, Parameter(ge=1, le=ROWS_ASKED_MAX)] = PAGE_EVENTS_DEFAULT,
) -> Response[Operation]:
    async with reader.reading("log") as connection:
        asked = (reader.user.tenant_id, correlation_id)
        page = await shown_page(connection, reader, EVENTS, *asked, after=after, limit=limit)
    # Not by the model: pydantic writes no event down that is nested 255 deep, and there are some from before the bound.
    return Response(cast("Operation", page), headers=reader.headers)


handlers = [get_operation]
