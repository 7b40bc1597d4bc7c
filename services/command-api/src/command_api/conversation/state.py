"""What the rules of conversations need to know of a patient's past. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from uuid import UUID

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
from healz.events.patient import PatientAnonymized, PatientRegistered, PatientStatusChanged


@dataclass(frozen=True)
class ConversationState:
    """One conversation. ``unanswered`` is how many messages the bot has sent since the patient's last;
    ``last_message_at`` is when it was started, until there is a message."""

    conversation_id: UUID
    clinic_id: UUID
    last_message_at: datetime
    status: ConversationStatus = "initiated"
    messages: frozenset[UUID] = frozenset()
    unanswered: int = 0
    agent_id: UUID | None = None

    @property
    def is_open(self) -> bool:
        return self.status != "closed"


@dataclass(frozen=True)
class PatientConversations:
    """All of a patient's conversations, in every clinic; the provider's ids of all messages that came in them."""

    patient_status: str | None = None
    conversations: Mapping[UUID, ConversationState] = field(default_factory=lambda: MappingProxyType({}))
    provider_messages: frozenset[str] = frozenset()

    @property
    def open(self) -> list[ConversationState]:
        return [one for one in self.conversations.values() if one.is_open]


INITIAL = PatientConversations()


def evolve(state: PatientConversations, event: Event) -> PatientConversations:
    """The state after ``event``."""
    match event:
        case PatientRegistered():
            return replace(state, patient_status="active")
        case PatientStatusChanged(new_status=status):
            return replace(state, patient_status=status)
        case PatientAnonymized():
            return replace(state, patient_status="anonymized")
        case ConversationStarted(conversation_id=key, clinic_id=clinic_id, started_at=at):
            return replace(state, conversations={**state.conversations, key: ConversationState(key, clinic_id, at)})
        case ConversationEvent(conversation_id=key):
            changed = _evolve_one(state.conversations[key], event)
            state = replace(state, conversations={**state.conversations, key: changed})
            if isinstance(event, MessageReceived) and event.whatsapp_message_id is not None:
                return replace(state, provider_messages=state.provider_messages | {event.whatsapp_message_id})
            return state
        case _:
            return state


def _evolve_one(one: ConversationState, event: ConversationEvent) -> ConversationState:
    escalated = one.status == "escalated"
    match event:
        case MessageReceived(message_id=message_id, timestamp=at):
            return replace(
                one,
                status="escalated" if escalated else "active",
                messages=one.messages | {message_id},
                unanswered=0,
                last_message_at=max(at, one.last_message_at),
            )
        case MessageSent(message_id=message_id, sender=sender, timestamp=at):
            return replace(
                one,
                status="escalated" if escalated else "awaiting_response",
                messages=one.messages | {message_id},
                unanswered=one.unanswered + (sender == "bot"),
                last_message_at=max(at, one.last_message_at),
            )
        case ConversationEscalated():
            return replace(one, status="escalated")
        case AgentAssigned(agent_id=agent_id):
            return replace(one, agent_id=agent_id)
        case EscalationResolved():
            return replace(one, status="active")
        case ConversationClosed():
            return replace(one, status="closed")
        case _:
            return one
