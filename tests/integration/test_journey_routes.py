"""/v1/journeys: what a person may do to a journey, who may, and what they hear otherwise."""

from typing import Any
from uuid import UUID

import httpx
import pytest
from uuid_utils.compat import uuid7

from always_true import log_holds
from system import Clinic, System, book, in_days, put_clinic, register

# The routes below /v1/journeys/{id}, in the order of a journey's life, and the events that each leads to in it.
STEPS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "risk-indicators": (
        {"risk_type": "tone_change", "notes": "quer mudar de clínica"},
        ["RiskDetected", "RiskScoreRecalculated", "JourneyStageChanged"],
    ),
    "escalation": ({"escalation_reason": "ligar hoje", "assigned_to": str(uuid7())}, ["RiskEscalated"]),
    "claim": ({"assigned_to": str(uuid7()), "take_over": True}, ["JourneyAssigned"]),
    "calls": ({"outcome": "reached", "notes": "volta depois das férias"}, ["CallMade"]),
    "snooze": ({"until": in_days(30), "reason": "viaja até lá"}, ["JourneySnoozed"]),
    "release": ({}, ["JourneyAssigned"]),
    "recovery": ({"recovery_reason": "voltou a responder"}, ["JourneyRecovered", "RiskScoreRecalculated"]),
    "abandonment": ({"abandonment_reason": "mudou de cidade"}, ["JourneyAbandoned"]),
    "completion": ({"completion_reason": "patient_moved"}, ["JourneyCompleted"]),
}
A_TONE_IS_ENOUGH = {"name": "Grupo Vitória", "journey_rules": {"score_high": 0.6}}
"""So that what a person reports makes a journey at risk."""


def names(patient_id: UUID, clinic: Clinic) -> dict[str, str]:
    return {"patient_id": str(patient_id), "clinic_id": str(clinic.clinic_id)}


async def start(client: httpx.AsyncClient, patient_id: UUID, clinic: Clinic) -> str:
    """A journey by hand; returns its path."""
    answer = await client.post("/v1/journeys", json=names(patient_id, clinic))
    assert told(answer, 201) == ["JourneyStarted"]
    return f"/v1/journeys/{answer.json()['id']}"


def told(answer: httpx.Response, status: int = 200) -> list[str]:
    """Which events it names."""
    assert answer.status_code == status, answer.text
    return [event["event_type"] for event in answer.json()["events"]]


