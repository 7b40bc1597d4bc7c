"""Why a value is as it is: what each route says of it is what the log says, to whom it may be said."""

import random
from typing import Any
from uuid import UUID

import httpx
from uuid_utils.compat import uuid7

from command_api.http.queries.appointments import AppointmentAnswer
from command_api.http.queries.journeys import JourneyAnswer
from command_api.http.queries.patients import PatientAnswer
from command_api.http.queries.why_answer import WITH_CLOCK
from healz.events import Recorded
from long_history import HELLO, new_talker
from system import Clinic, System, book, in_days, put_clinic, register
from traffic import new_seed, traffic, write
from why_checked import check, row_in, states

CELLS_LOOKED_AT = 3000


async def done(client: httpx.AsyncClient, method: str, path: str, **body: Any) -> UUID:
    """One operation; returns its correlation id."""
    operation = uuid7()
    answer = await client.request(method, f"/v1/{path}", json=body, headers={"X-Correlation-Id": str(operation)})
    assert answer.is_success, answer.text
    return operation


async def asked(client: httpx.AsyncClient, path: str, **query: str) -> dict[str, Any]:
    """{column: why}, which has the very columns and values of the plain answer."""
    plain, why = await client.get(f"/v1/{path}"), await client.get(f"/v1/{path}/why", params=query)
    assert (plain.status_code, why.status_code) == (200, 200), why.text
    assert why.headers["Healz-Projection-Position"] == plain.headers["Healz-Projection-Position"]
    columns: dict[str, Any] = why.json()["columns"]
    assert why.json()["id"] == path.split("/")[1]
    if not query:
        assert {name: column["value"] for name, column in columns.items()} == plain.json()
    return columns


def named(columns: dict[str, Any], *names: str) -> list[tuple[str, str]]:
    """(event type, operation) of these columns."""
    return [(columns[name]["set_by"]["event_type"], columns[name]["set_by"]["correlation_id"]) for name in names]


async def missed(importing: httpx.AsyncClient, patient_id: UUID, clinic: Clinic, days: float) -> UUID:
    appointment_id = await book(
        importing, patient_id, clinic, scheduled_for=in_days(days), occurred_at=in_days(days - 1)
    )
    return await done(importing, "POST", f"appointments/{appointment_id}/no-show", occurred_at=in_days(days + 0.1))


async def journey_of(client: httpx.AsyncClient, patient_id: UUID, clinic: Clinic) -> str:
    query = {"patient_id": str(patient_id), "clinic_id": str(clinic.clinic_id)}
    [journey] = (await client.get("/v1/journeys", params=query)).json()["items"]
    return f"journeys/{journey['journey_id']}"


