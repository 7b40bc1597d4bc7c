"""A request that is sent again does nothing again, however many times and however close together."""

import asyncio
from typing import Any
from uuid import UUID

import httpx
from uuid_utils.compat import uuid7

from always_true import log_holds
from system import System, book, in_days, new_phone, put_clinic, register

TIMES = 50


async def at_once(client: httpx.AsyncClient, path: str, body: dict[str, Any], key: str) -> list[httpx.Response]:
    return await asyncio.gather(*(client.post(path, json=body, headers={"Idempotency-Key": key}) for _ in range(TIMES)))


def is_one_answer(answers: list[httpx.Response], status: int) -> None:
    assert {answer.status_code for answer in answers} == {status}, {answer.text for answer in answers}
    assert len({(answer.content, answer.headers["etag"], answer.headers["healz-position"]) for answer in answers}) == 1


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


async def test_every_answer_is_given_again_whatever_has_become_of_the_matter_since(api: System) -> None:
    given: list[tuple[str, str, dict[str, Any], httpx.Response]] = []
    async with api.client() as client, api.client(clinics=[uuid7()], role="receptionist") as elsewhere:

        async def give(path: str, body: dict[str, Any], method: str = "POST") -> str:
            key = {"Idempotency-Key": str(len(given))}
            answer = await client.request(method, path, json=body, headers=key)
            assert answer.status_code < 300, (path, answer.text)
            given.append((method, path, body, answer))
            return str(answer.json()["id"])

        clinic = await put_clinic(client)
        maria = f"/v1/patients/{await give('/v1/patients', {'phone': new_phone(), 'full_name': 'Maria'})}"
        await give(f"{maria}/contact", {"full_name": "Maria José"}, "PUT")
        begins = {"patient_id": maria.rsplit("/", 1)[1], "clinic_id": str(clinic.clinic_id)}
        journey = f"/v1/journeys/{await give('/v1/journeys', begins)}"
        await give(f"{journey}/escalation", {"escalation_reason": "não responde"})
        talk = f"/v1/conversations/{await give('/v1/conversations', begins)}"
        await give(f"{talk}/messages", {"direction": "inbound", "content": "Bom dia"})
        await give(f"{talk}/closure", {})
        booking = {"doctor_id": str(clinic.doctor_id), "scheduled_for": in_days(1), "appointment_type": "first_visit"}
        visit = f"/v1/appointments/{await give('/v1/appointments', begins | booking)}"
        await give(f"{visit}/confirmation", {"confirmation_method": "phone"})
        await give(f"{visit}/cancellation", {})
        await give(f"{journey}/completion", {"completion_reason": "other"})
        await give(f"{maria}/anonymize", {"reason": "patient_request"})
        before = await api.database.events()

        for number, (method, path, body, first) in enumerate(given):
            key = {"Idempotency-Key": str(number)}
            again = await client.request(method, path, json=body, headers=key)
            assert (again.status_code, again.content) == (first.status_code, first.content), path
            if not path.startswith("/v1/patients"):
                theirs = await elsewhere.request(method, path, json=body, headers=key)
                assert theirs.status_code == 404, path
                assert first.json()["id"] not in theirs.text.replace(path, ""), path
    assert await api.database.events() == before


async def test_who_may_not_see_the_clinic_gets_no_earlier_answer(api: System) -> None:
    async with api.client() as admin:
        here, there = await put_clinic(admin), await put_clinic(admin)
        patient_id = await register(admin)
    body = {
        "patient_id": str(patient_id),
        "clinic_id": str(here.clinic_id),
        "doctor_id": str(here.doctor_id),
        "scheduled_for": in_days(1),
        "appointment_type": "first_visit",
    }

    async def booked_by(clinics: list[UUID], key: str) -> httpx.Response:
        async with api.client("receptionist", clinics=clinics) as client:
            return await client.post("/v1/appointments", json=body, headers={"Idempotency-Key": key})

    first = await booked_by([here.clinic_id], "booking")
    with_it, without_it = await booked_by([there.clinic_id], "booking"), await booked_by([there.clinic_id], "another")
    again = await booked_by([here.clinic_id, there.clinic_id], "booking")

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert (with_it.status_code, without_it.status_code) == (404, 404)
    assert with_it.json()["title"] == without_it.json()["title"]
    assert first.json()["id"] not in with_it.text


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
