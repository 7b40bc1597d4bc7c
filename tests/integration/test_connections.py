"""No connection costs more than its settings say, whatever comes over it, and no other one waits for it."""

import asyncio
import json
from contextlib import AsyncExitStack

import psutil
import pytest
from uuid_utils.compat import uuid7

from raw_http import connect, head, status
from system import System, eventually, new_phone

MB = 1 << 20
LIVE = b"GET /health/live HTTP/1.1\r\nHost: x\r\n"
SETTINGS = {
    "HEALZ_HEADER_SECONDS_MAX": "2",
    "HEALZ_BODY_SECONDS_MAX": "2",
    "HEALZ_CONNECTIONS_MAX": "30",
}


@pytest.fixture
async def impatient(system: System) -> System:
    """An API that waits 2 s at most, and takes 30 connections."""
    system.settings |= SETTINGS
    system.start("command-api")
    await system.ready()
    return system


async def answer_to(api: System, *parts: bytes) -> bytes:
    """All that the server sends over one connection, until it closes it."""
    async with connect(api) as connection:
        for part in parts:
            await connection.send(part)
        return await connection.rest()


async def test_headers_trailers_and_address_are_bounded(impatient: System) -> None:
    tried = {
        "one that never ends": (b"X-Long: " + b"x" * (10 * MB), 431),
        "a name that never ends": (b"x" * (10 * MB), 431),
        "many that never end": (b"X: y\r\n" * (2 * MB), 431),
        "one too many": (b"X: y\r\n" * 100 + b"\r\n", 431),
        "one that is too long": (b"X-Long: " + b"x" * (33 * 1024) + b"\r\n\r\n", 431),
        "as many as may be": (b"X: y\r\n" * 98 + b"Connection: close\r\n\r\n", 200),
        "as long as may be": (b"X-Long: " + b"x" * (31 * 1024) + b"\r\nConnection: close\r\n\r\n", 200),
    }
    process = psutil.Process(impatient.processes[0].pid)
    before = process.memory_info().rss
    async with AsyncExitStack() as stack:
        many = [await stack.enter_async_context(connect(impatient)) for _ in range(20)]
        await asyncio.gather(*(connection.send(LIVE + b"X-Long: " + b"x" * (10 * MB)) for connection in many))
        grown = process.memory_info().rss - before
        answers = await asyncio.gather(*(connection.rest() for connection in many))
    got = await asyncio.gather(*(answer_to(impatient, LIVE + rest) for rest, _ in tried.values()))

    assert grown < 20 * MB
    assert {status(answer) for answer in answers} == {431}
    assert dict(zip(tried, map(status, got), strict=True)) == {name: expected for name, (_, expected) in tried.items()}

    address = await answer_to(impatient, b"GET /health/live?" + b"x" * (9 * 1024) + b" HTTP/1.1\r\nHost: x\r\n\r\n")
    endless = await answer_to(impatient, b"GET /" + b"x" * (10 * MB))
    chunked = head(impatient, "POST /v1/patients", "Content-Type: application/json", "Transfer-Encoding: chunked")
    trailers = await answer_to(impatient, chunked + b"1\r\n{\r\n0\r\n" + b"X: y\r\n" * (2 * MB))
    extension = await answer_to(impatient, chunked + b"1;" + b"x" * (10 * MB))

    assert [status(answer) for answer in (address, endless, trailers, extension)] == [414, 414, 431, 431]
    told = json.loads(address.partition(b"\r\n\r\n")[2])
    assert (told["status"], told["type"]) == (414, "urn:healz:problem:address-too-long")
    assert b"content-type: application/problem+json" in address


async def test_headers_and_bodies_that_do_not_come_are_not_waited_for(impatient: System) -> None:
    async with connect(impatient) as silent, connect(impatient) as half, connect(impatient) as second:
        await half.send(LIVE)
        await second.send(LIVE + b"\r\n")
        await second.until(b'{"status":"ok"}')
        await second.send(LIVE)
        answers = [await connection.rest() for connection in (silent, half, second)]

    assert [status(answer) for answer in answers] == [0, 408, 408]

    posting = head(impatient, "POST /v1/patients", "Content-Type: application/json", "Content-Length: 100")
    refused = head(impatient, "POST /v1/patients", "Content-Length: 100", role="viewer")
    async with connect(impatient) as half, connect(impatient) as answered, connect(impatient) as dripping:

        async def drips() -> bytes:
            await dripping.send(posting)
            for _ in range(15):
                await dripping.send(b" ")
                await asyncio.sleep(0.2)  # slower than allowed
            return await dripping.rest()

        await half.send(posting + b'{"phone":')
        await answered.send(refused + b"{")
        gone, early, slow = await asyncio.gather(half.rest(), answered.rest(), drips())

    # Each was answered before its body had ended, and then not waited for either.
    assert [status(answer) for answer in (gone, early, slow)] == [408, 403, 408]
    assert b"within 2 s" in gone