def problem(answer: httpx.Response) -> tuple[int, str | None]:
    """Status and rule of a problem document."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    document = answer.json()
    assert document["type"].startswith("urn:healz:problem:")
    assert document["detail"]
    return answer.status_code, document.get("rule")


@pytest.mark.parametrize("role", ["admin", "manager", "doctor", "receptionist"])
async def test_staff_leads_a_journey_through_its_life(api: System, role: str) -> None:
    async with api.client() as admin:
        clinic, patient_id = await put_clinic(admin), await register(admin)
        (await admin.put("/v1/tenant", json=A_TONE_IS_ENOUGH)).raise_for_status()
    async with api.client(role, clinics=[clinic.clinic_id]) as client:
        path = await start(client, patient_id, clinic)
        version = 1
        for step, (body, events) in STEPS.items():
            answer = await client.post(f"{path}/{step}", json=body)
            assert told(answer) == events, step
            version += len(events)
            assert answer.headers["etag"] == f'"{version}"'
        assert await start(client, patient_id, clinic) != path
    await log_holds(api.database)


async def test_nobody_else_may(api: System) -> None:
    async with api.client() as admin:
        clinic, patient_id = await put_clinic(admin), await register(admin)
        path = await start(admin, patient_id, clinic)
    before = await api.database.events()
    for role in ("bot", "import", "viewer"):
        async with api.client(role) as client:
            for where, body in [("/v1/journeys", names(patient_id, clinic))] + [
                (f"{path}/{step}", body) for step, (body, _) in STEPS.items()
            ]:
                assert problem(await client.post(where, json=body)) == (403, None), f"{role}, {where}"
    assert await api.database.events() == before


async def test_another_clinics_or_tenants_journey_is_not_there(api: System) -> None:
    async with api.client() as admin:
        clinic, elsewhere = await put_clinic(admin), await put_clinic(admin)
        patient_id = await register(admin)
        path = await start(admin, patient_id, clinic)
        await book(admin, patient_id, elsewhere)
    before = await api.database.events()
    paths: dict[str, dict[str, Any]] = {f"{path}/{step}": body for step, (body, _) in STEPS.items()}
    paths |= {"/v1/journeys": names(patient_id, clinic)}
    # None of these is a journey's id.
    paths |= {f"/v1/journeys/{key}/escalation": STEPS["escalation"][0] for key in (patient_id, uuid7(), "42")}
    async with (
        api.client("receptionist", clinics=[elsewhere.clinic_id]) as receptionist,
        api.client("doctor", clinics=[]) as doctor,
        api.client(tenant_id=uuid7()) as stranger,
    ):
        for client in (receptionist, doctor, stranger):
            for where, body in paths.items():
                assert problem(await client.post(where, json=body)) == (404, None), where
    assert await api.database.events() == before


async def test_what_does_not_fit_is_refused_by_name(api: System) -> None:
    async with api.client() as admin:
        clinic, patient_id = await put_clinic(admin), await register(admin)
        path = await start(admin, patient_id, clinic)
        gone = await register(admin)
        (await admin.put(f"/v1/patients/{gone}/status", json={"status": "inactive"})).raise_for_status()

        async def hears(where: str, body: dict[str, Any]) -> tuple[int, str | None]:
            return problem(await admin.post(where, json=body))

        assert await hears("/v1/journeys", names(patient_id, clinic)) == (409, "journey_active_already")
        assert await hears("/v1/journeys", names(gone, clinic)) == (409, "patient_not_active")
        nowhere = names(patient_id, clinic) | {"clinic_id": str(uuid7())}
        assert await hears("/v1/journeys", nowhere) == (409, "clinic_unknown")
        assert await hears(f"{path}/recovery", STEPS["recovery"][0]) == (409, "journey_not_at_risk")
        for step, body in {
            "risk-indicators": {"risk_type": "no_show"},  # that follows from facts alone
            "escalation": {},
            "recovery": {"recovery_reason": ""},
            "abandonment": {"abandonment_reason": "x" * 501},
            "completion": {"completion_reason": "bored"},
        }.items():
            assert await hears(f"{path}/{step}", body) == (422, None), step
            assert await hears(f"{path}/{step}", STEPS[step][0] | {"stage": "completed"}) == (422, None), step

        assert told(await admin.post(f"{path}/completion", json=STEPS["completion"][0])) == ["JourneyCompleted"]
        for step, (body, _) in STEPS.items():
            assert await hears(f"{path}/{step}", body) == (409, "journey_not_active"), step
        # Another one follows: the old one stays as it is.
        await start(admin, patient_id, clinic)
        for step, (body, _) in STEPS.items():
            assert await hears(f"{path}/{step}", body) == (409, "journey_not_active"), step
    await log_holds(api.database)


async def test_if_match_is_held_to_the_journeys_version(api: System) -> None:
    async with api.client() as admin:
        path = await start(admin, await register(admin), await put_clinic(admin))
        body = STEPS["risk-indicators"][0]
        first = await admin.post(f"{path}/risk-indicators", json=body, headers={"If-Match": '"1"'})
        assert (told(first), first.headers["etag"]) == (["RiskDetected", "RiskScoreRecalculated"], '"3"')
        late = await admin.post(f"{path}/abandonment", json=STEPS["abandonment"][0], headers={"If-Match": '"1"'})
        assert (problem(late), late.json()["version"]) == ((412, None), 3)
        again = await admin.post(f"{path}/risk-indicators", json=body, headers={"If-Match": '"3"'})
        assert (told(again), again.headers["etag"]) == ([], '"3"')
        for good in ('W/"3"', "*", '"1", W/"3"', '"another", "3"'):
            answer = await admin.post(f"{path}/risk-indicators", json=body, headers={"If-Match": good})
            assert (told(answer), answer.headers["etag"]) == ([], '"3"'), good
        lines = [("If-Match", '"1"'), ("If-Match", '"3"')]
        assert told(await admin.post(f"{path}/risk-indicators", json=body, headers=lines)) == []
        for other in ('W/"1"', '"1", "2"', '"x"'):
            answer = await admin.post(f"{path}/risk-indicators", json=body, headers={"If-Match": other})
            assert (problem(answer), answer.json()["version"]) == ((412, None), 3), other
        nowhere = await admin.post(f"/v1/journeys/{uuid7()}/risk-indicators", json=body, headers={"If-Match": "*"})
        assert problem(nowhere) == (404, None)
        nonsense = await admin.post(f"{path}/abandonment", json=STEPS["abandonment"][0], headers={"If-Match": "x"})
        assert problem(nonsense) == (422, None)
        new = await admin.post("/v1/journeys", json={}, headers={"If-Match": '"1"'})
        assert problem(new) == (422, None)


async def test_a_key_gives_the_same_answer_again(api: System) -> None:
    async with api.client() as admin:
        clinic, patient_id = await put_clinic(admin), await register(admin)
        key = {"Idempotency-Key": "start"}
        first = await admin.post("/v1/journeys", json=names(patient_id, clinic), headers=key)
        again = await admin.post("/v1/journeys", json=names(patient_id, clinic), headers=key)
        assert (first.status_code, again.content) == (201, first.content)
        other = await admin.post("/v1/journeys", json=names(await register(admin), clinic), headers=key)
        assert problem(other) == (422, "key_reused")

        path, key = f"/v1/journeys/{first.json()['id']}/escalation", {"Idempotency-Key": "escalate"}
        body = STEPS["escalation"][0]
        first = await admin.post(path, json=body, headers=key)
        assert (await admin.post(path, json=body, headers=key)).content == first.content
        # Without the key it is another call for a person.
        assert told(await admin.post(path, json=body)) == ["RiskEscalated"]
    log = await api.database.log(api.tenant_id)
    assert [event.event_type for event in log].count("RiskEscalated") == 2
    await log_holds(api.database)
