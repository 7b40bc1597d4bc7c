"""A read model in PostgreSQL: read in one statement, and moved on in another, tenant by tenant, if nobody else did.

Compare and set: rows and checkpoint of a tenant are written only where its checkpoint still is the one that the rows
were read at. So nothing is locked, and no transaction is open, while a batch is folded.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Generic, TypeVar
from uuid import UUID

from healz.projection.fold import Changed, Logged
from healz.projection.parked import Parked, Parking
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
           AS p (tenant_id, patient_id)),
     whole AS MATERIALIZED (SELECT * FROM patients AS p WHERE p.patient_id = ANY ($7::uuid[]))
SELECT {selected}
"""
PARKED_ALREADY = """ARRAY(SELECT ROW(p.tenant_id, p.patient_id) FROM patients AS p
         JOIN {schema}.parked_patient AS k ON k.tenant_id = p.tenant_id AND k.patient_id = p.patient_id)"""
# A checkpoint that somebody holds (a refold) is not waited for. A row that doesn't exist can't be compared: of two
# instances that meet a new tenant, one inserts it. A release before 1.1 moves position alone: so the event is kept with
# the position that it had. Where that lies beyond, the checkpoint was set back, over rows that have these events:
# nothing is written, and the next read says so. ``confirmed``, for what was folded without a read: the ids that the
# store has to have from there on; by their times, most months' partitions are left aside.
WRITE = """{shown}
     steps AS MATERIALIZED (
       SELECT s.* FROM shown, unnest(CASE WHEN shown.yes THEN $2::uuid[] END, $3::bigint[], $4::bigint[], $5::bigint[],
                                     $6::uuid[], $7::bytea[], $8::timestamptz[], $9::timestamptz[], $10::bigint[])
           AS s (tenant_id, before, refolds, position, event_id, confirmed, since, until, filled)),
     free AS MATERIALIZED (
       SELECT c.tenant_id FROM steps AS s JOIN {schema}.checkpoint AS c USING (tenant_id)
        WHERE c.position = s.before AND c.refolds = s.refolds AND COALESCE(c.event_position, 0) <= c.position
          AND (s.confirmed IS NULL
               OR s.confirmed = (SELECT string_agg(uuid_send(e.event_id), ''::bytea ORDER BY e.position)
                                   FROM event_store.events AS e
                                  WHERE e.tenant_id = s.tenant_id AND e.position BETWEEN s.before AND s.position
                                    AND e.created_at BETWEEN s.since AND s.until)
              AND NOT EXISTS (SELECT FROM {schema}.dropped_event AS d
                               WHERE d.tenant_id = s.tenant_id AND d.position > s.before AND d.position <= s.position)
              AND NOT EXISTS (SELECT FROM ops.halted_tenants AS h
                               WHERE h.tenant_id = s.tenant_id AND h.component = 'projector-{schema}'))
        ORDER BY c.tenant_id
          FOR UPDATE OF c SKIP LOCKED),
     known AS (
       UPDATE {schema}.checkpoint AS c
          SET position = s.position, event_position = s.position, event_id = s.event_id,
              holes_filled = c.holes_filled + s.filled
         FROM free AS f JOIN steps AS s USING (tenant_id)
        WHERE c.tenant_id = f.tenant_id AND c.position = s.before AND c.refolds = s.refolds
          AND COALESCE(c.event_position, 0) <= c.position
       RETURNING c.tenant_id),
     new AS (
       INSERT INTO {schema}.checkpoint (tenant_id, position, event_position, event_id, projection_version, holes_filled)
       SELECT s.tenant_id, s.position, s.position, s.event_id, {version}, s.filled
         FROM steps AS s WHERE s.before IS NULL
        ORDER BY s.tenant_id
       ON CONFLICT DO NOTHING
       RETURNING tenant_id),
     moved AS MATERIALIZED (SELECT tenant_id FROM known UNION ALL SELECT tenant_id FROM new){more}
SELECT tenant_id FROM moved
"""


ENDS_HALT = """
       DELETE FROM ops.halted_tenants AS h
        WHERE h.component = 'projector-{schema}' AND h.tenant_id = ANY (${tenants}::uuid[])
          AND h.tenant_id = ANY (ARRAY(SELECT m.tenant_id FROM moved AS m))"""
PARK = """
       INSERT INTO {schema}.parked_patient (tenant_id, patient_id, position, event_type, error)
       SELECT n.* FROM unnest({arrays}) AS n (tenant_id, patient_id, position, event_type, error)
        WHERE n.tenant_id = ANY (ARRAY(SELECT m.tenant_id FROM moved AS m))
       ON CONFLICT DO NOTHING"""
PARK_TYPES = ("uuid", "uuid", "bigint", "text", "text")


@dataclass(frozen=True)
class Move:
    """A tenant's way from one position to its new last event. ``before`` None: its checkpoint has no row yet.

    ``refolds`` is what it had of these then. ``confirmed``: of what was folded without a read, the last event of before
    and the ones that follow; the write holds the store to have these ids there. ``filled``: how many of them came from
    the store.
    """

    before: int | None
    refolds: int
    last: Logged
    confirmed: Sequence[Logged] = ()
    filled: int = 0
    ends_halt: bool = False


