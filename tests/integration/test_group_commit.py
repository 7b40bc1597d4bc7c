"""Commands of one tenant that come together are recorded together, and each is answered as if it had come alone."""

import asyncio
from typing import Any

import httpx
from uuid_utils.compat import uuid7

from always_true import log_holds, topic_equals_log
from system import System, book, eventually, new_phone, put_clinic, register

TOGETHER = """
SELECT count(*), sum(last_position - first_position + 1)::integer FROM event_store.outbox WHERE tenant_id = $1
"""
WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted"
"""Statements that wait for a lock. (In a transaction pg_stat_activity shows only who was there when first asked.)"""
TURNS = 50
"""Far more of the event loop's than a request needs from its arrival to its place in line."""


async def held(system: System, requests: list[Any]) -> list[httpx.Response]:
    """The answers to requests that have all come before the first of them can be committed."""
    admin = system.database.admin
    async with admin.transaction():
        await admin.execute("SELECT FROM event_store.tenant_log WHERE tenant_id = $1 FOR UPDATE", system.tenant_id)
        first = asyncio.create_task(requests[0])

        async def waits() -> bool:
            return bool(await admin.fetchval(WAITING))

        await eventually(waits)
        others = [asyncio.create_task(request) for request in requests[1:]]
        # Until they have come, however slow the machine is: each answer to another client is a turn of theirs, too.
        async with system.client() as somebody:
            for _ in range(TURNS):
                assert (await somebody.get("/health/live")).status_code == 200
    return [await task for task in (first, *others)]


async def started(system: System) -> None:
    # So that all can come at once, and wait for as long as the test holds them.
    system.settings |= {
        "HEALZ_REQUESTS_AT_ONCE_MAX": "10",
        "HEALZ_REQUESTS_AT_ONCE_PER_TENANT_MAX": "10",
        "HEALZ_LOCK_TIMEOUT_SECONDS": "60",
        "HEALZ_STATEMENT_TIMEOUT_SECONDS": "60",
    }
    system.start("command-api")
    await system.ready()


async def test_those_who_wait_for_the_same_tenant_are_one_commit(system: System) -> None:
    await started(system)
    async with system.client() as client:
        await register(client)
        (before,) = await system.database.admin.fetch(TOGETHER, system.tenant_id)
        asked = [client.post("/v1/patients", json={"phone": new_phone(), "full_name": f"Ana {n}"}) for n in range(8)]
        answers = await held(system, asked)
    assert [answer.status_code for answer in answers] == [201] * 8
    (after,) = await system.database.admin.fetch(TOGETHER, system.tenant_id)
    assert (after[0] - before[0], after[1] - before[1]) == (2, 8)
    positions = sorted(int(answer.headers["Healz-Position"]) for answer in answers)
    assert positions == list(range(2, 10))
    log = {str(event.patient_id): event.position for event in await system.database.log(system.tenant_id)}
    assert all(log[answer.json()["id"]] == int(answer.headers["Healz-Position"]) for answer in answers)
    await log_holds(system.database)
    system.start("relay")
    await system.outbox_empty()
    await topic_equals_log(system)


async def test_each_hears_of_its_own_and_nobody_of_anothers(system: System) -> None:
    await started(system)
    async with system.client() as client:
        clinic = await put_clinic(client)
        patients = [await register(client) for _ in range(3)]
        visit = await book(client, patients[0], clinic)
        key, phone, taken = str(uuid7()), new_phone(), new_phone()
        await client.post("/v1/patients", json={"phone": taken, "full_name": "João"}, headers={"Idempotency-Key": key})

        def registers(phone: str, **headers: str) -> Any:
            return client.post("/v1/patients", json={"phone": phone, "full_name": "João"}, headers=headers)

        answers = await held(
            system,
            [
                registers(new_phone()),
                registers(phone),
                registers(phone),
                registers(taken, **{"Idempotency-Key": key}),
                registers(new_phone(), **{"Idempotency-Key": key}),
                client.put(f"/v1/patients/{patients[1]}/contact", json={"full_name": "Maria"}),
                client.put(f"/v1/patients/{patients[1]}/contact", json={"full_name": "Mariana"}),
                client.post(f"/v1/appointments/{visit}/cancellation", json={"reason": "viagem"}),
                client.post(f"/v1/appointments/{visit}/cancellation", json={"reason": "trabalho"}),
                registers(new_phone()),
            ],
        )
    said = [(answer.status_code, answer.json().get("rule")) for answer in answers]
    # Of two that are after the same thing, either may have come first.
    assert sorted(said[1:3]) == [(201, None), (409, "phone_taken")]
    assert said[:1] + said[3:7] == [(201, None), (201, None), (422, "key_reused"), (200, None), (200, None)]
    assert sorted(said[7:9]) == [(200, None), (409, "appointment_not_live")]
    assert said[9:] == [(201, None)]
    await log_holds(system.database)
