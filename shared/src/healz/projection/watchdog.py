"""A watchdog: ends a process that doesn't get on, though nothing outside keeps it from that; the supervisor starts it
anew.
"""

import asyncio
import logging
import os
import sys
import time
from collections.abc import Awaitable, Callable

log = logging.getLogger(__name__)

LOOKS_PER_LIMIT = 4
LOOK_SECONDS_MAX = 1.0


class Watchdog:
    """Looks at what a projector told it; ``limit`` is in seconds.

    The process ends when nothing gets on for that long, or a batch doesn't, although the database answers; and when
    events come by reconcile alone although a broker answers. Time in which the process itself stood still (SIGSTOP, a
    machine that slept) doesn't count.
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

    def batch_begins(self) -> None:
        """From now on it has the whole time."""
        self._batch_begun_at = time.monotonic()

    def batch_done(self) -> None:
        """Kafka was heard, and the read model got on."""
        self._batch_begun_at = None
        self._progressed_at = self._heard_at = time.monotonic()

    def reconciled(self, applied: int) -> None:
        """A look was done, which applied so many events."""
        self._progressed_at = time.monotonic()
        if applied == 0:
            # The log goes nowhere that this projector has not been: a silent consumer is as it should be.
            self._heard_at = self._progressed_at

    async def watch(self) -> None:
        """For ever, or until it ends the process."""
        pace = min(LOOK_SECONDS_MAX, self._limit / LOOKS_PER_LIMIT)
        while True:
            slept_at = time.monotonic()
            await asyncio.sleep(pace)  # the pace of the watch
            late = time.monotonic() - slept_at - pace
            if late > self._limit / 2:
                log.warning("the process stood still", extra={"seconds": round(late, 1)})
                self._begin_anew()
            if (reason := self._stuck()) is not None:
                if await self._database_answers():
                    end_process(reason)
                # With the database away it can't be otherwise; once it is back, all have the whole time to find it.
                log.warning("no progress, for the database does not answer", extra={"reason": reason})
                self._begin_anew()
            elif time.monotonic() - self._heard_at > self._limit:
                if await self._kafka_answers():
                    silent = f"the consumer has been silent for {self._limit} s while events came"
                    end_process(f"Kafka answers, but {silent}")
                self._heard_at = time.monotonic()

    def _stuck(self) -> str | None:
        now = time.monotonic()
        if now - self._progressed_at > self._limit:
            return f"no progress for {self._limit} s"
        if self._batch_begun_at is not None and now - self._batch_begun_at > self._limit:
            return f"a batch has not got on for {self._limit} s, whatever reconcile does"
        return None

    def _begin_anew(self) -> None:
        self._progressed_at = self._heard_at = time.monotonic()
        if self._batch_begun_at is not None:
            self._batch_begun_at = time.monotonic()


def end_process(reason: str) -> None:
    """At once, with a critical line."""
    log.critical("ending the process; the supervisor starts it anew", extra={"reason": reason})
    sys.stderr.flush()
    # Not sys.exit: a wedged event loop or consumer could hold that up for ever.
    os._exit(70)
