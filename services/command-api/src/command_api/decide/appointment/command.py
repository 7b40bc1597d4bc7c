"""What all commands about an appointment have in common."""

from typing import ClassVar

from command_api.decide.command import Command

NO_SUCH_TIME = (
    *("patient_not_active", "clinic_unknown", "doctor_unknown", "doctor_not_in_clinic", "appointment_in_the_past"),
    *("clinic_closed", "doctor_not_on_duty", "patient_overlap", "doctor_overlap", "squeeze_in_not_allowed"),
)


class AppointmentCommand(Command):
    """Any command about an appointment."""

    refusals = (*Command.refusals, "appointment_not_live")
    asks_reference: ClassVar[bool] = False
    """Whether the rules look at the reference data of the appointment's clinic and doctor."""
