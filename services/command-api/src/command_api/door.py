"""A knock at the relay's door: a datagram (UDP) by which a process that has appended says "look now", and no more.

It is a hint. Whether it comes, gets lost, comes twice or from a stranger: what is published is what a look at the
outbox finds, and the relay looks without any knock too, only more slowly.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

log = logging.getLogger(__name__)

KNOCK = b"\n"

Knock = Callable[[], None]


class Door(asyncio.DatagramProtocol):
    """Where the relay hears knocks."""

    def __init__(self) -> None:
        self.is_open = False
        self._knocked = asyncio.Event()

    def datagram_received(self, *_: Any) -> None:
        self._knocked.set()

    async def wait(self, milliseconds: float) -> None:
        """Until somebody knocks, or has since the last wait; so long at most."""
        with suppress(TimeoutError):  # nobody did
            async with asyncio.timeout(milliseconds / 1000):
                await self._knocked.wait()
        self._knocked.clear()


@asynccontextmanager
async def open_door(host: str, port: int | None) -> AsyncIterator[Door]:
    """Hears knocks on this UDP port meanwhile; without one, or where it is taken, nobody is ever heard."""
    door = Door()
    if port is None:
        yield door
        return
    try:
        transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(lambda: door, local_addr=(host, port))
    except OSError as error:
        log.warning("nobody can knock: the outbox is looked at regularly", extra={"port": port, "reason": repr(error)})
        yield door
        return
    door.is_open = True
    try:
        yield door
    finally:
        transport.close()


@asynccontextmanager
async def knocking(doors: Sequence[tuple[str, int]]) -> AsyncIterator[Knock]:
    """What knocks at each of these relays, (host, UDP port); it waits for nothing and never fails."""
    loop = asyncio.get_running_loop()
    transports = []
    for host, port in doors:
        try:
            transport, _ = await loop.create_datagram_endpoint(_Nobody, remote_addr=(host, port))
        except OSError as error:
            log.warning("the relay's address is unknown", extra={"host": host, "reason": repr(error)})
        else:
            transports.append(transport)

    def knock() -> None:
        for transport in transports:
            transport.sendto(KNOCK)

    try:
        yield knock
    finally:
        for transport in transports:
            transport.close()


class _Nobody(asyncio.DatagramProtocol):
    """That nobody is at home is no error: the relay that comes looks first."""

    def error_received(self, exc: Exception) -> None:
        pass
