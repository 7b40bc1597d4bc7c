"""Every command that there is: each noun's file names its own."""

from command_api.decide.appointment import commands as appointment
from command_api.decide.command import Command
from command_api.decide.conversation import commands as conversation
from command_api.decide.journey import commands as journey
from command_api.decide.merging import commands as merging
from command_api.decide.patient import commands as patient

COMMANDS: tuple[type[Command], ...] = (
    *patient.COMMANDS,
    *merging.COMMANDS,
    *conversation.COMMANDS,
    *appointment.COMMANDS,
    *journey.COMMANDS,
)
