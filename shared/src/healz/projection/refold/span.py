"""Which patients: all of a tenant's whose ids lie between two, so that rows of nobody who is in the log are met too."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

FIRST, LAST = UUID(int=0), UUID(int=2**128 - 1)
PATIENTS_PER_LOOK = 1000

PATIENTS = """
WITH shown AS MATERIALIZED (SELECT set_config('healz.tenant_ids', $1::uuid::text, true)::uuid AS tenant_id)
SELECT p.patient_id, p.facts
  FROM shown
 CROSS JOIN LATERAL (
       SELECT l.patient_id, l.facts FROM event_store.patient_log AS l
        WHERE l.tenant_id = shown.tenant_id AND l.patient_id > $2
        ORDER BY l.patient_id
        LIMIT $3) AS p
 ORDER BY p.patient_id
"""


@dataclass(frozen=True)
class Span:
    """A tenant's patients with ``after`` < id ≤ ``until``, who have about so many events."""

    tenant_id: UUID
    after: UUID = FIRST
    until: UUID = LAST
    patients: int = 0
    events: int = 0


def of_one(tenant_id: UUID, patient_id: UUID) -> Span:
    """That patient alone."""
    return Span(tenant_id, UUID(int=patient_id.int - 1), patient_id)


async def spans(connection: Any, tenant_id: UUID, after: UUID, events_max: int) -> AsyncIterator[Span]:
    """All of a tenant's patients from ``after`` on, in the order of their ids, with at most ``events_max`` events each.

    A single patient may have more. The last span has no end: who is registered meanwhile is in it.
    """
    begin, last, patients, events = after, after, 0, 0
    while rows := await connection.fetch(PATIENTS, tenant_id, last, PATIENTS_PER_LOOK):
        for patient_id, facts in rows:
            if patients and events + facts > events_max:
                yield Span(tenant_id, begin, last, patients, events)
                begin, patients, events = last, 0, 0
            last, patients, events = patient_id, patients + 1, events + facts
    yield Span(tenant_id, begin, LAST, patients, events)
