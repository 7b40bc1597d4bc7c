"""The topic holds what the store does not: the relay stops for that tenant, says so, loses nothing; others go on."""

import json
import signal
from uuid import UUID

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from uuid_utils.compat import uuid7

from command_api.relay.settings import RelaySettings
from command_api.relay.tail import read_tail
from faults.relay_here import run_relay_command
from healz.kafka import PARTITIONS
from healz_db.ask.ask import ask
from system import System, data_of, eventually, register

# A registration is one commit: what a restore to the moment before it takes away.
FORGET = """
WITH gone AS (DELETE FROM event_store.events WHERE tenant_id = $1 AND patient_id = $2 RETURNING 1),
     stream AS (DELETE FROM event_store.streams WHERE tenant_id = $1 AND patient_id = $2),
     facts AS (DELETE FROM event_store.patient_log WHERE tenant_id = $1 AND patient_id = $2),
     identities AS (DELETE FROM event_store.patient_identities WHERE tenant_id = $1 AND patient_id = $2)
UPDATE event_store.tenant_log SET position = position - (SELECT count(*) FROM gone) WHERE tenant_id = $1
"""
HALTED = "SELECT tenant_id, position, reason FROM ops.halted_tenants WHERE component = 'relay'"


async def restore_to_before(system: System, patient_id: UUID) -> None:
    await system.database.admin.execute(FORGET, system.tenant_id, patient_id)


async def send_foreign_record(system: System) -> None:
    """Well-formed, of the tenant, one above its head."""
    own = [record for record in await system.records() if record.key == str(system.tenant_id).encode()]
    event = json.loads(own[-1].value)
    event["id"] = event["data"]["event_id"] = str(uuid7())
    event["data"]["position"] += 1
    producer = AIOKafkaProducer(bootstrap_servers=system.servers.bootstrap_servers)
    await producer.start()
    await producer.send_and_wait(system.topic, json.dumps(event).encode(), key=own[-1].key, partition=own[-1].partition)
    await producer.stop()


async def published(system: System, tenant_id: UUID) -> list[tuple[int, str]]:
    """(position, event_id) of the tenant's records, in the topic's order."""
    seen = [data_of(record) for record in await system.records() if record.key == str(tenant_id).encode()]
    return [(record["position"], record["event_id"]) for record in seen]


async def waiting(system: System, tenant_id: UUID) -> int:
    count: int = await system.database.admin.fetchval(
        "SELECT count(*) FROM event_store.outbox WHERE tenant_id = $1", tenant_id
    )
    return count


@pytest.mark.parametrize("outbox", ["empty", "not empty"])
@pytest.mark.parametrize("how", ["restored", "foreign record"])
async def test_the_relay_stops_for_that_tenant_alone_until_a_person_has_decided(
    system: System, how: str, outbox: str
) -> None:
    neighbour = uuid7()
    system.start("command-api")
    relay = system.start("relay")
    await system.ready()
    async with system.client() as client, system.client(tenant_id=neighbour) as other:
        await register(client)
        lost = await register(client)
        await register(other)
        await system.outbox_empty()
        await system.end(relay)
        await (restore_to_before(system, lost) if how == "restored" else send_foreign_record(system))
        before = await published(system, system.tenant_id)
        if outbox == "not empty":
            await register(client)
            await register(other)

        relay = system.start("relay")

        async def halted() -> bool:
            return bool(await system.database.admin.fetch(HALTED))

        await eventually(halted)
        await register(client)
        await register(other)

        async def neighbour_published() -> bool:
            return await waiting(system, neighbour) == 0

        await eventually(neighbour_published)
        assert [position for position, _ in await published(system, neighbour)] == (
            [1, 2, 3] if outbox == "not empty" else [1, 2]
        )
        # Nothing of the tenant went out, nothing is lost.
        assert await published(system, system.tenant_id) == before
        assert await waiting(system, system.tenant_id) == (2 if outbox == "not empty" else 1)
        ((tenant_id, position, reason),) = await system.database.admin.fetch(HALTED)
        assert (tenant_id, position) == (system.tenant_id, before[-1][0])
        assert before[-1][1] in reason
        assert relay.poll() is None, system.logs()

        # It says so: log, readiness, and what the database is asked.
        told = [line for process in system.processes for line in process.said() if line["level"] == "critical"]
        assert [line["tenant_id"] for line in told] == [str(system.tenant_id)], system.logs()
        await system.readiness(halted={"relay": 1})
        ready = await client.get("/health/ready")
        assert ready.status_code == 200
        assert str(system.tenant_id) not in ready.text
        quality = {row["check_name"]: row for row in await ask(system.database.admin, "data_quality")}
        assert quality["tenants for whom a component has stopped"]["found"] == 1

        # A person decides that the log goes on as the store has it.
        done = await run_relay_command(system, "resume", str(system.tenant_id))
        assert done.returncode == 0, done.stderr
        await system.outbox_empty()
        log = [(event.position, str(event.event_id)) for event in await system.database.log(system.tenant_id)]
        written = 2 if outbox == "not empty" else 1
        assert (await published(system, system.tenant_id))[len(before) :] == log[-written:]
        await system.readiness(halted={})

        # That stands: the next leader does not stop again.
        await system.end(relay, signal.SIGKILL)
        system.start("relay")
        await register(client)
        await system.outbox_empty()
        assert await system.database.admin.fetch(HALTED) == []


