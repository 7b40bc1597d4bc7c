"""A patient's events for a fold, a page at a time, as the reader may see them."""

from typing import Any
from uuid import UUID

from command_api.fold.limits import FoldLimits
from command_api.fold.prefix import Last
from command_api.http.queries.reader import Reader, read_page
from command_api.http.queries.rows_then import Read

STILL_THERE = """
SELECT EXISTS (SELECT FROM event_store.events
                WHERE tenant_id = $1 AND position = $2 AND created_at = $3 AND event_id = $4)
"""


def log_pages(reader: Reader, limits: FoldLimits, statement: str, patient_id: UUID, until: Any) -> Read:
    """Pages of ``statement``, whose parameters are the tenant, the patient, until when, and those of ``read_page``."""
    tenant_id = reader.user.tenant_id

    async def read(last: Last | None) -> tuple[list[str], bool] | None:
        after = last.position if last else 0
        async with reader.reading("log") as connection:
            if last and not await connection.fetchval(STILL_THERE, tenant_id, after, last.created_at, last.event_id):
                return None
            return await read_page(
                connection,
                statement,
                *(tenant_id, patient_id, until),
                after=after,
                rows_max=limits.page_events_max,
                bytes_max=limits.page_bytes_max,
            )

    return read
