"""The same commands, with the clock and the ids given, leave the same log in another database: byte for byte."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

from command_api.decide.appointment.commands import BookAppointment, ConfirmAppointment, RescheduleAppointment
from command_api.decide.appointment.outcome.commands import CompleteAppointment, MarkAppointmentAsNoShow
from command_api.decide.appointment.reminder.commands import RecordReminder
from command_api.decide.command import Command
from command_api.decide.conversation.commands import (
    DetectIntent,
    EscalateConversation,
    StartConversation,
)
from command_api.decide.conversation.message_commands import RecordMessage
from command_api.decide.given import Role
from command_api.decide.journey.commands import AbandonJourney, EscalateRisk, RecalculateSilence, ReportRisk
from command_api.decide.limits import Limits
from command_api.decide.patient.commands import AnonymizePatient, RegisterPatient, UpdatePatientContact
from command_api.event_store import EventStore
from command_api.handle import Handler
from command_api.reference.commands import PutClinic, PutDoctor
from command_api.reference.store import Reference
from command_api.scope import Asked
from conftest import fresh_database
from healz.postgres import create_pool
from healz.settings import PostgresSettings
from system import Database, Servers

TENANT, CLINIC, DOCTOR, MESSAGE, SOMEBODY = (UUID(int=n << 64) for n in range(1, 6))
BEGIN = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@dataclass
class Clock:
    """Stands still until it is moved."""

    now: datetime = BEGIN

    def __call__(self) -> datetime:
        return self.now


class Play:
    """The commands one after the other, each by somebody, some time after the one before."""

    def __init__(self, handler: Handler, clock: Clock) -> None:
        self._handler, self._clock = handler, clock
        self._requests = count(1)
        self.answers: list[dict[str, Any]] = []

    async def __call__(self, role: Role, command: Command, target: UUID | None = None, *, days: float = 0.01) -> UUID:
        """Returns the id of what the command was about."""
        self._clock.now += days * DAY
        n = next(self._requests)
        asked = Asked(
            tenant_id=TENANT,
            role=role,
            user_id=SOMEBODY,
            clinics=None,
            command_id=UUID(int=n << 32),
            correlation_id=UUID(int=n << 48),
            idempotency_key=f"request {n}",
            metadata={"traceparent": f"00-{n:032x}-{n:016x}-01"},
        )
        self.answers.append(await self._handler.handle(command, target, asked))
        return UUID(self.answers[-1]["id"])

    def journey(self) -> UUID:
        """The one that was heard of last."""
        named = [event for answer in self.answers for event in answer["events"]]
        return UUID(next(event["aggregate_id"] for event in reversed(named) if event["event_type"] == "JourneyStarted"))


async def tell(play: Play, now: Clock) -> None:
    """Months of one patient's life, with each kind of aggregate, with signs that come and go, and an end to all."""
    register = RegisterPatient(phone="+5527999990000", full_name="Maria", email="m@example.com", cpf="529.982.247-25")
    patient = await play("bot", register)
    whose = {"patient_id": patient, "clinic_id": CLINIC}

    async def book() -> UUID:
        at = now() + 2 * DAY
        return await play(
            "bot", BookAppointment(**whose, doctor_id=DOCTOR, scheduled_for=at, appointment_type="return")
        )

    talk = await play("bot", StartConversation(**whose, on_behalf_of_patient=True))
    said = RecordMessage(direction="inbound", content="Olá", message_id=MESSAGE, whatsapp_message_id="wamid.1")
    await play("bot", said, talk)
    extracted = {"quando": ["amanhã", {"hora": 9.5}], "a": None}
    intent = DetectIntent(message_id=MESSAGE, intent="schedule_appointment", confidence=0.75, extracted_data=extracted)
    await play("bot", intent, talk)
    first = await book()
    await play("bot", RecordReminder(channel="sms", delivery_status="sent"), first)
    await play("receptionist", ConfirmAppointment(confirmation_method="phone"), first)
    await play("receptionist", MarkAppointmentAsNoShow(notes="ninguém"), first, days=3)
    second = await book()
    for days in (1, 2):
        await play("receptionist", RescheduleAppointment(scheduled_for=now() + (3 + days) * DAY), second)
    await play("doctor", MarkAppointmentAsNoShow(), second, days=6)
    await play("manager", EscalateRisk(reason="ligar", assigned_to=SOMEBODY), play.journey())
    await play("bot", RecordMessage(direction="inbound", content="Desculpe", sentiment="negative"), talk, days=1)
    await play("bot", RecordMessage(direction="inbound", content="Vou sim", sentiment="positive"), talk)
    await play("bot", EscalateConversation(reason="complaint"), talk)
    third = await book()
    await play("doctor", CompleteAppointment(requires_follow_up=True, notes="ok"), third, days=2)
    await play("import", RecalculateSilence(), play.journey(), days=45)
    await play("receptionist", ReportRisk(risk_type="tone_change", notes="seca"), play.journey())
    await play("manager", AbandonJourney(reason="mudou"), play.journey())
    await book()
    await play("admin", UpdatePatientContact(email=None, full_name="Maria da Penha"), patient)
    await play("admin", AnonymizePatient(reason="patient_request"), patient)


async def replayed(database: Database) -> tuple[list[str], list[dict[str, Any]]]:
    """The envelopes as they are stored, but for the moment at which the store took them; and the answers."""
    clock, ids = Clock(), count(1)
    async with await create_pool(PostgresSettings(database_url=database.url("healz_command")), "a replay") as pool:
        reference = Reference(pool)
        await reference.put_clinic(TENANT, CLINIC, PutClinic(name="Centro"))
        await reference.put_doctor(TENANT, DOCTOR, PutDoctor(full_name="Dra. Ana", clinic_ids=(CLINIC,)))
        handler = Handler(
            store=EventStore(pool, b"an identity key for a replay", DAY),
            reference=reference,
            limits=Limits(),
            clock=clock,
            new_id=lambda: UUID(int=next(ids)),
            attempts_max=1,
        )
        play = Play(handler, clock)
        await tell(play, clock)
    rows = await database.admin.fetch(
        "SELECT event_store.envelope(e) FROM event_store.events AS e WHERE tenant_id = $1 ORDER BY position", TENANT
    )
    return [re.sub('"created_at":"[^"]+"', '"created_at":""', row[0], count=1) for row in rows], play.answers


async def test_the_same_commands_leave_the_same_log_byte_for_byte(servers: Servers) -> None:
    async with fresh_database(servers) as first, fresh_database(servers) as second:
        envelopes, answers = await replayed(first)
        assert (envelopes, answers) == await replayed(second)
        types = {event.event_type for event in await first.log(TENANT)}
    assert all('"created_at":""' in envelope for envelope in envelopes)
    assert len(envelopes) > 50, "too little happened to prove anything"
    assert {"PatientAnonymized", "JourneyRecovered", "JourneyAbandoned", "RiskEscalated", "IntentDetected"} <= types