def whole_log(api: System) -> str:
    return "".join(log.read_text() for log in api.folder.glob("*.log"))


async def test_a_client_that_leaves_in_the_middle_is_no_error(impatient: System) -> None:
    routes = {
        "POST /v1/patients": "admin",
        "POST /v1/appointments": "admin",
        "POST /v1/conversations": "admin",
        "PUT /v1/tenant": "admin",
        "POST /v1/imports/appointments": "import",
    }
    for route, role in routes.items():
        async with connect(impatient) as connection:
            headers = ("Content-Type: application/json", "Content-Length: 100", "Idempotency-Key: one")
            await connection.send(head(impatient, route, *headers, "Expect: 100-continue", role=role))
            # It has begun to wait for the body.
            assert status(await connection.until(b"\r\n\r\n")) == 100
            await connection.send(b'{"phone":')
    for _ in range(40):
        async with connect(impatient) as connection:
            await connection.send(head(impatient, "GET /v1/clinics") * 3)
            await asyncio.sleep(0.01)
            connection.leave()

    async def all_told() -> bool:
        return whole_log(impatient).count('"status": 400') == len(routes)

    await eventually(all_told)
    for word in ("Traceback", "request failed", "ERROR"):
        assert word not in whole_log(impatient)


async def test_half_open_connections_make_room(impatient: System) -> None:
    impatient.settings["HEALZ_HEADER_SECONDS_MAX"] = "60"
    await impatient.end(impatient.processes.pop())
    impatient.start("command-api")
    await impatient.ready()
    async with AsyncExitStack() as stack:
        many = [await stack.enter_async_context(connect(impatient)) for _ in range(60)]
        for connection in many:
            await connection.send(LIVE)
        async with impatient.client() as client:
            body = {"phone": new_phone(), "full_name": "Maria da Silva"}
            answer = await client.post("/v1/patients", json=body)
        first, last = await many[0].rest(), many[-1]
        await last.send(b"\r\n")
        assert b'{"status":"ok"}' in await last.until(b"}")

    assert answer.status_code == 201
    assert first == b""


async def test_bodies_that_do_not_come_make_room(impatient: System) -> None:
    impatient.settings["HEALZ_BODY_SECONDS_MAX"] = "60"
    await impatient.end(impatient.processes.pop())
    impatient.start("command-api")
    await impatient.ready()
    request = head(impatient, "POST /v1/patients", "Content-Type: application/json", "Content-Length: 1000") + b"{"
    async with AsyncExitStack() as stack, impatient.client(tenant_id=uuid7()) as neighbour:
        kept = await neighbour.get("/v1/clinics")
        for _ in range(60):
            connection = await stack.enter_async_context(connect(impatient))
            await connection.send(request)
        answers = [await neighbour.get("/v1/clinics") for _ in range(3)]
        async with impatient.client(tenant_id=uuid7()) as another:
            answers.append(await another.get("/v1/clinics"))

    assert [answer.status_code for answer in (kept, *answers)] == [200] * 5


async def test_what_clients_do_is_answered_as_before(impatient: System) -> None:
    body = b'{"phone":"%b","full_name":"Maria"}' % new_phone().encode()
    length = f"Content-Length: {len(body)}"
    command = head(impatient, "POST /v1/patients", "Content-Type: application/json", length)
    last = LIVE + b"Connection: close\r\n\r\n"
    in_a_row = await answer_to(impatient, command + body + LIVE + b"\r\n" + LIVE + b"\r\n" + last)
    byte_by_byte = await answer_to(impatient, *(bytes([byte]) for byte in last))
    continued = head(impatient, "POST /v1/patients", "Expect: 100-continue", length, "Connection: close")
    upgrade = b"Connection: Upgrade, close\r\nUpgrade: websocket\r\nSec-WebSocket-Key: eA==\r\n\r\n"
    async with connect(impatient) as waiting:
        await waiting.send(continued)
        told = await waiting.until(b"\r\n\r\n")
        await waiting.send(body)
        then = await waiting.rest()
    async with connect(impatient) as idle:
        await idle.send(LIVE + b"\r\n")
        await idle.until(b'{"status":"ok"}')
        await asyncio.sleep(3)  # longer than an idle connection may be
        await idle.send(last)
        later = await idle.rest()

    assert (in_a_row.count(b"HTTP/1.1 201"), in_a_row.count(b"HTTP/1.1 200")) == (1, 3)
    assert (status(byte_by_byte), status(told), status(then), status(later)) == (200, 100, 409, 200)
    assert status(await answer_to(impatient, LIVE + upgrade)) == 200
    assert status(await answer_to(impatient, b"nonsense\r\n\r\n")) == 400
