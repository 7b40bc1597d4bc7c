"""What may be changed of a live appointment beside its time."""

from typing import Annotated, ClassVar, Self
from uuid import UUID

from pydantic import BeforeValidator, Field, model_validator

from command_api.decide.appointment.command import NO_SUCH_TIME, AppointmentCommand
from command_api.decide.cast import DOCTOR
from command_api.decide.times import GivenInstant
from healz.events import appointment as events
from healz.events.appointment_change import AppointmentChanged
from healz.events.appointment_event import DURATION_MINUTES_MAX, Account, AppointmentType
from healz.events.fields import Reason
from healz.events.json_kinds import Flag, whole


class ChangeAppointment(AppointmentCommand):
    """Another doctor, duration or type; with ``scheduled_for`` it is moved in the same command, as when a doctor
    leaves. ``squeeze_in`` as for a booking; ``on_whose_account`` of the move, left out: the clinic's where the doctor
    is another one.

    In another clinic it is another appointment, which the answer's first event names: the one here is cancelled on the
    clinic's account in the same commit."""

    leads_to = (AppointmentChanged, events.AppointmentRescheduled, events.AppointmentScheduled)
    refusals = (*AppointmentCommand.refusals, *NO_SUCH_TIME)
    asks_reference = True
    example: ClassVar = {
        "doctor_id": DOCTOR,
        "duration": 45,
        "appointment_type": "return",
        "scheduled_for": "2030-03-11T11:00:00-03:00",
        "reason": "Dr. Ana Conceição takes over",
    }
    clinic_id: UUID | None = None
    doctor_id: UUID | None = None
    duration: Annotated[int, Field(ge=1, le=DURATION_MINUTES_MAX), BeforeValidator(whole)] | None = None
    appointment_type: AppointmentType | None = None
    scheduled_for: GivenInstant | None = None
    reason: Reason | None = None
    on_whose_account: Account | None = None
    squeeze_in: Flag = False

    @model_validator(mode="after")
    def _changes_something(self) -> Self:
        changes = (self.clinic_id, self.doctor_id, self.duration, self.appointment_type)
        if all(value is None for value in changes):
            raise ValueError("give clinic_id, doctor_id, duration or appointment_type; a reschedule alone moves it")
        if self.on_whose_account is not None and self.scheduled_for is None:
            raise ValueError("on_whose_account is of a move; give scheduled_for, or leave it out")
        return self
