"""Somebody else's open transaction lies over what a dead relay has sent: the next one waits until it can see that."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.partitioner import DefaultPartitioner

from command_api.relay import outbox
from faults.relay_here import relay_here
from healz.kafka import PARTITIONS
from system import System, data_of
from traffic import new_seed, traffic, write

FOREIGN = b'{"data":{"event_id":"%s","tenant_id":"%s","position":1}}' % ((b"0190b6f0-0000-7000-8000-000000000000",) * 2)


def partition_of(tenant_id: object, partitions: int = PARTITIONS) -> int:
    """Where a tenant's events lie in a topic of so many."""
    every = list(range(partitions))
    found: int = DefaultPartitioner()(str(tenant_id).encode(), every, every)
    return found


@pytest.mark.parametrize("ending", ["commit", "abort"])
async def test_a_new_relay_waits_for_an_open_transaction_over_what_the_dead_one_sent(
    system: System, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    system.start("command-api")
    await system.ready()
    stranger = AIOKafkaProducer(
        bootstrap_servers=system.servers.bootstrap_servers, transactional_id=f"stranger-{system.topic}"
    )
    await stranger.start()
    try:
        async with traffic(system, seed=new_seed(), patients=5, clinics=1) as day:
            async with dying_before_the_delete(system, monkeypatch) as published:
                await stranger.begin_transaction()
                where = partition_of(system.tenant_id)
                await stranger.send_and_wait(system.topic, FOREIGN, key=b"stranger", partition=where)
                await write(day, events=60)
                await published.wait()
            rows = await system.database.admin.fetchval("SELECT count(*) FROM event_store.outbox")
            assert rows

            relay = system.start("relay")
            await write(day, events=80)
            await asyncio.sleep(3)  # time to go on wrongly
            waiting = await system.database.admin.fetchval("SELECT count(*) FROM event_store.outbox")
            assert waiting > rows, "it went on without having seen the whole tail"
            assert "looked at the topic's tail" not in system.logs()
            await (stranger.commit_transaction() if ending == "commit" else stranger.abort_transaction())
            await system.outbox_empty()
            assert relay.poll() is None, system.logs()
    finally:
        await stranger.stop()

    seen = [data_of(record) for record in await system.records() if record.key != b"stranger"]
    log = await system.database.log(system.tenant_id)
    assert [(record["position"], record["event_id"]) for record in seen] == [
        (event.position, str(event.event_id)) for event in log
    ]


@asynccontextmanager
async def dying_before_the_delete(system: System, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[asyncio.Event]:
    """A relay that has drained the outbox, and from now on stops before it deletes anything: the event is set then."""
    sent = asyncio.Event()
    read = outbox.read

    async def dies(connection: Any, fence: Any, most: int, but: Any = (), published: Any = ()) -> Any:
        if published:
            sent.set()
            await asyncio.sleep(3600)  # until its process ends
        return await read(connection, fence, most, but, published)

    async with relay_here(system):
        await system.outbox_empty()
        with monkeypatch.context() as broken:
            broken.setattr(outbox, "read", dies)
            yield sent
