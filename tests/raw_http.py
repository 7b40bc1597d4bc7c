"""HTTP byte by byte: what no well-behaved client would send."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from system import WAIT_SECONDS, System


class Connection:
    """One to the API; ``head`` is a request's with a token of the tenant's."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def send(self, data: bytes) -> None:
        """As much of it as the server takes."""
        with suppress(ConnectionError):
            for at in range(0, len(data), 1 << 16):
                self._writer.write(data[at : at + (1 << 16)])
                await self._writer.drain()

    async def rest(self, seconds: float = WAIT_SECONDS) -> bytes:
        """All that comes until the server closes. Raises TimeoutError when it doesn't."""
        found = b""
        async with asyncio.timeout(seconds):
            with suppress(ConnectionError):
                while more := await self._reader.read(1 << 16):
                    found += more
        return found

    async def until(self, mark: bytes, seconds: float = WAIT_SECONDS) -> bytes:
        """What comes up to the mark. Raises TimeoutError, IncompleteReadError."""
        async with asyncio.timeout(seconds):
            return await self._reader.readuntil(mark)

    def leave(self) -> None:
        """Without a farewell: a reset."""
        self._writer.transport.abort()


@asynccontextmanager
async def connect(api: System) -> AsyncIterator[Connection]:
    """A new one, gone afterwards."""
    reader, writer = await asyncio.open_connection("127.0.0.1", api.api_port)
    found = Connection(reader, writer)
    try:
        yield found
    finally:
        found.leave()


def head(api: System, request: str, *headers: str, role: str = "admin") -> bytes:
    """The begin of a request; ``request`` is its method and path."""
    token = api.client(role).headers["authorization"]
    lines = [f"{request} HTTP/1.1", "Host: 127.0.0.1", f"Authorization: {token}", *headers]
    return "".join(f"{line}\r\n" for line in lines).encode() + b"\r\n"


def status(answer: bytes) -> int:
    """Of the first answer in these bytes; 0: there is none."""
    return int(answer[9:12]) if answer.startswith(b"HTTP/1.1 ") else 0
