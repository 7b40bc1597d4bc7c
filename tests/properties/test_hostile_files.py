"""A file costs what its size does, however it is shaped, and keeps nobody waiting while it is read."""

import asyncio
import gc
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from command_api.http.upload import UploadBounds, upload
from command_api.imports.file_import import Bounds, FileImport
from command_api.imports.rows.header import HeaderRefused
from command_api.imports.rows.places import Places
from command_api.imports.rows.records import Record, Records
from command_api.imports.rows.row import REQUIRED
from command_api.imports.stopped import Stopped
from command_api.imports.store import Batch
from command_api.imports.tally import Tally
from command_api.scope import Asked
from past import visit, written
from system import Clinic

KB = 1024
HEADER = ",".join(REQUIRED).encode() + b"\n"
CLINIC = Clinic(UUID(int=1), UUID(int=2))
GOOD = written([visit(CLINIC)]).partition(b"\n")[2]
WIDE = written([visit(CLINIC)]).partition(b"\n")[0] + b"\n"
BOUNDS = Bounds(
    header_bytes_max=16 * KB,
    row_bytes_max=64 * KB,
    rows_max=1000,
    blank_lines_max=20_000,
    unreadable_rows_max=500,
    turn_seconds=0.002,
    batch_rows_max=200,
    lanes_at_once=8,
    refusals_shown_max=50,
)
KEPT_SECONDS_MAX = 0.02 * 4
"""20 ms, and room for a busy machine. What it is there to find keeps the loop for seconds."""

hostile = st.lists(st.sampled_from([b'"', b'""', b",", b";", b"\n", b"\r", b"\r\n", b"a", b"\0", b"\xff", b"xy"])).map(
    b"".join
)


def chunks_of(file: bytes, size: int) -> Iterator[bytes]:
    for at in range(0, len(file), size):
        yield file[at : at + size]


class CountedText(bytearray):
    """Counts the bytes that are looked at for a quote or a newline."""

    looked_at = 0

    def find(self, *what: Any) -> int:
        found = super().find(*what)
        _, begin, *rest = what
        end = min(rest[0], len(self)) if rest else len(self)
        self.looked_at += (end if found < 0 else found + 1) - begin
        return found


class CountedMark:
    """Counts what the scanner outside quotes looks at."""

    def __init__(self, mark: Any) -> None:
        self._mark = mark
        self.looked_at = 0

    def search(self, text: bytearray, begin: int, stop: int) -> Any:
        found = self._mark.search(text, begin, stop)
        self.looked_at += (found.end() if found else min(len(text), stop)) - begin
        return found


def read(file: bytes, size: int, bytes_max: int) -> tuple[list[Record], int]:
    """The records, and how many bytes were looked at."""
    records: Any = Records(bytes_max)
    records._text, records._mark = CountedText(), CountedMark(records._mark)
    found: list[Record] = []
    for chunk in chunks_of(file, size):
        found += records.feed(chunk)
    return [*found, *records.end()], records._text.looked_at + records._mark.looked_at


@given(hostile, st.integers(1, 9), st.sampled_from([1, 2, 5, 1000]))
def test_records_are_the_same_however_they_come_and_no_byte_is_looked_at_often(
    file: bytes, size: int, bytes_max: int
) -> None:
    expected, _ = read(file, len(file) + 1, bytes_max)
    found, looked_at = read(file, size, bytes_max)

    assert found == expected
    assert looked_at <= 3 * len(file)
    assert sum(len(record.text or b"") for record in found) <= len(file)


SHAPES = {
    "blank lines": b"\n",
    "an unclosed quote": b'"' + b"x\n" * 99,
    "quotes alone": b'"',
    "quoted newlines": b'"\n',
    "empty texts": b'"",',
    "delimiters alone": b",",
    "quotes that begin no text": b'a"',
    "carriage returns": b"\r",
    "one endless field": b"x",
    "one-letter rows": b"a\n",
}


