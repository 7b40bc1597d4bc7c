"""What became of a message that was recorded: how far it got, that it was changed or taken back."""

from typing import ClassVar, Self
from uuid import UUID

from pydantic import ConfigDict, model_validator

from command_api.decide.cast import MESSAGE
from command_api.decide.command import Command, given
from command_api.decide.conversation.command import NO_PATIENT, ConversationCommand
from command_api.decide.conversation.message_commands import PROVIDER_ID, Written
from command_api.decide.times import GivenInstant
from healz.events import message as events
from healz.events.delivery import DeliveryStatus
from healz.events.fields import Reason
from healz.events.message import ProviderId


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


class EditMessage(OfAMessage):
    """Who wrote a message has changed it. With the provider's ``timestamp``, what comes late or again changes nothing;
    nor does an edit of a message that was deleted."""

    leads_to = (events.MessageEdited,)
    example: ClassVar = {
        "whatsapp_message_id": PROVIDER_ID,
        "content": "Good morning! Could I come on Tuesday, with Dra. Ana?",
    }
    content: Written


class DeleteMessage(OfAMessage):
    """Who wrote a message has taken it back. Told again it changes nothing."""

    leads_to = (events.MessageDeleted,)
    example: ClassVar = {"whatsapp_message_id": PROVIDER_ID}


COMMANDS: tuple[type[ConversationCommand], ...] = tuple(OfAMessage.__subclasses__())
"""All of them, in the order of this file."""
