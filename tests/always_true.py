"""What must hold at any moment, whatever happened before: ARCHITECTURE.md's list, as checks for every test."""

from collections import defaultdict
from collections.abc import Set
from typing import Any
from uuid import UUID

from counted import COURSE, read_models_agree_with_counts
from healz.projection import Projection
from healz.projection.tables import Tables
from healz.read_models import READ_MODELS
from projections import PROJECTIONS
from system import Database, System, data_of

# Each finds what must not be there.
BROKEN_LOG = {
    "a tenant's positions are not 1…n": """
        SELECT tenant_id, min(e.position), max(e.position), count(*), max(l.position) AS head
          FROM event_store.events AS e FULL JOIN event_store.tenant_log AS l USING (tenant_id)
         GROUP BY tenant_id
        HAVING NOT (min(e.position) = 1 AND max(e.position) = count(*) AND count(DISTINCT e.position) = count(*)
                    AND max(l.position) = count(*))
           AND NOT (count(e.position) = 0 AND max(l.position) = 0)
    """,
    "an aggregate's versions are not 1…n in the order of positions": """
        SELECT * FROM (
            SELECT tenant_id, aggregate_id, aggregate_version,
                   row_number() OVER (PARTITION BY tenant_id, aggregate_id ORDER BY position) AS expected
              FROM event_store.events) AS numbered
         WHERE aggregate_version <> expected
    """,
    "a stream's head is not its newest version": """
        SELECT tenant_id, aggregate_id, max(e.aggregate_version), max(s.version)
          FROM event_store.events AS e FULL JOIN event_store.streams AS s USING (tenant_id, aggregate_id)
         GROUP BY tenant_id, aggregate_id HAVING max(e.aggregate_version) IS DISTINCT FROM max(s.version)
    """,
    "a patient's facts are not counted right": """
        SELECT tenant_id, patient_id, count(e.position), max(p.facts)
          FROM event_store.events AS e FULL JOIN event_store.patient_log AS p USING (tenant_id, patient_id)
         GROUP BY tenant_id, patient_id HAVING count(e.position) IS DISTINCT FROM max(p.facts)
    """,
    "an event id is there twice": "SELECT event_id FROM event_store.events GROUP BY event_id HAVING count(*) > 1",
    "a patient has two active journeys in a clinic": f"""
        WITH course AS ({COURSE})
        SELECT * FROM course AS one JOIN course AS newer USING (tenant_id, patient_id, clinic_id)
         WHERE newer.first > one.first AND newer.first < COALESCE(one.ended, newer.first + 1)
    """,
    "created_at goes back": """
        SELECT * FROM (
            SELECT tenant_id, position, created_at,
                   lag(created_at) OVER (PARTITION BY tenant_id ORDER BY position) AS before
              FROM event_store.events) AS stepped
         WHERE created_at < before
    """,
    "an event was caused by a later one, or by another operation's": """
        SELECT e.tenant_id, e.position, c.position AS cause, e.correlation_id, c.correlation_id AS of_the_cause
          FROM event_store.events AS e
          JOIN event_store.events AS c ON c.tenant_id = e.tenant_id AND c.event_id = e.causation_id
         WHERE c.position >= e.position OR c.correlation_id <> e.correlation_id
    """,
    "somebody was booked who was not active": """
        SELECT * FROM (
            SELECT tenant_id, patient_id, position, event_type,
                   array_agg(COALESCE(event_data ->> 'new_status', 'anonymized'))
                   FILTER (WHERE event_type IN ('PatientStatusChanged', 'PatientAnonymized'))
                   OVER (PARTITION BY tenant_id, patient_id ORDER BY position) AS statuses
              FROM event_store.events) AS told
         WHERE event_type IN ('AppointmentScheduled', 'AppointmentRescheduled')
           AND statuses[cardinality(statuses)] <> 'active'
    """,
    "somebody who left has a live appointment": """
        WITH patients AS (
            SELECT DISTINCT ON (tenant_id, patient_id)
                   tenant_id, patient_id, COALESCE(event_data ->> 'new_status', 'anonymized') AS status
              FROM event_store.events
             WHERE event_type IN ('PatientStatusChanged', 'PatientAnonymized')
             ORDER BY tenant_id, patient_id, position DESC
        ), appointments AS (
            SELECT tenant_id, patient_id, aggregate_id
              FROM event_store.events
             WHERE aggregate_type = 'Appointment'
             GROUP BY tenant_id, patient_id, aggregate_id
            HAVING NOT bool_or(event_type IN ('AppointmentCancelled', 'AppointmentCompleted',
                                              'AppointmentMarkedAsNoShow')))
        SELECT * FROM patients JOIN appointments USING (tenant_id, patient_id)
         WHERE status IN ('inactive', 'anonymized')
    """,
}


