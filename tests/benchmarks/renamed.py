"""Patients who get a new name, so many a second, each read back on one of their appointments: what was just written is
there, whatever else is done to that row meanwhile."""

import asyncio
import itertools
import time
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from uuid import UUID

import httpx

from benchmarks.meanwhile import meanwhile

PAIRS = """
SELECT patient_id, min(appointment_id::text)::uuid FROM appointment.appointment_view WHERE tenant_id = $1
 GROUP BY patient_id ORDER BY md5(patient_id::text) LIMIT $2
"""
"""So many patients, taken from all over, each with an appointment."""
NAME = "Maria da Penha "
"""And a number."""


class Renaming:
    """An open loop: each command at its time, whether or not the ones before were answered."""

    def __init__(self, client: httpx.AsyncClient, patients: Sequence[tuple[UUID, UUID]], rate: float) -> None:
        self._client = client
        self._patients = itertools.cycle(patients)
        self._rate = rate
        self._numbers = itertools.count(1)
        self._positions: dict[int, int] = {}
        self.wrong: list[str] = []
        """What was refused, missing or stale."""
        self._taken_ms: list[tuple[float, float]] = []

    def going_on(self) -> AbstractAsyncContextManager[None]:
        """Commands come meanwhile; at the end, the last of them are read back."""
        return meanwhile(self._go_on)

    def since(self, began: float) -> list[float]:
        """Milliseconds from when each was due to when its row was read, of those due since then (``perf_counter``)."""
        return [taken for due, taken in self._taken_ms if due >= began]

    async def _go_on(self, ended: asyncio.Event) -> None:
        began = time.perf_counter()
        async with asyncio.TaskGroup() as tasks:
            for n in itertools.count():
                due = began + n / self._rate
                # Until the next one is due.
                await asyncio.sleep(max(0.0, due - time.perf_counter()))
                if ended.is_set():
                    return
                tasks.create_task(self._once(due))

    async def _once(self, due: float) -> None:
        (patient_id, appointment_id), number = next(self._patients), next(self._numbers)
        try:
            written = await self._client.put(
                f"/v1/patients/{patient_id}/contact", json={"full_name": f"{NAME}{number}"}
            )
            written.raise_for_status()
            position = self._positions[number] = int(written.headers["Healz-Position"])
            after = {"Healz-Min-Position": str(position)}
            row = await self._client.get(f"/v1/appointments/{appointment_id}", headers=after)
            row.raise_for_status()
        except httpx.HTTPError as error:
            self.wrong.append(f"{type(error).__name__}: {error}")
            return
        self._taken_ms.append((due, (time.perf_counter() - due) * 1000))
        name = row.json()["patient_name"]
        # Of a command that is not answered yet, it is not known that it came before.
        shown = self._positions.get(int(name.removeprefix(NAME)), position) if name.startswith(NAME) else 0
        if shown < position:
            self.wrong.append(f"patient {patient_id} has just become {NAME}{number}, and is read as {name}")
