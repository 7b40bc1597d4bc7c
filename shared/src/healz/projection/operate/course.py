"""Goes through the patients of a tenant, span by span, several at once; the answers come in the order of the ids."""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from healz.projection.operate.workers import Work, Workers
from healz.projection.refold.mend import Refolded
from healz.projection.refold.span import Span, spans

SPANS_AT_A_TIME = 8
"""A process takes so many in one go, and reads each while it folds the one before."""
BEGUN_PER_WORKER = 2


@dataclass
class Throttle:
    """``events_per_second``; None: as fast as it goes."""

    events_per_second: float | None
    _free_at: float = 0.0

    async def wait(self, events: int) -> None:
        """Until so many more may begin."""
        if self.events_per_second is None:
            return
        now = time.monotonic()
        self._free_at = max(self._free_at, now)
        # The pace that was asked for.
        await asyncio.sleep(self._free_at - now)
        self._free_at += events / self.events_per_second


@dataclass(frozen=True)
class Course:
    """How a tenant's patients are gone through."""

    workers: Workers
    throttle: Throttle
    span_events_max: int

    async def go(
        self, connection: Any, work: Work, tenant_id: UUID, after: UUID, pick: Callable[[], bool] | None = None
    ) -> AsyncIterator[tuple[UUID, Refolded]]:
        """From the patient ``after`` on; of all spans, or those that ``pick`` picks.

        Gives, in this order, up to which patient it has got, and what came of them. Raises what the work raises.
        """
        begun: deque[tuple[UUID, asyncio.Future[Refolded]]] = deque()
        try:
            async for some in self._portions(connection, tenant_id, after, pick):
                await self.throttle.wait(sum(span.events for span in some))
                begun.append((some[-1].until, self.workers.begin(work, some)))
                if len(begun) >= self.workers.count * BEGUN_PER_WORKER:
                    until, done = begun.popleft()
                    yield until, await done
            while begun:
                until, done = begun.popleft()
                yield until, await done
        finally:
            for _, left in begun:
                left.cancel()

    async def _portions(
        self, connection: Any, tenant_id: UUID, after: UUID, pick: Callable[[], bool] | None
    ) -> AsyncIterator[list[Span]]:
        """One span at a time where the pace is bounded: nothing comes in a rush."""
        most = SPANS_AT_A_TIME if self.throttle.events_per_second is None else 1
        some: list[Span] = []
        async for span in spans(connection, tenant_id, after, self.span_events_max):
            if pick is None or pick():
                some.append(span)
            if len(some) >= most:
                yield some
                some = []
        if some:
            yield some
