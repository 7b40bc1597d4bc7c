"""What may be asked of messages: that one is recorded, and what became of one that was."""

from typing import ClassVar, Literal, Self
from uuid import UUID

from pydantic import ConfigDict, model_validator

from command_api.decide.cast import MESSAGE
from command_api.decide.command import Command, given
from command_api.decide.conversation.command import NO_PATIENT, ConversationCommand
from command_api.decide.times import GivenInstant
from healz.events import message as events
from healz.events.delivery import DeliveryStatus
from healz.events.fields import Reason
from healz.events.message import Content, MediaType, ProviderId, Sender, Sentiment

NOT_SAID = (
    *("message_recorded_already", "message_too_old", "bot_waits_for_a_person", "bot_waits_for_an_answer"),
    "only_the_bot_writes_as_the_bot",
)
OF_INBOUND, OF_OUTBOUND = "sentiment", "sender"
"""Fields that one direction alone has."""
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
    content: Content
    message_id: UUID | None = None
    media_type: MediaType = "text"
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
        return self


class OfAMessage(ConversationCommand):
    """What became of a message of this conversation, open or closed, which is named by our id or by the provider's."""

    model_config = ConfigDict(json_schema_extra={"anyOf": [given("message_id"), given("whatsapp_message_id")]})

    refusals = (*Command.refusals, *NO_PATIENT, "message_unknown", "message_too_old")
    message_id: UUID | None = None
    whatsapp_message_id: ProviderId | None = None
    timestamp: GivenInstant | None = None

    @model_validator(mode="after")
    def _one_is_named(self) -> Self:
        if self.message_id is None and self.whatsapp_message_id is None:
            raise ValueError("give message_id, whatsapp_message_id or both")
        return self


class RecordMessageStatus(OfAMessage):
    """How far a message to the patient got, by the provider. Given both ids, the message has the provider's from then
    on. A repeat, or a status that is older news than what is known, changes nothing."""

    leads_to = (events.MessageStatusChanged,)
    refusals = (*OfAMessage.refusals, "message_not_sent", "provider_id_of_another_message")
    example: ClassVar = {"message_id": MESSAGE, "whatsapp_message_id": PROVIDER_ID, "status": "delivered"}
    status: DeliveryStatus
    error: Reason | None = None


COMMANDS: tuple[type[ConversationCommand], ...] = (RecordMessage, *OfAMessage.__subclasses__())
"""All of them, in the order of this file."""
