"""Somebody else writes into the topic: it is passed over, and nothing of ours is lost by it."""

import json
import signal
from collections.abc import Iterator
from itertools import product

from aiokafka import AIOKafkaProducer
from uuid_utils.compat import uuid7

from always_true import read_models_equal_fold
from healz.read_models import READ_MODELS
from started import Started
from system import System, book, eventually, put_clinic, register

FOREIGN = [
    b"",
    b"not JSON",
    b"\xff\xfe",
    b"[]",
    b"[" * 100_000,
    b'{"data": 1}',
    b'{"data":{"event_type":["x"],"schema_version":1}}',
    b'{"specversion": "1.0", "data": {"hello": "world"}}',
    b'{"specversion":"1.0","id":"1","source":"/shop","type":"shop.OrderPlaced",'
    b'"data":{"event_type":"OrderPlaced","schema_version":1,"order_id":7}}',
]


def forged(genuine: bytes) -> Iterator[bytes]:
    """Well-formed events of ours that the store does not have, and what looks like one of a newer release."""
    record = json.loads(genuine)
    for position in (record["data"]["position"] + 1, record["data"]["position"] + 10**6, 2**63 - 1, 10**30):
        data = record["data"] | {"position": position, "event_id": str(uuid7())}
        yield json.dumps(record | {"data": data}).encode()
        yield json.dumps(record | {"data": data | {"event_type": "PatientCloned"}}).encode()


async def test_records_that_are_no_events_hold_up_neither_projectors_nor_a_new_relay(system: System) -> None:
    system.settings["HEALZ_RECONCILE_INTERVAL_MS"] = "600000"  # or it would hide a consumer that is held up
    await system.start_all()
    async with system.client() as client:
        clinic = await put_clinic(client)
        await book(client, await register(client), clinic)
        await system.outbox_empty()

        producer = AIOKafkaProducer(bootstrap_servers=system.servers.bootstrap_servers)
        await producer.start()
        for value in FOREIGN:
            await producer.send_and_wait(system.topic, value, key=str(system.tenant_id).encode())
        await producer.send_and_wait(
            system.topic, b"{}", key=str(system.tenant_id).encode(), headers=[("trace", b"\xff"), ("", b"")]
        )

        relay = next(process for process in system.processes if process.name == "relay")
        await system.end(relay, signal.SIGKILL)
        await book(client, await register(client), clinic, days=2)
        system.start("relay")
        await system.outbox_empty()

        genuine = (await system.records())[-1].value
        for value in forged(genuine):
            await producer.send_and_wait(system.topic, value, key=str(system.tenant_id).encode())
        await producer.stop()
        await book(client, await register(client), clinic, days=3)
    await system.outbox_empty()
    await system.caught_up()
    await read_models_equal_fold(system.database)
    projectors = [process for process in system.processes if process.name.startswith("projector")]
    assert len(projectors) == len(READ_MODELS)
    for process, told in product(
        projectors, ("records of the topic passed over", "the topic has events that the store does not have")
    ):

        async def is_told(process: Started = process, told: str = told) -> bool:
            return told in [line["message"] for line in process.said()]

        # It is said once the batch is folded.
        await eventually(is_told)
    assert "can't get on" not in system.logs()
    assert not any("UnicodeDecodeError" in log.read_text() for log in system.folder.glob("*.log"))
    assert not await system.database.admin.fetch("SELECT FROM ops.halted_tenants WHERE component <> 'relay'")
