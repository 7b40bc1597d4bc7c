"""When a projector's watchdog ends the process, and when it knows better."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

import pytest

from healz.projection.watchdog import Watchdog
from system import eventually

LIMIT = 0.2
AFTER_A_LIMIT = 2 * LIMIT


class Ended(Exception):
    """Instead of the process."""


@pytest.fixture(autouse=True)
def instead_of_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    def end(reason: str) -> None:
        raise Ended(reason)

    monkeypatch.setattr("healz.projection.watchdog.end_process", end)


def says(answer: Callable[[], bool]) -> Callable[[], Awaitable[bool]]:
    async def asked() -> bool:
        return answer()

    return asked


@contextmanager
def watched(*, database: Callable[[], bool] = lambda: True) -> Iterator[tuple[Watchdog, asyncio.Task[None]]]:
    watchdog = Watchdog(LIMIT, database_answers=says(database), kafka_answers=says(lambda: True))
    task = asyncio.create_task(watchdog.watch())
    try:
        yield watchdog, task
    finally:
        task.cancel()


async def ends(task: asyncio.Task[None]) -> str:
    with pytest.raises(Ended) as ended:
        await asyncio.wait_for(task, timeout=10)
    return str(ended.value)


async def test_without_progress_it_ends_the_process() -> None:
    with watched() as (_, task):
        assert "no progress" in await ends(task)


async def test_a_batch_that_is_stuck_ends_it_whatever_reconcile_does() -> None:
    with watched() as (watchdog, task):
        watchdog.batch_begins()

        async def reconciled_until_it_ends() -> bool:
            watchdog.reconciled(0, moved_on=False)
            return task.done()

        await eventually(reconciled_until_it_ends)
        assert "a batch has not got on" in await ends(task)


async def test_events_by_reconcile_alone_end_it_for_kafka_answers() -> None:
    with watched() as (watchdog, task):

        async def reconciled_until_it_ends() -> bool:
            watchdog.reconciled(1, moved_on=False)
            return task.done()

        await eventually(reconciled_until_it_ends)
        assert "the consumer has been silent" in await ends(task)


async def test_one_event_by_reconcile_that_the_consumer_missed_ends_it_however_quiet_it_is_after() -> None:
    with watched() as (watchdog, task):
        watchdog.reconciled(0, moved_on=False)
        watchdog.reconciled(1, moved_on=False)

        async def quiet_until_it_ends() -> bool:
            watchdog.reconciled(0, moved_on=False)
            return task.done()

        await eventually(quiet_until_it_ends)
        assert "the consumer has been silent" in await ends(task)


@pytest.mark.parametrize("consumer", ["its own", "another instance's", "none is needed"])
async def test_a_consumer_that_is_rightly_silent_ends_nothing(consumer: str) -> None:
    with watched() as (watchdog, task):
        if consumer != "none is needed":
            watchdog.reconciled(1, moved_on=False)
        if consumer == "its own":
            watchdog.batch_begins()
            watchdog.batch_done()
        watchdog.reconciled(0, moved_on=consumer == "another instance's")
        until = time.monotonic() + AFTER_A_LIMIT
        while time.monotonic() < until:
            await asyncio.sleep(LIMIT / 10)  # the pace of looks
            watchdog.reconciled(0, moved_on=False)
        assert not task.done()


async def test_with_the_database_away_it_waits_and_once_it_is_back_no_longer() -> None:
    back = False
    with watched(database=lambda: back) as (watchdog, task):
        watchdog.batch_begins()
        await asyncio.sleep(3 * AFTER_A_LIMIT)  # as long as it is away
        assert not task.done()
        back = True
        assert await ends(task)


async def test_a_database_that_has_just_come_back_is_given_time_to_be_found() -> None:
    asked: list[bool] = []

    def away_at_first() -> bool:
        asked.append(bool(asked))
        return asked[-1]

    with watched(database=away_at_first) as (watchdog, task):
        watchdog.batch_begins()
        await ends(task)
    assert asked.count(True) > 1, "it has answered at one look before the last, too"


async def test_time_in_which_the_process_stood_still_does_not_count() -> None:
    with watched() as (watchdog, task):
        await asyncio.sleep(0)  # it watches
        time.sleep(AFTER_A_LIMIT)  # noqa: ASYNC251  # the whole process stands still, as it does here
        await asyncio.sleep(LIMIT / 2)  # it has looked, and more than once
        assert not task.done()
        watchdog.batch_done()
        assert "no progress" in await ends(task)


async def test_a_batch_that_blocks_the_process_again_and_again_ends_it() -> None:
    with watched() as (watchdog, task):
        watchdog.batch_begins()

        async def blocks_until_it_ends() -> bool:
            worked_until = time.process_time() + LIMIT
            while time.process_time() < worked_until:
                pass
            return task.done()

        await eventually(blocks_until_it_ends)
        assert await ends(task)
