"""The SQL of imports, beside their commands: set-based, a batch at a time."""

import json
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg

from command_api.imports.rows.places import Places
from command_api.imports.rows.visit import Visit

ENTER_TENANT = "SELECT ops.enter_tenant($1)"
ROWS_OF_BATCH = """
SELECT rows FROM event_store.import_batches WHERE tenant_id = $1 AND import_key = $2 AND first_row = $3
"""
BEGIN_BATCH = """
INSERT INTO event_store.import_batches (tenant_id, import_key, first_row, rows, is_last, digest)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT DO NOTHING
"""
BATCH = """
SELECT rows, is_last, digest, refused
  FROM event_store.import_batches
 WHERE tenant_id = $1 AND import_key = $2 AND first_row = $3
"""
FINISH_BATCH = """
UPDATE event_store.import_batches SET refused = $4 WHERE tenant_id = $1 AND import_key = $2 AND first_row = $3
"""
ZONES = """
SELECT c.clinic_id, reference.clinic_zone(c.time_zone, t.time_zone)
  FROM reference.clinics AS c
  LEFT JOIN reference.tenants AS t ON t.tenant_id = c.tenant_id
 WHERE c.tenant_id = $1 AND c.clinic_id = ANY ($2::uuid[])
"""
DOCTORS = """
SELECT d.doctor_id, ARRAY(SELECT c.clinic_id
                            FROM reference.doctor_clinics AS c
                           WHERE c.tenant_id = d.tenant_id AND c.doctor_id = d.doctor_id)
  FROM reference.doctors AS d
 WHERE d.tenant_id = $1 AND d.doctor_id = ANY ($2::uuid[])
"""
KNOWN = """
SELECT aggregate_id, patient_id
  FROM event_store.streams
 WHERE tenant_id = $1 AND aggregate_id = ANY ($2::uuid[])
"""
TAKE_TIMES = "SELECT appointment_id, rule FROM event_store.take_imported_times($1, $2)"
TAKEN_BESIDE = """
SELECT appointment_id
  FROM event_store.imported_times
 WHERE tenant_id = $1 AND appointment_id = ANY ($2::uuid[]) AND doctor_id = appointment_id
"""
GIVE_TIMES_BACK = "DELETE FROM event_store.imported_times WHERE tenant_id = $1 AND appointment_id = ANY ($2::uuid[])"


@dataclass(frozen=True)
class Batch:
    """``digest`` is of its rows and the header, keyed; ``refused`` None: not all of it was tried yet."""

    first_row: int
    rows: int
    is_last: bool
    digest: bytes
    refused: int | None = None


class ImportStore:
    """What PostgreSQL holds for one import of one tenant; ``key`` as it is kept."""

    def __init__(self, pool: asyncpg.Pool, tenant_id: UUID, key: str) -> None:
        self._pool = pool
        self._tenant_id = tenant_id
        self._key = key

    async def rows_of_batch(self, first_row: int) -> int | None:
        """How many rows the batch had that began with this one, when the file was sent before."""
        async with self._entered() as connection:
            rows: int | None = await connection.fetchval(ROWS_OF_BATCH, self._tenant_id, self._key, first_row)
        return rows

    async def begin(self, batch: Batch) -> Batch:
        """The batch as it is written down: by now, or when the file was sent before."""
        place = (self._tenant_id, self._key, batch.first_row)
        async with self._entered() as connection:
            await connection.execute(BEGIN_BATCH, *place, batch.rows, batch.is_last, batch.digest)
            (row,) = await connection.fetch(BATCH, *place)
        return Batch(batch.first_row, *row)

    async def finish(self, first_row: int, refused: int) -> None:
        """All of the batch was tried."""
        async with self._entered() as connection:
            await connection.execute(FINISH_BATCH, self._tenant_id, self._key, first_row, refused)

    async def places(self, clinics: Iterable[UUID], doctors: Iterable[UUID]) -> Places:
        """Those of them that exist."""
        async with self._entered() as connection:
            zones = await connection.fetch(ZONES, self._tenant_id, list(clinics))
            works = await connection.fetch(DOCTORS, self._tenant_id, list(doctors))
        return Places(
            {clinic_id: ZoneInfo(zone) for clinic_id, zone in zones},
            {doctor_id: frozenset(clinic_ids) for doctor_id, clinic_ids in works},
        )

    async def known(self, aggregates: Iterable[UUID]) -> dict[UUID, UUID]:
        """{appointment or patient: its patient}, of those that are in the event store."""
        async with self._entered() as connection:
            rows = await connection.fetch(KNOWN, self._tenant_id, list(aggregates))
        return {row["aggregate_id"]: row["patient_id"] for row in rows}

    async def take_times(
        self, visits: Iterable[Visit], patients: dict[int, UUID], *, beside: bool = False
    ) -> dict[UUID, str]:
        """Takes their times, in order. {appointment: rule} of those that come too late.

        ``beside``: the patient's alone. Then it stands as of a doctor of its own, by the appointment's id.
        """
        times = [
            {
                "appointment_id": visit.appointment_id,
                "patient_id": patients[visit.number],
                "doctor_id": visit.appointment_id if beside else visit.row.doctor_id,
                "slot_from": visit.scheduled_for,
                "slot_until": visit.ends_at,
                "lived_from": visit.booked_at,
                "lived_until": visit.lived_until,
            }
            for visit in visits
        ]
        rows = await self._pool.fetch(TAKE_TIMES, self._tenant_id, json.dumps(times, default=str)) if times else []
        return {row["appointment_id"]: row["rule"] for row in rows}

    async def taken_beside(self, appointments: Iterable[UUID]) -> set[UUID]:
        """Those of them that took the patient's time alone, now or before."""
        async with self._entered() as connection:
            rows = await connection.fetch(TAKEN_BESIDE, self._tenant_id, list(appointments))
        return {row["appointment_id"] for row in rows}

    async def give_times_back(self, appointments: Iterable[UUID]) -> None:
        """What was not booked after all takes no time."""
        async with self._entered() as connection:
            await connection.execute(GIVE_TIMES_BACK, self._tenant_id, list(appointments))

    @asynccontextmanager
    async def _entered(self) -> AsyncIterator[Any]:
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute(ENTER_TENANT, self._tenant_id)
            yield connection
