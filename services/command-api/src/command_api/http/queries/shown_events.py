"""Events as who asks may see them: each route that shows events of the log shows them through here."""

import json
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from command_api.http.queries.disclosure import disclosed_event
from command_api.http.queries.reader import Reader, read_page

# In the log and not in a read model: an answer that was given holds from the next question on.
ANONYMIZED = """
SELECT patient_id
  FROM event_store.events
 WHERE tenant_id = $1
   AND patient_id = ANY ($2)
   AND event_type = 'PatientAnonymized'
"""


async def anonymized(connection: Any, reader: Reader, patients: Iterable[UUID]) -> set[UUID]:
    """Those of these patients who were anonymised, whenever. Ask after what they are asked for was read."""
    rows = await connection.fetch(ANONYMIZED, reader.user.tenant_id, list(patients))
    return {row["patient_id"] for row in rows}


async def shown_events(connection: Any, reader: Reader, envelopes: Iterable[str]) -> list[dict[str, Any]]:
    """These events of the log, in their order."""
    events = [json.loads(envelope) for envelope in envelopes]
    forgotten = await anonymized(connection, reader, {UUID(event["patient_id"]) for event in events})
    shown = [disclosed_event(event, reader.user, anonymized=UUID(event["patient_id"]) in forgotten) for event in events]
    return [event for event in shown if event is not None]


async def shown_page(
    connection: Any, reader: Reader, statement: str, *asked: Any, after: int, limit: int
) -> dict[str, Any]:
    """A page of the log after a position: ``items``, and in ``next`` the position that the next page begins after.

    ``statement`` is as for ``read_page``.
    """
    page, more = await read_page(
        connection, statement, *asked, after=after, rows_max=reader.page_rows(limit), bytes_max=reader.bytes_max
    )
    items = await shown_events(connection, reader, page)
    return {"items": items, "next": items[-1]["position"] if more else None}
