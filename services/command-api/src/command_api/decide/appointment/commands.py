"""What may be asked of an appointment."""

from typing import Self
from uuid import UUID

from pydantic import ConfigDict, Field, JsonValue, model_validator

from command_api.decide.command import Command
from command_api.decide.times import GivenInstant
from healz.events.appointment import DURATION_MINUTES_MAX, AppointmentType, ConfirmationMethod, DeliveryStatus
from healz.events.fields import Notes, Reason
from healz.events.json_kinds import Flag, Whole
from healz.events.patient_details import Channel

DURATION_MINUTES_DEFAULT = 30


def given(field: str) -> dict[str, JsonValue]:
    """JSON Schema for: that field is there, and not null."""
    return {"required": [field], "properties": {field: {"not": {"type": "null"}}}}


class AppointmentCommand(Command):
    """Any of them."""


class BookAppointment(AppointmentCommand):
    """``duration`` in minutes."""

    patient_id: UUID
    clinic_id: UUID
    doctor_id: UUID
    scheduled_for: GivenInstant
    duration: Whole = Field(default=DURATION_MINUTES_DEFAULT, ge=1, le=DURATION_MINUTES_MAX)
    appointment_type: AppointmentType
    notes: Notes | None = None


class ConfirmAppointment(AppointmentCommand):
    confirmation_method: ConfirmationMethod


class RescheduleAppointment(AppointmentCommand):
    scheduled_for: GivenInstant
    reason: Reason | None = None


class CancelAppointment(AppointmentCommand):
    reason: Reason | None = None


class MarkAppointmentAsNoShow(AppointmentCommand):
    notes: Notes | None = None


class CompleteAppointment(AppointmentCommand):
    notes: Notes | None = None
    requires_follow_up: Flag = False


class RecordReminder(AppointmentCommand):
    """A reminder, or a later status of one (the same ``reminder_id``). With ``error`` it never went out."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [given("delivery_status"), given("error")]})

    reminder_id: UUID | None = None
    channel: Channel
    delivery_status: DeliveryStatus | None = None
    error: Reason | None = None

    @model_validator(mode="after")
    def _sent_or_failed(self) -> Self:
        if (self.delivery_status is None) == (self.error is None):
            raise ValueError("give either delivery_status or error")
        return self
