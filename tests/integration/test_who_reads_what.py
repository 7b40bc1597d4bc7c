"""Inside a tenant: a role reads what docs/privacy.md says, and who is bound to clinics learns nothing of others."""

import json
from typing import Any, get_args
from uuid import UUID

import httpx

from command_api.decide.given import Role
from command_api.http.queries.disclosure import MAY_READ
from healz.events import EVENTS
from healz.events.patient import PatientRegistered
from healz.events.personal import personal_fields
from system import Clinic, System, book, in_days, put_clinic, register

ROLES: tuple[Role, ...] = get_args(Role)
TYPES = {event.__name__: event for event in EVENTS}


async def done(client: httpx.AsyncClient, method: str, path: str, **body: Any) -> str:
    answer = await client.request(method, f"/v1/{path}", json=body)
    assert answer.is_success, answer.text
    found: str = answer.json()["id"]
    return found


async def visited(admin: httpx.AsyncClient, importing: httpx.AsyncClient, patient_id: UUID, clinic: Clinic) -> UUID:
    """A clinic's share of a patient's life; returns an appointment that lies ahead."""
    talk = await done(admin, "POST", "conversations", patient_id=str(patient_id), clinic_id=str(clinic.clinic_id))
    said = {
        "direction": "inbound",
        "content": "Tenho alergia a látex",
        "whatsapp_message_id": f"wamid.{clinic.clinic_id}",
    }
    await done(admin, "POST", f"conversations/{talk}/messages", **said)
    for days, outcome, body in (
        (-30, "completion", {"notes": "pressão 16 por 10"}),
        (-20, "no-show", {"notes": "não veio, de novo"}),
    ):
        past = await book(
            importing,
            patient_id,
            clinic,
            scheduled_for=in_days(days),
            occurred_at=in_days(days - 1),
            notes="traz exames",
        )
        await done(importing, "POST", f"appointments/{past}/{outcome}", **body, occurred_at=in_days(days + 0.1))
    moved = await book(admin, patient_id, clinic, days=4)
    await done(admin, "POST", f"appointments/{moved}/cancellation", reason="brigou com a irmã")
    return await book(admin, patient_id, clinic, days=6, notes="ligar antes")


async def test_each_role_reads_what_the_table_says_and_no_more(system: System) -> None:
    await system.start_all()
    async with system.client() as admin, system.client("import") as importing:
        clinic = await put_clinic(admin)
        patient_id = await register(
            admin, full_name="Rita Falcão", email="rita@example.org", cpf="52998224725", birth_date="1980-01-01"
        )
        history = {"allergies": ["látex"], "medications": ["losartana"]}
        await done(admin, "PUT", f"patients/{patient_id}/medical-history", medical_history=history)
        await done(admin, "PUT", f"patients/{patient_id}/preferences", reminder_enabled=False)
        await done(admin, "PUT", f"patients/{patient_id}/contact", full_name="Rita Falcão Prado")
        appointment_id = await visited(admin, importing, patient_id, clinic)
    await system.caught_up()
    registered = (await system.database.log(system.tenant_id))[0].event_data
    assert isinstance(registered, PatientRegistered)
    phone = registered.phone
    stored = {
        str(event["event_id"]): json.loads(event["event_data"])
        for event in await system.database.admin.fetch("SELECT event_id, event_data FROM event_store.events")
    }
    operation = await system.database.admin.fetchval(
        "SELECT correlation_id FROM event_store.events WHERE event_type = 'PatientMedicalHistoryUpdated'"
    )
    seen: set[str] = set()
    for role in ROLES:
        kinds = {kind for kind, roles in MAY_READ.items() if role in roles}
        async with system.client(role, clinics=[clinic.clinic_id]) as reader:
            told = (await reader.get(f"/v1/patients/{patient_id}/history", params={"limit": 500})).json()["items"]
            told += (await reader.get("/v1/events", params={"correlation_id": str(operation)})).json()["items"]
            assert len(told) == len(stored) + 1
            for event in told:
                marked = personal_fields(TYPES[event["event_type"]])
                data = stored[event["event_id"]]
                hidden = [name for name in data if name in marked and marked[name] not in kinds]
                assert sorted(event["withheld"]) == sorted(hidden)
                assert event["event_data"] == data | dict.fromkeys(hidden), (role, event["event_type"])
                seen |= {marked[name] for name in data if name in marked}
            [row] = (await reader.get("/v1/patients")).json()["items"]
            by_id = (await reader.get(f"/v1/patients/{patient_id}")).json()
            then = (await reader.get(f"/v1/patients/{patient_id}/as-of", params={"at": in_days(0)})).json()
            assert then.keys() - row.keys() == {"as_of", "parked_at_position", "dropped_positions"}
            assert row == by_id == {name: then[name] for name in row}
            assert row["full_name"] == "Rita Falcão Prado"
            assert row["phone"] == (phone if "contact" in kinds else None)
            assert row["email"] == ("rita@example.org" if "contact" in kinds else None)
            assert (row["cpf"], row["birth_date"]) == (
                ("52998224725", "1980-01-01") if "document" in kinds else (None, None)
            )
            visit = (await reader.get(f"/v1/appointments/{appointment_id}")).json()
            assert visit["notes"] == ("ligar antes" if "note" in kinds else None)
            assert visit["patient_phone"] == (phone if "contact" in kinds else None)
            query = {"clinic_id": str(clinic.clinic_id), "from": in_days(0), "until": in_days(9), "status": "cancelled"}
            [cancelled] = (await reader.get("/v1/appointments", params=query)).json()["items"]
            assert cancelled["cancellation_reason"] == ("brigou com a irmã" if "reason" in kinds else None)
            [journey] = (await reader.get("/v1/journeys", params={"patient_id": str(patient_id)})).json()["items"]
            assert journey["patient_phone"] == (phone if "contact" in kinds else None)
            # What may not be read can't be asked for either.
            search = await reader.get("/v1/patients", params={"phone": phone})
            assert search.status_code == (200 if "contact" in kinds else 403)
    assert seen == MAY_READ.keys(), "each kind was there to be read"


