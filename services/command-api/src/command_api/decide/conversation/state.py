"""What the rules of conversations need to know of a patient's past."""

from collections.abc import Mapping
from uuid import UUID

from immutables import Map
from msgspec import Struct, field
from msgspec.structs import replace

from command_api.decide.conversation.conversation import ConversationState, evolve_conversation
from healz.events import Event
from healz.events.conversation import (
    ConversationStarted,
)
from healz.events.conversation_event import ConversationEvent
from healz.events.message import MessageReceived, MessageSent, MessageStatusChanged


class PatientConversations(Struct, frozen=True):
    """All of a patient's conversations, in every clinic; by the provider's ids of all messages in them, ours."""

    conversations: Map[UUID, ConversationState] = field(default_factory=Map)
    open_by_id: Mapping[UUID, ConversationState] = field(default_factory=dict)
    """One in each clinic, at most."""
    provider_messages: Map[str, int] = field(default_factory=Map)

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
            state = state.with_conversation(evolve_conversation(state.conversations[key], event))
            provider_id = provider_id_of(event)
            if provider_id is None:
                return state
            assert isinstance(event, MessageReceived | MessageSent | MessageStatusChanged)
            return replace(state, provider_messages=state.provider_messages.set(provider_id, event.message_id.int))
        case _:
            return state


def provider_id_of(event: Event) -> str | None:
    """The provider's id of a message that is told by ``event``, if any."""
    return getattr(event, "whatsapp_message_id", None)
