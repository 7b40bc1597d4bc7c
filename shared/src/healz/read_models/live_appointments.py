"""The live appointments of a patient, as the patient's and the journey's rows keep them."""

from datetime import datetime

from healz.events import Event
from healz.events.appointment import (
    AppointmentCancelled,
    AppointmentCompleted,
    AppointmentMarkedAsNoShow,
    AppointmentRescheduled,
    AppointmentScheduled,
)
from healz.events.appointment_correction import AppointmentOutcomeCorrected
from healz.events.fields import rfc3339

LiveAppointments = dict[str, str]
"""{appointment_id: scheduled_for}: RFC 3339 in UTC with microseconds, so that texts sort as times do."""


def follow_live(live: LiveAppointments, event: Event) -> LiveAppointments:
    """The live appointments after ``event``; the same object when they did not change."""
    match event:
        case AppointmentScheduled(appointment_id=appointment_id, scheduled_for=at):
            return live | {str(appointment_id): rfc3339(at)}
        case AppointmentRescheduled(appointment_id=appointment_id, new_scheduled_for=at):
            return live | {str(appointment_id): rfc3339(at)}
        case AppointmentOutcomeCorrected(appointment_id=appointment_id, right_status="scheduled" | "confirmed"):
            return live | {str(appointment_id): rfc3339(event.scheduled_for)}
        case AppointmentCancelled() | AppointmentMarkedAsNoShow() | AppointmentCompleted():
            return {
                appointment_id: at for appointment_id, at in live.items() if appointment_id != str(event.appointment_id)
            }
        case _:
            return live


def earliest(live: LiveAppointments) -> datetime | None:
    """The earliest of them, UTC."""
    return datetime.fromisoformat(min(live.values())) if live else None
