"""What may be asked of a conversation."""

from typing import Annotated, ClassVar, Literal, Self
from uuid import UUID

from pydantic import BeforeValidator, ConfigDict, Field, model_validator

from command_api.decide.cast import AGENT, CLINIC, MESSAGE, PATIENT
from command_api.decide.command import Beginning, Command
from command_api.decide.times import GivenInstant
from healz.events import conversation as events
from healz.events.conversation import Confidence, Content, EscalationReason, Intent, MediaType, ProviderId, Sentiment
from healz.events.fields import Notes, Reason
from healz.events.free_object import FreeObject
from healz.events.json_kinds import number

NOT_SAID = ("message_recorded_already", "message_too_old", "bot_waits_for_a_person", "bot_waits_for_an_answer")
NO_PATIENT = ("patient_anonymized", "patient_unknown")
OF_THE_PROVIDER = ("media_type", "timestamp", "whatsapp_message_id", "sentiment")


class ConversationCommand(Command):
    """Any command in a conversation."""

    refusals = (*Command.refusals, *NO_PATIENT, "conversation_closed")


class StartConversation(Beginning, ConversationCommand):
    leads_to = (events.ConversationStarted,)
    refusals = (*Command.refusals, *NO_PATIENT, "clinic_unknown", "conversation_open_already")
    example: ClassVar = {"patient_id": PATIENT, "clinic_id": CLINIC}


class RecordMessage(ConversationCommand):
    """A message of the patient (``inbound``) or to them. ``timestamp`` is the provider's, of an inbound one; without
    ``message_id`` it gets a new one."""

    model_config = ConfigDict(
        json_schema_extra={
            "if": {"properties": {"direction": {"const": "outbound"}}, "required": ["direction"]},
            "then": {"properties": dict.fromkeys(OF_THE_PROVIDER, False)},
        }
    )

    leads_to = (events.MessageReceived, events.MessageSent)
    refusals = (*ConversationCommand.refusals, *NOT_SAID)
    example: ClassVar = {
        "direction": "inbound",
        "content": "Good morning! Could I come on Monday, with Dra. Ana?",
        "message_id": MESSAGE,
        "whatsapp_message_id": "wamid.HBgNNTUyNzk5OTk5MDAwMBUCABIY",
        "sentiment": "positive",
    }
    direction: Literal["inbound", "outbound"]
    content: Content
    message_id: UUID | None = None
    media_type: MediaType = "text"
    timestamp: GivenInstant | None = None
    whatsapp_message_id: ProviderId | None = None
    sentiment: Sentiment | None = None

    @model_validator(mode="after")
    def _outbound_is_ours(self) -> Self:
        if self.direction == "outbound" and (said := self.model_fields_set.intersection(OF_THE_PROVIDER)):
            raise ValueError(f"leave out {', '.join(sorted(said))}; only an inbound message has it")
        return self


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


COMMANDS: tuple[type[ConversationCommand], ...] = tuple(ConversationCommand.__subclasses__())
"""All of them, in the order of this file."""
