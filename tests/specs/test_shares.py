"""Few requests at once, and each organisation its share of them."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from uuid_utils.compat import uuid7

from command_api.fold.lines import Busy
from command_api.shares import ShareLimits, Shares

A, B, C = uuid7(), uuid7(), uuid7()
LIMITS = ShareLimits(at_once_max=4, per_tenant_max=3, waiting_per_tenant_max=5, wait_seconds_max=5)


class Desk:
    """Requests that work until they are told to end, in the order in which they began."""

    def __init__(self, limits: ShareLimits = LIMITS) -> None:
        self.shares = Shares(limits)
        self.working: list[tuple[UUID, asyncio.Event]] = []
        self.tasks: list[asyncio.Task[None]] = []

    def begin(self, tenant_id: UUID) -> None:
        self.tasks.append(asyncio.create_task(self._work(tenant_id)))

    async def come(self, *tenants: UUID) -> None:
        for tenant_id in tenants:
            self.begin(tenant_id)
        await let_all_run()

    async def end(self, tenant_id: UUID) -> None:
        """The tenant's first."""
        at = next(n for n, (tenant, _) in enumerate(self.working) if tenant == tenant_id)
        self.working.pop(at)[1].set()
        await let_all_run()

    async def _work(self, tenant_id: UUID) -> None:
        async with self.shares.place(tenant_id):
            end = asyncio.Event()
            self.working.append((tenant_id, end))
            try:
                await end.wait()
            finally:
                self.working = [(t, e) for t, e in self.working if e is not end]

    @property
    def who(self) -> list[UUID]:
        return [tenant for tenant, _ in self.working]

    async def close(self) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)


async def let_all_run() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def with_desk(do: Callable[[Desk], Awaitable[None]], limits: ShareLimits = LIMITS) -> None:
    desk = Desk(limits)
    try:
        await do(desk)
    finally:
        await desk.close()


async def test_one_tenant_leaves_room_for_another() -> None:
    async def do(desk: Desk) -> None:
        await desk.come(A, A, A, A, A)
        assert desk.who == [A, A, A]
        await desk.come(B)
        assert desk.who == [A, A, A, B]

    await with_desk(do)


async def test_a_free_place_goes_to_who_has_the_fewest() -> None:
    async def do(desk: Desk) -> None:
        await desk.come(A, A, A, B, A, A, C)
        assert desk.who == [A, A, A, B]
        await desk.end(A)
        assert desk.who == [A, A, B, C]

    await with_desk(do)


async def test_those_with_as_few_take_turns() -> None:
    async def do(desk: Desk) -> None:
        await desk.come(C, A, A, B, B)
        order = []
        for _ in range(4):
            before = desk.who
            await desk.end(before[0])
            order.append(desk.who[-1])
        assert order == [A, B, A, B]

    await with_desk(do, ShareLimits(at_once_max=1, per_tenant_max=1, waiting_per_tenant_max=5, wait_seconds_max=5))


async def test_a_line_has_an_end() -> None:
    async def do(desk: Desk) -> None:
        await desk.come(*[A] * 8)
        with pytest.raises(Busy, match="5 requests of this organisation wait"):
            async with desk.shares.place(A):
                pass
        await desk.come(B)
        assert desk.who == [A, A, A, B]

    await with_desk(do)


async def test_a_turn_that_does_not_come_ends_by_itself() -> None:
    async def do(desk: Desk) -> None:
        await desk.come(A)
        with pytest.raises(Busy, match="its turn did not come"):
            async with desk.shares.place(A):
                pass
        await desk.end(A)
        await desk.come(A)
        assert desk.who == [A]

    limits = ShareLimits(at_once_max=1, per_tenant_max=1, waiting_per_tenant_max=5, wait_seconds_max=0.01)
    await with_desk(do, limits)


async def test_who_leaves_when_just_called_gives_the_place_on() -> None:
    async def do(desk: Desk) -> None:
        await desk.come(A, A, B)
        desk.working[0][1].set()
        # The first ends and calls the second, which has not run yet.
        await asyncio.sleep(0)
        desk.tasks[1].cancel()
        await let_all_run()
        assert desk.who == [B]

    await with_desk(do, ShareLimits(at_once_max=1, per_tenant_max=1, waiting_per_tenant_max=5, wait_seconds_max=5))


@settings(deadline=None, max_examples=300)
@given(st.lists(st.sampled_from([*"abc", "end", "end", "leave", "run", "run"]), max_size=80), st.randoms())
def test_whoever_comes_ends_or_leaves_no_place_is_lost(steps: list[str], chance: random.Random) -> None:
    async def do(desk: Desk) -> None:
        for step in steps:
            match step:
                case "end" if desk.working:
                    chance.choice(desk.working)[1].set()
                case "leave" if desk.tasks:
                    # Whichever: it works, waits, or was called just now.
                    chance.choice(desk.tasks).cancel()
                case "run":
                    await asyncio.sleep(0)
                case "a" | "b" | "c":
                    desk.begin({"a": A, "b": B, "c": C}[step])
            assert len(desk.who) <= LIMITS.at_once_max
            assert all(desk.who.count(tenant) <= LIMITS.per_tenant_max for tenant in desk.who)
        await let_all_run()
        while desk.working:
            await desk.end(desk.who[0])
        assert all(task.done() for task in desk.tasks)
        await desk.come(A, A, A, B)
        assert desk.who == [A, A, A, B]

    asyncio.run(with_desk(do))
