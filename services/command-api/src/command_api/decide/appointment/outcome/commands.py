"""What may be said of what became of an appointment."""

from typing import ClassVar

from command_api.decide.appointment.command import AppointmentCommand
from healz.events import appointment as events
from healz.events.fields import Notes
from healz.events.json_kinds import Flag


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
