"""What can happen to the messages of a conversation."""

from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import PositiveInt, StringConstraints

from healz.events.conversation_event import ConversationEvent
from healz.events.delivery import DeliveryStatus
from healz.events.fields import NO_NUL, Instant, Reason
from healz.events.message_details import MediaType, MessageDetails
from healz.events.personal import Personal

Sentiment = Literal["positive", "neutral", "negative"]
Sender = Literal["bot", "agent"]

CONTENT_LENGTH_MAX = 64 * 1024
"""Characters; an event's own bound, which is in bytes, is met first."""
PROVIDER_ID_LENGTH_MAX = 255

Content = Annotated[str, StringConstraints(max_length=CONTENT_LENGTH_MAX, pattern=NO_NUL), Personal("message")]
"""A message's text, untouched; empty where only a picture or a voice came."""
ProviderId = Annotated[
    str, StringConstraints(min_length=1, max_length=PROVIDER_ID_LENGTH_MAX, pattern=NO_NUL), Personal("contact")
]
"""WhatsApp writes the phone into it."""


class MessageReceived(ConversationEvent, interaction=True):
    """The patient wrote, or sent what is no text. In version 1 a text had at most 4,096 characters, and there were five
    media types."""

    schema_version: ClassVar[int] = 2

    message_id: UUID
    """Our id of the message."""
    content: Content
    """What was written, untouched; empty where only a picture or a voice came."""
    uncut_length: PositiveInt | None = None
    """How many characters were written, where ``content`` is only their beginning: all would not fit into an event."""
    timestamp: Instant
    """When it was written: by the provider's clock where that said so."""
    media_type: MediaType
    """What kind of message it is."""
    details: Annotated[MessageDetails, Personal("message")] | None = None
    """What it holds that is no text."""
    whatsapp_message_id: ProviderId | None = None
    """The provider's id of the message: recorded once in a tenant, for providers deliver again."""
    sentiment: Sentiment | None = None
    """Its tone, as whoever passed it on judged it; a ``negative`` one is a risk indicator."""


class MessageSent(ConversationEvent):
    """The clinic wrote to the patient, by a bot or a person; the person may have done so on a phone of their own, and
    the bot has passed it on. In version 1 a text had at most 4,096 characters, and there were five media types."""

    schema_version: ClassVar[int] = 2

    message_id: UUID
    """Our id of the message."""
    content: Content
    """What was written."""
    uncut_length: PositiveInt | None = None
    """How many characters were written, where ``content`` is only their beginning: all would not fit into an event."""
    sender: Sender
    """Who wrote: the bot or a person."""
    agent_id: UUID | None = None
    """Which person, where one wrote here."""
    timestamp: Instant
    """When it was written: by the provider's clock where that said so."""
    media_type: MediaType = "text"
    """What kind of message it is."""
    details: Annotated[MessageDetails, Personal("message")] | None = None
    """What it holds that is no text."""
    whatsapp_message_id: ProviderId | None = None
    """The provider's id of the message, where it had one by then: recorded once in a tenant."""


class MessageStatusChanged(ConversationEvent):
    """The provider told how far a message of the clinic's got. A status only rises: a repeat, or one that is older
    news, makes no event."""

    message_id: UUID
    """Which message of this conversation."""
    status: DeliveryStatus
    """How far it got."""
    whatsapp_message_id: ProviderId | None = None
    """The provider's id of the message, where this named it."""
    error: Reason | None = None
    """What the provider answered, where it failed."""
    changed_at: Instant
    """When that was so: by the provider's clock where that said so."""


class MessageEdited(ConversationEvent):
    """Who wrote a message has changed it. It is no sign of life of its own: the message was one."""

    message_id: UUID
    """Which message of this conversation."""
    content: Content
    """What it says now."""
    uncut_length: PositiveInt | None = None
    """How many characters it has now, where ``content`` is only their beginning."""
    edited_at: Instant
    """When: by the provider's clock where that said so. An edit that is older than a known one makes no event."""


class MessageDeleted(ConversationEvent):
    """Who wrote a message has taken it back. That it was written stays: it counts, and the history tells it."""

    message_id: UUID
    """Which message of this conversation."""
    deleted_at: Instant
    """When: by the provider's clock where that said so."""


EVENTS: tuple[type[ConversationEvent], ...] = (
    *(MessageReceived, MessageSent, MessageStatusChanged, MessageEdited, MessageDeleted),
)
