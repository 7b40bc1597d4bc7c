"""The list of those at risk is worked through: claimed, called, left for later; and who is won back is off it."""

from typing import Any
from uuid import UUID

import httpx
from uuid_utils.compat import uuid7

from always_true import log_holds
from query_rows import asked
from system import PROJECTORS, System, book, in_days, put_clinic, register

AT_RISK = "/v1/journeys/at-risk"
ANA, BIA = UUID(int=0xA), UUID(int=0xB)


async def done(client: httpx.AsyncClient, path: str, **body: Any) -> list[str]:
    answer = await client.post(path, json=body)
    assert answer.is_success, answer.text
    return [event["event_type"] for event in answer.json()["events"]]


async def refused(client: httpx.AsyncClient, path: str, **body: Any) -> tuple[int, str | None]:
    answer = await client.post(path, json=body)
    return answer.status_code, answer.json().get("rule")


async def test_a_front_desk_works_the_list_through(system: System) -> None:
    system.start("command-api")
    system.start("relay")
    for projector in PROJECTORS:
        system.start(projector)
    await system.ready()
    async with system.client() as admin:
        clinic = await put_clinic(admin)
        (await admin.put("/v1/tenant", json={"name": "Rede", "journey_rules": {"score_high": 0.6}})).raise_for_status()
        journeys = []
        for name in ("Rita", "Sônia", "Tânia"):
            patient = await register(admin, full_name=name)
            started = {"patient_id": str(patient), "clinic_id": str(clinic.clinic_id)}
            journeys.append((await admin.post("/v1/journeys", json=started)).json()["id"])
        rita, sonia, tania = (f"/v1/journeys/{journey}" for journey in journeys)
        for path in (rita, sonia, tania):
            events = await done(admin, f"{path}/risk-indicators", risk_type="tone_change")
            assert "JourneyStageChanged" in events
    async with (
        system.client("receptionist", user_id=ANA, clinics=[clinic.clinic_id]) as ana,
        system.client("receptionist", user_id=BIA, clinics=[clinic.clinic_id]) as bia,
    ):

        async def listed(client: httpx.AsyncClient = ana, **query: Any) -> list[str]:
            await system.caught_up()
            return sorted(item["patient_name"] for item in await asked(client, AT_RISK, **query))

        assert await listed() == ["Rita", "Sônia", "Tânia"]

        # Claimed: by one of them, once, and given away only where that is said.
        assert await done(ana, f"{rita}/claim") == ["JourneyAssigned"]
        assert await done(ana, f"{rita}/claim") == []
        assert await refused(bia, f"{rita}/claim") == (409, "journey_claimed_already")
        assert await done(bia, f"{sonia}/claim", assigned_to=str(ANA)) == ["JourneyAssigned"]
        assert await done(bia, f"{sonia}/claim", take_over=True) == ["JourneyAssigned"]
        assert await listed(mine="true") == ["Rita"]
        assert await listed(bia, mine="true") == await listed(assigned_to=str(BIA)) == ["Sônia"]
        assert await listed(claimed="false") == ["Tânia"]
        assert await listed(claimed="true") == ["Rita", "Sônia"]
        assert await done(bia, f"{sonia}/release") == ["JourneyAssigned"]
        assert await listed(claimed="false") == ["Sônia", "Tânia"]

        # Called, and left for later.
        assert await done(ana, f"{rita}/calls", outcome="not_reached") == ["CallMade"]
        assert await done(ana, f"{rita}/calls", outcome="reached", notes="viaja até maio") == ["CallMade"]
        assert await refused(ana, f"{rita}/snooze", until=in_days(-1)) == (409, "snooze_over_already")
        assert await refused(ana, f"{rita}/snooze", until=in_days(91)) == (409, "snooze_too_long")
        assert await done(ana, f"{rita}/snooze", until=in_days(30)) == ["JourneySnoozed"]
        assert await listed() == ["Sônia", "Tânia"]
        assert await listed(snoozed="true") == ["Rita"]
        row = (await ana.get(rita)).json()
        assert (row["assigned_to"], row["calls"], row["last_call_outcome"]) == (str(ANA), 2, "reached")
        assert row["last_called_at"] is not None
        assert row["snoozed_until"] is not None
        assert row["worked_at"] >= row["last_called_at"]
        why = await ana.get(f"{rita}/why", params={"column": "assigned_to"})
        assert why.status_code == 200, why.text
        assert why.json()["columns"]["assigned_to"]["set_by"]["event_type"] == "JourneyAssigned"
        dashboard = (await ana.get(f"/v1/clinics/{clinic.clinic_id}/dashboard")).json()
        assert dashboard["at_risk"] == 3, "a snooze is no cure"

        # Back before its time: somebody says so, or the risk is escalated.
        assert await done(ana, f"{rita}/snooze", until=None) == ["JourneySnoozed"]
        assert await listed() == ["Rita", "Sônia", "Tânia"]
        await done(ana, f"{tania}/snooze", until=in_days(30))
        assert await done(ana, f"{tania}/escalation", escalation_reason="reclamou") == ["RiskEscalated"]
        assert await listed() == ["Rita", "Sônia", "Tânia"]

        # By level, and by the doctor with whom they have or had an appointment there.
        levels = {item["risk_level"] for item in await asked(ana, AT_RISK)}
        assert levels == {"high"}
        assert await listed(risk_level="high") == ["Rita", "Sônia", "Tânia"]
        assert await listed(risk_level="critical") == []
        sonia_id = (await ana.get(sonia)).json()["patient_id"]
        visit = await book(ana, UUID(sonia_id), clinic, days=4)
        await done(ana, f"/v1/appointments/{visit}/cancellation", reason="desistiu")
        of_the_doctor = await listed(doctor_id=str(clinic.doctor_id), score_min=0)
        assert of_the_doctor == ["Sônia"]
        assert await listed(doctor_id=str(uuid7()), score_min=0) == []

        # Won back: nobody's, and off the list; the calls are remembered.
        assert "JourneyRecovered" in await done(ana, f"{rita}/recovery", recovery_reason="vai voltar")
        assert "Rita" not in await listed()
        row = (await ana.get(rita)).json()
        assert (row["assigned_to"], row["snoozed_until"], row["calls"]) == (None, None, 2)
    await log_holds(system.database)
