"""A patient's events for a fold, a page at a time, as the reader may see them."""

from uuid import UUID

from command_api.fold.limits import FoldLimits
from command_api.fold.prefix import Last
from command_api.http.queries.left_out import LeftOut
from command_api.http.queries.reader import Reader, read_page
from command_api.http.queries.rows_then import Read

# The event that parked them, too, where it is an anonymisation: one of several read models may be parked before it, and
# takes it. What all of them leave out is among the dropped ($5).
EVENTS = """
SELECT e.position, event_store.envelope(e) AS envelope
  FROM event_store.events AS e
 WHERE e.tenant_id = $1
   AND e.patient_id = $2
   AND e.position <= $3
   AND ($4::bigint IS NULL OR e.position < $4 OR (e.position >= $4 AND e.event_type = 'PatientAnonymized'))
   AND e.position <> ALL ($5::bigint[])
   AND e.position > $6
 ORDER BY e.position
 LIMIT $7
"""
STILL_THERE = """
SELECT EXISTS (SELECT FROM event_store.events
                WHERE tenant_id = $1 AND position = $2 AND created_at = $3 AND event_id = $4)
"""


def log_pages(reader: Reader, limits: FoldLimits, patient_id: UUID, until: int, left_out: LeftOut) -> Read:
    """Pages of the patient's events up to the position ``until``."""
    tenant_id = reader.user.tenant_id

    async def read(last: Last | None) -> tuple[list[str], bool] | None:
        after = last.position if last else 0
        async with reader.reading("log") as connection:
            if last and not await connection.fetchval(STILL_THERE, tenant_id, after, last.created_at, last.event_id):
                return None
            return await read_page(
                connection,
                EVENTS,
                *(tenant_id, patient_id, until),
                *(left_out.parked, list(left_out.dropped)),
                after=after,
                rows_max=limits.page_events_max,
                bytes_max=limits.page_bytes_max,
            )

    return read
