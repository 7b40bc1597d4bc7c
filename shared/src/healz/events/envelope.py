"""An event as it was recorded, and how one is read back from JSON."""

import json
from collections.abc import Iterable
from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, create_model

from healz.events.fields import Instant


class Event(BaseModel):
    """A fact's payload. A field unknown to this release is passed over: an optional one may be added in place."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    aggregate_type: ClassVar[str]
    schema_version: ClassVar[int] = 1

    patient_id: UUID

    @property
    def aggregate_id(self) -> UUID:
        """The stream that the event belongs to."""
        raise AttributeError("each aggregate's events say which field names their stream")

    @property
    def clinic(self) -> UUID | None:
        """The clinic, where the aggregate belongs to one."""
        return getattr(self, "clinic_id", None)


class Recorded(BaseModel):
    """The envelope, a field per column of ``event_store.events``.

    ``position`` counts from 1 without a hole per tenant, ``aggregate_version`` per aggregate. ``created_at`` never goes
    back within a tenant.
    """

    model_config = ConfigDict(frozen=True)

    event_id: UUID
    event_type: str
    schema_version: int
    aggregate_type: str
    aggregate_id: UUID
    aggregate_version: int = Field(ge=1)
    tenant_id: UUID
    position: int = Field(ge=1)
    patient_id: UUID
    clinic_id: UUID | None
    causation_id: UUID | None
    correlation_id: UUID
    user_id: UUID | None
    created_at: Instant
    event_data: Event
    metadata: dict[str, Any] | None = None


class UnknownEvent(Exception):
    """An event type or version that this release doesn't know: a newer release wrote it. Not the event's fault."""


class Reader:
    """Reads envelopes and CloudEvents with payloads of ``events``; one pass over the bytes, in pydantic's core."""

    def __init__(self, events: Iterable[type[Event]]) -> None:
        self._known = {(event.__name__, event.schema_version) for event in events}
        recorded: Any = Annotated[_any_of([_recorded(event) for event in events]), Field(discriminator="event_type")]
        self._envelope: TypeAdapter[Recorded] = TypeAdapter(recorded)
        self._cloud_event: TypeAdapter[Any] = TypeAdapter(create_model("CloudEvent", data=(recorded, ...)))

    def envelope(self, text: str | bytes) -> Recorded:
        """The event in this JSON envelope, as ``event_store.envelope`` composes it.

        Raises UnknownEvent, or pydantic's ValidationError when it is no envelope at all.
        """
        try:
            return self._envelope.validate_json(text)
        except ValidationError:
            self._refuse_unknown(text)
            raise

    def cloud_event(self, text: bytes) -> Recorded:
        """The event in this Kafka record. Raises as ``envelope`` does."""
        try:
            return self._cloud_event.validate_json(text).data  # type: ignore[no-any-return]  # the model is made at run time
        except ValidationError:
            self._refuse_unknown(text, inside="data")
            raise

    def _refuse_unknown(self, text: str | bytes, inside: str | None = None) -> None:
        try:
            envelope = json.loads(text)[inside] if inside else json.loads(text)
            named = (envelope["event_type"], envelope["schema_version"])
        except (ValueError, KeyError, TypeError):
            return  # no envelope at all
        if named not in self._known:
            raise UnknownEvent(f"{named[0]} version {named[1]} is not known to this release")


def _recorded(event: type[Event]) -> type[Recorded]:
    fields: dict[str, Any] = {
        "event_type": (Literal[event.__name__], ...),
        "schema_version": (Literal[event.schema_version], ...),
        "event_data": (event, ...),
    }
    return create_model(f"Recorded{event.__name__}", __base__=Recorded, **fields)


def _any_of(types: list[type[Recorded]]) -> Any:
    union: Any = types[0]
    for one in types[1:]:
        union = union | one
    return union
