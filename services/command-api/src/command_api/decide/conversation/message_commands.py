"""A message is recorded; what becomes of it: ``later_commands``."""

from typing import Annotated, ClassVar, Literal, Self
from uuid import UUID

from pydantic import ConfigDict, StringConstraints, model_validator

from command_api.decide.cast import MESSAGE
from command_api.decide.conversation.command import ConversationCommand
from command_api.decide.conversation.details import DetailsGiven
from command_api.decide.times import GivenInstant
from healz.events import message as events
from healz.events.fields import NO_NUL
from healz.events.message import ProviderId, Sender, Sentiment
from healz.events.message_details import MediaType
from healz.events.personal import Personal

NOT_SAID = (
    *("message_recorded_already", "message_too_old", "bot_waits_for_a_person", "bot_waits_for_an_answer"),
    "only_the_bot_writes_as_the_bot",
)
OF_INBOUND, OF_OUTBOUND = "sentiment", "sender"
"""Fields that one direction alone has."""
Written = Annotated[str, StringConstraints(pattern=NO_NUL), Personal("message")]
"""Of any length: what does not fit into an event is cut, and marked."""
PROVIDER_ID = "wamid.HBgNNTUyNzk5OTk5MDAwMBUCABIY"


class RecordMessage(ConversationCommand):
    """A message of the patient (``inbound``) or to them. ``timestamp`` is the provider's; without ``message_id`` it
    gets a new one. The bot and an import say ``"sender": "agent"`` of what a person wrote on a phone of their own."""

    model_config = ConfigDict(
        json_schema_extra={
            "if": {"properties": {"direction": {"const": "outbound"}}, "required": ["direction"]},
            "then": {"properties": {OF_INBOUND: False}},
            "else": {"properties": {OF_OUTBOUND: False}},
        }
    )

    leads_to = (events.MessageReceived, events.MessageSent)
    refusals = (*ConversationCommand.refusals, *NOT_SAID)
    example: ClassVar = {
        "direction": "inbound",
        "content": "Good morning! Could I come on Monday, with Dra. Ana?",
        "message_id": MESSAGE,
        "whatsapp_message_id": PROVIDER_ID,
        "sentiment": "positive",
    }
    direction: Literal["inbound", "outbound"]
    content: Written
    message_id: UUID | None = None
    media_type: MediaType = "text"
    details: DetailsGiven | None = None
    timestamp: GivenInstant | None = None
    whatsapp_message_id: ProviderId | None = None
    sentiment: Sentiment | None = None
    sender: Sender | None = None

    @model_validator(mode="after")
    def _each_direction_has_its_own(self) -> Self:
        if self.direction == "outbound" and OF_INBOUND in self.model_fields_set:
            raise ValueError(f"leave out {OF_INBOUND}; only an inbound message has it")
        if self.direction == "inbound" and OF_OUTBOUND in self.model_fields_set:
            raise ValueError(f"leave out {OF_OUTBOUND}; only an outbound message has it")
        if self.details is not None and self.details.kind != self.media_type:
            raise ValueError(f"details are of another kind than media_type; give media_type {self.details.kind!r}")
        return self
