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

    patient_id: UUID

    @property
    def aggregate_id(self) -> UUID:
        """The stream that the event belongs to."""
        raise AttributeError("each aggregate's events say which field names their stream")

    @property
    def happened_at(self) -> datetime:
        """The fact's own time, UTC: the one field that says when."""
        at: datetime = getattr(self, _time_of(type(self)))
        return at

    @property
    def clinic(self) -> UUID | None:
        """The clinic, where the aggregate belongs to one."""
        return getattr(self, "clinic_id", None)


@cache
def _time_of(event: type[Event]) -> str:
    (name,) = (name for name in event.model_fields if name.endswith("_at") or name == "timestamp")
    return name


class Recorded(BaseModel):
    """The envelope, a field per column of ``event_store.events``.

    ``position`` counts from 1 without a hole per tenant, ``aggregate_version`` per aggregate. ``created_at`` never goes
    back within a tenant, but where operators took back the leap of a clock (docs/runbooks/clocks-apart.md).
    """

    model_config = ConfigDict(frozen=True)

    event_id: UUID
    event_type: str
    schema_version: int
    aggregate_type: str
    aggregate_id: UUID
    aggregate_version: int = Field(ge=1, le=VERSION_MAX)
    tenant_id: UUID
    position: int = Field(ge=1, le=POSITION_MAX)
    patient_id: UUID
    clinic_id: UUID | None
    causation_id: UUID | None
    correlation_id: UUID
    user_id: UUID | None
    created_at: Instant
    event_data: Event
    metadata: dict[str, Any] | None = None
