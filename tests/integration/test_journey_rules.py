"""A tenant's own numbers: what is put is what the next fact is judged by, in that tenant alone."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
from uuid_utils.compat import uuid7

from healz.events.journey import JourneyRecovered, JourneyStarted
from system import Clinic, System, put_clinic, register

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
BEGIN = datetime.now(UTC) - 12 * DAY
"""Of what the import tells; short enough ago that nobody is silent."""

Judged = tuple[str, str]
"""Stage and score."""


@dataclass(frozen=True)
class Tenant:
    """An organisation; its past is told by an import."""

    api: System
    tenant_id: UUID
    admin: httpx.AsyncClient
    importing: httpx.AsyncClient

    async def puts(self, rules: Any, status: int = 204) -> Any:
        """The answer's document, where there is one."""
        answer = await self.admin.put("/v1/tenant", json={"name": "Grupo Vitória", "journey_rules": rules})
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None

    async def patient(self) -> "Patient":
        """A new one, in a clinic of their own."""
        clinic = await put_clinic(self.admin)
        return Patient(self, await register(self.importing, occurred_at=BEGIN.isoformat()), clinic)


@dataclass
class Patient:
    """Has an appointment a day."""

    tenant: Tenant
    patient_id: UUID
    clinic: Clinic
    days: int = 0

    async def after(self, *ends: str) -> Judged:
        """How the journey is judged once the next appointments ended like this."""
        for end in ends:
            at = BEGIN + self.days * DAY
            self.days += 1
            booking = {
                "patient_id": str(self.patient_id),
                "clinic_id": str(self.clinic.clinic_id),
                "doctor_id": str(self.clinic.doctor_id),
                "scheduled_for": (at + HOUR).isoformat(),
                "appointment_type": "first_visit",
                "occurred_at": at.isoformat(),
            }
            answer = await self.tenant.importing.post("/v1/appointments", json=booking)
            assert answer.status_code == 201, answer.text
            path = f"/v1/appointments/{answer.json()['id']}/{end}"
            then = {"occurred_at": (at + 2 * HOUR).isoformat()}
            answer = await self.tenant.importing.post(path, json=then)
            assert answer.status_code == 200, answer.text
        stage, score = "", "0.00"
        for event in await self.tenant.api.database.log(self.tenant.tenant_id):
            if event.patient_id == self.patient_id:
                data = event.event_data.model_dump()
                stage, score = data.get("new_stage", stage), str(data.get("new_score", score))
        return stage, score


@asynccontextmanager
async def tenant(api: System) -> AsyncIterator[Tenant]:
    """A new one."""
    tenant_id = uuid7()
    async with (
        api.client(tenant_id=tenant_id) as admin,
        api.client("import", tenant_id=tenant_id) as importing,
    ):
        yield Tenant(api, tenant_id, admin, importing)


MISSED, CANCELLED = "no-show", "cancellation"
# What is put, how a patient's appointments ended, what comes of it by the defaults, and with it
OVERRIDES: dict[str, tuple[dict[str, Any], list[str], Judged, Judged]] = {
    "one no-show is risk enough": ({"score_high": 0.3}, [MISSED], ("no_show", "0.30"), ("at_risk", "0.30")),
    "one no-show weighs more": ({"no_show_value": 0.5}, [MISSED], ("no_show", "0.30"), ("no_show", "0.50")),
    "it takes three no-shows": ({"no_shows_min": 3}, [MISSED] * 2, ("at_risk", "0.90"), ("no_show", "0.30")),
    "two no-shows weigh less": ({"no_shows_value": 0.6}, [MISSED] * 2, ("at_risk", "0.90"), ("at_risk", "0.60")),
    "it takes three cancellations": (
        {"cancellations_min": 3},
        [CANCELLED] * 2,
        ("first_contact", "0.50"),
        ("first_contact", "0.00"),
    ),
    "cancellations add up in full": (
        {"cancellation_weight": 1},
        [CANCELLED, CANCELLED, MISSED],
        ("no_show", "0.59"),
        ("at_risk", "0.80"),
    ),
}


async def test_an_override_changes_what_facts_do_in_that_tenant_alone(api: System) -> None:
    wrong = []
    async with tenant(api) as other:
        for what, (rules, ends, by_default, overridden) in OVERRIDES.items():
            async with tenant(api) as organisation:
                await organisation.puts(rules)
                found = await (await organisation.patient()).after(*ends), await (await other.patient()).after(*ends)
                if found != (overridden, by_default):
                    wrong.append(f"{what}: {found[0]}, and in another tenant {found[1]}")
    assert not wrong, "\n".join(wrong)


async def test_it_holds_from_the_next_fact_on_until_another_is_put(api: System) -> None:
    async with tenant(api) as organisation:
        patient = await organisation.patient()
        assert await patient.after(MISSED) == ("no_show", "0.30")
        await organisation.puts({"no_shows_min": 3})
        assert await patient.after(MISSED) == ("no_show", "0.30")
        await organisation.puts({"no_show_value": 0.35, "no_shows_min": 4})
        assert await patient.after(MISSED) == ("no_show", "0.35")
        # A PUT replaces all: what is not named follows the defaults again.
        await organisation.puts({"no_shows_value": 0.8})
        assert await patient.after(MISSED) == ("at_risk", "0.80")
        await organisation.puts(None)
        assert await patient.after(MISSED) == ("at_risk", "0.90")
        assert await (await organisation.patient()).after(MISSED) == ("no_show", "0.30")


