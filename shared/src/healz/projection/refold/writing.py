"""Writes patients' rows, in one short transaction with the tenant's checkpoint held for milliseconds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import UUID

from healz.projection.hold import Hold
from healz.projection.parked import ROW_REFUSED, Parking
from healz.projection.refold.compare import RowDifference
from healz.projection.refold.seen import SeenSpan
from healz.projection.refold.span import Span
from healz.projection.shape import Projection
from healz.projection.table import Table

Rows = TypeVar("Rows")

NEWER = """
SELECT DISTINCT e.patient_id
  FROM event_store.events AS e
 WHERE e.tenant_id = $1 AND e.position > $2 AND e.position <= $3 AND e.patient_id > $4 AND e.patient_id <= $5
"""
DROPPED = """
SELECT DISTINCT d.patient_id
  FROM {schema}.dropped_event AS d
 WHERE d.tenant_id = $1 AND d.patient_id > $2 AND d.patient_id <= $3 AND d.position <> ALL ($4::bigint[])
"""
COUNT = """
WITH moved AS MATERIALIZED (
       UPDATE {schema}.checkpoint SET refolds = refolds + 1 WHERE tenant_id = $1 RETURNING tenant_id){tables}
SELECT FROM moved
"""
UNPARK = "DELETE FROM {schema}.parked_patient WHERE tenant_id = $1 AND patient_id = ANY ($2::uuid[])"
PARK = """
INSERT INTO {schema}.parked_patient (tenant_id, patient_id, position, event_type, error)
SELECT $1, * FROM unnest($2::uuid[], $3::bigint[], $4::text[], $5::text[])
ON CONFLICT (tenant_id, patient_id) DO UPDATE
SET position = EXCLUDED.position, event_type = EXCLUDED.event_type, error = EXCLUDED.error,
    parked_at = EXCLUDED.parked_at
"""


@dataclass(frozen=True)
class Right(Generic[Rows]):
    """What a patient's rows should be, and where that ends, if they are parked."""

    rows: Rows
    parked: Parking | None
    wrong: Sequence[RowDifference]


class Writing(Generic[Rows]):
    """On a connection of the projector's."""

    def __init__(self, projection: Projection[Rows]) -> None:
        self._projection = projection
        self.held = Hold(projection)
        self._dropped, self._count, self._unpark, self._park = (
            text.replace("{schema}", projection.schema) for text in (DROPPED, COUNT, UNPARK, PARK)
        )

    async def changed(self, connection: Any, span: Span, seen: SeenSpan[Rows], until: int) -> set[UUID]:
        """Whose events are others than were ``seen``: some came, up to the position ``until``, or were dropped."""
        rows = await connection.fetch(self._dropped, span.tenant_id, span.after, span.until, seen.dropped)
        if until > seen.position:
            rows += await connection.fetch(NEWER, span.tenant_id, seen.position, until, span.after, span.until)
        return {row[0] for row in rows}

    async def write(self, connection: Any, tenant_id: UUID, rights: Mapping[UUID, Right[Rows]]) -> None:
        """Within ``held``: deletes, inserts and updates rows; parks who is to be, and frees the others."""
        if not rights:
            return
        filled = []
        for table in self._projection.all_tables:
            wrong = [(patient, one) for patient, right in rights.items() for one in right.wrong if one.table is table]
            extra = [(patient, *_rest(table, one.key)) for patient, one in wrong if one.row is None]
            if extra:
                await connection.execute(table.delete, tenant_id, *_columns(extra))
            if rows := [one.row for _, one in wrong if one.row is not None]:
                filled.append((table, rows))
        parts, first = "", 2
        for n, (table, _) in enumerate(filled):
            parts += f",\n     table_{n} AS ({table.upsert(first)})"
            first += len(table.columns)
        arrays = [column for table, rows in filled for column in table.arrays(rows)]
        await connection.execute(self._count.replace("{tables}", parts), tenant_id, *arrays)
        parked = {patient: right.parked for patient, right in rights.items() if right.parked is not None}
        await connection.execute(self._unpark, tenant_id, [patient for patient in rights if patient not in parked])
        if parked:
            lines = [(patient, why.position, why.event_type, why.error) for patient, why in parked.items()]
            await connection.execute(self._park, tenant_id, *_columns(lines))

    async def is_accepted(self, connection: Any, tenant_id: UUID, rights: Mapping[UUID, Right[Rows]]) -> bool:
        """Whether the database takes these rows; nothing is written. Within ``held``."""
        attempt = connection.transaction()
        await attempt.start()
        try:
            await self.write(connection, tenant_id, rights)
        except ROW_REFUSED:
            return False
        else:
            return True
        finally:
            await attempt.rollback()


def _rest(table: Table[Any], key: Sequence[Any]) -> list[Any]:
    return [value for name, value in zip(table.key, key, strict=True) if name in table.rest_of_key]


def _columns(rows: Sequence[tuple[Any, ...]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]
