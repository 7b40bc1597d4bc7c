"""Queues: for each patient one command at a time, for each tenant one long fold at a time."""

import asyncio
from collections.abc import AsyncIterator, Hashable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Generic, TypeVar
from uuid import UUID

from command_api.fold.limits import FoldLimits

Key = TypeVar("Key", bound=Hashable)


class Busy(Exception):
    """Too many wait for the same already, or it took too long; nothing was changed. The message says what to do."""


@dataclass
class _Line:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    members: int = 0


class Lines(Generic[Key]):
    """A lock for each key, first come, first served. Who waits for longer than ``seconds_max`` is sent away."""

    def __init__(self, seconds_max: float, members_max: int | None = None) -> None:
        self._seconds_max = seconds_max
        self._members_max = members_max
        self._lines: dict[Key, _Line] = {}

    @asynccontextmanager
    async def turn(self, key: Key, then: asyncio.Semaphore | None = None) -> AsyncIterator[None]:
        """Once all who came earlier for ``key`` are done, and ``then`` has room. Raises Busy."""
        line = self._lines.setdefault(key, _Line())
        if self._members_max is not None and line.members >= self._members_max:
            raise Busy
        line.members += 1
        try:
            if line.members == 1 and then is None:
                # Nobody to wait for, so no clock for it.
                async with line.lock:
                    yield
                return
            async with AsyncExitStack() as held:
                try:
                    async with asyncio.timeout(self._seconds_max):
                        await held.enter_async_context(line.lock)
                        if then is not None:
                            await held.enter_async_context(then)
                except TimeoutError as error:
                    raise Busy from error
                yield
        finally:
            line.members -= 1
            if not line.members:
                del self._lines[key]


class LongFolds:
    """Folds of more than a page: one of a tenant at a time, and few in the process. So however many one tenant asks
    for, they wait for each other; and as each tenant has one at most, those of all take turns."""

    def __init__(self, limits: FoldLimits) -> None:
        self._tenants: Lines[UUID] = Lines(limits.wait_seconds_max, limits.long_waiting_per_tenant_max)
        self._room = asyncio.Semaphore(limits.long_at_once_max)

    @asynccontextmanager
    async def turn(self, tenant_id: UUID) -> AsyncIterator[None]:
        """Once it is this tenant's turn. Raises Busy."""
        try:
            async with self._tenants.turn(tenant_id, self._room):
                yield
        except Busy as busy:
            raise (
                busy
                if busy.args
                else Busy("many long histories of this organisation are being read at once; try again shortly")
            ) from busy
