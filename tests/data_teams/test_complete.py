"""A reader as examples/ has it: complete by position, whatever happens to it and to the topic."""

import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path
from uuid import UUID

from aiokafka import AIOKafkaProducer, ConsumerRecord
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions

from example_programs import begin, ended, run
from healz.kafka import ensure_topic
from system import System, data_of, eventually, read_topic
from traffic import going_on, new_seed, traffic, write

Records = list[ConsumerRecord[bytes, bytes]]


async def play(system: System, topic: str, records: Records) -> None:
    """Into another topic, as they are."""
    producer = AIOKafkaProducer(bootstrap_servers=system.servers.bootstrap_servers)
    await producer.start()
    try:
        for record in records:
            await producer.send(topic, record.value, key=record.key, headers=list(record.headers))
    finally:
        await producer.stop()


async def test_what_befalls_a_topic_is_seen_or_does_no_harm(system: System, tmp_path: Path) -> None:
    records = await a_days_records(system, tenants=8, events=500)
    await a_hole_is_seen_and_stops_that_tenant_alone(system, records, tmp_path / "hole.db")
    await a_topic_comes_back_with_other_offsets(system, records, tmp_path / "lost.db")
    await partitions_are_added(system, records, tmp_path / "wider.db")


async def a_days_records(system: System, *, tenants: int, events: int) -> Records:
    for name in ("command-api", "relay"):
        system.start(name)
    await system.ready()
    async with traffic(system, seed=new_seed(), tenants=tenants) as day:
        await write(day, events=events)
    await system.outbox_empty()
    return await system.records()


def counted(file: Path) -> Counter[tuple[str, str]]:
    with closing(sqlite3.connect(file)) as database:
        rows = database.execute("SELECT tenant_id, event_type, events FROM counted").fetchall()
    return Counter({(tenant_id, event_type): events for tenant_id, event_type, events in rows})


def kinds(records: Records) -> Counter[tuple[str, str]]:
    return Counter((data["tenant_id"], data["event_type"]) for data in map(data_of, records))


async def test_it_proves_completeness_and_goes_on_after_being_killed(system: System, tmp_path: Path) -> None:
    for name in ("command-api", "relay"):
        system.start(name)
    await system.ready()
    file = tmp_path / "complete.db"
    async with traffic(system, seed=new_seed(), tenants=3) as day, going_on(day, pause_seconds=0.02):
        before = 0
        for _ in range(4):
            process = await begin(system, "complete", "--file", file, "--events", 20, "--follow")

            async def goes_on() -> bool:
                try:
                    return counted(file).total() > before  # noqa: B023
                except sqlite3.OperationalError:
                    return False  # it has made no tables yet

            await eventually(goes_on, seconds=60)
            process.kill()
            await process.communicate()
            before = counted(file).total()
    await system.outbox_empty()
    said = await run(system, "complete", "--file", file)
    assert counted(file) == kinds(await system.records())
    heads = await system.database.heads()
    assert said.splitlines() == [
        f"tenant {tenant_id}: {heads[tenant_id]} events, the last at position {heads[tenant_id]}: True"
        for tenant_id in sorted(heads, key=str)
    ]


async def a_hole_is_seen_and_stops_that_tenant_alone(system: System, records: Records, file: Path) -> None:
    missing = next(data for record in records if (data := data_of(record))["position"] == 20)
    tenant = missing["tenant_id"]
    topic = f"{system.topic}.hole"
    await ensure_topic(system.servers.bootstrap_servers, topic)
    await play(system, topic, [record for record in records if data_of(record)["event_id"] != missing["event_id"]])
    for _ in range(2):  # it is there the second time, too
        code, said = await ended(await begin(system, "complete", "--file", file, topic=topic))
        assert code == 3
        assert f"tenant {tenant}: position 20 is not in the topic; nothing after it was read" in said
        found = counted(file)
        whole = kinds(records)
        assert sum(count for (of, _), count in found.items() if of == tenant) == 19
        assert {key: count for key, count in found.items() if key[0] != tenant} == {
            key: count for key, count in whole.items() if key[0] != tenant
        }
    # Found again, behind all that was read already.
    await play(system, topic, [record for record in records if data_of(record)["event_id"] == missing["event_id"]])
    await run(system, "complete", "--file", file, topic=topic)
    assert counted(file) == kinds(records)


async def a_topic_comes_back_with_other_offsets(system: System, records: Records, file: Path) -> None:
    topic = f"{system.topic}.lost"
    await ensure_topic(system.servers.bootstrap_servers, topic)
    tenants = sorted({data_of(record)["tenant_id"] for record in records})
    # Of each tenant all but the last five events; what was read is the same as what was lost.
    heads = {str(tenant_id): position for tenant_id, position in (await system.database.heads()).items()}
    earlier = [record for record in records if data_of(record)["position"] <= heads[data_of(record)["tenant_id"]] - 5]
    await play(system, topic, earlier)
    await run(system, "complete", "--file", file, topic=topic)
    assert counted(file) == kinds(earlier)

    admin = AIOKafkaAdminClient(bootstrap_servers=system.servers.bootstrap_servers)
    await admin.start()
    try:
        await admin.delete_topics([topic])

        async def is_gone() -> bool:
            return topic not in await admin.list_topics()

        await eventually(is_gone)
    finally:
        await admin.close()
    await ensure_topic(system.servers.bootstrap_servers, topic)
    # In another order of tenants, so that new events of one lie where old ones of another were; and a stranger first.
    stranger = b'{"source": "/elsewhere", "data": {}}'
    records = sorted(
        records, key=lambda record: (-tenants.index(data_of(record)["tenant_id"]), data_of(record)["position"])
    )
    producer = AIOKafkaProducer(bootstrap_servers=system.servers.bootstrap_servers)
    await producer.start()
    for record in records[:7]:
        await producer.send(topic, stranger, key=record.key)
    await producer.stop()
    await play(system, topic, records)
    await run(system, "complete", "--file", file, topic=topic)
    assert counted(file) == kinds(records)


async def partitions_are_added(system: System, records: Records, file: Path) -> None:
    """While the log grows: the later half of some tenants' events lies on another partition."""
    topic = f"{system.topic}.wider"
    await ensure_topic(system.servers.bootstrap_servers, topic)
    half = len(records) // 2
    records = sorted(records, key=lambda record: data_of(record)["position"])
    await play(system, topic, records[:half])
    admin = AIOKafkaAdminClient(bootstrap_servers=system.servers.bootstrap_servers)
    await admin.start()
    await admin.create_partitions({topic: NewPartitions(12)})
    await admin.close()
    await play(system, topic, records[half:])
    places: dict[UUID, set[int]] = {}
    for record in await read_topic(system.servers.bootstrap_servers, topic):
        places.setdefault(UUID(data_of(record)["tenant_id"]), set()).add(record.partition)
    assert any(len(partitions) == 2 for partitions in places.values()), "a tenant's events lie on two"
    await run(system, "complete", "--file", file, topic=topic)
    assert counted(file) == kinds(records)
