"""A log put straight into the database, and projected in this process: for events that no command leads to just so."""

from collections.abc import Iterable
from uuid import UUID

import asyncpg

from healz.events import Recorded
from healz.projection.engine import Engine
from projections import PROJECTIONS
from system import Database

NEW_EVENTS = """
INSERT INTO event_store.events (
    tenant_id, position, created_at, event_id, event_type, schema_version, aggregate_type, aggregate_id,
    aggregate_version, patient_id, clinic_id, causation_id, correlation_id, event_data)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
"""
HEAD = "INSERT INTO event_store.tenant_log (tenant_id, position, last_at) VALUES ($1, $2, $3)"


async def record(database: Database, events: Iterable[Recorded]) -> None:
    """Puts one tenant's whole log where an append would have put it."""
    log = list(events)
    await database.admin.executemany(
        NEW_EVENTS,
        [
            (
                event.tenant_id, event.position, event.created_at, event.event_id, event.event_type,
                event.schema_version, event.aggregate_type, event.aggregate_id, event.aggregate_version,
                event.patient_id, event.clinic_id, event.causation_id, event.correlation_id,
                event.event_data.model_dump_json(exclude_unset=True),
            )
            for event in log
        ],
    )  # fmt: skip
    await database.admin.execute(HEAD, log[-1].tenant_id, log[-1].position, log[-1].created_at)


async def project(database: Database, tenant_id: UUID, events_max: int = 10_000) -> None:
    """Each projector's engine, with its own rights, so many events at a time."""
    for schema, projection in PROJECTIONS.items():
        pool = await asyncpg.create_pool(database.url(f"healz_projector_{schema}"), min_size=1, max_size=1)
        async with pool:
            engine = Engine(pool, projection, events_max)
            while await engine.fill(tenant_id):
                pass
