"""What a careless or hostile neighbour does, each kind until it is stopped; run as a process of its own.

``python -m whole.misbehaving NAME`` reads a Place as JSON from standard input and prints ``ready`` when it begins.
"""

import asyncio
import contextlib
import json
import os
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg
import httpx
from aiokafka import AIOKafkaProducer
from aiokafka.partitioner import DefaultPartitioner
from uuid_utils.compat import uuid7

from past import PATH
from system import new_phone

MEGABYTE = 1024 * 1024


@dataclass(frozen=True)
class Place:
    """Where the stack is, who misbehaves in it, and which other tenant is there: Kafka's partitions are shared."""

    api_url: str
    bootstrap_servers: str
    login_url: str
    tenant_id: str
    neighbour_id: str
    tokens: dict[str, str]
    relay_pid: int

    def client(self, role: str = "admin") -> httpx.AsyncClient:
        limits = httpx.Limits(max_connections=1000, max_keepalive_connections=1000)
        headers = {"Authorization": f"Bearer {self.tokens[role]}"}
        return httpx.AsyncClient(base_url=self.api_url, headers=headers, timeout=60, limits=limits, trust_env=False)


Misbehaviour = Callable[[Place, Callable[[], None]], Coroutine[Any, Any, None]]
"""Prepares what it needs, calls what it was given, and goes on until it is cancelled."""


async def again_and_again(at_once: int, once: Callable[[], Awaitable[Any]], pause: float = 0.0) -> None:
    """``at_once`` loops of it; what it is answered doesn't matter, nor that it isn't."""

    async def loop() -> None:
        while True:
            with contextlib.suppress(httpx.HTTPError, OSError):
                await once()
            await asyncio.sleep(pause)

    await asyncio.gather(*(loop() for _ in range(at_once)))


def uploads(body: Callable[[int], bytes], at_once: int = 2) -> Misbehaviour:
    """Files of this shape, one after the other, each under a key of its own."""

    async def misbehave(place: Place, begin: Callable[[], None]) -> None:
        files = [body(size) for size in (8 * MEGABYTE,)]
        async with place.client("import") as client:

            async def once() -> None:
                headers = {"Idempotency-Key": str(uuid7()), "Content-Type": "text/csv"}
                await client.post(PATH, content=files[0], headers=headers)

            begin()
            await again_and_again(at_once, once, pause=0.2)

    return misbehave


HEADER = b"patient_phone,patient_name,clinic_id,doctor_id,scheduled_for,booked_at,appointment_type,outcome\n"


async def slow_uploads(place: Place, begin: Callable[[], None]) -> None:
    async def drops() -> AsyncIterator[bytes]:
        yield HEADER
        while True:
            await asyncio.sleep(5)  # as slow as may be
            yield b"x"

    async with place.client("import") as client:

        async def once() -> None:
            headers = {"Idempotency-Key": str(uuid7()), "Content-Type": "text/csv"}
            await client.post(PATH, content=drops(), headers=headers)

        begin()
        await again_and_again(2, once)


async def _long_history(client: httpx.AsyncClient, messages: int) -> tuple[str, str]:
    """(patient, conversation) with so many long messages."""
    clinic_id = str(uuid7())
    await client.put(f"/v1/clinics/{clinic_id}", json={"name": "Clínica Tagarela"})
    patient = await client.post("/v1/patients", json={"phone": new_phone(), "full_name": "João Falante"})
    patient_id = patient.json()["id"]
    talk = await client.post("/v1/conversations", json={"patient_id": patient_id, "clinic_id": clinic_id})
    conversation_id = talk.json()["id"]
    for _ in range(messages):
        await client.post(f"/v1/conversations/{conversation_id}/messages", json=_long_message())
    return patient_id, conversation_id


def _long_message() -> dict[str, str]:
    return {"direction": "inbound", "content": "a" * 4000}


