"""Histories of patients, decided by the real rules and appended as in life: a log to measure on.

Many patients of a tenant are under way at a time, and each command is a commit: a batch of the log holds a little of
many patients.
"""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count, cycle
from typing import Any
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

import asyncpg
from uuid_utils.compat import uuid7

from command_api.append import Append, NewEvent
from command_api.decide.appointment.commands import BookAppointment, ConfirmAppointment
from command_api.decide.appointment.outcome.commands import CompleteAppointment
from command_api.decide.appointment.reminder.commands import RecordReminder
from command_api.decide.case import Case, decide
from command_api.decide.command import Command
from command_api.decide.given import Doctor, Given
from command_api.decide.patient.commands import RegisterPatient
from command_api.event_store import EventStore
from healz.postgres import create_pool
from healz.settings import PostgresSettings

IDENTITY_KEY = b"an-identity-key-for-benchmarks"
START = datetime(2026, 1, 5, 12, tzinfo=UTC)
KEY_LIFETIME = timedelta(hours=24)
CLINICS = 10
AT_ONCE = 256
"""Patients under way."""


@dataclass
class Patient:
    """One patient's case as it grows."""

    number: int
    clinic_id: UUID
    doctor_id: UUID
    patient_id: UUID
    case: Case
    now: datetime

    def take(self, command: Command, target: UUID) -> list[Any]:
        """Decides and remembers; returns the events."""
        given = Given(
            now=self.now,
            role="import",
            target=target,
            patient_id=self.patient_id,
            journey_id=uuid7(),
            reminder_id=uuid7(),
            message_id=uuid7(),
            clinic_zone=ZoneInfo("America/Sao_Paulo"),
            doctor=Doctor("Dra. Ana Conceição", frozenset({self.clinic_id})),
        )
        events = decide(command, self.case, given)
        self.case = self.case.after(events)
        return events


def clinics_of(tenant_id: UUID) -> list[UUID]:
    """Where its patients are seen."""
    return [uuid5(tenant_id, str(number)) for number in range(CLINICS)]


def history(tenant_id: UUID, number: int, visits: int = 2) -> Iterator[Append]:
    """Registration; per past visit a booking, a reminder, a confirmation and the visit; and a booking ahead: each is
    a commit."""
    clinic_id = clinics_of(tenant_id)[number % CLINICS]
    patient = Patient(number, clinic_id, uuid7(), uuid7(), Case(), START)

    def commit(command: Command, target: UUID) -> Append:
        before = patient.case
        return as_append(tenant_id, patient.patient_id, patient.take(command, target), before)

    def booking(at: datetime) -> BookAppointment:
        return BookAppointment(
            patient_id=patient.patient_id,
            clinic_id=patient.clinic_id,
            doctor_id=patient.doctor_id,
            scheduled_for=at,
            appointment_type="first_visit",
        )

    name = f"João da Conceição {number}"
    yield commit(RegisterPatient(phone=f"+55279{number + 1:08d}", full_name=name), patient.patient_id)
    for visit in range(visits):
        appointment_id = uuid7()
        at = START + timedelta(days=7 * visit + 1)
        yield commit(booking(at), appointment_id)
        yield commit(RecordReminder(channel="whatsapp", delivery_status="sent"), appointment_id)
        yield commit(ConfirmAppointment(confirmation_method="whatsapp"), appointment_id)
        patient.now = at
        yield commit(CompleteAppointment(), appointment_id)
    yield commit(booking(datetime.now(UTC) + timedelta(days=1 + number % 30)), uuid7())


def as_append(tenant_id: UUID, patient_id: UUID, events: list[Any], before: Case | None = None) -> Append:
    """A commit of these events; ``before``: the patient's case, none for a new one."""
    case = before = before or Case()
    recorded = []
    command_id = uuid7()
    for event in events:
        case = case.after([event])
        version = case.versions[event.aggregate_id]
        recorded.append(NewEvent.of(event, event_id=uuid7(), aggregate_version=version, causation_id=command_id))
    return Append(
        tenant_id=tenant_id,
        patient_id=patient_id,
        facts=sum(before.versions.values()),
        idempotency_key=str(command_id),
        request_hash=b"",
        answer={"id": str(patient_id)},
        correlation_id=command_id,
        user_id=None,
        metadata={},
        events=recorded,
        before=before,
        after=case,
    )


async def open_pool(url: str) -> asyncpg.Pool:
    """The API's own pool: as many connections as its settings say."""
    return await create_pool(PostgresSettings(database_url=url), "benchmark")


async def fill(
    pool: asyncpg.Pool,
    tenants: list[UUID],
    events: int,
    first: int = 0,
    metadata: Callable[[], dict[str, str]] = dict,
) -> int:
    """Appends histories until there are so many events or a few more; returns how many. Phones begin at ``first``;
    ``metadata`` is each request's."""
    store = EventStore(pool, IDENTITY_KEY, KEY_LIFETIME)
    numbers, whose, total = count(first), cycle(tenants), 0
    # Who waits for long gets no connection of the pool: so nobody waits there.
    room = asyncio.Semaphore(pool.get_max_size())

    async def live() -> None:
        nonlocal total
        while total < events:
            for append in history(next(whose), next(numbers)):
                async with room:
                    assert await store.append(replace(append, metadata=metadata())) is not None
                total += len(append.events)

    await asyncio.gather(*(live() for _ in range(AT_ONCE)))
    return total
