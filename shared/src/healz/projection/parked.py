"""Patients who are parked: an event of theirs could not be folded or saved. Their rows stay as before it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Generic, TypeVar
from uuid import UUID

import asyncpg

Rows = TypeVar("Rows")


@dataclass(frozen=True)
class Parking:
    """At which of a patient's events, and why; nothing personal in it. ``operation``: for the log, the event's."""

    position: int
    event_type: str
    error: str
    operation: Mapping[str, object] = field(default_factory=dict, compare=False)


@dataclass(frozen=True)
class Parked(Generic[Rows]):
    """Somebody whose later events are passed over, and their rows as of before the event that failed.

    But for one: who is anonymised is forgotten, parked or not.
    """

    rows: Rows


@dataclass(frozen=True)
class Unreadable:
    """An event of the store whose contents this release can't read: whose it is, and where, as its envelope says."""

    event_id: UUID
    event_type: str
    tenant_id: UUID
    position: int
    patient_id: UUID
    created_at: datetime
    why: str


def unreadable(envelope: dict[str, Any], why: str) -> Unreadable:
    """``envelope`` as the store composes it, read as plain JSON."""
    return Unreadable(
        event_id=UUID(envelope["event_id"]),
        event_type=envelope["event_type"],
        tenant_id=UUID(envelope["tenant_id"]),
        position=envelope["position"],
        patient_id=UUID(envelope["patient_id"]),
        created_at=datetime.fromisoformat(envelope["created_at"]),
        why=why,
    )


ROW_REFUSED: Final = (
    ValueError,
    asyncpg.DataError,
    asyncpg.IntegrityConstraintViolationError,
    asyncpg.ProgramLimitExceededError,
)
"""What is raised where the database, or its client, refuses a value: too long, out of range, against a table's rule.
asyncpg raises ValueError for what doesn't fit the type of a parameter."""
