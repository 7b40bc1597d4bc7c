"""What became of a message that was recorded. Told late and told again as it is, only what is news makes an event."""

from datetime import datetime
from uuid import UUID

from command_api.decide.conversation.content import fitted
from command_api.decide.conversation.conversation import ConversationState
from command_api.decide.conversation.later_commands import DeleteMessage, EditMessage, OfAMessage, RecordMessageStatus
from command_api.decide.conversation.messages import said_at
from command_api.decide.conversation.state import PatientConversations
from command_api.decide.given import Given
from command_api.decide.rejected import Rejected
from healz.events.conversation_event import ConversationEvent
from healz.events.delivery import rises
from healz.events.message import MessageDeleted, MessageEdited, MessageStatusChanged


def became_of(
    command: OfAMessage,
    state: PatientConversations,
    conversation: ConversationState,
    given: Given,
    ids: dict[str, UUID],
) -> list[ConversationEvent]:
    """The events that follow; none for what is known already."""
    message_id = _named(command, state, conversation)
    ids = {**ids, "message_id": message_id}
    match command:
        case RecordMessageStatus():
            return _status(command, state, conversation, given, ids)
        case EditMessage(content=content):
            at = said_at(command, given)
            if _is_deleted(conversation, message_id) or not _is_news(conversation, message_id, at):
                return []
            edited = MessageEdited(**ids, content="", edited_at=at)
            return [edited.model_copy(update=fitted(edited, content, given.limits.event_bytes_max))]
        case DeleteMessage():
            at = said_at(command, given)
            return [] if _is_deleted(conversation, message_id) else [MessageDeleted(**ids, deleted_at=at)]
        case _:
            raise AssertionError(command)


def _named(command: OfAMessage, state: PatientConversations, conversation: ConversationState) -> UUID:
    """The message that is meant, by our id before the provider's. Raises Rejected where it is not of this
    conversation."""
    message_id, provider_id = command.message_id, command.whatsapp_message_id
    if message_id is None and provider_id is not None and provider_id in state.provider_messages:
        message_id = UUID(int=state.provider_messages[provider_id])
    if message_id is None or not conversation.has(message_id):
        raise Rejected("message_unknown", "no such message in this conversation; record it first")
    return message_id


def _is_deleted(conversation: ConversationState, message_id: UUID) -> bool:
    return conversation.changed.get(message_id.int, conversation.last_message_at) is None


def _is_news(conversation: ConversationState, message_id: UUID, at: datetime) -> bool:
    edited_at = conversation.changed.get(message_id.int)
    return edited_at is None or at > edited_at


def _status(
    command: RecordMessageStatus,
    state: PatientConversations,
    conversation: ConversationState,
    given: Given,
    ids: dict[str, UUID],
) -> list[ConversationEvent]:
    message = ids["message_id"].int
    before, provider_id = conversation.messages[message], command.whatsapp_message_id
    if before == "received":
        raise Rejected("message_not_sent", "the patient wrote this message; only those to them have a status")
    known = state.provider_messages.get(provider_id) if provider_id is not None else None
    if known is not None and known != message:
        raise Rejected("provider_id_of_another_message", "another message has this whatsapp_message_id; name that one")
    at, is_new = said_at(command, given), provider_id is not None and known is None
    if not rises(before, command.status) and not is_new:
        return []
    return [
        MessageStatusChanged(
            **ids,
            status=command.status if before is None or rises(before, command.status) else before,
            whatsapp_message_id=provider_id,
            error=command.error if command.status == "failed" else None,
            changed_at=at,
        )
    ]
