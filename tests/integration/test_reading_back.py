"""What is put can be read, and a part of it changed without the rest being lost."""

from typing import Any
from uuid import UUID

import httpx
from uuid_utils.compat import uuid7

from system import System, put_clinic, register

MONDAY = {"weekday": 1, "opens_at": "08:00", "closes_at": "24:00"}
TUESDAY = {"weekday": 2, "opens_at": "07:30", "closes_at": "12:00"}


async def told(client: httpx.AsyncClient, path: str) -> Any:
    answer = await client.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def sent(client: httpx.AsyncClient, method: str, path: str, body: Any) -> Any:
    """The status; of a refusal its rule, or which fields it names."""
    answer = await client.request(method, path, json=body)
    document = answer.json() if answer.content and not answer.is_success else {}
    return document.get("rule") or [error["field"] for error in document.get("errors", ())] or answer.status_code


async def test_an_organisation_is_read_as_it_was_put_and_changed_in_parts(api: System) -> None:
    async with api.client() as admin, api.client("viewer", clinics=[uuid7()]) as viewer:
        assert (await admin.get("/v1/tenant")).status_code == 404
        assert await sent(admin, "PATCH", "/v1/tenant", {"name": "Rede"}) == 404
        put: dict[str, Any] = {"name": "Rede", "time_zone": "America/Manaus", "journey_rules": {"score_high": 0.6}}
        put |= {"squeeze_in_roles": ["manager"]}
        assert await sent(admin, "PUT", "/v1/tenant", put) == 204
        assert await told(viewer, "/v1/tenant") == put

        assert await sent(admin, "PUT", "/v1/tenant", {"name": "Rede Vitória"}) == "part_left_out"
        assert await told(admin, "/v1/tenant") == put
        assert await sent(admin, "PATCH", "/v1/tenant", {"name": "Rede Vitória"}) == 204
        assert await sent(admin, "PATCH", "/v1/tenant", {"journey_rules": {"silence_days_min": 10}}) == 204
        rules = {"score_high": 0.6, "silence_days_min": 10}
        assert await told(admin, "/v1/tenant") == put | {"name": "Rede Vitória", "journey_rules": rules}
        assert await sent(admin, "PATCH", "/v1/tenant", {"journey_rules": {"score_high": 0.9}}) == ["journey_rules"]
        assert await sent(admin, "PATCH", "/v1/tenant", {"journey_rules": None, "time_zone": None}) == 204
        assert await told(admin, "/v1/tenant") == {
            "name": "Rede Vitória",
            "time_zone": "America/Sao_Paulo",
            "journey_rules": None,
            "squeeze_in_roles": ["manager"],
        }
        assert await sent(viewer, "PATCH", "/v1/tenant", {"name": "Minha"}) == 403


async def test_a_clinic_keeps_its_hours_and_zone_when_it_is_renamed(api: System) -> None:
    path = f"/v1/clinics/{uuid7()}"
    async with api.client() as admin:
        assert await sent(admin, "PATCH", path, {"name": "Centro"}) == 404
        assert await sent(admin, "PUT", path, {"name": "Centro", "opening_hours": [MONDAY, TUESDAY]}) == 204
        assert (await told(admin, path))["time_zone_inherited"] is True
        assert await sent(admin, "PATCH", path, {"time_zone": "America/Noronha"}) == 204

        assert await sent(admin, "PUT", path, {"name": "Centro Novo"}) == "part_left_out"
        assert await sent(admin, "PATCH", path, {"name": "Centro Novo"}) == 204
        assert await told(admin, path) == {
            "clinic_id": path.rpartition("/")[2],
            "name": "Centro Novo",
            "time_zone": "America/Noronha",
            "time_zone_inherited": False,
            "opening_hours": [MONDAY, TUESDAY],
        }
        assert await sent(admin, "PATCH", path, {"opening_hours": [TUESDAY], "time_zone": None}) == 204
        clinic = await told(admin, path)
        assert (clinic["opening_hours"], clinic["time_zone_inherited"]) == ([TUESDAY], True)
        # What was read can be put as it is, and the zone is still inherited.
        assert await sent(admin, "PUT", path, clinic) == 204
        assert await told(admin, path) == clinic
        assert await sent(admin, "PUT", path, clinic | {"clinic_id": str(uuid7())}) == ["clinic_id"]
        assert await sent(admin, "PATCH", path, {"opening_hours": [TUESDAY, TUESDAY]}) == ["opening_hours"]
        assert await sent(admin, "PATCH", path, {}) == ["body"]


