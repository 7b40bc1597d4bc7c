"""What was once: a patient as they stood, and all that one operation led to; through every process that there is."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import httpx
from uuid_utils.compat import uuid7

from command_api.http.queries.patients import PatientAnswer
from healz.events.personal import personal_fields
from system import System, book, in_days, put_clinic, register


async def done(client: httpx.AsyncClient, method: str, path: str, **body: Any) -> httpx.Response:
    answer = await client.request(method, path, json=body)
    assert answer.is_success, answer.text
    return answer


async def read(client: httpx.AsyncClient, path: str, position: str | int, **query: Any) -> dict[str, Any]:
    answer = await client.get(path, params=query, headers={"Healz-Min-Position": str(position)})
    assert answer.status_code == 200, answer.text
    assert int(answer.headers["Healz-Projection-Position"]) >= int(position)
    found: dict[str, Any] = answer.json()
    return found


async def last_event_at(system: System, patient_id: UUID) -> datetime:
    at: datetime = await system.database.admin.fetchval(
        "SELECT max(created_at) FROM event_store.events WHERE patient_id = $1", patient_id
    )
    return at


async def test_a_patient_as_of_each_moment_is_what_was_shown_then(system: System) -> None:
    await system.start_all()
    async with (
        system.client() as admin,
        system.client("import") as imported,
    ):
        centro, serra = await put_clinic(admin), await put_clinic(admin)
        patient_id = await register(admin, email="joao@example.org")
        path = f"/v1/patients/{patient_id}"
        talk = (
            await done(admin, "POST", "/v1/conversations", patient_id=str(patient_id), clinic_id=str(serra.clinic_id))
        ).json()["id"]

        async def missed(days: float) -> httpx.Response:
            missed_id = await book(
                imported, patient_id, centro, scheduled_for=in_days(days), occurred_at=in_days(days - 1)
            )
            return await done(
                imported, "POST", f"/v1/appointments/{missed_id}/no-show", occurred_at=in_days(days + 0.1)
            )

        async def missed_again() -> httpx.Response:
            answer = await missed(-10)
            listed = await read(admin, "/v1/journeys/at-risk", answer.headers["Healz-Position"])
            [journey] = listed["items"]
            assert (journey["patient_id"], journey["current_stage"]) == (str(patient_id), "at_risk")
            assert [reason["words"] for reason in journey["risk_indicators"]] == ["2 no-shows"]
            return answer

        async def booked() -> httpx.Response:
            return await done(
                admin,
                "POST",
                "/v1/appointments",
                patient_id=str(patient_id),
                clinic_id=str(serra.clinic_id),
                doctor_id=str(serra.doctor_id),
                scheduled_for=in_days(3),
                appointment_type="first_visit",
            )

        acts: tuple[Callable[[], Awaitable[httpx.Response]], ...] = (
            lambda: done(admin, "PUT", f"{path}/contact", full_name="João Ávila"),
            booked,
            lambda: missed(-20),
            missed_again,
            lambda: done(
                admin,
                "POST",
                f"/v1/conversations/{talk}/messages",
                direction="inbound",
                content="Não gostei",
                sentiment="negative",
            ),
            lambda: done(admin, "PUT", f"{path}/status", status="suspended"),
            lambda: done(admin, "POST", f"{path}/anonymize", reason="patient_request"),
        )
        moments: list[tuple[datetime, list[dict[str, Any]]]] = []
        async with (
            system.client("receptionist", clinics=[centro.clinic_id]) as of_centro,
            system.client("receptionist", clinics=[serra.clinic_id]) as of_serra,
        ):
            for act in acts:
                position = (await act()).headers["Healz-Position"]
                rows = [await read(client, path, position) for client in (admin, of_centro, of_serra)]
                moments.append((await last_event_at(system, patient_id), rows))

            assert len({str(rows) for _, rows in moments}) == len(moments), "each act changed what is shown"
            assert any(here["risk_score"] > there["risk_score"] for _, (_, here, there) in moments), "clinics differ"
            assert any(there["risk_score"] > 0 for _, (_, _, there) in moments), "each has its own"
            last_to_admin = moments[-1][1][0]
            for at, rows in moments:
                for client, row in zip((admin, of_centro, of_serra), rows, strict=True):
                    for moment in (at, at.astimezone(ZoneInfo("Asia/Tokyo"))):
                        then = await read(client, f"{path}/as-of", 0, at=moment.isoformat())
                        assert datetime.fromisoformat(then.pop("as_of")) == at
                        assert then.pop("parked_at_position") is None
                        assert then.pop("dropped_positions") == []
                        # She was anonymised at last: who she was is not shown of before either.
                        forgotten = {name: last_to_admin[name] for name in personal_fields(PatientAnswer)}
                        assert then == row | forgotten

            today = datetime.now(ZoneInfo("America/Sao_Paulo")).date()
            for day in (today.isoformat(), (today + timedelta(days=40)).isoformat(), in_days(400)):
                then = await read(admin, f"{path}/as-of", 0, at=day)
                assert then.pop("parked_at_position") is None
                assert then.pop("dropped_positions") == []
                assert then.pop("as_of") < in_days(0.01)
                assert then == last_to_admin
            for client, before in ((admin, "2020-01-01"), (of_serra, in_days(-1))):
                assert (await client.get(f"{path}/as-of", params={"at": before})).status_code == 404
        async with system.client(tenant_id=uuid7()) as stranger:
            assert (await stranger.get(f"{path}/as-of", params={"at": in_days(0)})).status_code == 404


async def test_an_operation_is_told_from_its_first_event_to_its_last(api: System) -> None:
    operation, other = uuid7(), uuid7()
    async with api.client() as admin, api.client() as later:
        centro, serra = await put_clinic(admin), await put_clinic(admin)
        admin.headers["X-Correlation-Id"] = str(operation)
        patient_id = await register(admin)
        await book(admin, patient_id, centro, days=1)
        later.headers["X-Correlation-Id"] = str(other)
        await register(later)
        await book(admin, patient_id, serra, days=2)

        async def told(client: httpx.AsyncClient, **query: Any) -> list[tuple[str, str | None]]:
            found: list[dict[str, Any]] = []
            after = 0
            while True:
                page = {"correlation_id": str(operation), "after": after, **query}
                answer = await client.get("/v1/events", params=page)
                assert answer.status_code == 200, answer.text
                found += answer.json()["items"]
                if answer.json()["next"] is None:
                    break
                after = answer.json()["next"]
            assert [event["position"] for event in found] == sorted(event["position"] for event in found)
            assert {event["correlation_id"] for event in found} <= {str(operation)}
            assert int(answer.headers["Healz-Projection-Position"]) == (await api.database.heads())[api.tenant_id]
            return [(event["event_type"], event["clinic_id"]) for event in found]

        def began(clinic_id: UUID) -> list[tuple[str, str | None]]:
            what = ("AppointmentScheduled", "JourneyStarted", "JourneyStageChanged")
            return [(event_type, str(clinic_id)) for event_type in what]

        registered: list[tuple[str, str | None]] = [("PatientRegistered", None)]
        whole = registered + began(centro.clinic_id) + began(serra.clinic_id)
        assert await told(admin) == whole
        assert await told(admin, limit=2) == whole
        async with api.client("receptionist", clinics=[serra.clinic_id]) as receptionist:
            assert await told(receptionist) == registered + began(serra.clinic_id)
        async with api.client(tenant_id=uuid7()) as stranger:
            answer = await stranger.get("/v1/events", params={"correlation_id": str(operation)})
            assert answer.json() == {"items": [], "next": None}
