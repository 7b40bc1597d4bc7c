"""Somebody else writes into the topic: it is passed over, and nothing of ours is lost by it."""

import signal

from aiokafka import AIOKafkaProducer

from always_true import read_models_equal_fold
from system import System, book, put_clinic, register

FOREIGN = [b"", b"not JSON", b"\xff\xfe", b"[]", b'{"data": 1}', b'{"specversion": "1.0", "data": {"hello": "world"}}']


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
        await producer.stop()

        relay = next(one for one in system.processes if "healz-relay" in str(one.args))
        await system.end(relay, signal.SIGKILL)
        await book(client, await register(client), clinic, days=2)
        system.start("relay")
    await system.outbox_empty()
    await system.caught_up()
    await read_models_equal_fold(system.database)
