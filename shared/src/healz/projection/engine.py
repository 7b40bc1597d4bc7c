"""From events to rows: claim, drop what was seen, fill holes, load, fold, save, advance; in one transaction."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
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
            complete = {
                tenant_id: await self._complete(connection, tenant_id, checkpoint, by_tenant[tenant_id])
                for tenant_id, checkpoint in claimed.items()
            }
            logs = {tenant_id: log for tenant_id, log in complete.items() if log}
            await self._apply(connection, logs)
        self.checkpoints.committed(claimed)
        left_out = [tenant_id for tenant_id in by_tenant if complete.get(tenant_id) is None]
        return Folded(sum(map(len, logs.values())), frozenset(left_out))

    async def fill(self, tenant_id: UUID) -> int:
        """Applies the next events of this tenant from the store, at most ``hole_events_max``; returns how many."""
        async with self._pool.acquire() as connection, connection.transaction():
            claimed = await self.checkpoints.claim(connection, [tenant_id], all_new=True)
            if tenant_id not in claimed:
                return 0
            log = await self._read(connection, tenant_id, claimed[tenant_id], None)
            if log:
                await self._apply(connection, {tenant_id: log})
            return len(log)

    async def _complete(
        self, connection: Any, tenant_id: UUID, checkpoint: int, arrived: Mapping[int, Recorded]
    ) -> list[Recorded] | None:
        """What follows the checkpoint without a hole, up to the newest that arrived; None when too much is missing."""
        newest = max(arrived)
        known = {position: event for position, event in arrived.items() if position > checkpoint}
        if newest - checkpoint - len(known) > self._hole_events_max:
            return None
        missing = [position for position in range(checkpoint + 1, newest + 1) if position not in known]
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

    async def _apply(self, connection: Any, logs: Mapping[UUID, list[Recorded]]) -> None:
        """``logs``: each tenant's next events, in order. Rows are read only now, under the checkpoint's lock."""
        if not logs:
            return
        events = dict(_by_patient(logs))
        before = await self._projection.load(connection, sorted(events))
        changed: dict[PatientKey, tuple[Rows, Rows]] = {}
        for patient, own in events.items():
            known = before.get(patient, self._projection.empty)
            after = reduce(self._projection.evolve, own, known)
            if after is not known:
                changed[patient] = (known, after)
        await self._projection.save(connection, changed)
        await self.checkpoints.advance(connection, {tenant_id: log[-1].position for tenant_id, log in logs.items()})


def _by_patient(logs: Mapping[UUID, list[Recorded]]) -> Iterator[tuple[PatientKey, list[Recorded]]]:
    """Each patient's events, in order: nobody's rows depend on another patient's events."""
    for tenant_id, log in logs.items():
        patients = defaultdict(list)
        for event in log:
            patients[event.patient_id].append(event)
        for patient_id, own in patients.items():
            yield (tenant_id, patient_id), own
