"""A read model in PostgreSQL: read in one statement, and moved on in another, tenant by tenant, if nobody else did.

Compare and set: rows and checkpoint of a tenant are written only where its checkpoint still is the one that the rows
were read at. So nothing is locked, and no transaction is open, while a batch is folded.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Generic, TypeVar
from uuid import UUID

from healz.events import Recorded
from healz.projection.checkpoint import Checkpoint
from healz.projection.fold import Changed
from healz.projection.shape import PatientKey, Projection
from healz.projection.stored import LOOK, Looked, Stored, Wanted, stored
from healz.projection.table import Table

Rows = TypeVar("Rows")

# Row-level security shows what the setting names: so all that is read or written depends on it, and comes after it.
SHOWN = """WITH shown AS MATERIALIZED (SELECT set_config('healz.tenant_ids', $1, true) IS NOT NULL AS yes),"""
# One snapshot: a head is never older than its events, nor a row than the checkpoint.
READ = """{shown}
     asked AS MATERIALIZED (
       SELECT a.* FROM shown, unnest(CASE WHEN shown.yes THEN $2::uuid[] END, $3::bigint[], $4::bigint[])
           AS a (tenant_id, until, events_max)),
     patients AS MATERIALIZED (
       SELECT p.* FROM shown, unnest(CASE WHEN shown.yes THEN $5::uuid[] END, $6::uuid[])
           AS p (tenant_id, patient_id))
SELECT {selected}
"""
# A checkpoint that somebody holds (a rebuild) is not waited for. A row that doesn't exist can't be compared: of two
# instances that meet a new tenant, one inserts it. A release before 1.1 moves position alone: so the event is kept with
# the position that it had.
WRITE = """{shown}
     steps AS MATERIALIZED (
       SELECT s.* FROM shown, unnest(CASE WHEN shown.yes THEN $2::uuid[] END, $3::bigint[], $4::bigint[], $5::uuid[])
           AS s (tenant_id, before, position, event_id)),
     free AS MATERIALIZED (
       SELECT c.tenant_id FROM steps AS s JOIN {schema}.checkpoint AS c USING (tenant_id)
        WHERE c.position = s.before
        ORDER BY c.tenant_id
          FOR UPDATE OF c SKIP LOCKED),
     known AS (
       UPDATE {schema}.checkpoint AS c
          SET position = s.position, event_position = s.position, event_id = s.event_id
         FROM free AS f JOIN steps AS s USING (tenant_id)
        WHERE c.tenant_id = f.tenant_id AND c.position = s.before
       RETURNING c.tenant_id),
     new AS (
       INSERT INTO {schema}.checkpoint (tenant_id, position, event_position, event_id)
       SELECT s.tenant_id, s.position, s.position, s.event_id FROM steps AS s WHERE s.before IS NULL
        ORDER BY s.tenant_id
       ON CONFLICT DO NOTHING
       RETURNING tenant_id),
     moved AS MATERIALIZED (SELECT tenant_id FROM known UNION ALL SELECT tenant_id FROM new){upserts}
SELECT tenant_id FROM moved
"""


@dataclass(frozen=True)
class Move:
    """A tenant's checkpoint, from where it was read to its new last event."""

    before: Checkpoint
    last: Recorded


class Tables(Generic[Rows]):
    """The read model of one projection, on any connection of its projector's."""

    def __init__(self, projection: Projection[Rows]) -> None:
        self._projection = projection
        self._tables = projection.all_tables
        selected = [LOOK.format(schema=projection.schema), *(table.selected for table in self._tables)]
        self._read = READ.format(shown=SHOWN, selected=",\n       ".join(selected))

    async def read(
        self, connection: Any, asked: Mapping[UUID, Wanted], patients: Collection[PatientKey]
    ) -> tuple[dict[UUID, Stored], dict[PatientKey, Rows]]:
        """What the store says about these tenants, and the rows of these patients, of those that have any."""
        tenants = {*asked, *(tenant_id for tenant_id, _ in patients)}
        (record,) = await connection.fetch(
            self._read,
            _names(tenants),
            list(asked),
            [tenant.until for tenant in asked.values()],
            [tenant.events_max for tenant in asked.values()],
            [tenant_id for tenant_id, _ in patients],
            [patient_id for _, patient_id in patients],
        )
        looked = [Looked(*values) for values in record[0]]
        rows = [map(table.read, values) for table, values in zip(self._tables, record[1:], strict=True)]
        return {of.tenant_id: stored(of, asked[of.tenant_id]) for of in looked}, self._projection.together(rows)

    async def write(self, connection: Any, moves: Mapping[UUID, Move], changed: Changed[Rows]) -> Collection[UUID]:
        """Moves the checkpoints and writes the rows that changed; returns the tenants of whom that was done.

        Of the others nothing is written: somebody else has moved them since they were read, or holds them.
        """
        rows = self._projection.apart(changed.values())
        filled = [(table, of_table) for table, of_table in zip(self._tables, rows, strict=True) if of_table]
        records = await connection.fetch(
            _write(self._projection.schema, tuple(table for table, _ in filled)),
            _names(moves),
            list(moves),
            [move.before.position if move.before.exists else None for move in moves.values()],
            [move.last.position for move in moves.values()],
            [move.last.event_id for move in moves.values()],
            *(column for table, of_table in filled for column in table.arrays(of_table)),
        )
        return {record["tenant_id"] for record in records}


@lru_cache(maxsize=256)
def _write(schema: str, tables: Sequence[Table[Any]]) -> str:
    upserts, first = [], 6
    for n, table in enumerate(tables):
        upserts.append(f",\n     table_{n} AS ({table.upsert(first)})")
        first += len(table.columns)
    return WRITE.format(shown=SHOWN, schema=schema, upserts="".join(upserts))


def _names(tenants: Iterable[UUID]) -> str:
    return ",".join(map(str, tenants))
