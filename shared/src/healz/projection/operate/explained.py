"""Why a row is as it is: each column with its value and the event that last changed it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from healz.events import Recorded
from healz.projection.refold.seen import Sight
from healz.projection.refold.span import of_one
from healz.projection.shape import Projection
from healz.projection.table import Table
from healz.read_models.parked import is_left_out
from healz.read_models.why import why

Rows = TypeVar("Rows")

WHOSE = """
WITH shown AS MATERIALIZED (SELECT set_config('healz.tenant_ids', $1::uuid::text, true)::uuid AS tenant_id)
SELECT t.patient_id FROM shown JOIN {name} AS t ON t.tenant_id = shown.tenant_id AND {same}
"""


@dataclass(frozen=True)
class CellReason:
    """One cell: what the events make of it, what is there, and the event that last changed it."""

    column: str
    value: Any
    there: Any
    event_type: str
    position: int
    created_at: datetime
    event_id: UUID
    correlation_id: UUID
    user_id: UUID | None

    @property
    def is_right(self) -> bool:
        """Whether the row has what the events make."""
        return bool(self.value == self.there)


def table_of(projection: Projection[Any], name: str) -> Table[Any] | None:
    """By its name, with or without the schema."""
    return next((one for one in projection.all_tables if name in {one.name, one.name.partition(".")[2]}), None)


async def whose(connection: Any, table: Table[Any], tenant_id: UUID, key: list[UUID]) -> UUID | None:
    """The patient of a row; None: there is none."""
    names = [name for name in table.key if name != "tenant_id"]
    same = " AND ".join(f"t.{name} = ${n}" for n, name in enumerate(names, 2))
    patient_id: UUID | None = await connection.fetchval(WHOSE.format(name=table.name, same=same), tenant_id, *key)
    return patient_id


async def reasons(
    connection: Any, projection: Projection[Rows], table: Table[Any], tenant_id: UUID, patient_id: UUID, key: list[UUID]
) -> tuple[list[CellReason], int | None]:
    """Of a row, in the order of its columns; nothing where the events make none. And where its patient is parked.

    Raises UnknownEvent.
    """
    seen = await Sight(projection).read(connection, of_one(tenant_id, patient_id))
    patient = seen.patients.get(patient_id)
    if patient is None:
        return [], None
    parked = None if patient.parked is None else patient.parked.position
    events = [event for event in patient.events if isinstance(event, Recorded) and not is_left_out(event, parked)]
    there = dict(zip(projection.all_tables, projection.by_table(patient.rows), strict=True))[table].get(
        (tenant_id, *key)
    )
    own = key[-len(table.rest_of_key or key) :]
    place = own[0] if len(own) == 1 else tuple(own)
    cells = why(projection.evolve, projection.empty, events, {table.row}).get((table.row, place), {})
    found = [
        CellReason(
            column,
            cell.value,
            getattr(there, column, None),
            cell.event.event_type,
            cell.event.position,
            cell.event.created_at,
            cell.event.event_id,
            cell.event.correlation_id,
            cell.event.user_id,
        )
        for column, cell in cells.items()
    ]
    return found, parked
