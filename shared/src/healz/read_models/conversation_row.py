"""The rows of conversations and their messages, in the journey read model.

What is said of a message later has rows of its own, each made by one event alone: so no message has to be read for it.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct


class ConversationRow(Struct, frozen=True):
    """A row of ``journey.conversation``. ``last_message_at`` is when it was started, until there is a message.

    A row of before the inbox says nothing beyond the first six, until it is rebuilt.
    """

    tenant_id: UUID
    conversation_id: UUID
    patient_id: UUID
    clinic_id: UUID
    status: str
    last_message_at: datetime
    version: int = 0
    initiated_by: str | None = None
    started_at: datetime | None = None
    agent_id: UUID | None = None
    messages_received: int = 0
    messages_sent: int = 0
    last_received_at: datetime | None = None
    unanswered_since: datetime | None = None
    escalated_at: datetime | None = None
    escalation_reason: str | None = None
    waiting_since: datetime | None = None
    closed_at: datetime | None = None
    closed_by: str | None = None
    updated_at: datetime | None = None


class MessageRow(Struct, frozen=True):
    """A row of ``journey.message``: as it was said; ``sender`` is the patient, the bot or an agent."""

    tenant_id: UUID
    conversation_id: UUID
    said_at: datetime
    message_id: UUID
    patient_id: UUID
    clinic_id: UUID
    sender: str
    media_type: str
    content: str | None = None
    uncut_length: int | None = None
    details: dict[str, Any] | None = None
    agent_id: UUID | None = None
    sentiment: str | None = None
    whatsapp_message_id: str | None = None


class MessageStatusRow(Struct, frozen=True):
    """A row of ``journey.message_status``: how far a message to the patient got."""

    tenant_id: UUID
    conversation_id: UUID
    message_id: UUID
    patient_id: UUID
    clinic_id: UUID
    status: str
    changed_at: datetime
    error: str | None = None
    whatsapp_message_id: str | None = None


class MessageChangeRow(Struct, frozen=True):
    """A row of ``journey.message_change``: what a message says since it was edited, or that it was taken back."""

    tenant_id: UUID
    conversation_id: UUID
    message_id: UUID
    patient_id: UUID
    clinic_id: UUID
    changed_at: datetime
    is_deleted: bool
    content: str | None = None
    uncut_length: int | None = None
