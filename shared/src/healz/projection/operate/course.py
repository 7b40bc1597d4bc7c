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

SPAN_EVENTS_MAX = 2000
SPANS_BEGUN_PER_WORKER = 2


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
    span_events_max: int = SPAN_EVENTS_MAX

    async def go(
        self, connection: Any, work: Work, tenant_id: UUID, after: UUID, pick: Callable[[], bool] | None = None
    ) -> AsyncIterator[tuple[Span, Refolded]]:
        """From the patient ``after`` on; of all spans, or those that ``pick`` picks. Raises what the work raises."""
        begun: deque[tuple[Span, asyncio.Future[Refolded]]] = deque()
        try:
            async for span in spans(connection, tenant_id, after, self.span_events_max):
                if pick is not None and not pick():
                    continue
                await self.throttle.wait(span.events)
                begun.append((span, self.workers.begin(work, span)))
                if len(begun) >= self.workers.count * SPANS_BEGUN_PER_WORKER:
                    first, done = begun.popleft()
                    yield first, await done
            while begun:
                first, done = begun.popleft()
                yield first, await done
        finally:
            for _, left in begun:
                left.cancel()
