"""Knocking never fails and never waits, whoever is at home; and the door hears what came since it was last asked."""

import asyncio
import time

from command_api.door import knocking, open_door
from free_ports import free_port

HOST = "127.0.0.1"
FOR_EVER_MS = 60_000.0


async def test_nobody_at_home_is_no_error_and_who_comes_later_hears_the_next_knock() -> None:
    port = free_port()
    async with knocking([(HOST, port), ("256.256.256.256", port)]) as knock:
        for _ in range(100):
            knock()
            await asyncio.sleep(0)
        async with open_door(HOST, port) as door:
            assert door.is_open
            knock()
            await asyncio.wait_for(door.wait(FOR_EVER_MS), 10)
        knock()


async def test_a_knock_while_nobody_waited_ends_the_next_wait_and_no_other() -> None:
    port = free_port()
    async with open_door(HOST, port) as door, knocking([(HOST, port)]) as knock:
        for _ in range(5):
            knock()
        await asyncio.sleep(0.1)  # they have come
        await asyncio.wait_for(door.wait(FOR_EVER_MS), 10)
        began = time.monotonic()
        await door.wait(50)
        assert time.monotonic() - began >= 0.05


async def test_without_a_port_or_where_it_is_taken_nobody_is_heard() -> None:
    port = free_port()
    async with open_door(HOST, port), open_door(HOST, port) as second, open_door(HOST, None) as none:
        assert not second.is_open
        assert not none.is_open
        await second.wait(1)