async def log_holds(database: Database) -> None:
    """Positions, versions and counts are gapless in PostgreSQL, and no fact is there that another forbids."""
    for what, query in BROKEN_LOG.items():
        found = await database.admin.fetch(query)
        assert not found, f"{what}: {found[:3]}"


async def topic_equals_log(system: System) -> None:
    """A read_committed consumer sees each event of each tenant exactly once, in order, on one partition."""
    stored: dict[UUID, list[tuple[int, str]]] = defaultdict(list)
    for row in await system.database.admin.fetch(
        "SELECT tenant_id, position, event_id FROM event_store.events ORDER BY tenant_id, position"
    ):
        stored[row["tenant_id"]].append((row["position"], str(row["event_id"])))
    seen: dict[UUID, list[tuple[int, str]]] = defaultdict(list)
    partitions: dict[UUID, set[int]] = defaultdict(set)
    for record in await system.records():
        event = data_of(record)
        tenant_id = UUID(event["tenant_id"])
        assert record.key == event["tenant_id"].encode()
        seen[tenant_id].append((event["position"], event["event_id"]))
        partitions[tenant_id].add(record.partition)
    assert seen.keys() == stored.keys()
    for tenant_id, events in stored.items():
        assert seen[tenant_id] == events, f"tenant {tenant_id}: {_first_difference(seen[tenant_id], events)}"
        assert len(partitions[tenant_id]) == 1


async def read_models_equal_fold(database: Database, *schemas: str) -> None:
    """Each row that the tables hold is what the whole log folds to, and there is no other."""
    for schema in schemas or READ_MODELS:
        await equals_fold(database, PROJECTIONS[schema])


async def equals_fold(database: Database, projection: Projection[Any]) -> None:
    """The same, of one projection, whichever release's."""
    schema = projection.schema
    folded: dict[tuple[UUID, UUID], Any] = {}
    heads = await database.heads()
    assert await database.checkpoints(schema) == heads, f"{schema}: a checkpoint is not at its tenant's head"
    for tenant_id in heads:
        for event in await database.log(tenant_id):
            key = (tenant_id, event.patient_id)
            folded[key] = projection.evolve(folded.get(key, projection.empty), event)
    assert folded
    _, loaded = await Tables(projection).read(database.admin, {}, folded)
    for key, rows in folded.items():
        assert loaded.get(key, projection.empty) == rows, f"{schema} of {key}:\n{loaded.get(key)}\nnot\n{rows}"
    for table in await _tables(database, schema):
        keys = {tuple(row) for row in await database.admin.fetch(f"SELECT tenant_id, patient_id FROM {table}")}
        assert keys <= folded.keys(), f"{table} has rows of patients without a log"


async def nothing_lost_or_doubled(system: System, answered: Set[str]) -> None:
    """Each event that was answered is in the log, once; the log is whole; topic and read models are what it says."""
    await system.caught_up()
    await system.outbox_empty()
    stored = {str(row[0]) for row in await system.database.admin.fetch("SELECT event_id FROM event_store.events")}
    assert answered <= stored, "an event that was answered is gone"
    await log_holds(system.database)
    await topic_equals_log(system)
    await read_models_equal_fold(system.database)
    await read_models_agree_with_counts(system.database)


async def _tables(database: Database, schema: str) -> list[str]:
    rows = await database.admin.fetch(
        "SELECT table_name"
        " FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)"
        " WHERE table_schema = $1 AND column_name = 'patient_id' AND table_type = 'BASE TABLE'",
        schema,
    )
    return [f"{schema}.{row[0]}" for row in rows]


def _first_difference(seen: list[tuple[int, str]], stored: list[tuple[int, str]]) -> str:
    for n, (record, event) in enumerate(zip(seen, stored, strict=False)):
        if record != event:
            return f"record {n} is {record}, event {n} is {event}"
    return f"{len(seen)} records, {len(stored)} events"
