"""Read your own writes: a query waits until the read model has got to a position (``Healz-Min-Position``).

However many wait, one look at a time for each tenant answers all of them.
"""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import UUID

from command_api.http.metrics import waited
from command_api.http.problems import RETRY_AFTER_SECONDS, Problem
from command_api.settings import ApiSettings
from healz.kept import Kept
from healz.read_models import ReadModel

# A tenant's read models and its log in one statement; it enters the tenant.
LOOK = "SELECT source, ops.projection_position($1, source, NULL) AS position FROM unnest($2::text[]) AS n (source)"
LOOK_AGAIN_FIRST_SECONDS = 0.002
LOOK_AGAIN_MAX_SECONDS = 0.05
LOOKS_IN_A_WAIT = 4
"""In the time that waits took lately, which is short on a quiet machine and long on a busy one."""
NEWEST_SHARE = 0.1
"""Of the newest wait in what waits took lately."""
SEEN_BYTES_MAX = 1024 * 1024
SEEN_BYTES = 300

Source = ReadModel | Literal["log"]


@dataclass(eq=False)
class _Waiter:
    sources: frozenset[Source]
    wanted: int
    come: asyncio.Future[None]
    seen: int | None = None


@dataclass
class _Watch:
    """Those of one tenant that wait, and who looks for them."""

    waiters: set[_Waiter] = field(default_factory=set)
    newcomer: asyncio.Event = field(default_factory=asyncio.Event)
    looking: asyncio.Task[None] | None = None


class Positions:
    """Who waits for which positions, in this process; nobody holds a connection meanwhile."""

    def __init__(self, pool: Any, settings: ApiSettings) -> None:
        self._pool = pool
        self._seconds = settings.healz_min_position_wait_seconds
        self._waiting_max = settings.healz_min_position_waiting_per_tenant_max
        self._ahead_max = settings.healz_min_position_ahead_max
        self._looks = asyncio.Semaphore(settings.healz_min_position_looks_at_once_max)
        self._tenants: dict[UUID, _Watch] = {}
        self._seen: Kept[tuple[UUID, Source], int] = Kept(SEEN_BYTES_MAX)
        self._lately_seconds = 0.0

    def seen(self, tenant_id: UUID, source: Source) -> int:
        """Where it was when somebody last looked; 0: nobody has. It may be behind that since: rebuilt, or restored."""
        return self._seen.get((tenant_id, source)) or 0

    def saw(self, tenant_id: UUID, source: Source, position: int) -> None:
        """It is there now."""
        self._seen.put((tenant_id, source), position, SEEN_BYTES)

    async def reached(
        self, tenant_id: UUID, sources: Iterable[Source], wanted: int, gone: Callable[[], Awaitable[None]]
    ) -> None:
        """Once all ``sources`` have got to ``wanted``, or the client has gone.

        Raises Problem 503 when they don't get there in time or never could, or when too many of the tenant's wait.
        """
        watch = self._tenants.setdefault(tenant_id, _Watch())
        if len(watch.waiters) >= self._waiting_max:
            raise _not_now(f"{self._waiting_max} requests of this organisation wait for positions already")
        waiter = _Waiter(frozenset(sources), wanted, asyncio.get_running_loop().create_future())
        watch.waiters.add(waiter)
        watch.newcomer.set()
        if watch.looking is None:
            watch.looking = asyncio.create_task(self._look(tenant_id, watch))
        left = asyncio.ensure_future(gone())
        began = time.monotonic()
        outcome = "refused"
        try:
            await asyncio.wait({waiter.come, left}, timeout=self._seconds, return_when=asyncio.FIRST_COMPLETED)
            if waiter.come.done():
                self._lately_seconds += NEWEST_SHARE * (time.monotonic() - began - self._lately_seconds)
                waiter.come.result()
                outcome = "reached"
                return
            if left.done():
                outcome = "gone"
            raise _not_now(f"position {wanted} is not there yet, only {waiter.seen}")
        finally:
            waited(outcome, time.monotonic() - began)
            left.cancel()
            waiter.come.cancel()
            watch.waiters.discard(waiter)

    @property
    def _first_pause_seconds(self) -> float:
        return min(max(LOOK_AGAIN_FIRST_SECONDS, self._lately_seconds / LOOKS_IN_A_WAIT), LOOK_AGAIN_MAX_SECONDS)

    async def close(self) -> None:
        """Nobody looks any more."""
        for watch in list(self._tenants.values()):
            if watch.looking is not None:
                watch.looking.cancel()
                with contextlib.suppress(asyncio.CancelledError):  # that is what was asked of it
                    await watch.looking

    async def _look(self, tenant_id: UUID, watch: _Watch) -> None:
        """Looks for as long as anybody waits, more slowly the longer nobody new has come."""
        try:
            pause = self._first_pause_seconds
            while watch.waiters:
                # Whoever comes while a look is under way may have come too late for it, and waits for the next.
                watch.newcomer.clear()
                asked = set(watch.waiters)
                await self._answer(tenant_id, asked)
                watch.waiters -= {waiter for waiter in asked if waiter.come.done()}
                with contextlib.suppress(TimeoutError):  # nobody came
                    async with asyncio.timeout(pause):
                        await watch.newcomer.wait()
                if watch.newcomer.is_set():
                    # Those who come together are looked for together.
                    pause = self._first_pause_seconds
                    await asyncio.sleep(pause)
                pause = min(pause * 1.5, LOOK_AGAIN_MAX_SECONDS)
        finally:
            del self._tenants[tenant_id]

    async def _answer(self, tenant_id: UUID, asked: set[_Waiter]) -> None:
        sources = {"log", *(source for waiter in asked for source in waiter.sources)}
        try:
            async with self._looks:
                rows = await self._pool.fetch(LOOK, tenant_id, sorted(sources))
        except Exception as error:  # whatever it is, each of them gets it as its own answer
            for waiter in asked:
                if not waiter.come.done():
                    waiter.come.set_exception(error)
            return
        at = {row["source"]: row["position"] for row in rows}
        for source, position in at.items():
            self.saw(tenant_id, source, position)
        for waiter in asked:
            waiter.seen = min(at[source] for source in waiter.sources)
            if waiter.come.done():
                continue
            if waiter.seen >= waiter.wanted:
                waiter.come.set_result(None)
            elif waiter.wanted > at["log"] + self._ahead_max:
                waiter.come.set_exception(
                    _not_now(f"position {waiter.wanted} lies far ahead of the log, at {at['log']}")
                )


def _not_now(why: str) -> Problem:
    return Problem(503, f"{why}; try again shortly", headers={"Retry-After": RETRY_AFTER_SECONDS})
