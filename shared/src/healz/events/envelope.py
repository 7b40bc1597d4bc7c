"""An event as it was recorded."""

from datetime import datetime
from functools import cache
from typing import Any, ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from healz.events.fields import Instant

POSITION_MAX = 2**63 - 1
VERSION_MAX = 2**31 - 1
"""What the columns hold: ``bigint`` and ``integer``."""


class Event(BaseModel):
    """A fact's payload. A field unknown to this release is passed over: an optional one may be added in place."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    aggregate_type: ClassVar[str]
    schema_version: ClassVar[int] = 1
    is_interaction: ClassVar[bool] = False
    """Whether it is a sign of life of the patient towards the clinic, unless the system did it: the class says
    ``interaction=True``."""

    patient_id: UUID
    """Whose event it is."""

    def __init_subclass__(cls, *, interaction: bool = False, **config: Any) -> None:
        super().__init_subclass__(**config)
        cls.is_interaction = interaction

    @property
    def aggregate_id(self) -> UUID:
        """The stream that the event belongs to."""
        raise AttributeError("each aggregate's events say which field names their stream")

    @property
    def happened_at(self) -> datetime:
        """The fact's own time, UTC: the one field that says when."""
        at: datetime = getattr(self, time_field(type(self)))
        return at

    @property
    def interaction_at(self) -> datetime | None:
        """When the patient interacted by it, UTC; None when it is no interaction."""
        interacted = self.is_interaction and not any(getattr(self, name) == "system" for name in _actors_of(type(self)))
        return self.happened_at if interacted else None

    @property
    def clinic(self) -> UUID | None:
        """The clinic, where the aggregate belongs to one."""
        return getattr(self, "clinic_id", None)


@cache
def time_field(event: type[Event]) -> str:
    """The one field of such an event that says when it happened."""
    (name,) = (name for name in event.model_fields if name.endswith("_at") or name == "timestamp")
    return name


@cache
def _actors_of(event: type[Event]) -> tuple[str, ...]:
    return tuple(name for name in event.model_fields if name.endswith("_by"))


class Recorded(BaseModel):
    """The envelope, a field per column of ``event_store.events``.

    ``position`` counts from 1 without a hole per tenant, ``aggregate_version`` per aggregate. ``created_at`` never goes
    back within a tenant, but where operators took back the leap of a clock (docs/runbooks/clocks-apart.md).
    """

    model_config = ConfigDict(frozen=True)

    event_id: UUID
    """The event's own id, a UUID v7: the CloudEvent's ``id`` too."""
    event_type: str
    """Its name, one of those in this catalogue."""
    schema_version: int
    """Which version of its payload was stored, from 1."""
    aggregate_type: str
    """What it is about: ``Patient``, ``Conversation``, ``Appointment`` or ``PatientJourney``."""
    aggregate_id: UUID
    """Which of them: the stream that the event belongs to."""
    aggregate_version: int = Field(ge=1, le=VERSION_MAX)
    """The event's number in its stream, from 1 without a hole."""
    tenant_id: UUID
    """The organisation whose data it is; the Kafka record's key."""
    position: int = Field(ge=1, le=POSITION_MAX)
    """The event's number in its tenant's log, from 1 without a hole, in the order of commits."""
    patient_id: UUID
    """Whose event it is, for every aggregate."""
    clinic_id: UUID | None
    """The clinic; null for events of the patient, who is the whole tenant's."""
    causation_id: UUID | None
    """The ``event_id`` that this one follows from; of a commit's first event the id of the command."""
    correlation_id: UUID
    """One operation, from a request to the last event that it led to."""
    user_id: UUID | None
    """Who asked: their token's ``sub``, or a UUID made of it; null for sweeps."""
    created_at: Instant
    """When it was written, by the database's clock; "as of" goes by it."""
    event_data: Event
    """The payload: the fields below."""
    metadata: dict[str, Any] | None = None
    """What came with the request, like ``traceparent``; no rule goes by it."""
