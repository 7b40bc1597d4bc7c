"""What can happen in a conversation of a patient with one clinic, over WhatsApp; what is said in it: ``message``."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from healz.events import message
from healz.events.conversation_event import ConversationEvent
from healz.events.fields import Actor, Instant, Notes, Reason
from healz.events.personal import Personal

ConversationStatus = Literal["initiated", "active", "awaiting_response", "escalated", "closed"]
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

Confidence = Annotated[float, Field(ge=0, le=1)]


class ConversationStarted(ConversationEvent):
    """A conversation is open. A patient has one open conversation with a clinic at a time."""

    initiated_by: Actor
    """Who began it."""
    started_at: Instant
    """When it began."""


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


EVENTS: tuple[type[ConversationEvent], ...] = (
    ConversationStarted,
    *message.EVENTS,
    *(IntentDetected, ConversationEscalated, AgentAssigned, EscalationResolved, ConversationClosed),
)
