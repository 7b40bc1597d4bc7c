"""How far each reminder got: a status only rises, whatever comes late or again."""

from collections.abc import Mapping
from uuid import UUID

from healz.events.appointment import AppointmentReminderFailed, AppointmentReminderSent
from healz.events.delivery import DeliveryStatus, rises

Reminders = Mapping[UUID, DeliveryStatus | None]
"""How far each got; None: it could not be sent."""


def reminded(reminders: Reminders, event: AppointmentReminderSent | AppointmentReminderFailed) -> Reminders:
    """The reminders after ``event``. What failed after it went out did not arrive: that is a status too."""
    before = reminders.get(event.reminder_id)
    status = event.delivery_status if isinstance(event, AppointmentReminderSent) else before and "failed"
    return {**reminders, event.reminder_id: status if status is None or rises(before, status) else before}
