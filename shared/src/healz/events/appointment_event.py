"""What all events of an appointment say, and their words."""

from typing import ClassVar, Literal
from uuid import UUID

from healz.events.envelope import Event

AppointmentType = Literal["first_visit", "follow_up", "return", "emergency"]
AppointmentStatus = Literal["scheduled", "confirmed", "cancelled", "completed", "no_show"]
ConfirmationMethod = Literal["whatsapp", "phone", "dashboard", "in_person"]

Account = Literal["patient", "clinic"]
Outcome = Literal["cancelled", "completed", "no_show"]

DURATION_MINUTES_MAX = 24 * 60


class AppointmentEvent(Event):
    aggregate_type: ClassVar[str] = "Appointment"

    appointment_id: UUID
    """Which appointment."""
    clinic_id: UUID
    """Where it takes place."""
    doctor_id: UUID
    """With whom."""

    @property
    def aggregate_id(self) -> UUID:
        return self.appointment_id
