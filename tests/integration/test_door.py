"""A knock at the relay's door is a hint: with it events are published at once, without it a little later."""

import asyncio
import socket

import pytest

from always_true import topic_equals_log
from system import System, eventually, register

FOR_EVER = {"HEALZ_RELAY_IDLE_PAUSE_MS_MAX": "3600000", "HEALZ_RELAY_UNHEARD_PAUSE_MS_MAX": "3600000"}


async def all_published(system: System) -> None:
    async def done() -> bool:
        return len(await system.records()) == await system.database.events()

    await eventually(done)


async def started(system: System) -> None:
    system.start("command-api")
    system.start("relay")
    await system.ready()
    async with system.client() as client:
        await register(client)
    await all_published(system)


async def test_whoever_appends_ends_the_relays_rest(system: System) -> None:
    system.settings |= FOR_EVER
    await started(system)
    async with system.client() as client:
        for _ in range(20):
            await register(client)
            await asyncio.sleep(0.01)  # now within a transaction of the relay's, now within its rest
    await all_published(system)
    await topic_equals_log(system)


async def test_what_nobody_knocked_for_is_found_all_the_same(system: System) -> None:
    system.settings["HEALZ_RELAY_DOORS"] = None
    await started(system)
    async with system.client() as client:
        await register(client)
    await system.outbox_empty()
    await topic_equals_log(system)


@pytest.mark.parametrize("whose", ["strangers knock", "the port is taken"])
async def test_who_else_is_at_the_port_makes_no_difference(system: System, whose: str) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        if whose == "the port is taken":
            stranger.bind(("127.0.0.1", system.api_port))
        await started(system)
        for n in range(5000):
            stranger.sendto(b"x" * (n % 1000), ("127.0.0.1", system.api_port))
        async with system.client() as client:
            await register(client)
        await system.outbox_empty()
    await topic_equals_log(system)
