"""The topic is lost, and given what it lacks: a consumer that begins anew sees 1…n of each tenant, whatever happens."""

import asyncio
import json
import random
import signal
from collections import defaultdict
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from always_true import log_holds, read_models_equal_fold, topic_equals_log
from faults.relay_here import run_relay_command
from faults.test_instances import shared_by
from faults.test_open_transaction import partition_of
from faults.test_topic_ahead_of_store import send_foreign_record
from faults.topic_lost import empty, raise_partitions
from started import Started
from system import PROJECTORS, WAIT_SECONDS, System, data_of, eventually, register
from traffic import answered, new_seed, traffic, write

KILLS = 3
MORE_PARTITIONS = 12


async def republish(system: System, *arguments: str, code: int = 0) -> Any:
    """What it says as JSON."""
    done = await run_relay_command(system, "republish", "--json", *arguments)
    assert done.returncode == code, f"{done.stdout!r}\n{done.stderr!r}\n{system.logs()}"
    return json.loads(done.stdout)


async def status(system: System, *, code: int = 0) -> Any:
    done = await run_relay_command(system, "status", "--json")
    assert done.returncode == code, done.stderr
    return json.loads(done.stdout)


async def whole(system: System) -> None:
    """Each event once and in order, and one republish more changes nothing."""
    await system.outbox_empty()
    await log_holds(system.database)
    await topic_equals_log(system)
    before = len(await system.records())
    said = await republish(system)
    assert (said["events_missing"], said["events_sent"]) == (0, 0)
    assert len(await system.records()) == before


async def has_records(system: System) -> bool:
    return bool(await system.records())


async def register_and_wait(system: System) -> None:
    """The relay leads again and publishes."""
    async with system.client() as client:
        await register(client)
    await system.outbox_empty()


@pytest.mark.parametrize("how", ["records deleted", "topic made anew"])
@pytest.mark.parametrize("relay", ["stopped", "frozen", "goes on"])
async def test_a_topic_that_is_lost_amid_live_traffic_becomes_whole_again(system: System, how: str, relay: str) -> None:
    system.start("command-api")
    process = system.start("relay")
    projector = system.start("projector-patient")
    await system.ready()
    async with traffic(system, seed=new_seed(), tenants=4, clinics=1) as day:
        await write(day, events=300)
        await system.outbox_empty()
        writing = asyncio.create_task(write(day, events=1000, writers=4))
        try:
            if relay == "stopped":
                await system.end(process)
            elif relay == "frozen":
                process.send_signal(signal.SIGSTOP)
            await empty(system, how)
            if relay == "goes on":
                # It has published what came since: nothing can be put before that.
                await writing
                await system.outbox_empty()
                said = await republish(system, code=3)
                assert said["events_sent"] == 0
                assert said["out_of_order"]
                assert (await republish(system, "--anew", "--dry-run", code=1))["events_missing"] >= 300
                said = await republish(system, "--anew")
            else:
                said = await republish(system)
            assert said["events_sent"] == said["events_missing"] >= 300
            if relay == "stopped":
                process = system.start("relay")
            elif relay == "frozen":
                process.send_signal(signal.SIGCONT)
        finally:
            await writing
        await write(day, events=1100)

    await whole(system)
    assert process.poll() is None, system.logs()
    assert projector.poll() is None, system.logs()
    await system.caught_up("patient")
    await read_models_equal_fold(system.database, "patient")


async def test_a_topic_that_is_gone_is_made_before_the_relay_sends_again(system: System) -> None:
    system.start("command-api")
    relay = system.start("relay")
    await system.ready()
    async with traffic(system, seed=new_seed(), tenants=4, clinics=1) as day:
        await write(day, events=300)
        await system.outbox_empty()
        writing = asyncio.create_task(write(day, events=800, writers=4))
        try:
            await empty(system, "topic deleted")
            assert (await republish(system, "--make-topic"))["events_sent"] >= 300
        finally:
            await writing
    await whole(system)
    assert relay.poll() is None, system.logs()


