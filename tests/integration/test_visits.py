"""What becomes of visits, from the API to the rows: whose doing it was, and what it does to the patient."""

from typing import Any
from uuid import UUID

import httpx
import pytest

from always_true import read_models_equal_fold
from counted import read_models_agree_with_counts
from system import System, book, in_days, put_clinic, register


@pytest.fixture
async def everything(system: System) -> System:
    await system.start_all()
    return system


async def does(client: httpx.AsyncClient, appointment_id: UUID, act: str, **body: Any) -> dict[str, Any]:
    answer = await client.post(f"/v1/appointments/{appointment_id}/{act}", json=body)
    assert answer.is_success, answer.text
    result: dict[str, Any] = answer.json()
    return result


async def patient_row(client: httpx.AsyncClient, patient_id: UUID) -> dict[str, Any]:
    answer = await client.get(f"/v1/patients/{patient_id}")
    assert answer.is_success, answer.text
    row: dict[str, Any] = answer.json()
    return row


async def journey_of(client: httpx.AsyncClient, patient_id: UUID) -> dict[str, Any]:
    """The patient's one journey."""
    answer = await client.get("/v1/journeys", params={"patient_id": str(patient_id)})
    assert answer.is_success, answer.text
    [journey] = answer.json()["items"]
    row: dict[str, Any] = journey
    return row


async def test_what_the_clinic_cancels_does_not_count_against_the_patient(everything: System) -> None:
    system = everything
    async with system.client() as admin, system.client("bot") as bot:
        clinic = await put_clinic(admin)
        theirs, clinics = await register(admin), await register(admin)
        for patient_id, account in ((theirs, {}), (clinics, {"on_whose_account": "clinic"})):
            for days in (1, 2, 3):
                await does(admin, await book(admin, patient_id, clinic, days=days), "cancellation", **account)
        moved = await book(admin, clinics, clinic, days=4)
        for days in (5, 6):
            body = {"scheduled_for": in_days(days), "on_whose_account": "clinic", "on_behalf_of_patient": True}
            await does(bot, moved, "reschedule", **body)
        await system.caught_up()
        assert (await journey_of(admin, theirs))["risk_score"] == 0.5
        assert (await patient_row(admin, theirs))["cancelled_appointments"] == 3
        journey = await journey_of(admin, clinics)
        assert (journey["risk_score"], journey["risk_indicators"]) == (0, [])
        assert (journey["cancelled_appointments"], journey["total_appointments"]) == (0, 4)
        async with system.client("receptionist", clinics=[clinic.clinic_id]) as desk:
            for client in (admin, desk):
                row = await patient_row(client, clinics)
                assert (row["cancelled_appointments"], row["total_appointments"]) == (0, 4)
            shown = await desk.get(
                "/v1/appointments",
                params={
                    "clinic_id": str(clinic.clinic_id),
                    "from": in_days(0),
                    "until": in_days(9),
                    "status": "cancelled",
                },
            )
        accounts = {item["patient_id"]: item["on_whose_account"] for item in shown.json()["items"]}
        assert accounts == {str(theirs): None, str(clinics): "clinic"}
    await read_models_equal_fold(system.database)
    await read_models_agree_with_counts(system.database)


async def test_a_doctor_who_cancels_means_the_clinic(everything: System) -> None:
    system = everything
    async with system.client() as admin:
        clinic = await put_clinic(admin)
        patient_id = await register(admin)
        async with system.client("doctor", clinics=[clinic.clinic_id]) as doctor:
            appointment_id = await book(admin, patient_id, clinic)
            await does(doctor, appointment_id, "cancellation", reason="doente")
            refused = await doctor.post(
                f"/v1/appointments/{await book(admin, patient_id, clinic)}/cancellation",
                json={"on_whose_account": "nobody"},
            )
        assert refused.status_code == 422
        await system.caught_up()
        appointment = (await admin.get(f"/v1/appointments/{appointment_id}")).json()
    assert (appointment["status"], appointment["on_whose_account"]) == ("cancelled", "clinic")
