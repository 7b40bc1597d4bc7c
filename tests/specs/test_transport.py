"""An answer's head and body go out in one go, in order, whatever comes between."""

import asyncio
from typing import Any, cast

from command_api.http.transport import HELD_BYTES_MAX, WholeAnswers

LARGE = b"x" * (HELD_BYTES_MAX + 1)


class Wire:
    """The transport below: what was written, call by call."""

    def __init__(self, *, left: bool = False) -> None:
        self.calls: list[bytes | str] = []
        self._left = left

    def write(self, data: bytes) -> None:
        if self._left:
            raise RuntimeError("the client has left")
        self.calls.append(data)

    def close(self) -> None:
        self.calls.append("closed")

    def get_write_buffer_size(self) -> int:
        return 5


def transport(wire: Wire) -> WholeAnswers:
    return WholeAnswers(cast(Any, wire), asyncio.get_running_loop())


async def test_what_is_written_in_one_turn_goes_out_together() -> None:
    whole = transport(wire := Wire())
    whole.write(b"head")
    whole.write(b"body")
    assert (wire.calls, whole.get_write_buffer_size()) == ([], 13)
    await asyncio.sleep(0)
    assert (wire.calls, whole.get_write_buffer_size()) == ([b"headbody"], 5)
    whole.write(b"next")
    await asyncio.sleep(0)
    assert wire.calls == [b"headbody", b"next"]


async def test_what_is_large_is_not_put_together_and_keeps_its_place() -> None:
    whole = transport(wire := Wire())
    for data in (b"head", LARGE, b"rest"):
        whole.write(data)
    await asyncio.sleep(0)
    assert wire.calls == [b"head", LARGE, b"rest"]


async def test_what_was_written_goes_out_before_it_closes() -> None:
    whole = transport(wire := Wire())
    whole.write(b"head")
    whole.write(b"body")
    whole.close()
    await asyncio.sleep(0)
    assert wire.calls == [b"headbody", "closed"]


async def test_a_client_who_has_left_is_no_error() -> None:
    errors: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: errors.append(context))
    whole = transport(Wire(left=True))
    for data in (b"head", LARGE, b"rest"):
        whole.write(data)
    await asyncio.sleep(0)
    assert errors == []
