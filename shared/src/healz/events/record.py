"""What marks a record of the topic as ours, and how an event is named in it, whatever else it says."""

from typing import Annotated, Literal

from pydantic import BaseModel, StringConstraints


class ForeignRecord(Exception):
    """A record of the topic that is no event of ours by its CloudEvents envelope: somebody else wrote it."""


class OurCloudEvent(BaseModel):
    """What marks a CloudEvent as ours, as ``event_store.cloud_event`` composes it."""

    specversion: Literal["1.0"]
    source: Literal["/healz"]
    type: Annotated[str, StringConstraints(pattern="^healz[.]")]


class EventName(BaseModel):
    event_type: str
    schema_version: int


class _Named(BaseModel):
    data: EventName


def name_in_envelope(text: str | bytes) -> EventName:
    """Raises pydantic's ValidationError where no event is named."""
    return EventName.model_validate_json(text)


def name_in_record(text: str | bytes) -> EventName:
    """The same of a Kafka record."""
    return _Named.model_validate_json(text).data
