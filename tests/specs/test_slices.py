"""A long fold shares the event loop with those who have something to do, and with nobody else."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace

import pytest

from command_api.fold import prefix
from command_api.fold.prefix import Prefix, go_on
from examples import NOW, TENANT, registered
from given_when_then import Log
from healz.events import Recorded
from properties.test_events import envelope

EVENTS = 10
SLICE = 0.002


@dataclass
class Clock:
    """Time that passes when somebody works or sleeps, and only then."""

    now: float = 0.0
    slept: list[float] = field(default_factory=list)

    async def sleep(self, seconds: float) -> None:
        if seconds:
            self.slept.append(seconds)
        await asyncio.sleep(0)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(prefix, "time", SimpleNamespace(monotonic=lambda: clock.now))
    monkeypatch.setattr(prefix, "asyncio", SimpleNamespace(sleep=clock.sleep))
    return clock


def folding(clock: Clock) -> Callable[[int, Recorded], int]:
    def step(state: int, event: Recorded) -> int:
        clock.now += SLICE
        return state + 1

    return step


def fold(clock: Clock, neighbour_works: float) -> int:
    text = json.dumps(envelope(Log(TENANT, NOW).add(registered).recorded[0]))

    async def neighbour() -> None:
        while True:
            clock.now += neighbour_works
            await asyncio.sleep(0)

    async def both() -> int:
        other = asyncio.create_task(neighbour())
        folded = await go_on(Prefix(0), [text] * EVENTS, folding(clock), SLICE)
        other.cancel()
        return folded.state

    return asyncio.run(both())


def test_who_folds_alone_does_not_wait(clock: Clock) -> None:
    assert fold(clock, neighbour_works=0.00001) == EVENTS
    assert clock.slept == []


def test_who_has_something_to_do_gets_as_long_as_each_slice_took(clock: Clock) -> None:
    assert fold(clock, neighbour_works=0.001) == EVENTS
    assert clock.slept == pytest.approx([SLICE] * (EVENTS - 1))
