"""A knock at the relay's door: a datagram (UDP) by which a process that has appended says "look now", and no more.

It is a hint. Whether it comes, gets lost, comes twice or from a stranger: what is published is what a look at the
outbox finds, and the relay looks without any knock too, only more slowly.
"""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import ExitStack, asynccontextmanager, suppress
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
    with ExitStack() as opened:
        sockets = []
        for host, port in doors:
            try:
                [(family, kind, *_, address), *_] = await asyncio.get_running_loop().getaddrinfo(
                    host, port, type=socket.SOCK_DGRAM
                )
                own = opened.enter_context(socket.socket(family, kind))
                own.setblocking(False)
                own.connect(address)
            except OSError as error:
                log.warning("the relay's address is unknown", extra={"host": host, "reason": repr(error)})
            else:
                sockets.append(own)

        def knock() -> None:
            for own in sockets:
                # Nobody at home, no way there, no room: whoever comes home looks first.
                with suppress(OSError):
                    own.send(KNOCK)

        yield knock
