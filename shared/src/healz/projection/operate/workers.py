"""Processes that refold: Python folds on one core at a time."""

import asyncio
import multiprocessing
import os
import signal
import threading
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import Any, Literal, Self

import asyncpg
import uvloop

from healz.postgres import server_settings
from healz.projection.operate.installed import projection
from healz.projection.refold.mend import Refold, Refolded
from healz.projection.refold.span import Span
from healz.settings import PostgresSettings

Work = Literal["verify", "mend"]


class Workers:
    """So many of them, for one projection; to be entered."""

    def __init__(self, name: str, settings: PostgresSettings, count: int) -> None:
        # Spawned: a fork would share the connections of this one.
        context = multiprocessing.get_context("spawn")
        self.count = count
        self._pool = ProcessPoolExecutor(count, context, initializer=_begin, initargs=(name, settings))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)

    def begin(self, work: Work, some: Sequence[Span]) -> asyncio.Future[Refolded]:
        """One process takes these, one after the other. Raises, once awaited, what the work raises."""
        return asyncio.get_running_loop().run_in_executor(self._pool, _work, work, some)


class _Worker:
    """What a process keeps from one span to the next."""

    def __init__(self, name: str, settings: PostgresSettings) -> None:
        self._settings = settings
        self._component = f"refold of {name}"
        self._refold: Refold[Any] = Refold(projection(name))
        self._loop = uvloop.new_event_loop()
        self._connections: list[Any] = []

    def run(self, work: Work, some: Sequence[Span]) -> Refolded:
        return self._loop.run_until_complete(self._run(work, some))

    async def _run(self, work: Work, some: Sequence[Span]) -> Refolded:
        """Each on one of two connections, while PostgreSQL puts the next one together on the other."""
        if any(connection.is_closed() for connection in self._connections) or not self._connections:
            self._connections = [await connect(self._settings, self._component) for _ in range(2)]
        try:
            one, other = self._connections
            return await self._on(one, other, work, some)
        except BaseException:  # whatever ended it
            self._connections = []  # an answer may still be to come there
            raise

    async def _on(self, one: Any, other: Any, work: Work, some: Sequence[Span]) -> Refolded:
        done, refold = Refolded(), self._refold
        seen = await refold.read(one, some[0])
        for span, following in zip(some, [*some[1:], None], strict=True):
            ahead = None if following is None else asyncio.create_task(refold.read(other, following))
            await asyncio.sleep(0)  # the question goes out now: what follows here keeps the loop
            done.add(await (refold.mend if work == "mend" else refold.verify)(one, span, seen))
            if ahead is not None:
                seen = await ahead
            one, other = other, one
        return done


_worker: _Worker


def _end_with_the_parent() -> None:
    """A pool's process waits for work for ever, whether or not somebody is left to give it."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


def _begin(name: str, settings: PostgresSettings) -> None:
    # Ctrl-C reaches all of a terminal's processes: these end with their parent.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_the_parent, daemon=True).start()
    global _worker  # a process pool hands a worker's own things on in no other way
    _worker = _Worker(name, settings)


def _work(work: Work, some: Sequence[Span]) -> Refolded:
    return _worker.run(work, some)


async def connect(settings: PostgresSettings, name: str) -> Any:
    """A connection of the projector's login that finds its rows by indexes, as the projector does."""
    return await asyncpg.connect(
        settings.database_url,
        timeout=settings.healz_pool_acquire_timeout_seconds,
        command_timeout=settings.healz_statement_timeout_seconds + 1,
        statement_cache_size=settings.statements_kept,
        server_settings=server_settings(settings, name, planned_once=True),
    )
