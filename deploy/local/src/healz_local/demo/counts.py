"""What PostgreSQL has: the truth and the read models, in one snapshot; asked as its administrator."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from healz_local.demo.catch_up import Connection, Progress, caught_up, read_progress

BY_TYPE = "SELECT event_type, count(*) AS events FROM event_store.events WHERE tenant_id = $1 GROUP BY event_type"
IMPORTED = """
SELECT count(*) FROM event_store.events
 WHERE tenant_id = $1 AND event_type = 'AppointmentScheduled' AND event_data ->> 'scheduled_by' = 'import'
"""
PATIENTS = """
SELECT count(*)                                 AS "PatientRegistered",
       coalesce(sum(total_appointments), 0)     AS "AppointmentScheduled",
       coalesce(sum(completed_appointments), 0) AS "AppointmentCompleted",
       coalesce(sum(no_show_count), 0)          AS "AppointmentMarkedAsNoShow",
       coalesce(sum(cancelled_appointments), 0) AS "AppointmentCancelled"
  FROM patient.patient_view WHERE tenant_id = $1
"""
APPOINTMENTS = """
SELECT count(*)                                        AS "AppointmentScheduled",
       count(*) FILTER (WHERE status = 'completed')    AS "AppointmentCompleted",
       count(*) FILTER (WHERE status = 'no_show')      AS "AppointmentMarkedAsNoShow",
       count(*) FILTER (WHERE status = 'cancelled')    AS "AppointmentCancelled",
       coalesce(sum(rescheduled_count), 0)             AS "AppointmentRescheduled"
  FROM appointment.appointment_view WHERE tenant_id = $1
"""
JOURNEYS = """
SELECT count(*)                                            AS "JourneyStarted",
       coalesce(sum(total_appointments), 0)                AS "AppointmentScheduled",
       count(*) FILTER (WHERE completed_at IS NOT NULL)    AS "JourneyCompleted"
  FROM journey.journey_view WHERE tenant_id = $1
"""
MOST_NO_SHOWS = """
SELECT full_name, phone, no_show_count, total_appointments, current_journey_stage
  FROM patient.patient_view
 WHERE tenant_id = $1 AND no_show_count > 0
 ORDER BY no_show_count DESC, total_appointments, name_search, patient_id
 LIMIT $2
"""
Counts = Mapping[str, int]
"""By event type."""


@dataclass(frozen=True)
class StoredFigures:
    """One snapshot. ``imported``: bookings that the role import made; each read model's figure for a type of event."""

    progress: Progress
    by_type: Counts
    imported: int
    read_models: Mapping[str, Counts]


async def read_stored(connection: Connection, tenant_id: UUID) -> StoredFigures:
    """Everything, once it has caught up, as of one moment. Raises LocalStackError when that takes too long."""
    while True:
        await caught_up(connection, tenant_id)
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            progress = await read_progress(connection, tenant_id)
            if not progress.caught_up:
                continue  # somebody has written meanwhile
            models = {"patient": PATIENTS, "appointment": APPOINTMENTS, "journey": JOURNEYS}
            return StoredFigures(
                progress=progress,
                by_type={row["event_type"]: row["events"] for row in await connection.fetch(BY_TYPE, tenant_id)},
                imported=await connection.fetchval(IMPORTED, tenant_id),
                read_models={
                    name: dict((await connection.fetch(statement, tenant_id))[0]) for name, statement in models.items()
                },
            )


async def most_no_shows(connection: Connection, tenant_id: UUID, rows_max: int) -> list[dict[str, Any]]:
    """The patients who were missed most often."""
    return [dict(row) for row in await connection.fetch(MOST_NO_SHOWS, tenant_id, rows_max)]