async def test_a_day_is_explained_to_who_may_see_it(system: System) -> None:
    await system.start_all()
    async with system.client() as admin, system.client("import") as importing:
        desk, here, there = [await put_clinic(admin) for _ in range(3)]
        patient_id = await register(admin, email="rita@example.org")
        patient = f"patients/{patient_id}"
        renamed = await done(admin, "PUT", f"{patient}/contact", full_name="Rita Falcão")
        appointment_id = await book(admin, patient_id, desk, days=5, notes="ligar antes")
        appointment = f"appointments/{appointment_id}"
        confirmed = await done(admin, "POST", f"{appointment}/confirmation", confirmation_method="phone")
        moved = await done(admin, "POST", f"{appointment}/reschedule", scheduled_for=in_days(6))
        await missed(importing, patient_id, here, -20)
        second = await missed(importing, patient_id, here, -10)
        # Elsewhere, and after all of that.
        elsewhere_id = await book(admin, patient_id, there, days=2)
        elsewhere = await done(admin, "POST", f"appointments/{elsewhere_id}/cancellation", reason="brigou com a irmã")
        await system.caught_up()

        columns = await asked(admin, appointment)
        assert named(columns, "patient_name") == [
            ("AppointmentScheduled", columns["created_at"]["set_by"]["correlation_id"])
        ]
        assert named(columns, "scheduled_for", "rescheduled_count", "status", "updated_at", "version") == (
            [("AppointmentRescheduled", str(moved))] * 5
        )
        assert named(columns, "confirmed_at", "confirmation_count") == [("AppointmentRescheduled", str(moved))] * 2
        assert columns["notes"]["set_by"]["event_type"] == "AppointmentScheduled"
        assert str(confirmed) not in str(columns), "what it set was set back"

        journey = await journey_of(admin, patient_id, here)
        columns = await asked(admin, journey)
        assert named(columns, "risk_score", "risk_level", "risk_indicators", "last_risk_calculated_at") == (
            [("RiskScoreRecalculated", str(second))] * 4
        )
        assert columns["risk_score"]["words"] == columns["risk_indicators"]["words"] == ["2 no-shows"]
        assert columns["risk_indicators"]["value"][0]["words"] == "2 no-shows"
        assert named(columns, "current_stage", "has_escalation") == (
            [("JourneyStageChanged", str(second)), ("RiskEscalated", str(second))]
        )
        assert columns["current_stage"]["words"] == ["missed an appointment"]
        assert columns["has_escalation"]["words"] == ["the score rose to a critical one"]
        assert columns["needs_follow_up"] == columns["current_stage"] | {"value": True}
        assert columns["days_since_last_interaction"]["set_by"] == columns["last_interaction_at"]["set_by"]
        assert [name for name, column in columns.items() if column["with_clock"]] == [
            name for name in JourneyAnswer.model_fields if name in WITH_CLOCK[JourneyAnswer]
        ]

        columns = await asked(admin, patient)
        assert named(columns, "full_name", "version") == [("PatientContactUpdated", str(renamed))] * 2
        # What else there was in that commit has the same time.
        cancelled = [("AppointmentCancelled", str(elsewhere))]
        assert named(columns, "cancelled_appointments", "updated_at") == cancelled * 2
        assert named(columns, "risk_score") == [("RiskScoreRecalculated", str(second))]
        assert columns["risk_score"]["words"] == ["several no-shows"], "how many, the journey knows"
        assert columns["risk_score"]["set_by"]["aggregate_id"] == journey.split("/")[1]
        assert columns["cpf"]["value"] is None
        assert columns["cpf"]["set_by"]["event_type"] == "PatientRegistered", "it never was anything else"
        history = (await admin.get(f"/v1/{patient}/history", params={"limit": 200})).json()["items"]
        in_history = {event["event_id"]: event for event in history}
        for column in columns.values():
            event = in_history[column["set_by"]["event_id"]]
            assert column["set_by"] == {name: event[name] for name in column["set_by"]}

        async with system.client("receptionist", clinics=[desk.clinic_id, here.clinic_id]) as bound:
            columns = await asked(bound, patient)
            assert str(elsewhere) not in str(columns)
            assert columns["updated_at"] == {
                "value": None,
                "set_by": None,
                "words": [],
                "with_clock": False,
                "withheld": "other_clinics",
            }
            assert [name for name, column in columns.items() if column["withheld"]] == ["updated_at"]
            assert columns["cancelled_appointments"]["value"] == 0
            told = (await bound.get(f"/v1/{patient}/history", params={"limit": 200})).json()["items"]
            seen = {event["event_id"] for event in told}
            assert {column["set_by"]["event_id"] for column in columns.values() if column["set_by"]} <= seen
            assert await asked(bound, journey) == await asked(admin, journey)
            for path in (f"appointments/{elsewhere_id}", await journey_of(admin, patient_id, there)):
                assert (await bound.get(f"/v1/{path}/why")).status_code == 404
        async with system.client("viewer", clinics=[desk.clinic_id, here.clinic_id]) as viewer:
            columns = await asked(viewer, patient)
            hidden = {name for name, column in columns.items() if column["withheld"] == "role"}
            assert {"phone", "email", "cpf", "birth_date", "address", "preferences"} <= hidden
            assert all(columns[name]["value"] is columns[name]["set_by"] is None for name in hidden)
            columns = await asked(viewer, appointment)
            assert [name for name, column in columns.items() if column["withheld"]] == [
                "patient_phone",
                "cancellation_reason",
                "notes",
            ]
        async with system.client(tenant_id=uuid7()) as stranger:
            for path in (patient, appointment, journey):
                assert (await stranger.get(f"/v1/{path}/why")).status_code == 404

        for path, answer in ((patient, PatientAnswer), (appointment, AppointmentAnswer), (journey, JourneyAnswer)):
            only = await asked(admin, path, column="updated_at")
            assert only == {"updated_at": (await asked(admin, path))["updated_at"]}
            for unknown in ("live_appointments", "risk score"):
                refused = await admin.get(f"/v1/{path}/why", params={"column": unknown})
                assert refused.status_code == 422
                [error] = refused.json()["errors"]
                assert error["field"] == "column"
                assert all(name in error["message"] for name in answer.model_fields)
            assert (await admin.get(f"/v1/{path.split('/')[0]}/{uuid7()}/why")).status_code == 404


