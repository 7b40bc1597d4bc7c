"""What a projector says about its read model; all the rest is the engine's."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import UUID

from healz.events import Recorded

Rows = TypeVar("Rows")
PatientKey = tuple[UUID, UUID]
"""(tenant_id, patient_id)"""


@dataclass(frozen=True)
class Projection(Generic[Rows]):
    """``Rows`` is all that a read model holds of one patient: what the engine loads, folds and saves.

    ``schema`` is the PostgreSQL schema that the projector owns. ``load`` gives the rows of the patients that have any;
    ``save`` gets (before, after) of each patient whose rows changed.
    """

    schema: str
    empty: Rows
    evolve: Callable[[Rows, Recorded], Rows]
    load: Callable[[Any, Sequence[PatientKey]], Awaitable[dict[PatientKey, Rows]]]
    save: Callable[[Any, Mapping[PatientKey, tuple[Rows, Rows]]], Awaitable[None]]
