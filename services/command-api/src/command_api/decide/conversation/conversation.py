"""What the rules need to know of one conversation."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from immutables import Map
from msgspec import Struct, field
from msgspec.structs import replace

from healz.events.conversation import (
    AgentAssigned,
    ConversationClosed,
    ConversationEscalated,
    ConversationStatus,
    EscalationResolved,
)
from healz.events.conversation_event import ConversationEvent
from healz.events.delivery import DeliveryStatus
from healz.events.message import MessageDeleted, MessageEdited, MessageReceived, MessageSent, MessageStatusChanged

Standing = DeliveryStatus | Literal["received"] | None
"""Of a message: the patient's was received; of the clinic's how far it got, None while nobody said."""


class ConversationState(Struct, frozen=True):
    """One conversation. ``unanswered`` is how many messages the bot has sent since the patient's last;
    ``last_message_at`` is when it was started, until there is a message."""

    conversation_id: UUID
    clinic_id: UUID
    last_message_at: datetime
    status: ConversationStatus = "initiated"
    messages: Map[int, Standing] = field(default_factory=Map)
    """By the ids' numbers, which the garbage collector need not walk through as it does through UUIDs."""
    changed: Map[int, datetime | None] = field(default_factory=Map)
    """When a message was last edited; None: it was deleted."""
    unanswered: int = 0
    agent_id: UUID | None = None

    @property
    def is_open(self) -> bool:
        return self.status != "closed"

    def has(self, message_id: UUID) -> bool:
        """Whether it is a message of this conversation."""
        return message_id.int in self.messages


def evolve_conversation(conversation: ConversationState, event: ConversationEvent) -> ConversationState:
    """The conversation after ``event``."""
    escalated = conversation.status == "escalated"
    match event:
        case MessageReceived(message_id=message_id, timestamp=at):
            return replace(
                conversation,
                status="escalated" if escalated else "active",
                messages=conversation.messages.set(message_id.int, "received"),
                unanswered=0,
                last_message_at=max(at, conversation.last_message_at),
            )
        case MessageSent(message_id=message_id, sender=sender, timestamp=at):
            return replace(
                conversation,
                status="escalated" if escalated else "awaiting_response",
                messages=conversation.messages.set(message_id.int, None),
                unanswered=conversation.unanswered + (sender == "bot"),
                last_message_at=max(at, conversation.last_message_at),
            )
        case MessageStatusChanged(message_id=message_id, status=status):
            return replace(conversation, messages=conversation.messages.set(message_id.int, status))
        case MessageEdited(message_id=message_id, edited_at=at):
            return replace(conversation, changed=conversation.changed.set(message_id.int, at))
        case MessageDeleted(message_id=message_id):
            return replace(conversation, changed=conversation.changed.set(message_id.int, None))
        case ConversationEscalated():
            return replace(conversation, status="escalated")
        case AgentAssigned(agent_id=agent_id):
            return replace(conversation, agent_id=agent_id)
        case EscalationResolved():
            return replace(conversation, status="active")
        case ConversationClosed():
            return replace(conversation, status="closed")
        case _:
            return conversation
