"""Relays die, start twice, freeze and wake up: a read_committed consumer still sees each event once and in order."""

import asyncio
import random
import signal

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from always_true import log_holds, topic_equals_log
from faults.relay_here import relay_here
from started import Started
from system import System, eventually
from traffic import amid, answered, new_seed, traffic, write

EVENTS = 5000
KILLS = 6


async def leading(system: System, relays: list[Started]) -> Started:
    """The one of these whose log says that it leads; waits for it. Only for relays that have not led before."""
    found: list[Started] = []

    async def one_leads() -> bool:
        for relay in relays:
            log = system.folder / f"relay-{system.processes.index(relay)}.log"
            if '"leading"' in log.read_text():
                found.append(relay)
        return bool(found)

    await eventually(one_leads)
    assert len(found) == 1, "two lead at once"
    return found[0]


async def drop_leaders_session(system: System) -> None:
    """As PostgreSQL does once it notices that the leader's machine is gone; the lease is free then."""
    await system.database.admin.execute("SELECT pg_terminate_backend(session_pid) FROM event_store.relay_lease")


async def drained_once(system: System) -> None:
    await system.outbox_empty()
    await log_holds(system.database)
    await topic_equals_log(system)


async def test_a_relay_killed_again_and_again_among_5000_events_sends_each_once(system: System) -> None:
    seed = new_seed()
    rng = random.Random(seed)
    system.settings["HEALZ_RELAY_BATCH_EVENTS_MAX"] = "60"
    system.start("command-api")
    relay = system.start("relay")
    await system.ready()
    async with traffic(system, seed=seed, tenants=5, clinics=1) as day:
        writing = asyncio.create_task(write(day, events=EVENTS, writers=10))
        try:
            for kill in range(1, KILLS + 1):
                while len(answered(day)) < EVENTS * kill / (KILLS + 1):
                    await asyncio.sleep(rng.uniform(0.01, 0.05))  # until so many are answered
                assert relay.poll() is None, system.logs()
                await system.end(relay, signal.SIGKILL)
                relay = system.start("relay")
        finally:
            await writing

    await drained_once(system)


async def test_a_relay_killed_while_it_drains_a_full_outbox_sends_each_event_once(system: System) -> None:
    seed = new_seed()
    rng = random.Random(seed)
    system.settings["HEALZ_RELAY_BATCH_EVENTS_MAX"] = "20"
    system.start("command-api")
    await system.ready()
    async with traffic(system, seed=seed, tenants=4, clinics=1) as day:
        await write(day, events=1500)
    left = await system.database.admin.fetchval("SELECT count(*) FROM event_store.outbox")
    longest = 0.4
    while left:
        relay = system.start("relay")
        await leading(system, [relay])
        await asyncio.sleep(rng.uniform(0.05, longest))  # at any moment
        await system.end(relay, signal.SIGKILL)
        before, left = left, await system.database.admin.fetchval("SELECT count(*) FROM event_store.outbox")
        # On a slow machine none might come so far as to send anything.
        longest *= 1.5 if before == left else 1
        print(f"{before} → {left} rows")

    await drained_once(system)


async def test_of_two_relays_one_leads_and_the_other_follows_when_it_is_killed(system: System) -> None:
    system.start("command-api")
    relays = [system.start("relay"), system.start("relay")]
    await system.ready()
    async with traffic(system, seed=new_seed(), tenants=3, clinics=1) as day:
        leader = await leading(system, relays)
        (other,) = (relay for relay in relays if relay is not leader)
        writing = asyncio.create_task(write(day, events=1500))
        try:
            await amid(day, 500)
            await system.end(leader, signal.SIGKILL)
            assert await leading(system, [other]) is other
        finally:
            await writing

    assert other.poll() is None
    await drained_once(system)


async def test_a_leader_that_froze_and_wakes_up_sends_nothing_twice(system: System) -> None:
    seed = new_seed()
    rng = random.Random(seed)
    system.start("command-api")
    relays = [system.start("relay"), system.start("relay")]
    await system.ready()
    async with traffic(system, seed=seed, tenants=3, clinics=1) as day:
        leader = await leading(system, relays)
        (other,) = (relay for relay in relays if relay is not leader)
        writing = asyncio.create_task(write(day, events=2500))
        try:
            await asyncio.sleep(rng.uniform(0.8, 1.5))  # in the middle of writing
            leader.send_signal(signal.SIGSTOP)
            # Its machine vanished: PostgreSQL drops the session, and with it the lock.
            await drop_leaders_session(system)
            assert await leading(system, [other]) is other
            await asyncio.sleep(1)  # the other leads meanwhile
            leader.send_signal(signal.SIGCONT)
        finally:
            await writing

    assert leader.poll() is None, system.logs()
    assert other.poll() is None, system.logs()
    await drained_once(system)


async def test_a_leader_that_was_replaced_amid_a_transaction_cannot_commit_it_any_more(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit, about_to_commit, go_on = AIOKafkaProducer.commit_transaction, asyncio.Event(), asyncio.Event()
    refused: list[Exception] = []

    async def hesitates(producer: AIOKafkaProducer) -> None:
        about_to_commit.set()
        await go_on.wait()
        try:
            await commit(producer)
        except KafkaError as error:
            refused.append(error)
            raise

    system.start("command-api")
    await system.ready()
    async with traffic(system, seed=new_seed(), tenants=2, patients=5, clinics=1) as day:
        await write(day, events=60)
        with monkeypatch.context() as slow:
            slow.setattr(AIOKafkaProducer, "commit_transaction", hesitates)
            # It does not ask for its lease meanwhile: the fence alone has to hold.
            async with relay_here(system, healz_relay_lease_seconds=600):
                await about_to_commit.wait()
                await drop_leaders_session(system)
                successor = system.start("relay")
                # Without the fence it would wait here for the transaction that the other one holds open: 30 seconds.
                await system.outbox_empty(25)
                await write(day, events=120)
                go_on.set()

                async def was_refused() -> bool:
                    return bool(refused)

                await eventually(was_refused)

    assert successor.poll() is None, system.logs()
    await drained_once(system)