async def test_who_is_bound_to_a_clinic_learns_nothing_of_another(system: System) -> None:
    await system.start_all()
    async with (
        system.client() as admin,
        system.client("import") as importing,
    ):
        here, there = await put_clinic(admin), await put_clinic(admin)
        patient_id, stranger = await register(admin, full_name="Rita"), await register(admin, full_name="Zenaide")
        taken = await visited(admin, importing, patient_id, here)
        await system.caught_up()

        async def answers(role: str) -> dict[str, Any]:
            path = f"/v1/patients/{patient_id}"
            questions: list[tuple[str, dict[str, Any]]] = [
                (path, {}),
                (f"/v1/patients/{stranger}", {}),
                (f"{path}/history", {"limit": 500}),
                (f"{path}/as-of", {"at": in_days(0)}),
                (f"{path}/why", {}),
                (f"/v1/patients/{stranger}/why", {}),
                ("/v1/patients", {}),
                *(("/v1/patients", {"silent_days": days}) for days in (0, 1, 5, 25)),
                *(
                    ("/v1/patients", {"stage": stage, "silent_days": 0})
                    for stage in ("scheduled", "no_show", "at_risk")
                ),
                ("/v1/journeys", {}),
                ("/v1/journeys/at-risk", {"score_min": 0}),
                ("/v1/journeys/at-risk", {"score_min": 0, "doctor_id": str(there.doctor_id)}),
                ("/v1/appointments", {"patient_id": str(patient_id)}),
                ("/v1/appointments", {"doctor_id": str(there.doctor_id), "from": in_days(-50), "until": in_days(9)}),
                ("/v1/appointments/unconfirmed", {"hours_from": 0, "hours_until": 160}),
                ("/v1/appointments/unclosed", {}),
            ]
            async with system.client(role, clinics=[here.clinic_id]) as reader:
                found = [(await reader.get(address, params=query)) for address, query in questions]
            assert all(answer.status_code == 200 for answer in found), [answer.text for answer in found]
            varies = ("as_of", "since", "until")
            return {
                f"{address} {sorted(query)} {query.get('silent_days')} {query.get('stage')}": {
                    key: value for key, value in answer.json().items() if key not in varies
                }
                for (address, query), answer in zip(questions, found, strict=True)
            }

        roles = ("receptionist", "viewer")
        before = [await answers(role) for role in roles]
        assert before[0][f"/v1/patients/{patient_id} [] None None"]["total_appointments"] == 4
        [found] = before[0]["/v1/patients ['silent_days'] 0 None"]["items"]
        assert found["patient_id"] == str(patient_id), "who was never there was never silent there"

        elsewhere = await visited_elsewhere(admin, importing, patient_id, there, 1)
        await visited_elsewhere(admin, importing, stranger, there, 2)
        await system.caught_up()
        for was, role in zip(before, roles, strict=True):
            now = await answers(role)
            for question, answer in was.items():
                assert now[question] == answer, (role, question)
        whole = (await admin.get(f"/v1/patients/{patient_id}")).json()
        assert whole["total_appointments"] == 7, "who sees all of it sees all of it"

        async with system.client("receptionist", clinics=[here.clinic_id]) as receptionist:
            mine = (await admin.get(f"/v1/appointments/{taken}")).json()["scheduled_for"]
            refusals = []
            for at in (mine, elsewhere):
                body = {"patient_id": str(patient_id), "clinic_id": str(here.clinic_id), "scheduled_for": at}
                body |= {"doctor_id": str(here.doctor_id), "appointment_type": "first_visit"}
                refusals.append((await receptionist.post("/v1/appointments", json=body)).json())
            assert refusals[0] == refusals[1], "of which clinic the other appointment is can't be told"
            assert refusals[0]["rule"] == "patient_overlap"
            assert not any(char.isdigit() for char in refusals[0]["detail"])
            left = await receptionist.put(f"/v1/patients/{patient_id}/status", json={"status": "inactive"})
            assert left.json()["rule"] == "touches_another_clinic"
            assert "patient" not in left.json()["detail"]


async def visited_elsewhere(
    admin: httpx.AsyncClient, importing: httpx.AsyncClient, patient_id: UUID, clinic: Clinic, hour: float
) -> str:
    """The other clinic's share, at other times of the day; returns when an appointment there lies ahead."""
    whose = {"patient_id": str(patient_id), "clinic_id": str(clinic.clinic_id)}
    talk = await done(admin, "POST", "conversations", **whose)
    await done(admin, "POST", f"conversations/{talk}/messages", direction="inbound", content="Bom dia")
    begun = in_days(-3 + hour / 24)
    past = await book(importing, patient_id, clinic, scheduled_for=begun, occurred_at=in_days(-9))
    await done(importing, "POST", f"appointments/{past}/no-show", occurred_at=in_days(-2))
    ahead = in_days(2 + hour / 24)
    await book(admin, patient_id, clinic, scheduled_for=ahead)
    moved = await book(admin, patient_id, clinic, days=3 + hour / 24)
    await done(admin, "POST", f"appointments/{moved}/cancellation", reason="outra clínica")
    return ahead
