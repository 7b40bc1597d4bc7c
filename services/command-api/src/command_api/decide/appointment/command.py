"""What all commands about an appointment have in common."""

from typing import ClassVar

from command_api.decide.command import Command


class AppointmentCommand(Command):
    """Any command about an appointment."""

    refusals = (*Command.refusals, "appointment_not_live")
    asks_reference: ClassVar[bool] = False
    """Whether the rules look at the reference data of the appointment's clinic and doctor."""
