"""The follow-up reminder: the log read, a lock, the log read again, sent, recorded.

A process that dies between sending and recording leaves no trace: the next run sends that one message again, under the
same ``message_id``. Any number of processes at once send it once.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from command_api.appointment.commands import RecordReminder
from command_api.appointment.follow_up import due, reminder_of
from command_api.appointment.state import AppointmentState
from command_api.event_store import Loaded
from command_api.handle import Asked, Handler
from command_api.messenger import Message, Messenger, NotSent, Sent
from command_api.sweeps.candidates import Candidate

TRY_LOCK = "SELECT pg_try_advisory_lock(hashtextextended('healz.reminder:' || $1, 0))"
UNLOCK = "SELECT pg_advisory_unlock(hashtextextended('healz.reminder:' || $1, 0))"


class Locks:
    """Locks that end with the session, on the one connection, a statement at a time."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection
        self._turn = asyncio.Lock()

    @asynccontextmanager
    async def tried(self, reminder_id: UUID) -> AsyncIterator[bool]:
        """Whether it is ours meanwhile; False at once when somebody else has it."""
        held = await self._ask(TRY_LOCK, reminder_id)
        try:
            yield held
        finally:
            if held:
                await self._ask(UNLOCK, reminder_id)

    async def _ask(self, statement: str, reminder_id: UUID) -> bool:
        async with self._turn:
            return bool(await self._connection.fetchval(statement, str(reminder_id)))


@dataclass(frozen=True)
class Reminders:
    """Sends what is due, through the messenger."""

    handler: Handler
    locks: Locks
    messenger: Messenger

    async def remind(self, candidate: Candidate, as_of: datetime, asked: Asked) -> bool:
        """Whether a reminder was recorded, as sent or as failed. Raises what the handler raises, and MessengerAway."""
        visit, _ = await self._due(candidate, as_of)
        if visit is None:
            return False
        reminder_id = reminder_of(visit.appointment_id)
        async with self.locks.tried(reminder_id) as held:
            if not held:
                return False
            again, loaded = await self._due(candidate, as_of)
            if again is None or again.appointment_id != visit.appointment_id:
                return False
            answer = await self._send(_message(again, loaded, candidate))
            channel = loaded.case.patient.preferences.communication_channel
            said = (
                {"error": answer.error} if isinstance(answer, NotSent) else {"delivery_status": answer.delivery_status}
            )
            command = RecordReminder(reminder_id=reminder_id, channel=channel, occurred_at=as_of, **said)
            await self.handler.handle(command, visit.appointment_id, asked)
            return True

    async def _due(self, candidate: Candidate, as_of: datetime) -> tuple[AppointmentState | None, Loaded]:
        loaded = await self.handler.store.load(candidate.tenant_id, candidate.patient_id, None)
        if not loaded.case.patient.preferences.reminder_enabled:
            return None, loaded
        visits = loaded.case.appointments
        return due(visits, candidate.clinic_id, as_of, loaded.rules, self.handler.limits), loaded

    async def _send(self, message: Message) -> Sent | NotSent:
        return await self.messenger.send(message) if message.address else NotSent(f"no address for {message.channel}")


def _message(visit: AppointmentState, loaded: Loaded, candidate: Candidate) -> Message:
    patient = loaded.case.patient
    channel = patient.preferences.communication_channel
    return Message(
        message_id=reminder_of(visit.appointment_id),
        tenant_id=candidate.tenant_id,
        clinic_id=visit.clinic_id,
        patient_id=candidate.patient_id,
        appointment_id=visit.appointment_id,
        kind="follow_up",
        channel=channel,
        address=(patient.email or "") if channel == "email" else patient.phone,
        full_name=patient.full_name,
    )
