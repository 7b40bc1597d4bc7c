"""Writers at the same time: one wins where there can be one, nobody's fact is lost, nobody deadlocks."""

import asyncio
from collections import Counter
from typing import Any
from uuid import UUID

import httpx
import pytest

from always_true import log_holds
from system import System, book, in_days, new_phone, put_clinic, register
from traffic import new_seed, traffic

WRITERS = 8


def told(answers: list[httpx.Response]) -> Counter[tuple[int, str | None]]:
    return Counter((answer.status_code, answer.json().get("rule")) for answer in answers)


async def appointment_events(system: System, appointment_id: UUID) -> list[tuple[str, int]]:
    log = await system.database.log(system.tenant_id)
    return [(event.event_type, event.aggregate_version) for event in log if event.aggregate_id == appointment_id]


async def test_of_eight_that_act_on_one_version_one_does_and_seven_hear_that_it_changed(api: System) -> None:
    async with api.client() as client:
        appointment_id = await book(client, await register(client), await put_clinic(client))
        bodies = [
            ("confirmation", {"confirmation_method": "phone"}),
            ("cancellation", {}),
            ("reschedule", {"scheduled_for": in_days(9)}),
        ]
        answers = await asyncio.gather(
            *(
                client.post(f"/v1/appointments/{appointment_id}/{what}", json=body, headers={"If-Match": '"1"'})
                for what, body in (bodies[n % 3] for n in range(WRITERS))
            )
        )

    assert told(answers) == {(200, None): 1, (412, None): WRITERS - 1}
    assert {answer.json()["version"] for answer in answers} == {2}
    assert [version for _, version in await appointment_events(api, appointment_id)] == [1, 2]
    await log_holds(api.database)


async def test_of_eight_cancellations_one_cancels_and_seven_hear_the_rule(api: System) -> None:
    async with api.client() as client:
        appointment_id = await book(client, await register(client), await put_clinic(client))
        answers = await asyncio.gather(
            *(client.post(f"/v1/appointments/{appointment_id}/cancellation", json={}) for _ in range(WRITERS))
        )

    assert told(answers) == {(200, None): 1, (409, "appointment_not_live"): WRITERS - 1}
    assert await appointment_events(api, appointment_id) == [("AppointmentScheduled", 1), ("AppointmentCancelled", 2)]
    await log_holds(api.database)


async def test_eight_confirmations_at_once_are_all_kept(api: System) -> None:
    async with api.client() as client:
        appointment_id = await book(client, await register(client), await put_clinic(client))
        body = {"confirmation_method": "whatsapp"}
        answers = await asyncio.gather(
            *(client.post(f"/v1/appointments/{appointment_id}/confirmation", json=body) for _ in range(WRITERS))
        )

    assert told(answers) == {(200, None): WRITERS}
    assert sorted(answer.json()["version"] for answer in answers) == list(range(2, WRITERS + 2))
    counts = [
        event.event_data.model_dump()["confirmation_count"]
        for event in await api.database.log(api.tenant_id)
        if event.event_type == "AppointmentConfirmed"
    ]
    assert counts == list(range(1, WRITERS + 1))
    await log_holds(api.database)


async def test_a_phone_goes_to_one_of_eight(api: System) -> None:
    body = {"phone": new_phone(), "full_name": "Maria da Penha"}
    async with api.client() as client:
        answers = await asyncio.gather(*(client.post("/v1/patients", json=body) for _ in range(WRITERS)))

    assert told(answers) == {(201, None): 1, (409, "phone_taken"): WRITERS - 1}
    assert len(await api.database.log(api.tenant_id)) == 1


async def bookings_at_once(client: httpx.AsyncClient, bodies: list[dict[str, Any]]) -> list[httpx.Response]:
    frame = {"appointment_type": "return", "duration": 30}
    return await asyncio.gather(*(client.post("/v1/appointments", json=frame | body) for body in bodies))


async def test_a_doctors_time_goes_to_one_of_eight_patients(api: System) -> None:
    async with api.client() as client:
        clinic = await put_clinic(client)
        patients = [await register(client) for _ in range(WRITERS)]
        at = in_days(3)
        doctor = {"clinic_id": str(clinic.clinic_id), "doctor_id": str(clinic.doctor_id), "scheduled_for": at}
        answers = await bookings_at_once(client, [doctor | {"patient_id": str(patient_id)} for patient_id in patients])

    assert told(answers) == {(201, None): 1, (409, "doctor_overlap"): WRITERS - 1}
    await log_holds(api.database)


async def test_a_patient_is_booked_in_one_of_eight_clinics_at_a_time(api: System) -> None:
    async with api.client() as client:
        clinics = [await put_clinic(client) for _ in range(WRITERS)]
        patient = {"patient_id": str(await register(client))}
        answers = await bookings_at_once(
            client,
            [
                patient
                | {
                    "clinic_id": str(clinic.clinic_id),
                    "doctor_id": str(clinic.doctor_id),
                    # Each overlaps each other by at least a minute.
                    "scheduled_for": in_days(3 + n / 24 / 60),
                }
                for n, clinic in enumerate(clinics)
            ],
        )

    assert told(answers) == {(201, None): 1, (409, "patient_overlap"): WRITERS - 1}
    await log_holds(api.database)


async def test_sixteen_writers_on_fifty_patients_for_half_a_minute_never_deadlock(api: System) -> None:
    if api.servers.postgres is None:
        pytest.skip("reads PostgreSQL's log: needs the run's own server, not one that HEALZ_TEST_DATABASE_URL names")
    log = api.servers.postgres.log_file
    begin = log.stat().st_size
    async with traffic(api, seed=new_seed(), patients=50) as (day,):
        await day.write(events=1001, seconds=30, writers=16)

    assert not day.failures, day.failures[:3]
    assert day.answers["conflict"] <= day.answers["done"] / 1000, f"retries did not do: {day.answers}"
    assert "deadlock" not in log.read_text(errors="replace")[begin:]
    await log_holds(api.database)
    assert {str(event.event_id) for event in await api.database.log(api.tenant_id)} == day.events
    assert len(day.events) > 1000, "too little happened to prove anything"
