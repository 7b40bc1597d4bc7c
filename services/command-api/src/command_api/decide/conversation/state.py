"""What the rules of conversations need to know of a patient's past."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from immutables import Map
from msgspec import Struct, field
from msgspec.structs import replace

from healz.events import Event
from healz.events.conversation import (
    AgentAssigned,
    ConversationClosed,
    ConversationEscalated,
    ConversationEvent,
    ConversationStarted,
    ConversationStatus,
    EscalationResolved,
    MessageReceived,
    MessageSent,
)


class ConversationState(Struct, frozen=True):
    """One conversation. ``unanswered`` is how many messages the bot has sent since the patient's last;
    ``last_message_at`` is when it was started, until there is a message."""

    conversation_id: UUID
    clinic_id: UUID
    last_message_at: datetime
    status: ConversationStatus = "initiated"
    messages: Map[int, None] = field(default_factory=Map)
    """As a set; the ids' numbers, which the garbage collector need not walk through as it does through UUIDs."""
    unanswered: int = 0
    agent_id: UUID | None = None

    @property
    def is_open(self) -> bool:
        return self.status != "closed"

    def has(self, message_id: UUID) -> bool:
        """Whether it is a message of this conversation."""
        return message_id.int in self.messages


class PatientConversations(Struct, frozen=True):
    """All of a patient's conversations, in every clinic; the provider's ids of all messages in them, as a set."""

    conversations: Map[UUID, ConversationState] = field(default_factory=Map)
    open_by_id: Mapping[UUID, ConversationState] = field(default_factory=dict)
    """One in each clinic, at most."""
    provider_messages: Map[str, None] = field(default_factory=Map)

    @property
    def open(self) -> list[ConversationState]:
        return list(self.open_by_id.values())

    def with_conversation(self, conversation: ConversationState) -> "PatientConversations":
        """With this conversation as it is now."""
        still_open = self.open_by_id
        if conversation.is_open:
            still_open = {**still_open, conversation.conversation_id: conversation}
        elif conversation.conversation_id in still_open:
            still_open = {key: other for key, other in still_open.items() if key != conversation.conversation_id}
        conversations = self.conversations.set(conversation.conversation_id, conversation)
        return replace(self, conversations=conversations, open_by_id=still_open)


INITIAL = PatientConversations()


def evolve(state: PatientConversations, event: Event) -> PatientConversations:
    """The state after ``event``."""
    match event:
        case ConversationStarted(conversation_id=key, clinic_id=clinic_id, started_at=at):
            return state.with_conversation(ConversationState(key, clinic_id, at))
        case ConversationEvent(conversation_id=key):
            state = state.with_conversation(_evolve_conversation(state.conversations[key], event))
            if isinstance(event, MessageReceived) and event.whatsapp_message_id is not None:
                return replace(state, provider_messages=state.provider_messages.set(event.whatsapp_message_id, None))
            return state
        case _:
            return state


def _evolve_conversation(conversation: ConversationState, event: ConversationEvent) -> ConversationState:
    escalated = conversation.status == "escalated"
    match event:
        case MessageReceived(message_id=message_id, timestamp=at):
            return replace(
                conversation,
                status="escalated" if escalated else "active",
                messages=conversation.messages.set(message_id.int, None),
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
