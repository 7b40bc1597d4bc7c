"""What is there of some patients, all of one moment: their rows, the events that make these, who is parked."""

import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar
from uuid import UUID

from pydantic import ValidationError

from healz.events import UnknownEvent, read_envelope
from healz.projection.fold import Logged
from healz.projection.halted import reason_of
from healz.projection.parked import Parking, unreadable
from healz.projection.refold.span import Span
from healz.projection.shape import Projection

Rows = TypeVar("Rows")

# One statement is one snapshot: rows, checkpoint and events belong together, while commands and projector go on. Where
# the checkpoint is beyond the log's end, the log counts.
SEEN = """
WITH shown AS MATERIALIZED (SELECT set_config('healz.tenant_ids', $1::uuid::text, true)::uuid AS tenant_id),
     point AS MATERIALIZED (
       SELECT least(COALESCE(c.position, 0), COALESCE(l.position, 0)) AS position
         FROM shown
         LEFT JOIN {schema}.checkpoint    AS c ON c.tenant_id = shown.tenant_id
         LEFT JOIN event_store.tenant_log AS l ON l.tenant_id = shown.tenant_id),
     patients AS MATERIALIZED (
       {patients})
SELECT point.position,
       ARRAY(SELECT ROW(k.patient_id, k.position, k.event_type, k.error)
               FROM patients AS p JOIN {schema}.parked_patient AS k
                 ON k.tenant_id = p.tenant_id AND k.patient_id = p.patient_id),
       ARRAY(SELECT d.position FROM shown JOIN {schema}.dropped_event AS d ON d.tenant_id = shown.tenant_id
              WHERE d.patient_id > $2 AND d.patient_id <= $3),
       ARRAY(SELECT event_store.envelope(e) FROM shown JOIN event_store.events AS e ON e.tenant_id = shown.tenant_id
              WHERE e.patient_id > $2 AND e.patient_id <= $3 AND e.position <= point.position
              ORDER BY e.patient_id, e.position),
       {tables}
  FROM point
"""
OF_A_TABLE = """SELECT t.tenant_id, t.patient_id FROM shown JOIN {name} AS t ON t.tenant_id = shown.tenant_id
        WHERE t.patient_id > $2 AND t.patient_id <= $3"""


@dataclass(frozen=True)
class SeenPatient(Generic[Rows]):
    """One patient: the rows that are there, and their events up to the checkpoint, without those that were dropped."""

    rows: Rows
    events: Sequence[Logged]
    parked: Parking | None


@dataclass(frozen=True)
class SeenSpan(Generic[Rows]):
    """``position`` is that of the tenant's checkpoint; ``events`` how many were read; ``dropped`` are the positions of
    those that are left out."""

    position: int
    events: int
    dropped: Collection[int] = field(repr=False)
    patients: Mapping[UUID, SeenPatient[Rows]] = field(repr=False)


class Sight(Generic[Rows]):
    """Reads it, of one projection."""

    def __init__(self, projection: Projection[Rows]) -> None:
        self._projection = projection
        self._tables = projection.all_tables
        named = ["event_store.patient_log", *(table.name for table in self._tables)]
        self._statement = SEEN.format(
            schema=projection.schema,
            patients="\n        UNION\n       ".join(OF_A_TABLE.format(name=name) for name in named),
            tables=",\n       ".join(table.selected for table in self._tables),
        )

    async def read(self, connection: Any, span: Span) -> SeenSpan[Rows]:
        """All patients of the span. Raises UnknownEvent where a newer release wrote one of their events."""
        record = await connection.fetchrow(self._statement, span.tenant_id, span.after, span.until)
        position, parked, dropped, envelopes, *tables = record
        held = self._projection.together(
            [map(table.read, values) for table, values in zip(self._tables, tables, strict=True)]
        )
        events: dict[UUID, list[Logged]] = defaultdict(list)
        left_out = frozenset(dropped)
        for envelope in envelopes:
            event = read(envelope)
            if event.position not in left_out:
                events[event.patient_id].append(event)
        rows = {patient_id: own for (_, patient_id), own in held.items()}
        why = {patient_id: Parking(*said) for patient_id, *said in parked}
        patients = {
            patient_id: SeenPatient(
                rows.get(patient_id, self._projection.empty), events.get(patient_id, ()), why.get(patient_id)
            )
            for patient_id in rows.keys() | events.keys() | why.keys()
        }
        return SeenSpan(position, len(envelopes), left_out, patients)


def read(envelope: str) -> Logged:
    """Raises UnknownEvent, which names the tenant, the patient and the position."""
    try:
        return read_envelope(envelope)
    except UnknownEvent as error:
        whose = unreadable(json.loads(envelope), str(error))
        where = f"position {whose.position} of tenant {whose.tenant_id}, patient {whose.patient_id}"
        raise UnknownEvent(f"{error}: {where}") from error
    except ValidationError as error:
        return unreadable(json.loads(envelope), f"can't be read: {reason_of(error)}")
