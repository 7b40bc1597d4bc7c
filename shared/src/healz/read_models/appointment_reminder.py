"""What a reminder's status does to the appointment's row."""

from datetime import datetime
from uuid import UUID

from msgspec.structs import replace

from healz.read_models.appointment_row import AppointmentRow


def reminded(row: AppointmentRow, reminder_id: UUID, status: str, sent_at: datetime | None) -> AppointmentRow:
    """A status of an older reminder than the newest since the last reschedule changes nothing."""
    if reminder_id == row.reminder_id:
        return replace(row, reminder_delivery_status=status, reminder_sent_at=row.reminder_sent_at or sent_at)
    if str(reminder_id) in row.reminders_seen:
        return row
    return replace(
        row,
        reminder_id=reminder_id,
        reminders_seen=[*row.reminders_seen, str(reminder_id)],
        reminder_delivery_status=status,
        reminder_sent_at=sent_at,
    )
