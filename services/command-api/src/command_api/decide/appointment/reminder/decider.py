"""The rules of reminders."""

from datetime import datetime
from uuid import UUID

from command_api.decide.appointment.reminder.commands import RecordReminder
from command_api.decide.appointment.state import AppointmentState
from command_api.decide.given import Given
from command_api.decide.rejected import Rejected
from healz.events import appointment as events
from healz.events.appointment_event import AppointmentEvent


def reminded(
    command: RecordReminder, appointment: AppointmentState, given: Given, at: datetime, ids: dict[str, UUID]
) -> AppointmentEvent:
    reminder_id = command.reminder_id or given.reminder_id
    known = reminder_id in appointment.reminders
    if not known and len(appointment.reminders) >= given.limits.reminders_per_appointment_max:
        raise Rejected(
            "too_many_reminders", f"{len(appointment.reminders)} reminders were sent already; that is the limit"
        )
    frame = {**ids, "reminder_id": reminder_id, "channel": command.channel}
    if command.error is not None:
        return events.AppointmentReminderFailed(**frame, failed_at=at, error=command.error)
    return events.AppointmentReminderSent(**frame, sent_at=at, delivery_status=command.delivery_status)
