"""Group commit: while one commit of a tenant is under way, the tenant's next ones wait, and go together in one.

Commits of a tenant queue on its head anyway; so they queue here, where waiting costs no connection, and share the round
trip, the statements and the flush to disk.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

import asyncpg

from command_api.append import Guarded
from healz.postgres import AWAY


@dataclass(frozen=True)
class Committed:
    """Where an append's events are: the position of the last, and when they were written, as far as that is known."""

    position: int
    at: datetime | None


Record = Callable[[Sequence[Guarded]], Awaitable[Sequence[Committed]]]
"""One call and one transaction: all of these appends of a tenant, or none."""
Waiting: TypeAlias = deque[tuple[Guarded, asyncio.Future[Committed]]]


class GroupCommit:
    """At most ``commits_max`` go together."""

    def __init__(self, record: Record, commits_max: int) -> None:
        self._record = record
        self._commits_max = commits_max
        self._lines: dict[UUID, Waiting] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def append(self, guarded: Guarded) -> Committed:
        """Each has its own outcome, as if it had gone alone. Raises what recording it raises."""
        tenant_id = guarded.append.tenant_id
        line = self._lines.get(tenant_id)
        if line is not None:
            outcome: asyncio.Future[Committed] = asyncio.get_running_loop().create_future()
            line.append((guarded, outcome))
            return await outcome
        line = self._lines[tenant_id] = deque()
        try:
            (committed,) = await self._record([guarded])
        except Exception as error:  # whatever it is: who stands in line hears it too, if it is not this one's own
            if not _is_ones_own(error):
                _tell(line, error)
            raise
        else:
            return committed
        finally:
            self._leave(tenant_id, line)

    def _leave(self, tenant_id: UUID, line: Waiting) -> None:
        if line:
            task = asyncio.create_task(self._go_on(tenant_id, line))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        else:
            del self._lines[tenant_id]

    async def _go_on(self, tenant_id: UUID, line: Waiting) -> None:
        try:
            while line:
                await self._together(self._next(line), line)
        finally:  # whoever is left when the process ends
            del self._lines[tenant_id]
            for _, outcome in line:
                outcome.cancel()

    def _next(self, line: Waiting) -> Waiting:
        """Who goes together: nobody who has gone away, no patient and no key twice, and what frees something alone."""
        group: Waiting = deque()
        patients: set[UUID] = set()
        keys: set[str | None] = set()
        while line and len(group) < self._commits_max:
            guarded, outcome = line[0]
            append = guarded.append
            if outcome.done():
                line.popleft()
                continue
            known = append.patient_id in patients or append.idempotency_key in keys - {None}
            if group and (guarded.frees or known):
                break
            group.append(line.popleft())
            if guarded.frees:
                break
            patients.add(append.patient_id)
            keys.add(append.idempotency_key)
        return group

    async def _together(self, group: Waiting, line: Waiting) -> None:
        """All in one call; where that is refused for something that is one's own, each alone. Nobody else waits for a
        database that is away: all that wait hear it."""
        if not group:
            return
        try:
            outcomes = await self._record([guarded for guarded, _ in group])
        except Exception as error:  # whatever it is, each of them hears it as its own
            if not _is_ones_own(error):
                _tell([*group, *line], error)
            elif len(group) == 1:
                _tell(group, error)
            else:
                for one in group:
                    await self._together(deque([one]), line)
        else:
            for (_, outcome), committed in zip(group, outcomes, strict=True):
                if not outcome.done():
                    outcome.set_result(committed)


def _is_ones_own(error: Exception) -> bool:
    """Whether it is about one of the commits: decided on other facts, a time or a phone that is taken."""
    if isinstance(error, asyncpg.SerializationError):
        return True
    return isinstance(error, asyncpg.PostgresError) and not isinstance(error, AWAY)


def _tell(group: Iterable[tuple[Guarded, asyncio.Future[Committed]]], error: Exception) -> None:
    for _, outcome in group:
        if not outcome.done():
            outcome.set_exception(error)
