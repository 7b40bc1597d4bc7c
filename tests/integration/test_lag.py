"""How far a read model is behind its log, as one look at the database finds it."""

import asyncpg

from healz.projection.observed import LOOK, PROBES_MAX, oldest
from healz.projection.operate.verification import STANDING
from system import System

BEHIND = """
WITH tenants AS MATERIALIZED (SELECT gen_random_uuid() AS tenant_id, n FROM generate_series(1, $1::int) AS n),
     heads AS (
       INSERT INTO event_store.tenant_log (tenant_id, position, last_at)
       SELECT tenant_id, CASE WHEN n = 1 THEN 3 ELSE 2 END,
              now() - CASE WHEN n = 1 THEN interval '0' ELSE interval '10 seconds' END
         FROM tenants)
INSERT INTO event_store.events (
    tenant_id, position, created_at, event_id, event_type, schema_version, aggregate_type, aggregate_id,
    aggregate_version, patient_id, correlation_id, event_data)
SELECT tenant_id, 1, now() - CASE WHEN n = 1 THEN interval '1 hour' ELSE interval '10 seconds' END, gen_random_uuid(),
       'PatientRegistered', 1, 'patient', gen_random_uuid(), 1, gen_random_uuid(), gen_random_uuid(), '{}'
  FROM tenants
"""
"""The first has been stuck for an hour, and still gets events: of all logs its own has been quiet for the least."""


async def test_the_oldest_event_is_that_of_a_tenant_who_is_stuck_and_still_gets_events(system: System) -> None:
    tenants = PROBES_MAX + 1
    await system.database.admin.execute(BEHIND, tenants)
    look = LOOK.format(schema="patient", probes_max=PROBES_MAX, standing=STANDING.format(schema="patient"))
    async with asyncpg.create_pool(system.database.url("healz_projector_patient"), min_size=1, max_size=1) as pool:
        [row] = await pool.fetch(look)
        assert row["lag_events"] == 2 * tenants + 1
        assert 3600 <= await oldest(pool, row["next_events"]) < 3700