async def test_a_doctor_is_read_with_the_schedule_and_keeps_it_when_renamed(api: System) -> None:
    async with api.client() as admin:
        centro, serra = [(await put_clinic(admin)).clinic_id for _ in range(2)]
        path = f"/v1/doctors/{uuid7()}"

        def on_duty(clinic: UUID, weekday: int, until: str = "12:00") -> dict[str, Any]:
            return {"clinic_id": str(clinic), "weekday": weekday, "from": "08:00", "until": until}

        windows = [on_duty(centro, 3), on_duty(serra, 2, "24:00"), on_duty(centro, 1)]
        put = {"full_name": "Ana", "clinic_ids": sorted(map(str, (centro, serra))), "schedule": windows}
        in_order = sorted(windows, key=lambda window: (window["clinic_id"], window["weekday"]))
        assert await sent(admin, "PATCH", path, {"full_name": "Ana"}) == 404
        assert await sent(admin, "PUT", path, put) == 204
        known = {"doctor_id": path.rpartition("/")[2]} | put | {"schedule": in_order}
        assert await told(admin, path) == known
        assert [doctor for doctor in (await told(admin, "/v1/doctors"))["items"] if doctor["full_name"] == "Ana"] == [
            known
        ]

        assert await sent(admin, "PUT", path, known) == 204
        assert await told(admin, path) == known
        assert await sent(admin, "PUT", path, known | {"doctor_id": str(uuid7())}) == ["doctor_id"]

        renamed = {"full_name": "Ana Maria", "clinic_ids": put["clinic_ids"]}
        assert await sent(admin, "PUT", path, renamed) == "part_left_out"
        assert await told(admin, path) == known
        assert await sent(admin, "PATCH", path, {"full_name": "Ana Maria"}) == 204
        assert await told(admin, path) == known | {"full_name": "Ana Maria"}
        assert await sent(admin, "PATCH", path, {"clinic_ids": [str(centro)]}) == ["body"]
        assert await sent(admin, "PATCH", path, {"clinic_ids": [str(uuid7())], "schedule": None}) == "clinic_unknown"
        # Who is bound to a clinic sees what is there.
        async with api.client("receptionist", clinics=[serra]) as desk, api.client("bot", clinics=[uuid7()]) as bot:
            assert await told(desk, path) == known | {
                "full_name": "Ana Maria",
                "clinic_ids": [str(serra)],
                "schedule": [on_duty(serra, 2, "24:00")],
            }
            assert (await bot.get(path)).status_code == 404
        assert await sent(admin, "PATCH", path, {"schedule": None}) == 204
        assert (await told(admin, path))["schedule"] is None
        assert (await admin.get(f"/v1/doctors/{uuid7()}")).status_code == 404


async def test_a_medical_history_is_read_by_those_who_treat(api: System) -> None:
    async with api.client() as admin, api.client("doctor", clinics=[uuid7()]) as doctor:
        patient = await register(admin)
        path = f"/v1/patients/{patient}/medical-history"
        nothing = {"patient_id": str(patient), "medical_history": None, "updated_at": None}
        assert await told(doctor, path) == nothing
        history = {"allergies": ["dipirona"], "chronic_conditions": [], "medications": ["losartana 50 mg"]}
        assert await sent(doctor, "PUT", path, {"medical_history": history}) == 200
        assert (await told(doctor, path))["medical_history"] == history

        lone = {"medical_history": {"allergies": ["dipirona", "látex"]}}
        assert await sent(doctor, "PUT", path, lone) == "part_left_out"
        assert await sent(doctor, "PATCH", path, lone) == 200
        known = await told(doctor, path)
        assert known["medical_history"] == history | lone["medical_history"]
        log = await api.database.log(api.tenant_id)
        assert known["updated_at"] is not None
        assert [event.event_type for event in log[1:]] == ["PatientMedicalHistoryUpdated"] * 2
        for role in ("receptionist", "bot", "import", "viewer"):
            async with api.client(role, clinics=[uuid7()]) as other:
                assert (await other.get(path)).status_code == 403, role
        assert (await admin.get(f"/v1/patients/{uuid7()}/medical-history")).status_code == 404
        (await admin.post(f"/v1/patients/{patient}/anonymize", json={"reason": "patient_request"})).raise_for_status()
        forgotten = await told(doctor, path)
        assert forgotten["medical_history"] is None
        assert "dipirona" not in str(forgotten)