async def one_patient_written_to(place: Place, begin: Callable[[], None]) -> None:
    async with place.client() as client:
        _, conversation_id = await _long_history(client, 600)
        begin()
        await again_and_again(
            8, lambda: client.post(f"/v1/conversations/{conversation_id}/messages", json=_long_message())
        )


async def one_patient_asked_about(place: Place, begin: Callable[[], None]) -> None:
    async with place.client() as client:
        patient_id, _ = await _long_history(client, 600)
        begin()
        await again_and_again(12, lambda: client.get(f"/v1/patients/{patient_id}/as-of", params={"at": "2040-01-01"}))


async def far_ahead(place: Place, begin: Callable[[], None]) -> None:
    async with place.client() as client:
        begin()
        headers = {"Healz-Min-Position": "1000000"}
        await again_and_again(500, lambda: client.get("/v1/patients", headers=headers), pause=0.1)


async def half_open(place: Place, begin: Callable[[], None]) -> None:
    """20 requests whose headers never end, 10 MB each."""
    port = int(place.api_url.rpartition(":")[2])

    async def once() -> None:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            writer.write(b"GET /health/live HTTP/1.1\r\nHost: x\r\n")
            for number in range(160):
                writer.write(b"X-%d: " % number + b"a" * (MEGABYTE // 16) + b"\r\n")
                await writer.drain()
            await asyncio.sleep(5)  # they stay half open
        finally:
            writer.close()

    begin()
    await again_and_again(20, once, pause=0.2)


async def goes_away(place: Place, begin: Callable[[], None]) -> None:
    """Clients that leave in the middle of a body."""
    port = int(place.api_url.rpartition(":")[2])
    head = (
        "POST /v1/patients HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 60000\r\n"
        f"Authorization: Bearer {place.tokens['admin']}\r\n\r\n{{"
    ).encode()

    async def once() -> None:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(head)
        await writer.drain()
        await asyncio.sleep(0.02)
        writer.close()

    begin()
    await again_and_again(20, once, pause=0.05)


async def asks_whether_ready(place: Place, begin: Callable[[], None]) -> None:
    async with place.client() as client:
        begin()
        await again_and_again(50, lambda: client.get("/health/ready"), pause=0.05)


async def takes_the_relays_lock(place: Place, begin: Callable[[], None]) -> None:
    """A database login waits for the lock by which the relay once led; then the relay dies."""
    connection = await asyncpg.connect(place.login_url)
    take = asyncio.create_task(
        connection.execute("SELECT pg_advisory_lock(hashtextextended('healz.relay', 0))", timeout=600)
    )
    await asyncio.sleep(0.5)  # it has asked by then
    os.kill(place.relay_pid, 9)
    await asyncio.sleep(1)  # the lock is free by then
    begin()
    with contextlib.suppress(asyncpg.PostgresError):
        await take
    await asyncio.sleep(3600)  # until the bench ends it


async def nested(place: Place, begin: Callable[[], None]) -> None:
    """One intent with data nested 200 deep."""
    async with place.client() as client:
        _, conversation_id = await _long_history(client, 0)
        message_id = str(uuid7())
        said = {"direction": "inbound", "content": "oi", "message_id": message_id}
        await client.post(f"/v1/conversations/{conversation_id}/messages", json=said)
        deep = json.loads("[" * 200 + "]" * 200)
        seen = {"message_id": message_id, "intent": "complaint", "confidence": 1, "extracted_data": {"x": deep}}
        await client.post(f"/v1/conversations/{conversation_id}/intents", json=seen)
        begin()
        await asyncio.sleep(3600)


def records(*values: Callable[[Place, int], bytes], of: str = "neighbour") -> Misbehaviour:
    """Foreign records on the partition where the neighbour's events lie."""

    async def misbehave(place: Place, begin: Callable[[], None]) -> None:
        async with (
            AIOKafkaProducer(bootstrap_servers=place.bootstrap_servers, max_request_size=2 * MEGABYTE) as producer,
            place.client() as client,
        ):
            key = place.neighbour_id.encode()
            partitions = sorted(await producer.partitions_for("healz.events"))
            partition = DefaultPartitioner()(key, partitions, partitions)
            head = 0
            for _ in range(3):
                answer = await client.post("/v1/patients", json={"phone": new_phone(), "full_name": "João"})
                head = int(answer.headers["Healz-Position"])
            for value in values:
                await producer.send_and_wait("healz.events", value(place, head), key=b"foreign", partition=partition)
        begin()
        await asyncio.sleep(3600)

    return misbehave


def _ours(place: Place, position: int) -> bytes:
    """A well-formed event that the store has never seen."""
    event_id, patient_id = str(uuid7()), str(uuid7())
    data: dict[str, Any] = {
        "event_id": event_id,
        "event_type": "PatientRegistered",
        "schema_version": 1,
        "aggregate_type": "Patient",
        "aggregate_id": patient_id,
        "aggregate_version": 1,
        "tenant_id": place.tenant_id,
        "position": position,
        "patient_id": patient_id,
        "clinic_id": None,
        "causation_id": str(uuid7()),
        "correlation_id": str(uuid7()),
        "user_id": None,
        "created_at": "2026-01-01T00:00:00Z",
        "event_data": {
            "patient_id": patient_id,
            "phone": "+5527999990000",
            "full_name": "Fantasma da Silva",
            "registration_source": "frontend",
            "registered_at": "2026-01-01T00:00:00Z",
        },
        "metadata": None,
    }
    return json.dumps({"specversion": "1.0", "id": event_id, "source": "/x", "type": "x", "data": data}).encode()


OTHER_SERVICE = {
    "specversion": "1.0",
    "id": "1",
    "source": "/billing",
    "type": "InvoicePaid",
    "data": {"event_type": "InvoicePaid", "schema_version": 1},
}
LIST_TYPE = {"data": {"event_type": ["x"], "schema_version": 1}}

KINDS: dict[str, Misbehaviour] = {
    "8 MB of newlines": uploads(lambda size: b"\n" * size),
    "8 MB, a header, then newlines": uploads(lambda size: HEADER + b"\n" * size),
    "8 MB of one-letter rows": uploads(lambda size: HEADER + b"x\n" * (size // 2)),
    "8 MB of quotes": uploads(lambda size: HEADER + b'"\n' * (size // 2)),
    "8 MB of delimiters": uploads(lambda size: HEADER + b"," * size),
    "two uploads of 1 byte per 5 s": slow_uploads,
    "8 clients write to one patient of 600 long messages": one_patient_written_to,
    "12 ask as-of of a patient of 600 long messages": one_patient_asked_about,
    "500 wait for a position far ahead": far_ahead,
    "20 half-open requests with 10 MB of headers": half_open,
    "20 leave in the middle of a body": goes_away,
    "50 ask whether it is ready": asks_whether_ready,
    "a login takes the relay's lock": takes_the_relays_lock,
    "an intent nested 200 deep": nested,
    "a record of [ × 100,000": records(lambda place, head: b"[" * 100_000),
    "a record whose type is a list": records(lambda place, head: json.dumps(LIST_TYPE).encode()),
    "a record of another service": records(lambda place, head: json.dumps(OTHER_SERVICE).encode()),
    "a record at head + 1 that the store lacks": records(lambda place, head: _ours(place, head + 1)),
    "a record far ahead": records(lambda place, head: _ours(place, head + 10**9)),
}


async def main(name: str) -> None:
    place = Place(**json.load(sys.stdin))
    UUID(place.tenant_id)
    await KINDS[name](place, lambda: print("ready", flush=True))


if __name__ == "__main__":
    # Another machine's processor pays for a real neighbour's client.
    os.nice(10)
    with contextlib.suppress(socket.gaierror):
        asyncio.run(main(sys.argv[1]))
