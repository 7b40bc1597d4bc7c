"""What all commands in a conversation have in common."""

from command_api.decide.command import Command

NO_PATIENT = ("patient_anonymized", "patient_unknown")


class ConversationCommand(Command):
    """Any command in a conversation."""

    refusals = (*Command.refusals, *NO_PATIENT, "conversation_closed")
