"""The follow-up reminder: the log read, a turn taken, the log read again, sent, recorded.

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

from command_api.decide.appointment.follow_up import due, reminder_of
from command_api.decide.appointment.reminder.commands import RecordReminder
from command_api.decide.appointment.state import AppointmentState
from command_api.event_store import Loaded
from command_api.handle import Handler
from command_api.messenger import Message, Messenger, NotSent, Sent
from command_api.scope import Asked
from command_api.sweeps.candidates import Candidate
from command_api.sweeps.database import ENTER_TENANT

# A row that only healz_sweeper may write; a session that has ended holds nothing. Of two that want it at once, the
# second waits for the first's short transaction and finds the row taken.
TAKE = """
INSERT INTO journey.reminder_turns AS t (tenant_id, reminder_id, session_pid, session_since)
SELECT $1, $2, pid, backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid()
    ON CONFLICT (tenant_id, reminder_id) DO UPDATE
   SET session_pid = EXCLUDED.session_pid, session_since = EXCLUDED.session_since
 WHERE NOT EXISTS (SELECT FROM pg_stat_activity AS s WHERE s.pid = t.session_pid AND s.backend_start = t.session_since)
RETURNING true
"""
GIVE_BACK = "DELETE FROM journey.reminder_turns WHERE tenant_id = $1 AND reminder_id = $2 RETURNING true"


class ReminderTurns:
    """Locks on reminders, so that each is sent once: rows that are valid as long as this session lasts."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection
        self._turn = asyncio.Lock()

    @asynccontextmanager
    async def tried(self, tenant_id: UUID, reminder_id: UUID) -> AsyncIterator[bool]:
        """Holds the lock on this reminder meanwhile; False at once when somebody else has it."""
        held = await self._ask(TAKE, tenant_id, reminder_id)
        try:
            yield held
        finally:
            if held:
                await self._ask(GIVE_BACK, tenant_id, reminder_id)

    async def _ask(self, statement: str, tenant_id: UUID, reminder_id: UUID) -> bool:
        async with self._turn, self._connection.transaction():
            await self._connection.execute(ENTER_TENANT, tenant_id)
            return bool(await self._connection.fetchval(statement, tenant_id, reminder_id))


@dataclass(frozen=True)
class Reminders:
    """Sends what is due, through the messenger."""

    handler: Handler
    turns: ReminderTurns
    messenger: Messenger

    async def remind(self, candidate: Candidate, as_of: datetime, asked: Asked) -> bool:
        """Whether a reminder was recorded, as sent or as failed. Raises what the handler raises, and MessengerAway."""
        visit, _ = await self._due(candidate, as_of)
        if visit is None:
            return False
        reminder_id = reminder_of(visit.appointment_id)
        async with self.turns.tried(candidate.tenant_id, reminder_id) as held:
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
        case = loaded.case
        visit = due(
            case.appointments, case.patient.status, candidate.clinic_id, as_of, loaded.rules, self.handler.limits
        )
        return visit, loaded

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
