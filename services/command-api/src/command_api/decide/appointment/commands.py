"""What may be asked of an appointment."""

from typing import ClassVar, Self
from uuid import UUID

from pydantic import ConfigDict, Field, model_validator

from command_api.decide.cast import CLINIC, DOCTOR, PATIENT, REMINDER
from command_api.decide.command import Beginning, Command, given
from command_api.decide.times import GivenInstant
from healz.events import appointment as events
from healz.events.appointment import DURATION_MINUTES_MAX, AppointmentType, ConfirmationMethod
from healz.events.delivery import DeliveryStatus
from healz.events.fields import Notes, Reason
from healz.events.json_kinds import Flag, Whole
from healz.events.patient_details import Channel

DURATION_MINUTES_DEFAULT = 30
NO_SUCH_TIME = (
    *("patient_not_active", "clinic_unknown", "doctor_unknown", "doctor_not_in_clinic", "appointment_in_the_past"),
    *("clinic_closed", "doctor_not_on_duty", "patient_overlap", "doctor_overlap"),
)


class AppointmentCommand(Command):
    """Any command about an appointment."""

    refusals = (*Command.refusals, "appointment_not_live")
    asks_reference: ClassVar[bool] = False
    """Whether the rules look at the reference data of the appointment's clinic and doctor."""


class BookAppointment(Beginning, AppointmentCommand):
    """``duration`` in minutes."""

    leads_to = (events.AppointmentScheduled,)
    refusals = (*Command.refusals, *NO_SUCH_TIME)
    example: ClassVar = {
        "patient_id": PATIENT,
        "clinic_id": CLINIC,
        "doctor_id": DOCTOR,
        "scheduled_for": "2030-03-04T10:00:00-03:00",
        "duration": 30,
        "appointment_type": "first_visit",
        "notes": "brings her last blood count",
    }
    doctor_id: UUID
    scheduled_for: GivenInstant
    duration: Whole = Field(default=DURATION_MINUTES_DEFAULT, ge=1, le=DURATION_MINUTES_MAX)
    appointment_type: AppointmentType
    notes: Notes | None = None


class ConfirmAppointment(AppointmentCommand):
    leads_to = (events.AppointmentConfirmed,)
    example: ClassVar = {"confirmation_method": "whatsapp"}
    confirmation_method: ConfirmationMethod


class RescheduleAppointment(AppointmentCommand):
    leads_to = (events.AppointmentRescheduled,)
    refusals = (*AppointmentCommand.refusals, *NO_SUCH_TIME)
    asks_reference = True
    example: ClassVar = {"scheduled_for": "2030-03-11T11:00:00-03:00", "reason": "is travelling"}
    scheduled_for: GivenInstant
    reason: Reason | None = None


class CancelAppointment(AppointmentCommand):
    leads_to = (events.AppointmentCancelled,)
    example: ClassVar = {"reason": "feels well again"}
    reason: Reason | None = None


class RecordArrival(AppointmentCommand):
    """The patient has come to the reception."""

    leads_to = (events.AppointmentArrived,)
    refusals = (*AppointmentCommand.refusals, "clinic_unknown", "arrival_on_another_day", "already_arrived")
    asks_reference = True
    example: ClassVar = {}


class MarkAppointmentAsNoShow(AppointmentCommand):
    leads_to = (events.AppointmentMarkedAsNoShow,)
    refusals = (*AppointmentCommand.refusals, "no_show_before_the_start", "patient_arrived")
    example: ClassVar = {"notes": "did not answer the phone either"}
    notes: Notes | None = None


class CompleteAppointment(AppointmentCommand):
    leads_to = (events.AppointmentCompleted,)
    refusals = (*AppointmentCommand.refusals, "clinic_unknown", "completion_before_the_day")
    asks_reference = True
    example: ClassVar = {"notes": "blood pressure 12 by 8", "requires_follow_up": True}
    notes: Notes | None = None
    requires_follow_up: Flag = False


class RecordReminder(AppointmentCommand):
    """A reminder, or a later status of one (the same ``reminder_id``), which only rises. With ``error``: it failed."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [given("delivery_status"), given("error")]})

    leads_to = (events.AppointmentReminderSent, events.AppointmentReminderFailed)
    refusals = (*AppointmentCommand.refusals, "patient_anonymized", "too_many_reminders")
    example: ClassVar = {"reminder_id": REMINDER, "channel": "whatsapp", "delivery_status": "delivered"}
    reminder_id: UUID | None = None
    channel: Channel
    delivery_status: DeliveryStatus | None = None
    error: Reason | None = None

    @model_validator(mode="after")
    def _sent_or_failed(self) -> Self:
        if (self.delivery_status is None) == (self.error is None):
            raise ValueError("give either delivery_status or error")
        return self


COMMANDS: tuple[type[AppointmentCommand], ...] = tuple(AppointmentCommand.__subclasses__())
"""All of them, in the order of this file."""