async def test_it_waits_for_a_position_and_goes_by_what_an_escalation_said(system: System) -> None:
    await system.start_all()
    async with (
        system.client() as admin,
        system.client("viewer", clinics=[(clinic := await put_clinic(admin)).clinic_id]) as viewer,
    ):
        patient_id = await register(admin)
        started = await admin.post(
            "/v1/journeys", json={"patient_id": str(patient_id), "clinic_id": str(clinic.clinic_id)}
        )
        path = f"/v1/journeys/{started.json()['id']}"
        said = await admin.post(f"{path}/escalation", json={"reason": "filha ameaçou processar"})

        async def escalation(client: httpx.AsyncClient, after: httpx.Response) -> dict[str, Any]:
            headers = {"Healz-Min-Position": after.headers["Healz-Position"]}
            answer = await client.get(f"{path}/why", params={"column": "has_escalation"}, headers=headers)
            assert int(answer.headers["Healz-Projection-Position"]) >= int(after.headers["Healz-Position"])
            column: dict[str, Any] = answer.json()["columns"]["has_escalation"]
            return column

        column = await escalation(admin, said)
        assert (column["value"], column["words"]) == (True, ["filha ameaçou processar"])
        column = await escalation(viewer, said)
        assert (column["value"], column["words"]) == (True, []), "in somebody's words: not for a viewer"
        gone = await admin.post(f"/v1/patients/{patient_id}/anonymize", json={"reason": "patient_request"})
        column = await escalation(admin, gone)
        assert (column["value"], column["words"]) == (False, ["the patient was anonymised"])
        for name, event_type in (("patient_name", "PatientAnonymized"), ("started_at", "JourneyStarted")):
            column = (await asked(admin, path.removeprefix("/v1/")))[name]
            assert column["set_by"]["event_type"] == event_type
        columns = await asked(admin, f"patients/{patient_id}")
        assert (columns["phone"]["value"], columns["phone"]["set_by"]["event_type"]) == ("", "PatientAnonymized")
        far = {"Healz-Min-Position": str(10**9)}
        for address in (path, f"/v1/patients/{patient_id}"):
            assert (await admin.get(f"{address}/why", headers=far)).status_code == 503


async def test_a_long_history_is_gone_on_with(system: System) -> None:
    system.settings["HEALZ_FOLD_PAGE_EVENTS_MAX"] = "50"
    await system.start_all()
    async with system.client() as admin:
        talker = await new_talker(admin, system.tenant_id)
        await talker.go_on(system.database, 300)
        path = f"/v1/patients/{talker.patient_id}/why"
        for count in (302, 303, 304):
            position = (await system.database.heads())[system.tenant_id]
            answer = await admin.get(path, headers={"Healz-Min-Position": str(position)})
            assert answer.headers["Healz-Projection-Position"] == str(position)
            column = answer.json()["columns"]["interaction_count"]
            assert (column["value"], column["set_by"]["position"]) == (count, position)
            (await admin.post(talker.messages, json=HELLO)).raise_for_status()


async def test_in_a_generated_tenant_the_named_event_is_the_last_that_changed_the_value(system: System) -> None:
    await system.start_all()
    seed = new_seed()
    async with traffic(system, seed=seed, patients=25) as [busy]:
        await write([busy], events=1500)
        assert not busy.failures, busy.failures[:3]
        await system.caught_up()
        log = await system.database.log(system.tenant_id)
        of_patients: dict[UUID, list[Recorded]] = {}
        for event in log:
            of_patients.setdefault(event.patient_id, []).append(event)
        looked: list[tuple[str, str, str]] = []
        for patient_id, events in of_patients.items():
            for name in ("patient", "appointment", "journey"):
                folded = states(name, events)
                keys = (
                    [str(patient_id)]
                    if name == "patient"
                    else list(map(str, folded[-1].appointments if name == "appointment" else folded[-1].journeys))
                )
                for key in keys:
                    columns = await asked(busy.client, f"{name}s/{key}")
                    rows = [row_in(state, key) for state in folded]
                    for column, why in columns.items():
                        if not why["with_clock"]:
                            check(events, rows, column, why["set_by"])
                            looked.append((name, key, column))
        assert len(looked) > CELLS_LOOKED_AT
        assert {name for name, _, _ in looked} == {"patient", "appointment", "journey"}
        bound = busy.clinics[0].clinic_id
        async with system.client("receptionist", clinics=[bound]) as receptionist:
            for patient_id in random.Random(seed).sample(list(of_patients), 10):
                columns = await asked(receptionist, f"patients/{patient_id}")
                events = [event for event in of_patients[patient_id] if event.clinic_id in (None, bound)]
                positions = {event.position for event in events}
                assert {column["set_by"]["position"] for column in columns.values() if column["set_by"]} <= positions
                rows = states("patient", events)
                for column in ("total_appointments", "current_journey_stage", "risk_score", "full_name", "status"):
                    check(events, rows, column, columns[column]["set_by"])
