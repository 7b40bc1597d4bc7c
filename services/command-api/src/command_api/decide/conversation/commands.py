"""What may be asked of a conversation."""

from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BeforeValidator, ConfigDict, Field, model_validator

from command_api.decide.command import Command
from command_api.decide.times import GivenInstant
from healz.events.conversation import (
    Confidence,
    Content,
    EscalationReason,
    Intent,
    MediaType,
    ProviderId,
    Sentiment,
)
from healz.events.fields import Notes, Reason
from healz.events.free_object import FreeObject
from healz.events.json_kinds import number

OF_THE_PROVIDER = ("media_type", "timestamp", "whatsapp_message_id", "sentiment")


class ConversationCommand(Command):
    """Any of them."""


class StartConversation(ConversationCommand):
    patient_id: UUID
    clinic_id: UUID


class RecordMessage(ConversationCommand):
    """A message of the patient (``inbound``) or to them. ``timestamp`` is the provider's, of an inbound one; without
    ``message_id`` it gets a new one."""

    model_config = ConfigDict(
        json_schema_extra={
            "if": {"properties": {"direction": {"const": "outbound"}}, "required": ["direction"]},
            "then": {"properties": dict.fromkeys(OF_THE_PROVIDER, False)},
        }
    )

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
    message_id: UUID
    intent: Intent
    confidence: Annotated[Confidence, BeforeValidator(number)]
    extracted_data: FreeObject = Field(default_factory=dict)


class EscalateConversation(ConversationCommand):
    reason: EscalationReason
    triggering_message_id: UUID | None = None


class AssignAgent(ConversationCommand):
    agent_id: UUID


class ResolveEscalation(ConversationCommand):
    resolution_notes: Notes | None = None


class CloseConversation(ConversationCommand):
    reason: Reason | None = None


class CloseSilentConversation(ConversationCommand):
    """The sweep's: closed when nobody has said anything in it for days, as of ``occurred_at``."""
