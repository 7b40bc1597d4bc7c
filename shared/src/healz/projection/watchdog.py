"""A watchdog: ends a process that doesn't get on, though nothing outside keeps it from that; the supervisor starts it
anew.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from healz.ending import end_process

log = logging.getLogger(__name__)

LOOKS_PER_LIMIT = 4
LOOK_SECONDS_MAX = 1.0
ASKED_FROM_SHARE = 0.5
"""Of the limit; from then on the database has to answer at each look, or all have the whole time again."""
STOOD_STILL_SHARE = 0.25
"""Of a pause in which the process stood still, it had less than this share of a processor; what blocks it, has more."""


@dataclass(frozen=True)
class Stuck:
    """For how long nothing has got on, and what that is."""

    seconds: float
    reason: str


class Watchdog:
    """Looks at what a projector told it; ``limit`` is in seconds.

    The process ends when nothing gets on for that long, or a batch doesn't, although the database answers, and has
    answered for half of that time; and when events come by reconcile alone although a broker answers. Time in which the
    process itself stood still (SIGSTOP, a machine that slept) doesn't count; time in which it worked without a pause
    does.
    """

    def __init__(
        self,
        limit: float,
        *,
        database_answers: Callable[[], Awaitable[bool]],
        kafka_answers: Callable[[], Awaitable[bool]],
    ) -> None:
        self._limit = limit
        self._database_answers = database_answers
        self._kafka_answers = kafka_answers
        self._batch_begun_at: float | None = None
        self._progressed_at = self._heard_at = time.monotonic()
        self._missed = False

    def batch_begins(self) -> None:
        """From now on it has the whole time."""
        self._batch_begun_at = time.monotonic()

    def batch_done(self) -> None:
        """Kafka was heard, and the read model got on."""
        self._batch_begun_at = None
        self._progressed_at = self._heard_at = time.monotonic()
        self._missed = False

    def reconciled(self, applied: int, *, moved_on: bool) -> None:
        """A look was done, which applied so many events; ``moved_on``: of those behind at the look before, some were
        brought on by somebody's consumer.
        """
        self._progressed_at = time.monotonic()
        if applied:
            self._missed = True
        elif moved_on or not self._missed:
            # Nothing came that a consumer missed, or others' consumers get what comes: silence is as it should be. A
            # quiet moment after something was missed says nothing: events may come one by one.
            self._heard_at, self._missed = self._progressed_at, False

    async def watch(self) -> None:
        """For ever, or until it ends the process."""
        pace = min(LOOK_SECONDS_MAX, self._limit / LOOKS_PER_LIMIT)
        while True:
            slept_at, worked = time.monotonic(), time.process_time()
            await asyncio.sleep(pace)  # the pace of the watch
            late = time.monotonic() - slept_at - pace
            if late > self._limit / 2 and time.process_time() - worked < late * STOOD_STILL_SHARE:
                log.warning("the process stood still", extra={"seconds": round(late, 1)})
                self._begin_anew()
            stuck = self._stuck()
            if stuck is not None and not await self._database_answers():
                # With the database away it can't be otherwise.
                log.warning("no progress, for the database does not answer", extra={"reason": stuck.reason})
                self._begin_anew()
            elif stuck is not None and stuck.seconds > self._limit:
                end_process(stuck.reason)
            elif time.monotonic() - self._heard_at > self._limit:
                if await self._kafka_answers():
                    silent = f"the consumer has been silent for {self._limit} s while events came"
                    end_process(f"Kafka answers, but {silent}")
                self._heard_at = time.monotonic()

    def _stuck(self) -> Stuck | None:
        """Long before the limit: a database that comes back has to be found before what waits for it is given up."""
        now = time.monotonic()
        idle = now - self._progressed_at
        if idle > self._limit * ASKED_FROM_SHARE:
            return Stuck(idle, f"no progress for {idle:.0f} s")
        batch = 0.0 if self._batch_begun_at is None else now - self._batch_begun_at
        if batch > self._limit * ASKED_FROM_SHARE:
            return Stuck(batch, f"a batch has not got on for {batch:.0f} s, whatever reconcile does")
        return None

    def _begin_anew(self) -> None:
        self._progressed_at = self._heard_at = time.monotonic()
        if self._batch_begun_at is not None:
            self._batch_begun_at = time.monotonic()