async def test_a_republish_that_is_killed_again_and_again_goes_on_and_no_relay_leads_meanwhile(system: System) -> None:
    seed = new_seed()
    rng = random.Random(seed)
    system.start("command-api")
    relay = system.start("relay")
    await system.ready()
    async with traffic(system, seed=seed, tenants=3, clinics=1) as day:
        await write(day, events=600)
        await system.outbox_empty()
        await system.end(relay)
        await empty(system, "records deleted")
        writing = asyncio.create_task(write(day, events=1000, writers=2))
        try:
            system.settings["HEALZ_RELAY_BATCH_EVENTS_MAX"] = "2"
            for kill in range(KILLS):
                log = system.folder / f"republish-{kill}.log"
                killed = Started("relay", ["republish"], environment=system.environment("relay"), output=log)
                if kill:
                    await asyncio.sleep(rng.uniform(0.5, 1.2))  # at any moment
                else:
                    await eventually(partial(has_records, system))
                assert killed.poll() is None, log.read_text()
                how = rng.choice([signal.SIGKILL, signal.SIGTERM])
                killed.send_signal(how)
                assert await asyncio.to_thread(killed.wait, WAIT_SECONDS) == (-9 if how is signal.SIGKILL else 130)
            standing_by = system.start("relay")
            await asyncio.sleep(2)  # it would take the lease within a quarter of a second
            assert (await status(system, code=1))["republish"] == "all"
            # One tenant alone would leave the others behind a hole.
            done = await run_relay_command(system, "republish", "--tenant", str(system.tenant_id))
            assert done.returncode == 4, done.stderr
            del system.settings["HEALZ_RELAY_BATCH_EVENTS_MAX"]
            assert 0 < (await republish(system))["events_sent"] < 600
        finally:
            await writing
    await whole(system)
    await register_and_wait(system)
    assert (await status(system))["republish"] is None
    assert standing_by.poll() is None, system.logs()


async def test_one_tenant_alone(system: System) -> None:
    system.start("command-api")
    relay = system.start("relay")
    await system.ready()
    async with traffic(system, seed=new_seed(), tenants=3, clinics=1) as day:
        await write(day, events=300)
    await system.outbox_empty()
    await system.end(relay)
    await empty(system, "records deleted")
    heads = await system.database.heads()
    one = ("--tenant", str(system.tenant_id))

    said = await republish(system, *one, "--dry-run", code=1)
    assert said["missing"] == [{"tenant_id": one[1], "first": 1, "last": heads[system.tenant_id]}]
    assert await system.records() == []
    assert (await republish(system, *one))["events_sent"] == heads[system.tenant_id]
    seen = [data_of(record) for record in await system.records()]
    assert {event["tenant_id"] for event in seen} == {one[1]}
    assert [event["position"] for event in seen] == list(range(1, heads[system.tenant_id] + 1))
    assert (await republish(system, *one))["events_sent"] == 0
    assert (await republish(system))["events_sent"] == sum(heads.values()) - heads[system.tenant_id]
    system.start("relay")
    await whole(system)


async def test_more_partitions_amid_live_traffic(system: System) -> None:
    # One at least whose events go to another partition then.
    system.tenant_id = next(key for key in iter(uuid7, None) if partition_of(key) != partition_of(key, MORE_PARTITIONS))
    system.start("command-api")
    relay = system.start("relay")
    projectors = {name: system.start(name) for name in PROJECTORS}
    await system.ready()
    async with traffic(system, seed=new_seed(), tenants=8, patients=3, clinics=1) as day:
        await write(day, events=400)
        writing = asyncio.create_task(write(day, events=1500))
        await raise_partitions(system, MORE_PARTITIONS)
        await asyncio.sleep(1)  # some events later
        await system.end(relay, signal.SIGKILL)
        relay = system.start("relay")
        # Who starts now has all of them at once, and says so; the others learn of them within five minutes, and have
        # the events by reconcile until then.
        assert await system.end(projectors["projector-journey"]) == 0, system.logs()
        projectors["projector-journey"] = system.start("projector-journey")
        await shared_by(projectors["projector-journey"], partitions=MORE_PARTITIONS)
        await writing
        assert not [own.failures for own in day if own.failures]
    await system.outbox_empty()
    stored = {str(row[0]) for row in await system.database.admin.fetch("SELECT event_id FROM event_store.events")}
    assert answered(day) <= stored, "an event that was answered is gone"
    await log_holds(system.database)

    partitions: dict[str, set[int]] = defaultdict(set)
    positions: dict[str, list[int]] = defaultdict(list)
    for record in sorted(await system.records(), key=lambda record: (record.key, record.partition, record.offset)):
        event = data_of(record)
        run = positions[event["tenant_id"]]
        # On each partition in order: what comes after a lower one came from another partition.
        same = record.partition in partitions[event["tenant_id"]]
        assert not same or event["position"] == run[-1] + 1
        partitions[event["tenant_id"]].add(record.partition)
        run.append(event["position"])
    heads = await system.database.heads()
    assert {tenant: sorted(run) for tenant, run in positions.items()} == {
        str(tenant_id): list(range(1, head + 1)) for tenant_id, head in heads.items()
    }
    assert any(len(found) == 2 for found in partitions.values()), "no tenant's partition became another"
    assert (await republish(system))["events_missing"] == 0
    await system.caught_up()
    assert [process.poll() for process in (relay, *projectors.values())] == [None] * 4, system.logs()
    await read_models_equal_fold(system.database)

    # What is sent anew goes to one partition again.
    assert (await republish(system, "--anew"))["events_sent"] == sum(heads.values())
    await whole(system)


