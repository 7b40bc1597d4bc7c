"""A request that is sent again does nothing again, however many times and however close together."""

import asyncio
from typing import Any

import httpx
from uuid_utils.compat import uuid7

from always_true import log_holds
from system import System, book, in_days, new_phone, put_clinic, register

TIMES = 50


async def at_once(client: httpx.AsyncClient, path: str, body: dict[str, Any], key: str) -> list[httpx.Response]:
    return await asyncio.gather(*(client.post(path, json=body, headers={"Idempotency-Key": key}) for _ in range(TIMES)))


def is_one_answer(answers: list[httpx.Response], status: int) -> None:
    assert {answer.status_code for answer in answers} == {status}, {answer.text for answer in answers}
    assert len({(one.content, one.headers["etag"], one.headers["healz-position"]) for one in answers}) == 1


async def test_fifty_equal_registrations_bookings_and_confirmations_make_one_of_each(api: System) -> None:
    async with api.client() as client:
        clinic = await put_clinic(client)
        registered = await at_once(client, "/v1/patients", {"phone": new_phone(), "full_name": "Rita"}, "register")
        is_one_answer(registered, 201)
        body = {
            "patient_id": registered[0].json()["id"],
            "clinic_id": str(clinic.clinic_id),
            "doctor_id": str(clinic.doctor_id),
            "scheduled_for": in_days(1),
            "appointment_type": "first_visit",
        }
        booked = await at_once(client, "/v1/appointments", body, "book")
        is_one_answer(booked, 201)
        path = f"/v1/appointments/{booked[0].json()['id']}/confirmation"
        is_one_answer(await at_once(client, path, {"confirmation_method": "phone"}, "confirm"), 200)
        again = await client.post("/v1/appointments", json=body, headers={"Idempotency-Key": "book"})

    assert again.content == booked[0].content
    assert [event.event_type for event in await api.database.log(api.tenant_id)] == [
        "PatientRegistered",
        "AppointmentScheduled",
        "JourneyStarted",
        "JourneyStageChanged",
        "AppointmentConfirmed",
        "JourneyStageChanged",
    ]
    await log_holds(api.database)


async def test_a_key_is_for_one_request(api: System) -> None:
    async with api.client() as client:
        bodies = [{"phone": new_phone(), "full_name": name} for name in ("Rita", "Ana")]
        key = {"Idempotency-Key": "the same"}
        first = await client.post("/v1/patients", json=bodies[0], headers=key)
        other = await client.post("/v1/patients", json=bodies[1], headers=key)
        elsewhere = await client.put(f"/v1/patients/{first.json()['id']}/contact", json={"full_name": "R"}, headers=key)
        async with api.client(tenant_id=uuid7()) as stranger:
            theirs = await stranger.post("/v1/patients", json=bodies[1], headers=key)

    assert (first.status_code, other.status_code, elsewhere.status_code, theirs.status_code) == (201, 422, 422, 201)
    assert other.json()["rule"] == "key_reused"
    assert len(await api.database.log(api.tenant_id)) == 1


async def test_a_refusal_uses_no_key_up(api: System) -> None:
    async with api.client() as client:
        clinic = await put_clinic(client)
        appointment_id = await book(client, await register(client), clinic)
        path, key = f"/v1/appointments/{appointment_id}", {"Idempotency-Key": "try"}
        await client.post(f"{path}/cancellation", json={})
        before = len(await api.database.log(api.tenant_id))
        refused = await at_once(client, f"{path}/confirmation", {"confirmation_method": "phone"}, "try")
        kept = await api.database.admin.fetchval("SELECT count(*) FROM event_store.idempotency_keys")
        fresh = await client.post("/v1/patients", json={"phone": new_phone(), "full_name": "Rita"}, headers=key)

    assert {answer.status_code for answer in refused} == {409}
    assert kept == 0
    assert fresh.status_code == 201
    assert len(await api.database.log(api.tenant_id)) == before + 1


async def test_a_key_past_its_lifetime_is_free_again(api: System) -> None:
    key = {"Idempotency-Key": "daily"}
    async with api.client() as client:
        first = await client.post("/v1/patients", json={"phone": new_phone(), "full_name": "Rita"}, headers=key)
        await api.database.admin.execute(
            "UPDATE event_store.idempotency_keys SET created_at = created_at - interval '25 hours'"
        )
        second = await client.post("/v1/patients", json={"phone": new_phone(), "full_name": "Ana"}, headers=key)

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["id"] != second.json()["id"]
