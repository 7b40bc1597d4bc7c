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
    """Which conversation."""
    clinic_id: UUID
    """The clinic that the patient talks with."""

    @property
    def aggregate_id(self) -> UUID:
        return self.conversation_id


class ConversationStarted(ConversationEvent):
    """A conversation is open. A patient has one open conversation with a clinic at a time."""

    initiated_by: Actor
    """Who began it."""
    started_at: Instant
    """When it began."""


class MessageReceived(ConversationEvent, interaction=True):
    """The patient wrote."""

    message_id: UUID
    """Our id of the message."""
    content: Content
    """What was written, untouched; empty where only a picture or a voice came."""
    timestamp: Instant
    """When it was written: by the provider's clock where that said so."""
    media_type: MediaType
    """What kind of message it is."""
    whatsapp_message_id: ProviderId | None = None
    """The provider's id of the message: recorded once in a tenant, for providers deliver again."""
    sentiment: Sentiment | None = None
    """Its tone, as whoever passed it on judged it; a ``negative`` one is a risk indicator."""


class MessageSent(ConversationEvent):
    """The clinic wrote to the patient, by a bot or a person."""

    message_id: UUID
    """Our id of the message."""
    content: Content
    """What was written."""
    sender: Sender
    """Who wrote: the bot or a person."""
    agent_id: UUID | None = None
    """Which person, where one wrote."""
    timestamp: Instant
    """When it was recorded."""


class IntentDetected(ConversationEvent):
    """What the patient wants was read out of a message."""

    message_id: UUID
    """Which message of this conversation."""
    intent: Intent
    """What they want."""
    confidence: Confidence
    """How sure the bot is, 0 to 1."""
    extracted_data: Annotated[dict[str, Any], Personal("message")]
    """What else was read out of it: any JSON object. Its bounds are the command's, and older ones go beyond them."""
    detected_at: Instant
    """When it was read."""


class ConversationEscalated(ConversationEvent):
    """A person has to take over. Until it is resolved or closed by one, the bot may not write."""

    reason: EscalationReason
    """Why."""
    triggering_message_id: UUID | None = None
    """The message that made it necessary."""
    escalated_at: Instant
    """Since when."""


class AgentAssigned(ConversationEvent):
    """A person of the clinic sees to the conversation."""

    agent_id: UUID
    """Who."""
    assigned_at: Instant
    """Since when."""


class EscalationResolved(ConversationEvent):
    """A person has seen to it; the bot may write again."""

    resolved_by: Actor
    """Who resolved it."""
    resolution_notes: Annotated[Notes, Personal("reason")] | None = None
    """What was done, in somebody's words."""
    resolved_at: Instant
    """When."""


class ConversationClosed(ConversationEvent):
    """The conversation is over; what comes later is another one."""

    closed_by: Closer
    """Who closed it; ``system``: days without a message, or the patient left."""
    reason: Reason | None = None
    """Why."""
    closed_at: Instant
    """When."""


EVENTS: tuple[type[ConversationEvent], ...] = tuple(ConversationEvent.__subclasses__())
"""All of them, in the order of this file."""
