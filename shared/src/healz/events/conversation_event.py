"""What all events of a conversation say."""

from typing import ClassVar
from uuid import UUID

from healz.events.envelope import Event


class ConversationEvent(Event):
    aggregate_type: ClassVar[str] = "Conversation"

    conversation_id: UUID
    """Which conversation."""
    clinic_id: UUID
    """The clinic that the patient talks with."""

    @property
    def aggregate_id(self) -> UUID:
        return self.conversation_id
