"""Appointments of patients to whom nothing happens any more, read again and again, and compared with the fold."""

import asyncio
from collections.abc import Collection, Mapping
from contextlib import AbstractAsyncContextManager
from functools import reduce
from typing import Any, Self
from uuid import UUID

import asyncpg
from msgspec.structs import replace

from benchmarks.meanwhile import meanwhile
from benchmarks.stored import logs
from healz.projection.parked import Parked
from healz.projection.tables import Tables
from healz.read_models.appointment_row import AppointmentRows
from projections import PROJECTIONS

PATIENTS_AT_A_TIME = 20
PAUSE_SECONDS = 0.05
PROJECTION = PROJECTIONS["appointment"]
PATIENTS = """
SELECT patient_id FROM event_store.patient_log WHERE tenant_id = $1 AND patient_id <> ALL ($2::uuid[])
 ORDER BY md5(patient_id::text) LIMIT $3
"""
SPOIL = """
UPDATE appointment.appointment_view SET doctor_name = '' WHERE tenant_id = $1
"""


def spoilt(rows: AppointmentRows) -> AppointmentRows:
    """As SPOIL leaves a patient's rows, for a rebuild to put right: as a changed fold would find them."""
    return replace(rows, appointments={key: replace(row, doctor_name="") for key, row in rows.appointments.items()})


class Watch:
    """A patient's rows are read in one statement: they are all as they were spoilt, or all right."""

    def __init__(self, connection: asyncpg.Connection, right: Mapping[tuple[UUID, UUID], AppointmentRows]) -> None:
        self._connection = connection
        self._right = right
        self._tables: Tables[Any] = Tables(PROJECTION)
        self.rows = 0
        """So many were compared."""
        self.wrong: list[str] = []

    @classmethod
    async def of(cls, connection: asyncpg.Connection, tenant_id: UUID, patients: int, but: Collection[UUID]) -> Self:
        """So many patients, taken from all over; not those."""
        chosen = [row[0] for row in await connection.fetch(PATIENTS, tenant_id, list(but), patients)]
        right: dict[tuple[UUID, UUID], AppointmentRows] = {}
        for patient_id, events in (await logs(connection, tenant_id, chosen)).items():
            right[tenant_id, patient_id] = reduce(PROJECTION.evolve, events, PROJECTION.empty)
        return cls(connection, right)

    def going_on(self) -> AbstractAsyncContextManager[None]:
        """Rows are looked at meanwhile."""
        return meanwhile(self._go_on)

    async def _go_on(self, ended: asyncio.Event) -> None:
        keys = list(self._right)
        while True:
            for n in range(0, len(keys), PATIENTS_AT_A_TIME):
                if ended.is_set():
                    return
                await self._look(keys[n : n + PATIENTS_AT_A_TIME])
                await asyncio.sleep(PAUSE_SECONDS)  # the pace of looking

    async def _look(self, keys: list[tuple[UUID, UUID]]) -> None:
        _, there = await self._tables.read(self._connection, {}, keys)
        for key in keys:
            rows, right = there.get(key), self._right[key]
            self.rows += len(right.appointments)
            if isinstance(rows, Parked) or rows not in (right, spoilt(right)):
                self.wrong.append(f"patient {key[1]}: {rows} instead of {right}")
