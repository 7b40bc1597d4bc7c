"""How an answer gets to the client: its head and its body in one go, and to one who may have left."""

import asyncio
from asyncio import Transport
from contextlib import suppress
from typing import Any

HELD_BYTES_MAX = 16 * 1024
"""More than that is written at once: putting it together costs more than writing it by itself."""


class WholeAnswers:
    """A transport that writes together what is written in one turn of the event loop.

    uvloop writes each at once: a call of the system for an answer's head and one for its body, and the client is woken
    twice.

    Writing to a client who has left is no error: uvloop raises until it has noticed.
    """

    def __init__(self, transport: Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._held: list[bytes] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        if len(data) > HELD_BYTES_MAX:
            self._flush()
            self._write(data)
            return
        if not self._held:
            self._loop.call_soon(self._flush)
        self._held.append(data)

    def close(self) -> None:
        self._flush()
        self._transport.close()

    def get_write_buffer_size(self) -> int:
        return self._transport.get_write_buffer_size() + sum(map(len, self._held))

    def _flush(self) -> None:
        if self._held:
            held, self._held = self._held, []
            self._write(b"".join(held))

    def _write(self, data: bytes) -> None:
        with suppress(RuntimeError):  # the client has gone: there is nobody to write to
            self._transport.write(data)
