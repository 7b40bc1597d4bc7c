"""Requests that once were answered with 500, and reaches beyond a clinic: each is refused in order now."""

import base64
import json

import pytest

from system import System, book, in_days, put_clinic, register


def cursor(*values: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode()


ANY_ID = "0b5c1f6e-6d0a-7c3e-9d53-3a1f2c4e5d60"
QUERIES = [
    ("/v1/patients", {"name": "\x00"}),
    *(
        ("/v1/patients", {"after": after})
        for after in (
            cursor("x", "y"),
            cursor("x", 5),
            cursor("x", None),
            cursor(None, None),
            cursor("", ""),
            cursor("\x00", ANY_ID),
            base64.urlsafe_b64encode(b"[" * 1400).decode(),
            base64.urlsafe_b64encode(b'["\\ud800","' + ANY_ID.encode() + b'"]').decode(),
            "é",
        )
    ),
    *(
        ("/v1/appointments", {"clinic_id": ANY_ID} | more)
        for more in (
            {"after": cursor("x", ANY_ID)},
            {"after": cursor("2020-01-01T00:00:00Z", "x")},
            {"after": cursor("9999-12-31T23:59:59-14:00", ANY_ID)},
            {"day": "9999-12-31"},
            {"day": "0001-01-01"},
            {"from": "9999-12-31T00:00:00Z", "until": "9999-12-31T23:59:59Z"},
            {"from": "0001-01-01T00:00:00+14:00", "until": "0001-01-02T00:00:00Z"},
        )
    ),
]


async def test_no_query_is_answered_with_500(api: System) -> None:
    async with api.client() as client:
        answers = [(path, query, await client.get(path, params=query)) for path, query in QUERIES]
    assert [(path, query, answer.status_code) for path, query, answer in answers if answer.status_code != 422] == []


@pytest.mark.parametrize("body", [b"[" * 1000 + b"]" * 1000, b"", b"null"])
async def test_no_body_is_answered_with_500(api: System, body: bytes) -> None:
    async with api.client() as client:
        answer = await client.post("/v1/patients", content=body, headers={"content-type": "application/json"})
    assert answer.status_code in (400, 422), answer.text
    assert answer.headers["content-type"] == "application/problem+json"


async def test_the_api_page_has_no_other_files(api: System) -> None:
    async with api.client() as client:
        for path in ("/schema-ui/%00", f"/schema-ui/{'a' * 5000}", "/schema-ui/..%2f..%2fetc/passwd"):
            assert (await client.get(path)).status_code == 404


async def test_a_time_may_come_with_any_offset(api: System) -> None:
    async with api.client() as client:
        clinic = await put_clinic(client)
        await book(client, await register(client), clinic, scheduled_for="2040-01-01T10:00:00+23:59")
    event = (await api.database.log(api.tenant_id))[1]
    assert event.event_data.model_dump(mode="json")["scheduled_for"] == "2039-12-31T10:01:00.000000Z"


async def test_who_belongs_to_one_clinic_cancels_nothing_in_another(api: System) -> None:
    async with api.client() as admin:
        here, there = await put_clinic(admin), await put_clinic(admin)
        patient_id = await register(admin)
        await book(admin, patient_id, there)
    before = len(await api.database.log(api.tenant_id))
    async with api.client("receptionist", clinics=[here.clinic_id]) as client:
        answer = await client.put(f"/v1/patients/{patient_id}/status", json={"status": "inactive"})
    assert (answer.status_code, answer.json()["rule"]) == (409, "touches_another_clinic")
    assert len(await api.database.log(api.tenant_id)) == before


async def test_a_search_tells_nothing_of_another_clinics_journeys(system: System) -> None:
    await system.start_all()
    async with system.client() as admin:
        here, there = await put_clinic(admin), await put_clinic(admin)
        patient_id = await register(admin)
        appointment_id = await book(admin, patient_id, there)
        for days in (2, 3):  # the second time is a sign of risk
            body = {"scheduled_for": in_days(days)}
            (await admin.post(f"/v1/appointments/{appointment_id}/reschedule", json=body)).raise_for_status()
        await system.caught_up("patient")
    for clinic, found in ((there, True), (here, False)):
        async with system.client("receptionist", clinics=[clinic.clinic_id]) as client:
            page = (await client.get("/v1/patients", params={"stage": "scheduled"})).json()
            patient = (await client.get(f"/v1/patients/{patient_id}")).json()
        assert [item["patient_id"] for item in page["items"]] == ([str(patient_id)] if found else [])
        shown = (patient["current_journey_stage"], patient["risk_score"])
        assert shown == (("scheduled", 0.4) if found else (None, 0))
