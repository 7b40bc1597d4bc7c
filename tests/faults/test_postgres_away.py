"""Without PostgreSQL everybody hears so, and when it is back everything goes on, in the same processes."""

import asyncio
import signal
from functools import partial
from typing import Any

import httpx

from always_true import nothing_lost_or_doubled
from faults.durations import LONG, lasting
from started import Started
from system import PROJECTORS, SERVICES, WAIT_SECONDS, System, eventually, new_phone, register
from traffic import amid, answered, going_on, new_seed, traffic, write


def says_try_again(answer: httpx.Response) -> bool:
    return (
        answer.status_code == 503
        and answer.headers["content-type"] == "application/problem+json"
        and int(answer.headers["retry-after"]) > 0
        and answer.json()["type"] == "urn:healz:problem:unavailable"
        and "postgres" not in answer.text.lower()
    )


async def test_without_postgres_all_is_503_and_afterwards_all_goes_on_without_a_restart(system: System) -> None:
    processes = {name: system.start(name) for name in SERVICES}
    await system.ready()
    async with traffic(system, seed=new_seed(), tenants=2, clinics=1) as day, system.client() as client:
        patient_id = await register(client)
        await write(day, events=200)
        writing = asyncio.create_task(write(day, events=900))
        requests: list[Any] = [
            lambda: client.post("/v1/patients", json={"phone": new_phone(), "full_name": "Rita"}),
            lambda: client.get(f"/v1/patients/{patient_id}"),
            lambda: client.get("/v1/patients?name=rita"),
            lambda: client.get(f"/v1/patients/{patient_id}/history"),
            lambda: client.put("/v1/tenant", json={"name": "Rede"}),
            lambda: client.get(f"/v1/appointments?doctor_id={patient_id}"),
        ]
        async with system.servers.without_postgres():
            for request in requests * 3:
                answer = await asyncio.wait_for(request(), WAIT_SECONDS)
                assert says_try_again(answer), f"{answer.status_code} {answer.headers} {answer.text}"
            assert (await client.get("/health/ready")).status_code == 503
            assert (await client.get("/health/live")).status_code == 200
        await system.database.reconnect()

        async def answers() -> bool:
            return (await client.get(f"/v1/patients/{patient_id}")).status_code == 200

        await eventually(answers)
        await asyncio.wait_for(writing, 2 * WAIT_SECONDS)
        assert all(traffic.answers.keys().isdisjoint({"500", "502"}) for traffic in day), [
            traffic.failures[:3] for traffic in day
        ]
        assert sum(traffic.answers["503"] for traffic in day) > 0

    await system.caught_up()
    assert {name: process.poll() for name, process in processes.items()} == dict.fromkeys(SERVICES), system.logs()
    await nothing_lost_or_doubled(system, answered(day))


async def test_a_killed_postgres_loses_nothing_that_was_answered(system: System) -> None:
    processes = {name: system.start(name) for name in SERVICES}
    await system.ready()
    async with traffic(system, seed=new_seed(), tenants=2, clinics=1) as day:
        await write(day, events=200)
        writing = asyncio.create_task(write(day, events=1200))
        await amid(day, 400)
        async with system.servers.without_postgres(crash=True):
            pass
        await system.database.reconnect()
        await asyncio.wait_for(writing, 2 * WAIT_SECONDS)
        assert all(traffic.answers["500"] == 0 for traffic in day), [traffic.failures[:3] for traffic in day]

    await system.caught_up()
    assert {name: process.poll() for name, process in processes.items()} == dict.fromkeys(SERVICES), system.logs()
    await nothing_lost_or_doubled(system, answered(day))


async def test_away_for_longer_than_anybody_waits_and_no_projector_has_to_start_anew(system: System) -> None:
    """They hold a batch all the while: longer than Kafka waits for a poll, and than the watchdog for progress."""
    seconds = lasting(system, short=12, long=600)
    processes = {name: system.start(name) for name in SERVICES}
    projectors = [processes[name] for name in PROJECTORS]
    await system.ready()
    async with traffic(system, seed=new_seed(), tenants=2, patients=8, clinics=1) as day:
        await write(day, events=100)
        await system.caught_up()
        for process in projectors:
            process.send_signal(signal.SIGSTOP)
        await write(day, events=150)
        await system.outbox_empty()
        async with going_on(day, pause_seconds=1 if LONG else 0.1):
            async with system.servers.without_postgres():
                for process in projectors:
                    process.send_signal(signal.SIGCONT)
                for process in projectors:
                    await eventually(partial(has_said, process, "a batch can't get on"))
                await asyncio.sleep(seconds)  # longer than they wait
                for process in projectors:
                    await eventually(partial(has_said, process, "no progress, for the database does not answer"))
            await system.database.reconnect()
            await system.ready()
            await asyncio.sleep(2)  # of traffic that is taken again

    assert sum(own.answers["503"] for own in day) > 0
    await nothing_lost_or_doubled(system, answered(day))
    assert {name: process.poll() for name, process in processes.items()} == dict.fromkeys(SERVICES), system.logs()
    for process in projectors:
        # What was missed reconcile has brought meanwhile; the consumer itself comes back with its next poll.
        await eventually(partial(rebalanced, process))


async def has_said(process: Started, message: str) -> bool:
    return message in [line["message"] for line in process.said()]


async def rebalanced(process: Started) -> bool:
    """Whether it was longer than Kafka waits: the group went on without it, and has it again."""
    said = [line["message"] for line in process.said()]
    return "partitions assigned" in said[said.index("a batch can't get on") :]
