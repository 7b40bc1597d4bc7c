"""From events to rows: claim, drop what was seen, fill holes, load, fold, save, advance; in one transaction."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import UUID

import asyncpg

from healz.events import Recorded, read_envelope
from healz.projection.checkpoint import Checkpoints
from healz.projection.shape import PatientKey, Projection

Rows = TypeVar("Rows")

READ_LOG = """
SELECT event_store.envelope(e)
  FROM event_store.events AS e
 WHERE e.tenant_id = $1 AND e.position > $2 AND e.position <= $3
 ORDER BY e.position
 LIMIT $4
"""


class LogHole(Exception):
    """The store does not hold a position that lies below one which it has: it was restored, or is not the topic's."""


@dataclass(frozen=True)
class Folded:
    """What one transaction did: events applied, and tenants left out for reconcile."""

    applied: int
    left_out: frozenset[UUID]


class Engine(Generic[Rows]):
    """Keeps one read model. Errors go to the caller, with nothing written; the caller tries again."""

    def __init__(self, pool: asyncpg.Pool, projection: Projection[Rows], hole_events_max: int) -> None:
        self._pool = pool
        self._projection = projection
        self._hole_events_max = hole_events_max
        self.checkpoints = Checkpoints(projection.schema)

    async def fold(self, arrived: Iterable[Recorded]) -> Folded:
        """Applies a batch, of any tenants, in any state of being known already or incomplete.

        A tenant whose checkpoint someone else holds, or with a hole larger than ``hole_events_max``, is left out.
        """
        by_tenant: dict[UUID, dict[int, Recorded]] = {}
        for event in arrived:
            by_tenant.setdefault(event.tenant_id, {})[event.position] = event
        async with self._pool.acquire() as connection, connection.transaction():
            claimed = await self.checkpoints.claim(connection, sorted(by_tenant))
            events: list[Recorded] = []
            left_out = by_tenant.keys() - claimed.keys()
            for tenant_id, checkpoint in claimed.items():
                complete = await self._complete(connection, tenant_id, checkpoint, by_tenant[tenant_id])
                if complete is None:
                    left_out.add(tenant_id)
                else:
                    events += complete
            await self._apply(connection, events)
        self.checkpoints.committed(claimed)
        return Folded(len(events), frozenset(left_out))

    async def fill(self, tenant_id: UUID) -> int:
        """Applies the next events of this tenant from the store, at most ``hole_events_max``; returns how many."""
        async with self._pool.acquire() as connection, connection.transaction():
            claimed = await self.checkpoints.claim(connection, [tenant_id], all_new=True)
            if tenant_id not in claimed:
                return 0
            events = await self._read(connection, tenant_id, claimed[tenant_id], None)
            await self._apply(connection, events)
            return len(events)

    async def _complete(
        self, connection: Any, tenant_id: UUID, checkpoint: int, arrived: Mapping[int, Recorded]
    ) -> list[Recorded] | None:
        """What follows the checkpoint without a hole, up to the newest that arrived; None when too much is missing."""
        newest = max(arrived)
        if newest - checkpoint - len(arrived) > self._hole_events_max:
            return None
        missing = [position for position in range(checkpoint + 1, newest + 1) if position not in arrived]
        known = dict(arrived)
        if missing:
            stored = await self._read(connection, tenant_id, missing[0] - 1, missing[-1])
            known |= {event.position: event for event in stored}
            if not known.keys() >= set(missing):
                raise LogHole(f"tenant {tenant_id}: the store lacks a position between {missing[0]} and {missing[-1]}")
        return [known[position] for position in range(checkpoint + 1, newest + 1)]

    async def _read(self, connection: Any, tenant_id: UUID, after: int, until: int | None) -> list[Recorded]:
        last = until if until is not None else after + self._hole_events_max
        records = await connection.fetch(READ_LOG, tenant_id, after, last, last - after)
        events = [read_envelope(record[0]) for record in records]
        if [event.position for event in events] != list(range(after + 1, after + 1 + len(events))):
            raise LogHole(f"tenant {tenant_id}: the store's positions after {after} are not gapless")
        return events

    async def _apply(self, connection: Any, events: list[Recorded]) -> None:
        """``events`` are each tenant's next ones, in order. Rows are read only now, under the checkpoint's lock."""
        if not events:
            return
        patients = sorted({(event.tenant_id, event.patient_id) for event in events})
        before = await self._projection.load(connection, patients)
        after: dict[PatientKey, Rows] = dict(before)
        for event in events:
            key = (event.tenant_id, event.patient_id)
            after[key] = self._projection.evolve(after.get(key, self._projection.empty), event)
        empty = self._projection.empty
        changed = {
            key: (before.get(key, empty), rows) for key, rows in after.items() if rows is not before.get(key, empty)
        }
        await self._projection.save(connection, changed)
        await self.checkpoints.advance(connection, {event.tenant_id: event.position for event in events})
