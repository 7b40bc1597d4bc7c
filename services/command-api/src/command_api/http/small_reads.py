"""What comes over a connection, in small parts: uvloop by itself reads 256 KB at a time.

A body in chunks of a byte costs a call for each, and others wait until all that was read is through.
"""

import asyncio
from asyncio import Transport
from typing import Any, cast

from command_api.http.connection import BoundedHttp
from command_api.settings import ApiSettings

READ_BYTES_MAX = 16 * 1024

_buffer = memoryview(bytearray(READ_BYTES_MAX))
"""Of all connections: what is read into it is taken out before another reads."""


class SmallReads(asyncio.BufferedProtocol):
    """Reads into a small buffer for the protocol that does the work, ``inner``."""

    def __init__(self, inner: BoundedHttp) -> None:
        self._inner = inner

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        self._inner.connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._inner.connection_lost(exc)

    def eof_received(self) -> None:
        self._inner.eof_received()

    def pause_writing(self) -> None:
        self._inner.pause_writing()

    def resume_writing(self) -> None:
        self._inner.resume_writing()

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002  # a guess, not a bound
        return _buffer

    def buffer_updated(self, nbytes: int) -> None:
        self._inner.data_received(bytes(_buffer[:nbytes]))


def bounded_protocol(settings: ApiSettings) -> type[asyncio.Protocol]:
    """What uvicorn takes for its class of protocol."""

    def protocol(**given: Any) -> SmallReads:
        return SmallReads(BoundedHttp(settings, **given))

    return cast("type[asyncio.Protocol]", protocol)