async def test_an_event_that_the_store_does_not_have_stops_it(system: System) -> None:
    system.start("command-api")
    relay = system.start("relay")
    await system.ready()
    async with system.client() as client:
        await register(client)
    await system.outbox_empty()
    await system.end(relay)
    await send_foreign_record(system)
    before = len(await system.records())
    for how in ((), ("--anew",), ("--dry-run",)):
        said = await republish(system, *how, code=3)
        assert said["events_sent"] == 0
        assert "the store has nothing there" in said["strangers"][str(system.tenant_id)]
    assert len(await system.records()) == before
    done = await run_relay_command(system, "republish")
    assert b"contradict each other" in done.stdout


async def test_a_gap_in_the_store_stops_its_tenant_alone(system: System) -> None:
    system.start("command-api")
    relay = system.start("relay")
    await system.ready()
    other = uuid7()
    async with system.client() as client, system.client(tenant_id=other) as there:
        lost = await register(client)
        await register(client)
        await register(there)
        await system.outbox_empty()
        await system.end(relay)
        await empty(system, "topic deleted")
        await system.database.admin.execute("UPDATE event_store.events SET position = 7 WHERE patient_id = $1", lost)
        said = await republish(system, "--make-topic", code=3)
        assert said["gaps"] == {str(system.tenant_id): "the store has 2 of positions 2 to 7"}
        assert said["events_sent"] == (await system.database.heads())[other]
        assert {UUID(data_of(record)["tenant_id"]) for record in await system.records()} == {other}
        state = await status(system, code=1)
        assert (state["republish"], state["halted_tenants"]) == (None, 1)
        shown = await run_relay_command(system, "republish")
        assert (shown.returncode, b"1 tenants are halted" in shown.stdout) == (3, True), shown

        # Whoever leads next leaves that tenant out, and no other.
        system.start("relay")
        await register(client)
        await register(there)

        async def sent() -> bool:
            return len(await system.records()) == (await system.database.heads())[other]

        await eventually(sent)
        assert {UUID(data_of(record)["tenant_id"]) for record in await system.records()} == {other}


async def test_where_the_store_has_a_gap_nothing_is_deleted(system: System) -> None:
    system.start("command-api")
    relay = system.start("relay")
    await system.ready()
    async with system.client() as client:
        await register(client)
        lost = await register(client)
        await system.outbox_empty()
        await empty(system, "records deleted")
        await register(client)
        await system.outbox_empty()
    await system.end(relay)
    await system.database.admin.execute("DELETE FROM event_store.events WHERE patient_id = $1", lost)
    said = await republish(system, "--anew", code=3)
    assert said["gaps"] == {str(system.tenant_id): "the store has 2 of positions 1 to 3"}
    assert (said["strangers"], said["events_sent"], len(await system.records())) == ({}, 0, 1)
    assert (await status(system, code=1))["halted_tenants"] == 0


async def test_status_shows_what_the_database_knows_while_kafka_is_away(system: System) -> None:
    system.settings["KAFKA_BOOTSTRAP_SERVERS"] = "127.0.0.1:1"
    system.start("command-api")
    await system.ready()
    async with system.client() as client:
        await register(client)
    said = await status(system, code=2)
    assert (said["leads"], said["outbox_events"], said["partitions"]) == (False, 1, None)
    shown = await run_relay_command(system, "status")
    assert b"Kafka does not answer" in shown.stdout
    assert b"KafkaConnectionError" in shown.stderr


async def test_status_says_whether_somebody_leads_and_what_waits(system: System) -> None:
    system.start("command-api")
    relay = system.start("relay")
    await system.ready()
    async with system.client() as client:
        await register(client)
        await system.outbox_empty()
        said = await status(system)
        assert (said["leads"], said["outbox_events"], said["partitions"]) == (True, 0, 6)
        await system.end(relay)
        await register(client)
    said = await status(system, code=1)
    assert (said["leads"], said["outbox_events"], said["republish"]) == (False, 1, None)
    shown = await run_relay_command(system, "status")
    assert b"nobody" in shown.stdout


async def test_without_a_topic_it_says_so(system: System) -> None:
    system.settings["HEALZ_TOPIC"] = f"{system.topic}.gone"
    for command in (("status",), ("republish",), ("republish", "--dry-run")):
        done = await run_relay_command(system, *command)
        assert done.returncode == 2, done
        assert b"there is no topic" in done.stderr
