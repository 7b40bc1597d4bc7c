"""Without PostgreSQL everybody hears so, and when it is back everything goes on, in the same processes."""

import asyncio
from typing import Any

import httpx

from always_true import log_holds, read_models_equal_fold, topic_equals_log
from counted import read_models_agree_with_counts
from system import SERVICES, System, eventually, new_phone, register
from traffic import answered, new_seed, traffic, write


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
                answer = await asyncio.wait_for(request(), timeout=10)
                assert says_try_again(answer), f"{answer.status_code} {answer.headers} {answer.text}"
            assert (await client.get("/health/ready")).status_code == 503
            assert (await client.get("/health/live")).status_code == 200
        await system.database.reconnect()

        async def answers() -> bool:
            return (await client.get(f"/v1/patients/{patient_id}")).status_code == 200

        await eventually(answers, seconds=15)
        await asyncio.wait_for(writing, timeout=60)
        assert all(traffic.answers.keys().isdisjoint({"500", "502"}) for traffic in day), [
            traffic.failures[:3] for traffic in day
        ]
        assert sum(traffic.answers["503"] for traffic in day) > 0

    await system.caught_up()
    await system.outbox_empty()
    assert {name: process.poll() for name, process in processes.items()} == dict.fromkeys(SERVICES), system.logs()
    stored = {str(row[0]) for row in await system.database.admin.fetch("SELECT event_id FROM event_store.events")}
    assert answered(day) <= stored, "an event that was answered is gone"
    await log_holds(system.database)
    await topic_equals_log(system)
    await read_models_equal_fold(system.database)
    await read_models_agree_with_counts(system.database)


async def test_a_killed_postgres_loses_nothing_that_was_answered(system: System) -> None:
    processes = {name: system.start(name) for name in SERVICES}
    await system.ready()
    async with traffic(system, seed=new_seed(), tenants=2, clinics=1) as day:
        await write(day, events=200)
        writing = asyncio.create_task(write(day, events=1200))
        await asyncio.sleep(0.5)  # in the middle of writing
        async with system.servers.without_postgres(crash=True):
            pass
        await system.database.reconnect()
        await asyncio.wait_for(writing, timeout=60)
        assert all(traffic.answers["500"] == 0 for traffic in day), [traffic.failures[:3] for traffic in day]

    await system.caught_up()
    await system.outbox_empty()
    assert {name: process.poll() for name, process in processes.items()} == dict.fromkeys(SERVICES), system.logs()
    stored = {str(row[0]) for row in await system.database.admin.fetch("SELECT event_id FROM event_store.events")}
    assert answered(day) <= stored, "an event that was answered is gone"
    await log_holds(system.database)
    await topic_equals_log(system)
    await read_models_equal_fold(system.database)
