"""Processes that refold, each with one connection: Python folds on one core at a time."""

import asyncio
import multiprocessing
import os
import threading
from concurrent.futures import ProcessPoolExecutor
from typing import Any, Literal, Self

import asyncpg

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

    def begin(self, work: Work, span: Span) -> asyncio.Future[Refolded]:
        """Raises, once awaited, what the work raises."""
        return asyncio.get_running_loop().run_in_executor(self._pool, _work, work, span)


class _Worker:
    """What a process keeps from one span to the next."""

    def __init__(self, name: str, settings: PostgresSettings) -> None:
        self._settings = settings
        self._component = f"refold of {name}"
        self._refold: Refold[Any] = Refold(projection(name))
        self._loop = asyncio.new_event_loop()
        self._connection: Any = None

    def run(self, work: Work, span: Span) -> Refolded:
        return self._loop.run_until_complete(self._run(work, span))

    async def _run(self, work: Work, span: Span) -> Refolded:
        if self._connection is None or self._connection.is_closed():
            self._connection = await connect(self._settings, self._component)
        return await (self._refold.mend if work == "mend" else self._refold.verify)(self._connection, span)


_worker: _Worker


def _end_with_the_parent() -> None:
    """A pool's process waits for work for ever, whether or not somebody is left to give it."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


def _begin(name: str, settings: PostgresSettings) -> None:
    threading.Thread(target=_end_with_the_parent, daemon=True).start()
    global _worker  # a process pool hands a worker's own things on in no other way
    _worker = _Worker(name, settings)


def _work(work: Work, span: Span) -> Refolded:
    return _worker.run(work, span)


async def connect(settings: PostgresSettings, name: str) -> Any:
    """A connection of the projector's login that finds its rows by indexes, as the projector does."""
    return await asyncpg.connect(
        settings.database_url,
        timeout=settings.healz_pool_acquire_timeout_seconds,
        command_timeout=settings.healz_statement_timeout_seconds + 1,
        statement_cache_size=settings.statements_kept,
        server_settings=server_settings(settings, name, planned_once=True),
    )
