"""What may be said of what became of an appointment."""

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from command_api.decide.appointment.command import AppointmentCommand
from command_api.decide.command import Command
from healz.events import appointment as events
from healz.events.appointment_correction import AppointmentOutcomeCorrected
from healz.events.appointment_event import Account
from healz.events.fields import Notes, Reason
from healz.events.json_kinds import Flag

SAID_LATE = (*AppointmentCommand.refusals, "too_long_ago")
"""May refuse what counts as of ``occurred_at``, where the staff close a day late."""


class RecordArrival(AppointmentCommand):
    """The patient has come to the reception."""

    staff_say_when = True
    leads_to = (events.AppointmentArrived,)
    refusals = (*SAID_LATE, "clinic_unknown", "arrival_on_another_day", "already_arrived")
    asks_reference = True
    example: ClassVar = {}


class MarkAppointmentAsNoShow(AppointmentCommand):
    staff_say_when = True
    leads_to = (events.AppointmentMarkedAsNoShow,)
    refusals = (*SAID_LATE, "no_show_before_the_start", "patient_arrived")
    example: ClassVar = {"notes": "did not answer the phone either"}
    notes: Notes | None = None


class CompleteAppointment(AppointmentCommand):
    staff_say_when = True
    leads_to = (events.AppointmentCompleted,)
    refusals = (
        *SAID_LATE,
        *("clinic_unknown", "completion_before_the_day", "completion_before_the_arrival"),
    )
    asks_reference = True
    example: ClassVar = {"notes": "blood pressure 12 by 8", "requires_follow_up": True}
    notes: Notes | None = None
    requires_follow_up: Flag = False


class CorrectOutcome(AppointmentCommand):
    """What was said of the appointment is a mistake, and this is right: ``completed``, ``no_show``, ``cancelled``; or
    ``live``, for it has not ended after all. ``requires_follow_up`` is of a visit, ``on_whose_account`` of a
    cancellation (left out: the patient's)."""

    leads_to = (AppointmentOutcomeCorrected,)
    refusals = (
        *Command.refusals,
        *("appointment_still_live", "nothing_to_correct", "too_many_corrections", "patient_anonymized"),
        *("patient_not_active", "patient_overlap", "doctor_overlap"),
        *("clinic_unknown", "completion_before_the_day", "no_show_before_the_start"),
    )
    asks_reference = True
    example: ClassVar = {"outcome": "completed", "reason": "was in the waiting room all the time"}
    outcome: Literal["completed", "no_show", "cancelled", "live"]
    reason: Annotated[Reason, Field(min_length=1)]
    requires_follow_up: Flag = False
    on_whose_account: Account | None = None

    @model_validator(mode="after")
    def _of_its_outcome(self) -> Self:
        if self.requires_follow_up and self.outcome != "completed":
            raise ValueError("requires_follow_up is of a completed visit; leave it out")
        if self.on_whose_account is not None and self.outcome != "cancelled":
            raise ValueError("on_whose_account is of a cancellation; leave it out")
        return self
