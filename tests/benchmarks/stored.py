"""The baseline of folds from the store: reading envelopes and decoding them, alone."""

import time
from typing import Any

from healz.events import read_envelope

ENVELOPES = """
SELECT event_store.envelope(e) FROM event_store.events AS e
 WHERE e.tenant_id = $1 AND e.position > $2 ORDER BY e.position LIMIT 2000
"""
TENANTS = "SELECT tenant_id FROM event_store.tenant_log WHERE position > 0"


async def decoded_per_core(connection: Any) -> float:
    """Events per second of this process's processor time, of all tenants, page by page."""
    done, used = 0, time.process_time()
    for (tenant_id,) in await connection.fetch(TENANTS):
        position = 0
        while page := await connection.fetch(ENVELOPES, tenant_id, position):
            position = [read_envelope(envelope) for (envelope,) in page][-1].position
            done += len(page)
    return done / (time.process_time() - used)
