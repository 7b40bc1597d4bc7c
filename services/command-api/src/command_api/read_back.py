"""Reads an event back before it is appended, through the one reader: so nothing is recorded that nobody can read."""

import json
import logging
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from pydantic import ValidationError
from pydantic_core import PydanticSerializationError

from command_api.append import NewEvent, payload
from command_api.decide.rejected import Rejected
from healz.events import Event, UnknownEvent, read_envelope
from healz.events.fields import rfc3339

log = logging.getLogger(__name__)

UNREADABLE = (ValidationError, UnknownEvent, PydanticSerializationError, UnicodeEncodeError, RecursionError)


@dataclass(frozen=True)
class ReadBack:
    """The event as the reader made it of its own JSON, and how many bytes that has."""

    event: Event
    bytes: int


def read_back(
    new: NewEvent, tenant_id: UUID, correlation_id: UUID, user_id: UUID | None, metadata: dict[str, Any]
) -> ReadBack:
    """What every later load makes of this event, once that is the same event.

    Raises Rejected for one that can't be written as JSON, can't be read, or comes back as another: that would be a
    mistake of ours, since commands are bounded so that it doesn't happen.
    """
    event = new.event_data
    try:
        text = payload(event)
        # As event_store.envelope composes it; it has no position yet, nor a time.
        read = read_envelope(
            f'{{"event_id":"{new.event_id}","event_type":"{new.event_type}","schema_version":{new.schema_version},'
            f'"aggregate_type":"{new.aggregate_type}","aggregate_id":"{new.aggregate_id}",'
            f'"aggregate_version":{new.aggregate_version},"tenant_id":"{tenant_id}","position":1,'
            f'"patient_id":"{event.patient_id}","clinic_id":{_quoted(new.clinic_id)},'
            f'"causation_id":"{new.causation_id}","correlation_id":"{correlation_id}",'
            f'"user_id":{_quoted(user_id)},"created_at":"{rfc3339(event.happened_at)}",'
            f'"event_data":{text},"metadata":{json.dumps(metadata)}}}'
        ).event_data
        if read == event and read.model_fields_set == event.model_fields_set:
            return ReadBack(read, len(text.encode()))
        reason = "it comes back as another event"
    except UNREADABLE as error:
        reason = type(error).__name__
    log.error(
        "an event can't be read back; it was not recorded",
        extra={"event_type": new.event_type, "tenant_id": tenant_id, "patient_id": event.patient_id, "reason": reason},
    )
    raise Rejected(
        "event_unreadable", "what that makes could not be read again, so it was not recorded; give plainer values"
    )


def _quoted(value: UUID | None) -> str:
    return "null" if value is None else f'"{value}"'
