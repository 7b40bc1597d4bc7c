"""What may be asked of an appointment."""

from typing import ClassVar
from uuid import UUID

from pydantic import Field

from command_api.decide.appointment.change.commands import ChangeAppointment
from command_api.decide.appointment.command import NO_SUCH_TIME, AppointmentCommand
from command_api.decide.appointment.outcome.commands import (
    CompleteAppointment,
    CorrectOutcome,
    MarkAppointmentAsNoShow,
    RecordArrival,
)
from command_api.decide.appointment.reminder.commands import RecordReminder
from command_api.decide.cast import CLINIC, DOCTOR, PATIENT
from command_api.decide.command import Beginning, Command
from command_api.decide.times import GivenInstant
from healz.events import appointment as events
from healz.events.appointment_event import DURATION_MINUTES_MAX, Account, AppointmentType, ConfirmationMethod
from healz.events.fields import Notes, Reason
from healz.events.json_kinds import Flag, Whole

DURATION_MINUTES_DEFAULT = 30


class BookAppointment(Beginning, AppointmentCommand):
    """``duration`` in minutes. ``squeeze_in``: beside what the doctor has then, by the roles that the organisation
    names."""

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
    squeeze_in: Flag = False


class ConfirmAppointment(AppointmentCommand):
    leads_to = (events.AppointmentConfirmed,)
    example: ClassVar = {"confirmation_method": "whatsapp"}
    confirmation_method: ConfirmationMethod


class RescheduleAppointment(AppointmentCommand):
    """``on_whose_account`` as for a cancellation, ``squeeze_in`` as for a booking."""

    leads_to = (events.AppointmentRescheduled,)
    refusals = (*AppointmentCommand.refusals, *NO_SUCH_TIME)
    asks_reference = True
    example: ClassVar = {"scheduled_for": "2030-03-11T11:00:00-03:00", "reason": "is travelling"}
    scheduled_for: GivenInstant
    reason: Reason | None = None
    on_whose_account: Account | None = None
    squeeze_in: Flag = False


class CancelAppointment(AppointmentCommand):
    """``on_whose_account``: whose doing it is; left out: the clinic's where a doctor asks, else the patient's."""

    leads_to = (events.AppointmentCancelled,)
    example: ClassVar = {"reason": "feels well again", "on_whose_account": "patient"}
    reason: Reason | None = None
    on_whose_account: Account | None = None


COMMANDS: tuple[type[AppointmentCommand], ...] = (
    *(BookAppointment, ConfirmAppointment, RescheduleAppointment, ChangeAppointment, CancelAppointment),
    *(RecordArrival, MarkAppointmentAsNoShow, CompleteAppointment, CorrectOutcome, RecordReminder),
)
"""All of them, in the order in which they come."""
