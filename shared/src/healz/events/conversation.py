"""What can happen in a conversation of a patient with one clinic, over WhatsApp."""

from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from healz.events.envelope import Event
from healz.events.fields import NO_NUL, Actor, Instant, Notes, Reason
from healz.events.personal import Personal

ConversationStatus = Literal["initiated", "active", "awaiting_response", "escalated", "closed"]
MediaType = Literal["text", "image", "audio", "document", "video"]
Sentiment = Literal["positive", "neutral", "negative"]
Sender = Literal["bot", "agent"]
Closer = Literal["bot", "agent", "system"]
Intent = Literal[
    "schedule_appointment",
    "cancel_appointment",
    "reschedule_appointment",
    "general_inquiry",
    "complaint",
    "request_human_agent",
]
EscalationReason = Literal["low_confidence", "explicit_request", "complex_query", "complaint"]

CONTENT_LENGTH_MAX = 4096
PROVIDER_ID_LENGTH_MAX = 255

Content = Annotated[str, StringConstraints(max_length=CONTENT_LENGTH_MAX, pattern=NO_NUL), Personal("message")]
"""A message's text, untouched; empty where only a picture or a voice came."""
ProviderId = Annotated[
    str, StringConstraints(min_length=1, max_length=PROVIDER_ID_LENGTH_MAX, pattern=NO_NUL), Personal("contact")
]
"""WhatsApp writes the phone into it."""
Confidence = Annotated[float, Field(ge=0, le=1)]


class ConversationEvent(Event):
    aggregate_type: ClassVar[str] = "Conversation"

    conversation_id: UUID
    clinic_id: UUID

    @property
    def aggregate_id(self) -> UUID:
        return self.conversation_id


class ConversationStarted(ConversationEvent):
    initiated_by: Actor
    started_at: Instant


class MessageReceived(ConversationEvent):
    """``timestamp`` is the provider's where it said one; ``whatsapp_message_id`` is recorded once in a tenant."""

    message_id: UUID
    content: Content
    timestamp: Instant
    media_type: MediaType
    whatsapp_message_id: ProviderId | None = None
    sentiment: Sentiment | None = None


class MessageSent(ConversationEvent):
    message_id: UUID
    content: Content
    sender: Sender
    agent_id: UUID | None = None
    timestamp: Instant


class IntentDetected(ConversationEvent):
    """``extracted_data`` is a free object: its bounds are the command's, and older ones go beyond them."""

    message_id: UUID
    intent: Intent
    confidence: Confidence
    extracted_data: Annotated[dict[str, Any], Personal("message")]
    detected_at: Instant


class ConversationEscalated(ConversationEvent):
    reason: EscalationReason
    triggering_message_id: UUID | None = None
    escalated_at: Instant


class AgentAssigned(ConversationEvent):
    agent_id: UUID
    assigned_at: Instant


class EscalationResolved(ConversationEvent):
    resolved_by: Actor
    resolution_notes: Annotated[Notes, Personal("reason")] | None = None
    resolved_at: Instant


class ConversationClosed(ConversationEvent):
    closed_by: Closer
    reason: Reason | None = None
    closed_at: Instant


EVENTS: tuple[type[ConversationEvent], ...] = tuple(ConversationEvent.__subclasses__())
"""All of them, in the order of this file."""
