"""All that happened to a patient, in order, from the log; row-level security leaves out other clinics' events."""

from typing import Annotated, Any, cast
from uuid import UUID

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import Parameter
from pydantic import BaseModel

from command_api.http.queries.reader import ROWS_ASKED_MAX, AfterPosition, Reader
from command_api.http.queries.shown_events import shown_page
from command_api.scope import NotFound

PAGE_EVENTS_DEFAULT = 100

EVENTS = """
SELECT e.position, event_store.envelope(e) AS envelope
  FROM event_store.events AS e
 WHERE e.tenant_id = $1
   AND e.patient_id = $2
   AND e.position > $3
 ORDER BY e.position
 LIMIT $4
"""
EXISTS = "SELECT EXISTS (SELECT FROM event_store.events WHERE tenant_id = $1 AND patient_id = $2)"


class History(BaseModel):
    """``items`` are envelopes, in the newest shape of each event. ``withheld`` names the keys of ``event_data`` that
    may not be seen, which are null: by the reader's role; of an anonymised patient all that is personal. ``next`` is
    the position after which the next page begins, null on the last page; large events make a page shorter.
    """

    items: list[dict[str, Any]]
    next: int | None


@get("/{patient_id:uuid}/history", summary="All that happened to a patient, in order")
async def get_patient_history(
    patient_id: UUID,
    reader: NamedDependency[Reader],
    after: AfterPosition = 0,
    limit: Annotated[int, Parameter(ge=1, le=ROWS_ASKED_MAX)] = PAGE_EVENTS_DEFAULT,
) -> Response[History]:
    async with reader.reading("log") as connection:
        asked = (reader.user.tenant_id, patient_id)
        page = await shown_page(connection, reader, EVENTS, *asked, after=after, limit=limit)
        if not page["items"] and not await connection.fetchval(EXISTS, *asked):
            raise NotFound
    # Not by the model: pydantic writes no event down that is nested 255 deep, and there are some from before the bound.
    return Response(cast("History", page), headers=reader.headers)


handlers = [get_patient_history]
