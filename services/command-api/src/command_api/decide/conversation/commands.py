"""What may be asked of a conversation; of its messages: ``message_commands``."""

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import BeforeValidator, Field

from command_api.decide.cast import AGENT, CLINIC, MESSAGE, PATIENT
from command_api.decide.command import Beginning, Command
from command_api.decide.conversation import later_commands
from command_api.decide.conversation.command import NO_PATIENT, ConversationCommand
from command_api.decide.conversation.message_commands import RecordMessage
from healz.events import conversation as events
from healz.events.conversation import Confidence, EscalationReason, Intent
from healz.events.fields import Notes, Reason
from healz.events.free_object import FreeObject
from healz.events.json_kinds import number


class StartConversation(Beginning, ConversationCommand):
    leads_to = (events.ConversationStarted,)
    refusals = (*Command.refusals, *NO_PATIENT, "clinic_unknown", "conversation_open_already")
    example: ClassVar = {"patient_id": PATIENT, "clinic_id": CLINIC}


class DetectIntent(ConversationCommand):
    leads_to = (events.IntentDetected,)
    refusals = (*ConversationCommand.refusals, "message_unknown")
    example: ClassVar = {
        "message_id": MESSAGE,
        "intent": "schedule_appointment",
        "confidence": 0.93,
        "extracted_data": {"doctor": "Dra. Ana", "day": "2030-03-04"},
    }
    message_id: UUID
    intent: Intent
    confidence: Annotated[Confidence, BeforeValidator(number)]
    extracted_data: FreeObject = Field(default_factory=dict)


class EscalateConversation(ConversationCommand):
    leads_to = (events.ConversationEscalated,)
    refusals = (*ConversationCommand.refusals, "conversation_escalated_already", "message_unknown")
    example: ClassVar = {"reason": "complaint", "triggering_message_id": MESSAGE}
    reason: EscalationReason
    triggering_message_id: UUID | None = None


class AssignAgent(ConversationCommand):
    leads_to = (events.AgentAssigned,)
    example: ClassVar = {"agent_id": AGENT}
    agent_id: UUID


class ResolveEscalation(ConversationCommand):
    leads_to = (events.EscalationResolved,)
    refusals = (*ConversationCommand.refusals, "conversation_not_escalated", "only_a_person_ends_an_escalation")
    example: ClassVar = {"resolution_notes": "Called her back; the invoice is corrected."}
    resolution_notes: Notes | None = None


class CloseConversation(ConversationCommand):
    leads_to = (events.ConversationClosed,)
    refusals = (*ConversationCommand.refusals, "only_a_person_ends_an_escalation")
    example: ClassVar = {"reason": "appointment booked"}
    reason: Reason | None = None


class CloseSilentConversation(ConversationCommand):
    """The sweep's: closed when nobody has said anything in it for days, as of ``occurred_at``."""

    leads_to = (events.ConversationClosed,)
    refusals = Command.refusals


COMMANDS: tuple[type[ConversationCommand], ...] = (
    StartConversation,
    RecordMessage,
    *later_commands.COMMANDS,
    DetectIntent,
    EscalateConversation,
    AssignAgent,
    ResolveEscalation,
    CloseConversation,
    CloseSilentConversation,
)
