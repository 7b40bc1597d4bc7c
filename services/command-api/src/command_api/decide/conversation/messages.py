"""What is said in a conversation."""

from datetime import datetime, timedelta
from uuid import UUID

from command_api.decide.conversation.content import fitted
from command_api.decide.conversation.conversation import ConversationState
from command_api.decide.conversation.later_commands import OfAMessage
from command_api.decide.conversation.message_commands import RecordMessage
from command_api.decide.given import Given
from command_api.decide.rejected import Rejected
from healz.events.message import MessageReceived, MessageSent, Sender

UNANSWERED_MAX = 3
"""How many messages the bot sends in a row before the patient has to answer."""
RELAYS = ("bot", "import", "system")
"""Who also passes on what others wrote."""


def received(
    command: RecordMessage, conversation: ConversationState, given: Given, ids: dict[str, UUID]
) -> MessageReceived:
    """A message of the patient. An escalated conversation stays so: it is a person who answers."""
    message = MessageReceived(
        **ids,
        message_id=_message_id(command, conversation, given),
        content="",
        timestamp=said_at(command, given),
        media_type=command.media_type,
        details=command.details,
        whatsapp_message_id=command.whatsapp_message_id,
        sentiment=command.sentiment,
    )
    return message.model_copy(update=fitted(message, command.content, given.limits.event_bytes_max))


def sent(command: RecordMessage, conversation: ConversationState, given: Given, ids: dict[str, UUID]) -> MessageSent:
    """A message to the patient, by the bot or by somebody of the clinic."""
    sender = _sender(command, given)
    by_bot = sender == "bot"
    if by_bot and conversation.status == "escalated":
        raise Rejected("bot_waits_for_a_person", "this conversation waits for a person; the bot may not write in it")
    if by_bot and conversation.unanswered >= UNANSWERED_MAX:
        raise Rejected(
            "bot_waits_for_an_answer", f"{conversation.unanswered} messages went out without an answer; wait for one"
        )
    message = MessageSent(
        **ids,
        message_id=_message_id(command, conversation, given),
        content="",
        sender=sender,
        agent_id=given.user_id if given.role not in RELAYS else None,
        timestamp=said_at(command, given),
        media_type=command.media_type,
        details=command.details,
        whatsapp_message_id=command.whatsapp_message_id,
    )
    return message.model_copy(update=fitted(message, command.content, given.limits.event_bytes_max))


def _sender(command: RecordMessage, given: Given) -> Sender:
    """Who wrote: by the token's role, but that of who passes on what others wrote."""
    if given.role in RELAYS:
        return command.sender or ("agent" if given.importing else "bot")
    if command.sender == "bot":
        raise Rejected("only_the_bot_writes_as_the_bot", "leave out sender; what a person sends is theirs")
    return "agent"


def check_known(message_id: UUID, conversation: ConversationState) -> None:
    """Raises Rejected for a message that is not of this conversation."""
    if not conversation.has(message_id):
        raise Rejected("message_unknown", "no such message in this conversation; record it first")


def _message_id(command: RecordMessage, conversation: ConversationState, given: Given) -> UUID:
    if command.message_id is not None and conversation.has(command.message_id):
        raise Rejected("message_recorded_already", "this message_id is in this conversation already; take a new one")
    return command.message_id or given.message_id


def said_at(command: RecordMessage | OfAMessage, given: Given) -> datetime:
    """When it was so: by the provider's clock where that is said. Raises Rejected for a time that can't be."""
    at = given.at(command)
    if command.timestamp is None:
        return at
    if command.timestamp > given.now + given.limits.clock_ahead:
        raise Rejected("time_to_come", f"timestamp lies ahead of the clock, which is at {given.now.isoformat()}")
    if command.timestamp < given.now - given.limits.message_age and not given.importing:
        days = given.limits.message_age / timedelta(days=1)
        raise Rejected("message_too_old", f"timestamp lies more than {days:g} days back; only an import records that")
    return command.timestamp
