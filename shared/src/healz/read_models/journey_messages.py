"""What a projector keeps of messages beside the journeys. The API folds journeys alone, and reads messages as rows."""

from datetime import datetime
from typing import Any

from immutables import Map
from msgspec.structs import replace

from healz.events import Recorded
from healz.events.conversation_event import ConversationEvent
from healz.events.message import MessageDeleted, MessageEdited, MessageReceived, MessageSent, MessageStatusChanged
from healz.events.patient import PatientAnonymized
from healz.read_models import journey
from healz.read_models.conversation_row import MessageChangeRow, MessageRow, MessageStatusRow
from healz.read_models.journey_row import JourneyRows

NOTHING_SAID: dict[str, Any] = {"content": None, "uncut_length": None, "details": None, "whatsapp_message_id": None}
"""What is left of a message once its patient is forgotten."""


def evolve(rows: JourneyRows, event: Recorded) -> JourneyRows:
    """The patient's rows after ``event``; rows that did not change are the same objects.

    Of what was said before, nothing has to be there, but where the patient is forgotten: then all of it.
    """
    rows = journey.evolve(rows, event)
    forgotten = rows.contact is not None and rows.contact.is_anonymized
    match event.event_data:
        case MessageReceived(timestamp=at) as message:
            row = _message(message, at, sender="patient", sentiment=message.sentiment, event=event)
            return _with_message(rows, row, forgotten=forgotten)
        case MessageSent(timestamp=at) as message:
            row = _message(message, at, sender=message.sender, agent_id=message.agent_id, event=event)
            return _with_message(rows, row, forgotten=forgotten)
        case MessageStatusChanged() as told:
            status = MessageStatusRow(
                **_named(told, event),
                message_id=told.message_id,
                status=told.status,
                changed_at=told.changed_at,
                error=None if forgotten else told.error,
                whatsapp_message_id=None if forgotten else told.whatsapp_message_id,
            )
            key = told.conversation_id, told.message_id
            return replace(rows, message_statuses=rows.message_statuses.set(key, status))
        case MessageEdited() | MessageDeleted() as changed:
            key = changed.conversation_id, changed.message_id
            change = _change(changed, event, forgotten=forgotten)
            return replace(rows, message_changes=rows.message_changes.set(key, change))
        case PatientAnonymized():
            return _without_words(rows)
        case _:
            return rows


def _message(
    said: MessageReceived | MessageSent, at: datetime, *, event: Recorded, sender: str, **more: Any
) -> MessageRow:
    return MessageRow(
        **_named(said, event),
        said_at=at,
        message_id=said.message_id,
        sender=sender,
        media_type=said.media_type,
        content=said.content,
        uncut_length=said.uncut_length,
        details=None if said.details is None else said.details.model_dump(mode="json", exclude_none=True),
        whatsapp_message_id=said.whatsapp_message_id,
        **more,
    )


def _with_message(rows: JourneyRows, row: MessageRow, *, forgotten: bool) -> JourneyRows:
    row = replace(row, **NOTHING_SAID) if forgotten else row
    return replace(rows, messages=rows.messages.set((row.conversation_id, row.said_at, row.message_id), row))


def _change(changed: MessageEdited | MessageDeleted, event: Recorded, *, forgotten: bool) -> MessageChangeRow:
    """An edit says what counts now; after a deletion nothing does."""
    row = MessageChangeRow(
        **_named(changed, event),
        message_id=changed.message_id,
        changed_at=changed.happened_at,
        is_deleted=isinstance(changed, MessageDeleted),
    )
    if forgotten or isinstance(changed, MessageDeleted):
        return row
    return replace(row, content=changed.content, uncut_length=changed.uncut_length)


def _named(fact: ConversationEvent, event: Recorded) -> dict[str, Any]:
    return {
        "tenant_id": event.tenant_id,
        "conversation_id": fact.conversation_id,
        "patient_id": fact.patient_id,
        "clinic_id": fact.clinic_id,
    }


def _without_words(rows: JourneyRows) -> JourneyRows:
    no_error = {"error": None, "whatsapp_message_id": None}
    no_text = {"content": None, "uncut_length": None}
    return replace(
        rows,
        messages=Map({key: replace(row, **NOTHING_SAID) for key, row in rows.messages.items()}),
        message_statuses=Map({key: replace(row, **no_error) for key, row in rows.message_statuses.items()}),
        message_changes=Map({key: replace(row, **no_text) for key, row in rows.message_changes.items()}),
    )