async def test_an_outbox_row_whose_events_are_gone_stops_its_tenant_alone(system: System) -> None:
    neighbour = uuid7()
    system.start("command-api")
    await system.ready()
    async with system.client() as client, system.client(tenant_id=neighbour) as other:
        lost = await register(client)
        await register(client)
        await register(other)
        await system.database.admin.execute(
            "DELETE FROM event_store.events WHERE tenant_id = $1 AND patient_id = $2", system.tenant_id, lost
        )
        system.start("relay")

        async def neighbour_published() -> bool:
            return await waiting(system, neighbour) == 0

        await eventually(neighbour_published)
    ((tenant_id, position, reason),) = await system.database.admin.fetch(HALTED)
    assert (tenant_id, position) == (system.tenant_id, 1)
    assert "1 events expected, 0 in the store" in reason
    assert await published(system, system.tenant_id) == []
    assert await waiting(system, system.tenant_id) == 2


async def test_resuming_a_tenant_for_whom_nothing_has_stopped_says_so_and_changes_nothing(system: System) -> None:
    done = await run_relay_command(system, "resume", str(system.tenant_id))
    assert done.returncode == 1
    assert b"not halted" in done.stderr
    assert (await run_relay_command(system, "resume", "nobody")).returncode == 2


async def test_what_the_store_has_put_away_and_records_of_nobody_stop_nothing(system: System) -> None:
    system.start("command-api")
    relay = system.start("relay")
    await system.ready()
    async with system.client() as client:
        for _ in range(4):
            await register(client)
        await system.outbox_empty()
        await system.end(relay)
        # Old months that are no longer kept; the topic still has them.
        await system.database.admin.execute(
            "DELETE FROM event_store.events WHERE tenant_id = $1 AND position <= 2", system.tenant_id
        )
        producer = AIOKafkaProducer(bootstrap_servers=system.servers.bootstrap_servers)
        await producer.start()
        for value in (b"[" * 100_000, b'{"source": "/healz", "data": {"position": 1e400}}', b"\x00", b""):
            await producer.send_and_wait(system.topic, value, key=str(system.tenant_id).encode())
        await producer.stop()
        system.start("relay")
        await register(client)
        await system.outbox_empty()
    assert await system.database.admin.fetch(HALTED) == []
    assert [position for position, _ in await published_ours(system)] == [1, 2, 3, 4, 5]


async def published_ours(system: System) -> list[tuple[int, str]]:
    """As ``published``, without what is no event."""
    ids = {(event.position, str(event.event_id)) for event in await system.database.log(system.tenant_id)}
    seen = []
    for record in await system.records():
        try:
            event = data_of(record)
            seen.append((event["position"], event["event_id"]))
        except (ValueError, KeyError, TypeError, RecursionError):
            continue
    assert ids <= set(seen)
    return seen


async def test_a_look_at_a_long_topic_reads_its_last_records_alone(system: System) -> None:
    system.start("command-api")
    system.start("relay")
    await system.ready()
    async with system.client() as client:
        for _ in range(30):
            await register(client)
        await system.outbox_empty()
    partitions = [TopicPartition(system.topic, n) for n in range(PARTITIONS)]
    settings = system.settings_of(RelaySettings, "relay", healz_relay_tail_records_max=10)
    seen = await read_tail(settings, partitions, since=None)
    assert 1 <= len(seen) <= 10
    assert seen[-1].position == 30
