"""What can happen to an appointment."""

from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import Field

from healz.events.envelope import Event
from healz.events.fields import Actor, Instant, Name, Notes, Reason
from healz.events.patient_details import Channel
from healz.events.personal import NOT_THE_PATIENTS

AppointmentType = Literal["first_visit", "follow_up", "return", "emergency"]
AppointmentStatus = Literal["scheduled", "confirmed", "cancelled", "completed", "no_show"]
ConfirmationMethod = Literal["whatsapp", "phone", "dashboard", "in_person"]
DeliveryStatus = Literal["sent", "delivered", "read", "failed"]

DURATION_MINUTES_MAX = 24 * 60


class AppointmentEvent(Event):
    aggregate_type: ClassVar[str] = "Appointment"

    appointment_id: UUID
    clinic_id: UUID
    doctor_id: UUID

    @property
    def aggregate_id(self) -> UUID:
        return self.appointment_id


class AppointmentScheduled(AppointmentEvent):
    """``duration`` is in minutes."""

    doctor_name: Annotated[Name, NOT_THE_PATIENTS]
    scheduled_for: Instant
    duration: int = Field(ge=1, le=DURATION_MINUTES_MAX)
    appointment_type: AppointmentType
    notes: Notes | None = None
    scheduled_by: Actor
    scheduled_at: Instant


class AppointmentConfirmed(AppointmentEvent):
    confirmed_by: Actor
    confirmation_method: ConfirmationMethod
    confirmed_at: Instant
    confirmation_count: int = Field(ge=1)


class AppointmentRescheduled(AppointmentEvent):
    previous_scheduled_for: Instant
    new_scheduled_for: Instant
    reason: Reason | None = None
    rescheduled_by: Actor
    rescheduled_at: Instant


class AppointmentCancelled(AppointmentEvent):
    reason: Reason | None = None
    cancelled_by: Actor
    cancelled_at: Instant


class AppointmentMarkedAsNoShow(AppointmentEvent):
    scheduled_for: Instant
    marked_by: Actor
    marked_at: Instant
    notes: Notes | None = None


class AppointmentCompleted(AppointmentEvent):
    completed_at: Instant
    notes: Notes | None = None
    requires_follow_up: bool


class AppointmentReminderSent(AppointmentEvent):
    """A later delivery status of a reminder is this event again with the same ``reminder_id``."""

    reminder_id: UUID
    channel: Channel
    sent_at: Instant
    delivery_status: DeliveryStatus


class AppointmentReminderFailed(AppointmentEvent):
    reminder_id: UUID
    channel: Channel
    failed_at: Instant
    error: Reason


EVENTS: tuple[type[AppointmentEvent], ...] = tuple(AppointmentEvent.__subclasses__())
"""All of them, in the order of this file."""
