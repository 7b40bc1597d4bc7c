"""What the store has: read and decoded alone, the baseline of folds from it; and patients' own logs, to fold them."""

import time
from collections import defaultdict
from collections.abc import Callable, Collection
from typing import Any
from uuid import UUID

from healz.events import Recorded, read_envelope

ENVELOPES = """
SELECT event_store.envelope(e) FROM event_store.events AS e
 WHERE e.tenant_id = $1 AND e.position > $2 ORDER BY e.position LIMIT 2000
"""
OF_PATIENTS = """
SELECT event_store.envelope(e) FROM event_store.events AS e
 WHERE e.tenant_id = $1 AND e.patient_id = ANY ($2::uuid[]) ORDER BY e.position
"""
TENANTS = "SELECT tenant_id FROM event_store.tenant_log WHERE position > 0"


async def decoded(connection: Any, clock: Callable[[], float] = time.perf_counter) -> float:
    """Events per second, of all tenants, page by page. ``clock``: ``process_time`` for this process alone."""
    done, began = 0, clock()
    for (tenant_id,) in await connection.fetch(TENANTS):
        position = 0
        while page := await connection.fetch(ENVELOPES, tenant_id, position):
            position = [read_envelope(envelope) for (envelope,) in page][-1].position
            done += len(page)
    return done / (clock() - began)


async def logs(connection: Any, tenant_id: UUID, patients: Collection[UUID]) -> dict[UUID, list[Recorded]]:
    """Each patient's events, in order."""
    own: dict[UUID, list[Recorded]] = defaultdict(list)
    for (envelope,) in await connection.fetch(OF_PATIENTS, tenant_id, list(patients)):
        event = read_envelope(envelope)
        own[event.patient_id].append(event)
    return own
