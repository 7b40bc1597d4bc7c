"""Whole histories of patients, decided by the real rules and appended in large commits: a log to measure on."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg
from uuid_utils.compat import uuid7

from command_api.append import Append, NewEvent
from command_api.decide.appointment.commands import (
    BookAppointment,
    CompleteAppointment,
    ConfirmAppointment,
    RecordReminder,
)
from command_api.decide.case import Case, decide
from command_api.decide.command import Command
from command_api.decide.given import Doctor, Given
from command_api.decide.patient.commands import RegisterPatient
from command_api.event_store import EventStore

IDENTITY_KEY = b"an-identity-key-for-benchmarks"
START = datetime(2026, 1, 5, 12, tzinfo=UTC)
KEY_LIFETIME = timedelta(hours=24)
WRITERS = 8


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


def history(number: int, visits: int = 2) -> tuple[UUID, list[Any]]:
    """Registration, then per visit a booking, a reminder, a confirmation and the visit: 1 + 7 × visits + 1 events."""
    patient = Patient(number, uuid7(), uuid7(), uuid7(), Case(), START)
    name = f"João da Conceição {number}"
    events = patient.take(RegisterPatient(phone=f"+55279{number:08d}", full_name=name), patient.patient_id)
    for visit in range(visits):
        appointment_id = uuid7()
        at = START + timedelta(days=7 * visit + 1)
        booking = BookAppointment(
            patient_id=patient.patient_id,
            clinic_id=patient.clinic_id,
            doctor_id=patient.doctor_id,
            scheduled_for=at,
            appointment_type="first_visit",
        )
        events += patient.take(booking, appointment_id)
        events += patient.take(RecordReminder(channel="whatsapp", delivery_status="sent"), appointment_id)
        events += patient.take(ConfirmAppointment(confirmation_method="whatsapp"), appointment_id)
        patient.now = at
        events += patient.take(CompleteAppointment(), appointment_id)
    return patient.patient_id, events


def appends(tenants: list[UUID], patients: int) -> Iterator[Append]:
    """One commit per patient, the tenants in turn."""
    for number in range(patients):
        patient_id, events = history(number)
        yield as_append(tenants[number % len(tenants)], patient_id, events)


def as_append(tenant_id: UUID, patient_id: UUID, events: list[Any]) -> Append:
    """A commit of all these events of a new patient."""
    case = Case()
    recorded = []
    command_id = uuid7()
    for event in events:
        case = case.after([event])
        version = case.versions[event.aggregate_id]
        recorded.append(NewEvent.of(event, event_id=uuid7(), aggregate_version=version, causation_id=command_id))
    return Append(
        tenant_id=tenant_id,
        patient_id=patient_id,
        facts=0,
        idempotency_key=str(command_id),
        request_hash=b"",
        answer={"id": str(patient_id)},
        correlation_id=command_id,
        user_id=None,
        metadata={},
        events=recorded,
        before=Case(),
        after=case,
    )


async def fill(pool: asyncpg.Pool, tenants: list[UUID], patients: int) -> int:
    """Appends that many histories; returns the number of events."""
    store = EventStore(pool, IDENTITY_KEY, KEY_LIFETIME)
    pending = appends(tenants, patients)
    total = 0

    async def write() -> None:
        nonlocal total
        for append in pending:
            await store.append(append)
            total += len(append.events)

    await asyncio.gather(*(write() for _ in range(WRITERS)))
    return total
