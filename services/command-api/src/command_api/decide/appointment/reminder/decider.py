"""The rules of reminders."""

from datetime import datetime
from uuid import UUID

from command_api.decide.appointment.reminder.commands import RecordReminder
from command_api.decide.appointment.reminder.state import Reminders
from command_api.decide.given import Given
from command_api.decide.rejected import Rejected
from healz.events.appointment import AppointmentReminderFailed, AppointmentReminderSent
from healz.events.appointment_event import AppointmentEvent
from healz.events.delivery import rises


def reminder(
    command: RecordReminder, reminders: Reminders, given: Given, at: datetime, ids: dict[str, UUID]
) -> list[AppointmentEvent]:
    """A new reminder, or a status of one that says more than what is known; nothing where it does not.

    One that could not be sent may be tried again, and then goes out. Raises Rejected.
    """
    reminder_id = command.reminder_id or given.reminder_id
    known, before = reminder_id in reminders, reminders.get(reminder_id)
    if not known and len(reminders) >= given.limits.reminders_per_appointment_max:
        raise Rejected("too_many_reminders", f"{len(reminders)} reminders were sent already; that is the limit")
    frame = {**ids, "reminder_id": reminder_id, "channel": command.channel}
    if command.error is not None:
        is_news = before is not None and rises(before, "failed")
        failed = AppointmentReminderFailed(**frame, failed_at=at, error=command.error)
        return [failed] if is_news or not known else []
    assert command.delivery_status is not None
    if known and not rises(before, command.delivery_status):
        return []
    return [AppointmentReminderSent(**frame, sent_at=at, delivery_status=command.delivery_status)]