@pytest.mark.parametrize("size", [1, 32 * KB])
@pytest.mark.parametrize("shape", SHAPES)
def test_work_grows_as_the_file_does(shape: str, size: int) -> None:
    file = b"a," + SHAPES[shape] * (32 * KB // len(SHAPES[shape]))
    _, looked_at = read(file, size, 8 * KB)

    assert looked_at <= 3 * len(file)


class Nowhere:
    """An ImportStore that knows nothing and keeps nothing."""

    async def rows_of_batch(self, _: int) -> None:
        return None

    async def begin(self, batch: Batch) -> Batch:
        return batch

    async def finish(self, *_: int) -> None:
        pass

    async def places(self, *_: Any) -> Places:
        return Places({}, {})


async def run_import(file: bytes, size: int) -> Tally:
    chunks = list(chunks_of(file, size))[::-1]

    async def receive() -> Any:
        body = chunks.pop() if chunks else b""
        return {"type": "http.request", "body": body, "more_body": bool(chunks)}

    hashes = SimpleNamespace(ids=lambda _: UUID(int=3), imported_rows=lambda _, digest: digest)
    store = SimpleNamespace(hashes=hashes)
    handler: Any = SimpleNamespace(store=store)
    asked = Asked(UUID(int=1), "import", UUID(int=2), None, UUID(int=3), UUID(int=4))
    work = FileImport(cast("Any", Nowhere()), handler, asked, datetime.now(UTC), BOUNDS, Tally(import_key="k"))
    return await work.run(upload(receive, UploadBounds(1 << 30, 600, 30, 1)))


async def kept_longest(work: Any) -> tuple[Any, float]:
    """What came of it, and for how many seconds of computing at a time it kept everybody else from the loop."""
    longest = 0.0

    async def probe() -> None:
        nonlocal longest
        while True:
            before = time.thread_time()
            await asyncio.sleep(0)
            longest = max(longest, time.thread_time() - before)

    # The collector looks at all that other tests left behind; a service tells it to leave alone what is there to stay.
    gc.collect()
    gc.disable()
    probing = asyncio.create_task(probe())
    await asyncio.sleep(0)
    try:
        came: Any = await work
    except (HeaderRefused, Stopped) as error:
        came = error
    finally:
        # The probe has its turn once more: what never gave the loop away is seen by its last look alone.
        await asyncio.sleep(0)
        probing.cancel()
        gc.enable()
    return came, longest


MUCH = 128 * KB
LONG_NAME = GOOD.replace("Paciente Número 0".encode(), b"x" * 60 * KB)
FILES: dict[str, tuple[bytes, str]] = {
    "blank lines alone": (b"\n" * MUCH, "no header"),
    "lines of delimiters alone": (b";;;;\r\n" * (MUCH // 6), "no header"),
    "a header of a million columns": (b"a," * (1 << 20), "too long"),
    "a header of many columns": (b"a," * 8000 + b"\n", "must name"),
    "a header of one name many times": (b"booked_at," * 1600 + b"\n", "must name"),
    "an endless first line": (b"x" * MUCH, "too long"),
    "quotes alone": (b'"' * MUCH, "too long"),
    "carriage returns for line ends": (HEADER.strip() + b"\ra,b,c" * 9, "rows=9"),
    "blank lines": (HEADER + b"\n" * MUCH, "20000 empty lines"),
    "one-letter rows": (HEADER + b"a\n" * (MUCH // 2), "500 rows"),
    "rows in quotes": (HEADER + b'"\n' * (MUCH // 2), "500 rows"),
    "rows of U+0000": (HEADER + b"\0\n" * (MUCH // 2), "500 rows"),
    "rows of delimiters": (HEADER + b"a,,,,,,,\n" * (MUCH // 9), "1000 rows"),
    "rows as long as may be": (HEADER + (b"a," * (31 * KB) + b"\n") * 6, "rows=6"),
    "an unclosed quote": (HEADER + b'"' + b"a,b\n" * (MUCH // 4), "500 rows"),
    "names as long as a row": (WIDE + LONG_NAME * 6, "rows=6"),
    "rows of nobody's clinic": (WIDE + GOOD * 600, "rows=600"),
}


@pytest.mark.parametrize("size", [999, 256 * KB])
@pytest.mark.parametrize("name", FILES)
async def test_no_file_keeps_others_waiting(name: str, size: int) -> None:
    file, told = FILES[name]
    came, longest = await kept_longest(run_import(file, size))

    assert told in getattr(came, "detail", str(came))
    assert longest < KEPT_SECONDS_MAX
