"""One booking on its way through the system, with one clock: when it was committed, published, projected."""

import asyncio
import json
import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError

from healz_local.demo.allocate import PlannedVisit
from healz_local.demo.api import Api
from healz_local.demo.desk import Booked, Desk
from healz_local.demo.topic import consumer
from healz_local.errors import LocalStackError

TIMEOUT_S = 15.0
Seen = defaultdict[str, asyncio.Future[float]]
"""When the first record about an aggregate came in; its id is the key."""


@dataclass(frozen=True)
class Way:
    """Milliseconds since the request was sent, all of the same clock."""

    doctor_name: str
    scheduled_for: datetime
    position: int
    committed_ms: float
    published_ms: float
    in_appointment_ms: float
    in_patient_ms: float


async def book_live(api: Api, bootstrap_servers: str, visit: PlannedVisit, patients: Iterable[UUID]) -> Way:
    """A real booking by a receptionist, to come, with this visit's doctor and the first of the patients who can.

    Raises LocalStackError.
    """
    seen: Seen = defaultdict(asyncio.get_running_loop().create_future)
    watching = consumer(bootstrap_servers, "latest")
    try:
        await watching.start()
        # Positioned, and its first fetch under way: what it measures is the record, not its own beginning.
        for partition in watching.assignment():
            await watching.position(partition)
        watch = asyncio.create_task(_watch(watching, seen))
        try:
            desk = Desk(api, visit)
            return await _follow(desk, await desk.book(patients), seen)
        finally:
            watch.cancel()
            await asyncio.gather(watch, return_exceptions=True)
    except KafkaError as error:
        raise LocalStackError(f"Kafka at {bootstrap_servers} can't be read: {error!r}") from error
    finally:
        await watching.stop()


async def _follow(desk: Desk, booked: Booked, seen: Seen) -> Way:
    async def readable(path: str) -> tuple[float, Any]:
        found = await desk.ask("GET", path, min_position=booked.position)
        return time.perf_counter(), found

    try:
        async with asyncio.timeout(TIMEOUT_S):
            (in_appointment, appointment), (in_patient, _), in_kafka = await asyncio.gather(
                readable(f"/v1/appointments/{booked.appointment_id}"),
                readable(f"/v1/patients/{booked.patient_id}"),
                seen[booked.appointment_id],
            )
    except TimeoutError as error:
        raise LocalStackError(
            f"The booking {booked.appointment_id} did not get everywhere within {TIMEOUT_S:.0f} s."
        ) from error
    return Way(
        doctor_name=appointment["doctor_name"],
        scheduled_for=datetime.fromisoformat(appointment["scheduled_for"]),
        position=booked.position,
        committed_ms=1000 * (booked.answered - booked.sent),
        published_ms=1000 * (in_kafka - booked.sent),
        in_appointment_ms=1000 * (in_appointment - booked.sent),
        in_patient_ms=1000 * (in_patient - booked.sent),
    )


async def _watch(watching: AIOKafkaConsumer, seen: Seen) -> None:
    while True:
        batches = await watching.getmany(timeout_ms=200)
        now = time.perf_counter()
        for batch in batches.values():
            for record in batch:
                first_seen = seen[json.loads(record.value)["subject"]]
                if not first_seen.done():
                    first_seen.set_result(now)
