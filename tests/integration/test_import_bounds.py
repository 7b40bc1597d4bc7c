"""An import takes nothing from others: not the event loop, not the places, not the time."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
from uuid_utils.compat import uuid7

from command_api.imports.rows.row import REQUIRED
from past import PATH, counts, post, send, visit, written
from raw_http import connect, head, status
from system import System, eventually, put_clinic

MB = 1 << 20
HEADER = ",".join(REQUIRED).encode() + b"\n"
WAITED_SECONDS_MAX = 2.0
"""A neighbour's request takes some milliseconds; it took four seconds and more. Between lie busy machines."""


async def in_tiny_chunks(file: bytes) -> AsyncIterator[bytes]:
    for at in range(0, len(file), 2):
        yield file[at : at + 2]


async def test_no_file_keeps_a_neighbour_waiting(system: System) -> None:
    system.start("command-api")
    await system.ready()
    files: dict[str, tuple[Any, int, str]] = {
        "blank": (b"\n" * (8 * MB), 422, "header_invalid"),
        "columns": (b"a," * (4 * MB), 422, "header_invalid"),
        "blank below": (HEADER + b"\n" * (8 * MB), 413, "too_many_blank_lines"),
        "letters": (HEADER + b"a\n" * (MB // 2), 422, "too_many_unreadable_rows"),
        "quote": (HEADER + b'"' + b"x,y\n" * (2 * MB), 422, "too_many_unreadable_rows"),
        "tiny": (in_tiny_chunks(b"\n" * 20_000), 422, "header_invalid"),
    }
    waited: list[float] = []
    async with system.client("import") as importing, system.client(tenant_id=uuid7()) as neighbour:
        over = asyncio.Event()

        async def ask() -> None:
            while not over.is_set():
                before = time.monotonic()
                (await neighbour.get("/v1/clinics")).raise_for_status()
                waited.append(time.monotonic() - before)
                await asyncio.sleep(0.02)

        asking = asyncio.create_task(ask())
        answers, took = {}, list[float]()
        for name, (file, _, _) in files.items():
            before = time.monotonic()
            answers[name] = await post(importing, file, name)
            took.append(time.monotonic() - before)
        assert not asking.done()
        # Also the question that was still waiting when the last file's answer came counts.
        over.set()
        await asking
        live = (await neighbour.get("/health/live")).status_code

    told = {name: (answer.status_code, answer.json()["rule"]) for name, answer in answers.items()}
    assert told == {name: (status, rule) for name, (_, status, rule) in files.items()}
    assert "row 1 was the last" in answers["blank below"].json()["detail"]
    assert answers["letters"].json()["tally"]["refused"] >= 1000
    # On a slow machine files take longer; who had to wait for one waited as long as it took.
    assert max(waited) < max(WAITED_SECONDS_MAX, max(took) / 4)
    assert live == 200


async def trickle(system: System) -> bytes:
    """A file that comes at a byte now and then; the answer."""
    headers = ("Content-Type: text/csv", "Idempotency-Key: slow", "Content-Length: 100000")
    async with connect(system) as connection:
        await connection.send(head(system, f"POST {PATH}", *headers, role="import"))

        async def drip() -> None:
            for byte in HEADER:
                await connection.send(bytes([byte]))
                await asyncio.sleep(0.3)  # slower than allowed

        dripping = asyncio.create_task(drip())
        answer = await connection.rest()
        dripping.cancel()
    return answer


async def test_a_slow_file_makes_room_and_takes_its_own_tenants_place_alone(system: System) -> None:
    system.settings |= {
        "HEALZ_IMPORT_IDLE_SECONDS_MAX": "4",
        "HEALZ_IMPORT_BYTES_PER_SECOND_MIN": "100",
        "HEALZ_BODY_SECONDS_MAX": "1",
    }
    system.start("command-api")
    await system.ready()
    other = uuid7()
    sent_away: list[str] = []
    async with (
        system.client("import") as importing,
        system.client("import", tenant_id=other) as elsewhere,
        system.client(tenant_id=other) as admin,
    ):
        rows = [visit(await put_clinic(admin), n) for n in range(3)]
        slow = asyncio.create_task(trickle(system))

        async def has_its_share() -> bool:
            answer = await post(importing, HEADER, "another")
            sent_away.append(answer.json().get("detail", "") if answer.status_code == 429 else "")
            return sent_away[-1] != ""

        await eventually(has_its_share)
        theirs = await send(elsewhere, rows)
        told = await slow

        async def has_made_room() -> bool:
            return (await post(importing, HEADER, "another")).status_code == 200

        await eventually(has_made_room)

    assert "files of this organisation (1)" in sent_away[-1]
    assert counts(theirs) == (3, 3, 0, 0)
    assert status(told) == 408
    assert b"too slowly: 400 bytes within 4 s" in told


async def test_what_was_imported_before_a_bound_stays(system: System) -> None:
    system.settings |= {
        "HEALZ_IMPORT_ROWS_MAX": "3",
        "HEALZ_IMPORT_BATCH_ROWS_MAX": "2",
        "HEALZ_IMPORT_BLANK_LINES_MAX": "2",
        "HEALZ_IMPORT_UNREADABLE_ROWS_MAX": "1",
        "HEALZ_IMPORT_BYTES_MAX": "2000",
    }
    system.start("command-api")
    await system.ready()
    async with system.client() as admin, system.client("import") as importing:
        clinic = await put_clinic(admin)
        file = written([visit(clinic, n) for n in range(5)])
        header, *lines = file.splitlines(keepends=True)
        first = await post(importing, file, "agenda")
        again = await post(importing, file, "agenda")
        rest = await send(importing, header + b"".join(lines[3:]), "the rest")
        blank = await post(importing, header + b"".join(lines[:3]) + b"\n\n\n", "blank")
        unblank = await send(importing, header + b"".join(lines[:3]), "blank")
        unreadable = await post(importing, header + lines[0] + b"a\nb\nc\n", "unreadable")
        headers = {"Idempotency-Key": "long", "Content-Type": "text/csv"}
        long = await importing.post(PATH, content=in_two(header, b"x" * 3000), headers=headers)

    assert told(first) == (413, "too_many_rows", (3, 3, 0, 0))
    assert told(again) == (413, "too_many_rows", (3, 0, 3, 0))
    assert "row 4 was the last" in first.json()["detail"]
    assert counts(rest) == (2, 2, 0, 0)
    assert told(blank) == (413, "too_many_blank_lines", (2, 0, 2, 0))
    assert counts(unblank) == (3, 0, 3, 0)
    assert told(unreadable) == (422, "too_many_unreadable_rows", (3, 0, 1, 2))
    assert told(long)[:2] == (413, "too_many_bytes")


async def in_two(first: bytes, second: bytes) -> AsyncIterator[bytes]:
    """Of a length that nobody tells beforehand."""
    yield first
    yield second


def told(answer: httpx.Response) -> tuple[int, str, tuple[int, int, int, int]]:
    """Status, rule, and what became of the rows."""
    problem = answer.json()
    return answer.status_code, problem["rule"], counts(problem["tally"])