class Tables(Generic[Rows]):
    """The read model of one projection, on any connection of its projector's."""

    def __init__(self, projection: Projection[Rows]) -> None:
        self._projection = projection
        self._tables = projection.all_tables
        looked = LOOK.format(schema=projection.schema), PARKED_ALREADY.format(schema=projection.schema)
        rows = (table.selected if table.looked_at_by is None else table.selected_of("whole") for table in self._tables)
        selected = [*looked, *rows]
        self._read = READ.format(shown=SHOWN, selected=",\n       ".join(selected))

    async def read(
        self,
        connection: Any,
        asked: Mapping[UUID, Wanted],
        patients: Collection[PatientKey],
        whole: Collection[PatientKey] | None = None,
    ) -> tuple[dict[UUID, Stored], dict[PatientKey, Rows | Parked[Rows]]]:
        """What the store says about these tenants, and the rows of these patients, of those that have any.

        As Parked, of those who are. ``whole``: of whom also what the fold seldom looks at; None: of all.
        """
        tenants = {*asked, *(tenant_id for tenant_id, _ in patients)}
        (record,) = await connection.fetch(
            self._read,
            _names(tenants),
            list(asked),
            [tenant.until for tenant in asked.values()],
            [tenant.events_max for tenant in asked.values()],
            [tenant_id for tenant_id, _ in patients],
            [patient_id for _, patient_id in patients],
            [patient_id for _, patient_id in (patients if whole is None else whole)],
        )
        looked, parked, *tables = record
        rows = [map(table.read, values) for table, values in zip(self._tables, tables, strict=True)]
        known: dict[PatientKey, Any] = {**self._projection.together(rows)}
        known |= {key: Parked(known.get(key, self._projection.empty)) for key in map(tuple, parked)}
        return {of.tenant_id: stored(of, asked[of.tenant_id]) for of in map(Looked._make, looked)}, known

    async def write(
        self,
        connection: Any,
        moves: Mapping[UUID, Move],
        changed: Changed[Rows],
        parked: Mapping[PatientKey, Parking],
    ) -> Collection[UUID]:
        """Moves the checkpoints, writes the rows that changed and parks; returns the tenants of whom that was done.

        Of the others nothing is written: somebody else has moved them since they were read, or holds them.
        """
        rows = self._projection.apart(changed.values())
        gone = self._projection.gone(changed.values())
        times = [[event.created_at for event in move.confirmed] for move in moves.values()]
        filled = [(table, of_table) for table, of_table in zip(self._tables, rows, strict=True) if of_table]
        emptied = [(table, of_table) for table, of_table in zip(self._tables, gone, strict=True) if of_table]
        ends_halt = [tenant_id for tenant_id, move in moves.items() if move.ends_halt]
        records = await connection.fetch(
            _write(
                self._projection.schema,
                self._projection.version,
                tuple(table for table, _ in filled),
                tuple(table for table, _ in emptied),
                ends_halt=bool(ends_halt),
                parks=bool(parked),
            ),
            _names(moves),
            list(moves),
            [move.before for move in moves.values()],
            [move.refolds for move in moves.values()],
            [move.last.position for move in moves.values()],
            [move.last.event_id for move in moves.values()],
            [b"".join(event.event_id.bytes for event in move.confirmed) or None for move in moves.values()],
            [min(own, default=None) for own in times],
            [max(own, default=None) for own in times],
            [move.filled for move in moves.values()],
            *([ends_halt] if ends_halt else ()),
            *(_parked_columns(parked) if parked else ()),
            *(column for table, of_table in filled for column in table.arrays(of_table)),
            *([getattr(row, name) for row in of_table] for table, of_table in emptied for name in table.gone_by),
        )
        return {record["tenant_id"] for record in records}


@lru_cache(maxsize=256)
def _write(
    schema: str,
    version: int,
    tables: Sequence[Table[Any]],
    emptied: Sequence[Table[Any]],
    *,
    ends_halt: bool,
    parks: bool,
) -> str:
    more, first = [], 11
    if ends_halt:
        more.append(f"went_on AS ({ENDS_HALT.format(schema=schema, tenants=first)})")
        first += 1
    if parks:
        arrays = ", ".join(f"${n}::{kind}[]" for n, kind in enumerate(PARK_TYPES, first))
        more.append(f"parked AS ({PARK.format(schema=schema, arrays=arrays)})")
        first += len(PARK_TYPES)
    for n, table in enumerate(tables):
        more.append(f"table_{n} AS ({table.upsert(first)})")
        first += len(table.columns)
    for n, table in enumerate(emptied):
        more.append(f"gone_{n} AS ({table.removal(first)})")
        first += len(table.gone_by)
    return WRITE.format(shown=SHOWN, schema=schema, version=version, more="".join(f",\n     {part}" for part in more))


def _parked_columns(parked: Mapping[PatientKey, Parking]) -> list[list[Any]]:
    rows = [(*patient, why.position, why.event_type, why.error) for patient, why in parked.items()]
    return [list(column) for column in zip(*rows, strict=True)]


def _names(tenants: Iterable[UUID]) -> str:
    return ",".join(map(str, tenants))
