"""What is said in a conversation."""

from datetime import datetime, timedelta
from uuid import UUID

from command_api.decide.conversation.commands import RecordMessage
from command_api.decide.conversation.state import ConversationState
from command_api.decide.given import Given
from command_api.decide.rejected import Rejected
from healz.events.conversation import MessageReceived, MessageSent

UNANSWERED_MAX = 3
"""How many messages the bot sends in a row before the patient has to answer."""


def received(
    command: RecordMessage, conversation: ConversationState, given: Given, ids: dict[str, UUID]
) -> MessageReceived:
    """A message of the patient. An escalated conversation stays so: it is a person who answers."""
    return MessageReceived(
        **ids,
        message_id=_message_id(command, conversation, given),
        content=command.content,
        timestamp=_said_at(command, given),
        media_type=command.media_type,
        whatsapp_message_id=command.whatsapp_message_id,
        sentiment=command.sentiment,
    )


def sent(command: RecordMessage, conversation: ConversationState, given: Given, ids: dict[str, UUID]) -> MessageSent:
    """A message to the patient, by the bot or by somebody of the clinic."""
    by_bot = given.role in ("bot", "system")
    if by_bot and conversation.status == "escalated":
        raise Rejected("bot_waits_for_a_person", "this conversation waits for a person; the bot may not write in it")
    if by_bot and conversation.unanswered >= UNANSWERED_MAX:
        raise Rejected(
            "bot_waits_for_an_answer", f"{conversation.unanswered} messages went out without an answer; wait for one"
        )
    return MessageSent(
        **ids,
        message_id=_message_id(command, conversation, given),
        content=command.content,
        sender="bot" if by_bot else "agent",
        agent_id=None if by_bot or given.importing else given.user_id,
        timestamp=given.at(command),
    )


def check_known(message_id: UUID, conversation: ConversationState) -> None:
    """Raises Rejected for a message that is not of this conversation."""
    if not conversation.has(message_id):
        raise Rejected("message_unknown", "no such message in this conversation; record it first")


def _message_id(command: RecordMessage, conversation: ConversationState, given: Given) -> UUID:
    if command.message_id is not None and conversation.has(command.message_id):
        raise Rejected("message_recorded_already", "this message_id is in this conversation already; take a new one")
    return command.message_id or given.message_id


def _said_at(command: RecordMessage, given: Given) -> datetime:
    at = given.at(command)
    if command.timestamp is None:
        return at
    if command.timestamp > given.now + given.limits.clock_ahead:
        raise Rejected("time_to_come", f"timestamp lies ahead of the clock, which is at {given.now.isoformat()}")
    if command.timestamp < given.now - given.limits.message_age and not given.importing:
        days = given.limits.message_age / timedelta(days=1)
        raise Rejected("message_too_old", f"timestamp lies more than {days:g} days back; only an import records that")
    return command.timestamp