async def test_what_won_a_patient_back_is_said_and_a_tenant_may_want_a_persons_word(api: System) -> None:
    for by, said, moved in (
        (None, None, True),
        ("judged_message", None, False),
        ("judged_message", "neutral", True),
        ("person", "positive", False),
    ):
        async with tenant(api) as organisation, api.client("bot", tenant_id=organisation.tenant_id) as bot:
            await organisation.puts({"recovery_by": by} if by else None)
            patient = await organisation.patient()
            assert await patient.after(MISSED, MISSED) == ("at_risk", "0.90")
            talk = {"patient_id": str(patient.patient_id), "clinic_id": str(patient.clinic.clinic_id)}
            talk_id = (await bot.post("/v1/conversations", json=talk)).json()["id"]
            message = {"direction": "inbound", "content": "Oi", "message_id": str(uuid7()), "sentiment": said}
            answer = await bot.post(f"/v1/conversations/{talk_id}/messages", json=message)
            assert answer.status_code == 200, answer.text
            log = [event.event_data for event in await api.database.log(organisation.tenant_id)]
            (journey_id,) = {event.journey_id for event in log if isinstance(event, JourneyStarted)}
            won = [event for event in log if isinstance(event, JourneyRecovered)]
            assert [(str(event.message_id), event.sentiment) for event in won] == (
                [(message["message_id"], said)] if moved else []
            )
            word = {"recovery_reason": "falamos por telefone"}
            recovery = await organisation.admin.post(f"/v1/journeys/{journey_id}/recovery", json=word)
            assert recovery.status_code == (409 if moved else 200), recovery.text


# What is put, and what the refusal says
BAD: dict[str, tuple[Any, str]] = {
    "an unknown number": ({"silence_days": 10}, "silence_days"),
    "no number": ({"score_high": "a lot"}, "score_high"),
    "not a number": ({"score_high": "NaN"}, "score_high"),
    "a share above 1": ({"no_show_weight": 1.01}, "no_show_weight"),
    "a share below 0": ({"no_show_weight": -0.01}, "no_show_weight"),
    "no days": ({"silence_days_min": 0}, "silence_days_min"),
    "half a day": ({"completion_silence_days": 0.5}, "completion_silence_days"),
    "days as a yes": ({"silence_days_min": True}, "silence_days_min"),
    "days as a text": ({"silence_days_min": "10"}, "silence_days_min"),
    "hours as a text": ({"live_hours": "10"}, "live_hours"),
    "a count as a yes": ({"no_shows_min": True}, "no_shows_min"),
    "a share as a yes": ({"score_high": True}, "score_high"),
    "days without end": ({"completion_silence_days": 3651}, "completion_silence_days"),
    "from the first no-show on": ({"no_shows_min": 1}, "no_shows_min"),
    "nobody's word": ({"recovery_by": "nobody"}, "recovery_by"),
    "null": ({"no_shows_min": None}, "no_shows_min"),
    "high above critical": ({"score_high": 0.9}, "score_medium, score_high, score_critical must not fall"),
    "medium above high": ({"score_medium": 0.8}, "score_medium, score_high, score_critical must not fall"),
    "long silence before silence": ({"silence_days_high": 13}, "silence_days_min, silence_days_high"),
    "two no-shows better than one": ({"no_shows_value": 0.2}, "no_show_value, no_shows_value must not fall"),
    "a list": ([{"score_high": 0.5}], "journey_rules"),
    "a text": ("strict", "journey_rules"),
}


async def test_what_are_no_rules_is_refused_field_by_field_and_changes_nothing(api: System) -> None:
    wrong = []
    async with tenant(api) as organisation:
        await organisation.puts({"no_shows_min": 3, "silence_days_min": 10})
        before = await api.database.admin.fetch("SELECT * FROM reference.tenants")
        for what, (rules, told) in BAD.items():
            document = await organisation.puts(rules, 422)
            errors = [f"{error['field']}: {error['message']}" for error in document.get("errors", [])]
            if not any(told in error for error in errors) or "pydantic" in str(document).lower():
                wrong.append(f"{what}: {document}")
        assert not wrong, "\n".join(wrong)
        assert await api.database.admin.fetch("SELECT * FROM reference.tenants") == before
        assert await (await organisation.patient()).after(MISSED, MISSED) == ("no_show", "0.30")


async def test_only_who_is_responsible_for_the_whole_tenant_puts_them(api: System) -> None:
    for role, expected in {
        "admin": 204,
        "manager": 204,
        "doctor": 403,
        "receptionist": 403,
        "bot": 403,
        "import": 403,
        "viewer": 403,
    }.items():
        async with api.client(role) as client:
            answer = await client.put("/v1/tenant", json={"name": "Grupo Vitória", "journey_rules": {}})
            assert answer.status_code == expected, f"{role}: {answer.text}"
