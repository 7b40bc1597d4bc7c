"""Who may import, and how long the bytes of a file are waited for."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import Any
from uuid import UUID

import pytest

from command_api.http.import_room import Room
from command_api.http.problems import Problem
from command_api.http.upload import PIECE_BYTES, UploadBounds, upload
from command_api.imports.stopped import Stopped

ONE, OTHER, THIRD = (UUID(int=n) for n in (1, 2, 3))
BOUNDS = UploadBounds(bytes_max=10_000, seconds_max=60, span_seconds=0.1, span_bytes_min=10)


async def sent(parts: Iterable[tuple[float, bytes | None]], bounds: UploadBounds = BOUNDS) -> bytes:
    """What comes through of parts that come after so many seconds each; None: the client leaves."""
    queue: asyncio.Queue[Any] = asyncio.Queue()

    async def client() -> None:
        for seconds, part in parts:
            await asyncio.sleep(seconds)
            if part is None:
                queue.put_nowait({"type": "http.disconnect"})
            else:
                queue.put_nowait({"type": "http.request", "body": part, "more_body": part != b""})

    sending = asyncio.create_task(client())

    async def pieces() -> AsyncIterator[bytes]:
        async for piece in upload(queue.get, bounds):
            assert len(piece) <= PIECE_BYTES
            yield piece

    try:
        return b"".join([piece async for piece in pieces()])
    finally:
        sending.cancel()


async def test_a_body_comes_through_in_small_pieces() -> None:
    parts = [b"a" * 5000, b"", b"b", b"c" * 4000]
    messages = iter({"type": "http.request", "body": part, "more_body": part != parts[-1]} for part in parts)

    async def receive() -> Any:
        return next(messages)

    assert b"".join([piece async for piece in upload(receive, BOUNDS)]) == b"".join(parts)


async def test_a_slow_body_that_keeps_the_pace_is_waited_for() -> None:
    assert await sent([(0.02, b"x" * 10)] * 20 + [(0, b"")]) == b"x" * 200


@pytest.mark.parametrize(
    ("parts", "bounds", "rule"),
    [
        ([(0.02, b"x")] * 20, BOUNDS, "too_slow"),
        ([(0, b"x" * 5000), (60, b"x")], BOUNDS, "too_slow"),
        ([(0.02, b"x" * 100)] * 20, UploadBounds(10_000, 0.1, 60, 0), "too_long"),
        ([(0, b"x" * 5000)] * 3, BOUNDS, "too_many_bytes"),
        ([(0, b"x"), (0, None)], BOUNDS, "broke_off"),
    ],
)
async def test_one_that_does_not_is_stopped(parts: Any, bounds: UploadBounds, rule: str) -> None:
    with pytest.raises(Stopped) as stopped:
        await sent(parts, bounds)

    assert stopped.value.rule == rule
    assert "Idempotency-Key" in stopped.value.detail


def test_no_tenant_takes_all_places() -> None:
    room = Room(at_once_max=2, per_tenant_max=1)
    with room.place(ONE):
        with pytest.raises(Problem, match="of this organisation"), room.place(ONE):
            pass
        with room.place(OTHER), pytest.raises(Problem, match=r"this server takes \(2\)") as full, room.place(THIRD):
            pass
        with room.place(THIRD):
            pass
    with room.place(ONE):
        pass

    assert (full.value.status, full.value.headers) == (429, {"Retry-After": "60"})
