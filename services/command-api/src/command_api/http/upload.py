"""The bytes of a file as its client sends them: bounded in number, in pace and in time."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from litestar.types import Receive

from command_api.imports.stopped import AGAIN, REST, Stopped

PIECE_BYTES = 2048
"""So few at a time are read as a CSV: between two pieces others may have the event loop."""


@dataclass(frozen=True)
class UploadBounds:
    """Each is a setting. The pace: in each ``span_seconds`` of waiting for the client, ``span_bytes_min`` come."""

    bytes_max: int
    seconds_max: float
    span_seconds: float
    span_bytes_min: float


async def upload(receive: Receive, bounds: UploadBounds) -> AsyncIterator[bytes]:
    """The body in small pieces. Raises Stopped. Waiting ends early and goes on: ``receive`` loses nothing by that."""
    ends_at = time.monotonic() + bounds.seconds_max
    taken = span_bytes = 0
    span_waited = 0.0
    more = True
    while more:
        began = time.monotonic()
        if began >= ends_at:
            raise Stopped(408, "too_long", f"an import may take {bounds.seconds_max:g} s at most; {AGAIN}")
        message: Any = None
        try:
            async with asyncio.timeout(min(bounds.span_seconds - span_waited, ends_at - began)):
                message = await receive()
        except TimeoutError:
            pass
        span_waited += time.monotonic() - began
        if message is not None:
            if message["type"] == "http.disconnect":
                raise Stopped(400, "broke_off", f"the body broke off; {AGAIN}")
            more = message.get("more_body", False)
            body: bytes = message.get("body", b"")
            taken += len(body)
            span_bytes += len(body)
            if taken > bounds.bytes_max:
                raise Stopped(413, "too_many_bytes", f"a file may have {bounds.bytes_max} bytes at most; {REST}")
            for at in range(0, len(body), PIECE_BYTES):
                yield body[at : at + PIECE_BYTES]
        if more and span_waited >= bounds.span_seconds:
            if span_bytes < bounds.span_bytes_min:
                least = f"{bounds.span_bytes_min:.0f} bytes within {bounds.span_seconds:g} s"
                raise Stopped(408, "too_slow", f"the body comes too slowly: {least} are the least; {AGAIN}")
            span_bytes, span_waited = 0, 0.0
