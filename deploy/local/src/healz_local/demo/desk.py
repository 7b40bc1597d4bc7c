"""The reception of one clinic: books a time that is free."""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from datetime import time as wall_clock
from typing import Any
from uuid import UUID

from healz_local.demo.allocate import DURATION, PlannedVisit
from healz_local.demo.api import Api, RefusedByApi
from healz_local.demo.rows import ZONE
from healz_local.errors import LocalStackError

DAYS_AHEAD = 60
TAKEN = {"patient_overlap", "doctor_overlap"}


@dataclass(frozen=True)
class Booked:
    """``sent`` and ``answered`` in seconds of time.perf_counter()."""

    appointment_id: str
    patient_id: UUID
    position: int
    sent: float
    answered: float


class Desk:
    """The desk in the clinic of ``visit``, for its doctor; asks as a receptionist who works nowhere else."""

    def __init__(self, api: Api, visit: PlannedVisit) -> None:
        self._api = api
        self._visit = visit

    async def ask(self, method: str, path: str, **more: Any) -> Any:
        clinics = (self._visit.clinic_id,)
        return await self._api.send(method, path, role="receptionist", clinics=clinics, **more)

    async def _free_times(self) -> Iterator[datetime]:
        """Half-hours from tomorrow on in which the doctor has no appointment."""
        first = datetime.combine(datetime.now(ZONE).date() + timedelta(days=1), wall_clock(8), ZONE)
        until = first + timedelta(days=DAYS_AHEAD)
        span = {"doctor_id": str(self._visit.doctor_id), "from": first.isoformat(), "until": until.isoformat()}
        page = await self.ask("GET", "/v1/appointments", params=span)
        taken = [datetime.fromisoformat(appointment["scheduled_for"]) for appointment in page["items"]]
        times = (first + timedelta(days=day) + n * DURATION for day in range(DAYS_AHEAD) for n in range(20))
        return (at for at in times if at.isoweekday() <= 5 and all(abs(at - other) >= DURATION for other in taken))

    async def book(self, patients: Iterable[UUID]) -> Booked:
        """The first of the patients who can come, at the first time that both have. Raises LocalStackError."""
        for patient_id in patients:
            for at in await self._free_times():
                body = {
                    "patient_id": str(patient_id),
                    "clinic_id": str(self._visit.clinic_id),
                    "doctor_id": str(self._visit.doctor_id),
                    "scheduled_for": at.isoformat(),
                    "appointment_type": "follow_up",
                }
                sent = time.perf_counter()
                try:
                    answer = await self.ask("POST", "/v1/appointments", body=body)
                except RefusedByApi as error:
                    if error.rule in TAKEN:
                        continue
                    break  # this patient is not active any more, say
                return Booked(answer["id"], patient_id, answer["position"], sent, time.perf_counter())
        raise LocalStackError("No patient could be booked, so one booking's way could not be measured.")
