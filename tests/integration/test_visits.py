"""What becomes of visits, from the API to the rows: whose doing it was, and what it does to the patient."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from always_true import read_models_equal_fold
from counted import read_models_agree_with_counts
from system import Clinic, System, book, in_days, put_clinic, register


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


async def test_a_no_show_that_was_none_is_corrected(everything: System) -> None:
    """As a receptionist does it: the score, the stage, the counts and the lists are right at once, for everybody."""
    system = everything
    async with system.client() as admin, system.client("import") as importing, system.client("bot") as bot:
        clinic = await put_clinic(admin)
        elsewhere = await put_clinic(admin)
        patient_id = await register(admin)
        visit = await _was(importing, patient_id, elsewhere, "completion", days=-30)
        wrong = [await _was(importing, patient_id, clinic, "no-show", days=days) for days in (-9, -5)]
        await system.caught_up()
        journeys = (
            await admin.get("/v1/journeys", params={"patient_id": str(patient_id), "clinic_id": str(clinic.clinic_id)})
        ).json()
        [before] = journeys["items"]
        assert (before["current_stage"], before["risk_score"], before["has_escalation"]) == ("at_risk", 0.9, True)
        correction = {"outcome": "completed", "reason": "estava na recepção"}
        forbidden = await bot.post(f"/v1/appointments/{wrong[1]}/correction", json=correction)
        assert forbidden.status_code == 403
        async with system.client("receptionist", clinics=[clinic.clinic_id]) as desk:
            told = await does(desk, wrong[1], "correction", **correction)
            assert [event["event_type"] for event in told["events"]][:2] == [
                "AppointmentOutcomeCorrected",
                "JourneyStageChanged",
            ]
            twice = await desk.post(f"/v1/appointments/{wrong[1]}/correction", json=correction)
            assert (twice.status_code, twice.json()["rule"]) == (409, "nothing_to_correct")
            assert (await desk.post(f"/v1/appointments/{visit}/correction", json=correction)).status_code == 404
            await system.caught_up()
            row = await patient_row(desk, patient_id)
            assert (row["no_show_count"], row["completed_appointments"]) == (1, 1)
        journey = (await admin.get(f"/v1/journeys/{before['journey_id']}")).json()
        assert (journey["current_stage"], journey["risk_score"], journey["missed_appointments"]) == ("attended", 0, 1)
        assert not journey["has_escalation"]
        row = await patient_row(admin, patient_id)
        assert (row["no_show_count"], row["completed_appointments"]) == (1, 2)
        appointment = (await admin.get(f"/v1/appointments/{wrong[1]}")).json()
        assert (appointment["status"], appointment["completed_at"]) == ("completed", row["last_appointment_at"])
        # And back: it was the other Maria after all.
        await does(admin, wrong[1], "correction", outcome="no_show", reason="era outra Maria")
        await system.caught_up()
        again = await patient_row(admin, patient_id)
        visited = (await admin.get(f"/v1/appointments/{visit}")).json()
        assert (again["no_show_count"], again["last_appointment_at"]) == (2, visited["completed_at"])
        history = (await admin.get(f"/v1/patients/{patient_id}/history")).json()["items"]
        assert [event["event_type"] for event in history].count("AppointmentMarkedAsNoShow") == 2, "the log keeps it"
    await read_models_equal_fold(system.database)
    await read_models_agree_with_counts(system.database)


async def test_a_cancellation_by_mistake_takes_its_time_again_or_is_too_late(everything: System) -> None:
    system = everything
    async with system.client() as admin:
        clinic = await put_clinic(admin)
        maria, joao = await register(admin), await register(admin)
        at = in_days(3)
        appointment_id = await book(admin, maria, clinic, scheduled_for=at)
        await does(admin, appointment_id, "cancellation")
        await does(admin, appointment_id, "correction", outcome="live", reason="clicou errado")
        body = {"patient_id": str(joao), "clinic_id": str(clinic.clinic_id), "doctor_id": str(clinic.doctor_id)}
        body |= {"scheduled_for": at, "appointment_type": "first_visit"}
        assert (await admin.post("/v1/appointments", json=body)).json()["rule"] == "doctor_overlap"
        await does(admin, appointment_id, "cancellation")
        assert (await admin.post("/v1/appointments", json=body)).is_success
        late = await admin.post(
            f"/v1/appointments/{appointment_id}/correction", json={"outcome": "live", "reason": "clicou errado"}
        )
        assert (late.status_code, late.json()["rule"]) == (409, "doctor_overlap")
        await system.caught_up()
    await read_models_equal_fold(system.database)
    await read_models_agree_with_counts(system.database)


async def test_a_visit_that_nobody_closed_is_listed_and_said(everything: System) -> None:
    """As whoever reads the list of patients at risk can see: perhaps she came."""
    system = everything
    async with system.client() as admin, system.client("import") as importing, system.client("bot") as bot:
        clinic, elsewhere = await put_clinic(admin), await put_clinic(admin)
        patient_id = await register(admin)
        booked = {"occurred_at": in_days(-60)}
        forgotten = await book(importing, patient_id, clinic, days=-25, **booked)
        other = await book(importing, await register(admin), elsewhere, days=-2, occurred_at=in_days(-3))
        ahead = await book(admin, await register(admin), clinic, days=1)
        await system.caught_up()

        async def unclosed(client: httpx.AsyncClient, **query: str) -> list[str]:
            answer = await client.get("/v1/appointments/unclosed", params=query)
            assert answer.is_success, answer.text
            return [item["appointment_id"] for item in answer.json()["items"]]

        assert await unclosed(admin) == [str(forgotten), str(other)]
        assert str(ahead) not in await unclosed(admin)
        assert await unclosed(admin, doctor_id=str(elsewhere.doctor_id)) == [str(other)]
        async with system.client("receptionist", clinics=[clinic.clinic_id]) as desk:
            assert await unclosed(desk) == [str(forgotten)]
            refused = await desk.get("/v1/appointments/unclosed", params={"clinic_id": str(elsewhere.clinic_id)})
            assert refused.status_code == 404
        # A fact of the clinic weighs the risk, as the sweep would: the clinic begins to talk, and she says nothing.
        started = {"patient_id": str(patient_id), "clinic_id": str(clinic.clinic_id)}
        assert (await admin.post("/v1/conversations", json=started)).is_success
        await system.caught_up()
        journey = await journey_of(admin, patient_id)
        assert journey["open_appointment_at"] is not None
        [silence] = journey["risk_indicators"]
        assert silence["words"] == "silent for 60 days; an appointment of 25 days ago is still open"
        listed = (await admin.get("/v1/journeys/at-risk")).json()["items"]
        assert [item["risk_indicators"][0]["words"] for item in listed] == [silence["words"]]
        assert (await bot.get("/v1/appointments/unclosed")).status_code == 200
        await does(admin, forgotten, "completion")
        await system.caught_up()
        assert await unclosed(admin) == [str(other)]
        assert (await journey_of(admin, patient_id))["open_appointment_at"] is None
    await read_models_equal_fold(system.database)


async def test_when_a_doctor_leaves_each_of_their_appointments_is_moved_in_one_command(everything: System) -> None:
    system = everything
    async with system.client() as admin:
        clinic = await put_clinic(admin)
        other = (await put_clinic(admin)).doctor_id
        body = {"full_name": "Dr. José Maria", "clinic_ids": [str(clinic.clinic_id)]}
        assert (await admin.put(f"/v1/doctors/{other}", json=body)).is_success
        patients = [await register(admin) for _ in range(4)]
        booked = [await book(admin, patient, clinic, days=n + 1) for n, patient in enumerate(patients)]
        await does(admin, booked[3], "cancellation")
        taken = await book(admin, await register(admin), clinic, doctor_id=str(other), scheduled_for=in_days(30))
        taken_at = (await system.database.log(system.tenant_id))[-3].event_data
        await system.caught_up()
        path = f"/v1/doctors/{clinic.doctor_id}/appointments"
        assert [item["appointment_id"] for item in (await admin.get(path)).json()["items"]] == [*map(str, booked[:3])]
        async with system.client("receptionist", clinics=[clinic.clinic_id]) as desk:
            change = {"doctor_id": str(other), "reason": "a doutora saiu"}
            await does(desk, booked[0], "change", **change)
            await does(desk, booked[1], "change", **change, scheduled_for=in_days(20))
            starts = getattr(taken_at, "scheduled_for", None)
            assert starts is not None
            refused = await desk.post(
                f"/v1/appointments/{booked[2]}/change", json=change | {"scheduled_for": starts.isoformat()}
            )
            assert (refused.status_code, refused.json()["rule"]) == (409, "doctor_overlap")
            await does(desk, booked[2], "change", **change, duration=45, appointment_type="return")
        async with system.client("bot") as bot:
            assert (await bot.post(f"/v1/appointments/{booked[0]}/change", json=change)).status_code == 403
        await system.caught_up()
        assert (await admin.get(path)).json()["items"] == []
        theirs = (await admin.get(f"/v1/doctors/{other}/appointments")).json()["items"]
        assert {item["appointment_id"] for item in theirs} == {str(key) for key in (*booked[:3], taken)}
        assert {item["doctor_name"] for item in theirs} == {"Dr. José Maria"}
        for patient in patients[:3]:
            assert (await journey_of(admin, patient))["risk_indicators"] == []
        # The time of whom they were with is free again.
        again = await book(admin, patients[3], clinic, scheduled_for=theirs[0]["scheduled_for"])
        await system.caught_up()
        assert (await admin.get(path)).json()["items"][0]["appointment_id"] == str(again)
    await read_models_equal_fold(system.database)
    await read_models_agree_with_counts(system.database)


async def test_it_is_moved_to_another_clinic_by_who_works_in_both(everything: System) -> None:
    system = everything
    async with system.client() as admin:
        here, there = await put_clinic(admin), await put_clinic(admin)
        patient_id = await register(admin)
        appointment_id = await book(admin, patient_id, here)
        change = {"clinic_id": str(there.clinic_id), "doctor_id": str(there.doctor_id)}
        async with system.client("receptionist", clinics=[here.clinic_id]) as desk:
            refused = await desk.post(f"/v1/appointments/{appointment_id}/change", json=change)
            assert (refused.status_code, refused.json()["rule"]) == (409, "touches_another_clinic")
        booked, cancelled, *_ = (await does(admin, appointment_id, "change", **change))["events"]
        assert (booked["event_type"], cancelled["event_type"]) == ("AppointmentScheduled", "AppointmentCancelled")
        await system.caught_up()
        old = (await admin.get(f"/v1/appointments/{appointment_id}")).json()
        new = (await admin.get(f"/v1/appointments/{booked['aggregate_id']}")).json()
        assert (old["status"], old["on_whose_account"]) == ("cancelled", "clinic")
        assert (new["status"], new["clinic_id"], new["scheduled_for"]) == (
            "scheduled",
            str(there.clinic_id),
            old["scheduled_for"],
        )
        journeys = (await admin.get("/v1/journeys", params={"patient_id": str(patient_id)})).json()["items"]
        assert {journey["clinic_id"]: journey["current_stage"] for journey in journeys} == {
            str(here.clinic_id): "first_contact",
            str(there.clinic_id): "scheduled",
        }
        assert all(journey["total_appointments"] == 1 for journey in journeys)
        assert (await patient_row(admin, patient_id))["cancelled_appointments"] == 0
        await book(admin, await register(admin), here, scheduled_for=old["scheduled_for"])
    await system.caught_up()
    await read_models_equal_fold(system.database)
    await read_models_agree_with_counts(system.database)


async def test_who_walks_in_is_booked_at_this_very_minute_and_squeezed_in_by_whom_the_organisation_names(
    everything: System,
) -> None:
    system = everything
    async with system.client() as admin, system.client("bot") as bot:
        clinic = await put_clinic(admin)
        this_minute = datetime.now(UTC).replace(second=0, microsecond=0)
        taken = await book(admin, await register(admin), clinic, scheduled_for=this_minute.isoformat())
        body = {
            "clinic_id": str(clinic.clinic_id),
            "doctor_id": str(clinic.doctor_id),
            "scheduled_for": (this_minute - timedelta(minutes=20)).isoformat(),
            "appointment_type": "emergency",
        }

        async def hears(client: httpx.AsyncClient, **more: Any) -> str:
            patient_id = await register(admin)
            answer = await client.post("/v1/appointments", json={"patient_id": str(patient_id)} | body | more)
            return "accepted" if answer.is_success else str(answer.json()["rule"])

        assert await hears(bot) == "appointment_in_the_past"
        assert await hears(admin, scheduled_for=(this_minute - timedelta(hours=2)).isoformat()) == (
            "appointment_in_the_past"
        )
        async with system.client("receptionist", clinics=[clinic.clinic_id]) as desk:
            assert await hears(desk) == "doctor_overlap"
            assert await hears(desk, squeeze_in=True) == "squeeze_in_not_allowed"
            tenant = {"name": "Clínicas Vitória", "squeeze_in_roles": ["receptionist"]}
            assert (await admin.put("/v1/tenant", json=tenant | {"squeeze_in_roles": ["viewer"]})).status_code == 422
            assert (await admin.put("/v1/tenant", json=tenant)).is_success
            assert await hears(desk, squeeze_in=True) == "accepted"
            assert await hears(desk, squeeze_in=True) == "accepted"
            assert await hears(admin, squeeze_in=True) == "squeeze_in_not_allowed"
            assert await hears(desk) == "doctor_overlap", "the time of who was booked first is kept"
            await does(desk, taken, "cancellation")
            assert await hears(desk) == "accepted", "what is squeezed in takes nobody's time"
        await system.caught_up()
        asked = {
            "doctor_id": str(clinic.doctor_id),
            "from": (this_minute - timedelta(hours=1)).isoformat(),
            "until": (this_minute + timedelta(hours=1)).isoformat(),
        }
        items = (await admin.get("/v1/appointments", params=asked)).json()["items"]
        assert sorted(item["squeeze_in"] for item in items) == [False, True, True]
    await read_models_equal_fold(system.database)
    await read_models_agree_with_counts(system.database)


async def _was(importing: httpx.AsyncClient, patient_id: UUID, clinic: Clinic, act: str, *, days: float) -> UUID:
    """An appointment of the past, and what was said of it."""
    booked = in_days(days - 1)
    appointment_id = await book(importing, patient_id, clinic, days=days, occurred_at=booked)
    await does(importing, appointment_id, act, occurred_at=in_days(days + 0.05))
    return appointment_id
