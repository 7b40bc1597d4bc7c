"""A day at a clinic, through HTTP, by those who work there: a bot, two receptionists, a doctor and a manager."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

import httpx
import pytest

from always_true import log_holds, read_models_equal_fold
from counted import read_models_agree_with_counts
from message_kinds import KINDS
from system import Clinic, System, book, in_days, new_phone, put_clinic, register

FIFTEEN = 15
ILL = "a doutora está doente"


@dataclass(frozen=True)
class Day:
    """Who works there, and where."""

    system: System
    bot: httpx.AsyncClient
    desk: httpx.AsyncClient
    doctor: httpx.AsyncClient
    manager: httpx.AsyncClient
    importing: httpx.AsyncClient
    clinic: Clinic
    other_doctor: UUID

    async def caught_up(self) -> None:
        await self.system.caught_up()

    async def journey(self, patient_id: UUID) -> dict[str, Any]:
        """The patient's journey in this clinic."""
        await self.caught_up()
        [journey] = await listed(self.desk, "/v1/journeys", patient_id=str(patient_id))
        return journey

    async def at_risk(self, **query: str) -> list[str]:
        """Names, worst first."""
        await self.caught_up()
        return [item["patient_name"] for item in await listed(self.desk, "/v1/journeys/at-risk", **query)]


async def does(client: httpx.AsyncClient, path: str, **body: Any) -> list[str]:
    """A command; the types of its events."""
    answer = await client.post(path, json=body)
    assert answer.is_success, f"{path}: {answer.text}"
    return [event["event_type"] for event in answer.json()["events"]]


async def listed(client: httpx.AsyncClient, path: str, **query: str) -> list[dict[str, Any]]:
    answer = await client.get(path, params={"limit": "100"} | query)
    assert answer.is_success, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


@pytest.fixture
async def day(system: System) -> AsyncIterator[Day]:
    await system.start_all()
    async with AsyncExitStack() as kept:

        async def works(role: str, **of: Any) -> httpx.AsyncClient:
            return await kept.enter_async_context(system.client(role, **of))

        manager = await works("admin")
        clinic, elsewhere = await put_clinic(manager), await put_clinic(manager)
        other = {"full_name": "Dr. Paulo Queiroz", "clinic_ids": [str(clinic.clinic_id)]}
        (await manager.put(f"/v1/doctors/{elsewhere.doctor_id}", json=other)).raise_for_status()
        tenant = {"name": "Clínica Goiabeiras", "squeeze_in_roles": ["receptionist"]}
        (await manager.put("/v1/tenant", json=tenant)).raise_for_status()
        own = [clinic.clinic_id]
        yield Day(
            system,
            await works("bot"),
            await works("receptionist", clinics=own),
            await works("doctor", clinics=own),
            await works("manager", clinics=own),
            await works("import"),
            clinic,
            elsewhere.doctor_id,
        )


async def test_a_day_at_a_clinic(day: Day) -> None:
    """It ends as a person who reads the day would say."""
    lucia, rita = await yesterday(day)
    assert sorted(await day.at_risk()) == ["Lúcia Barcelos", "Rita Alvarenga"]

    walked_in = await somebody_walks_in(day)
    mother, children = await a_family_on_one_phone(day)
    await a_no_show_that_was_none(day, lucia)
    moved, cancelled = await the_doctor_is_ill(day)
    talked = await messages_of_all_kinds(day)
    await two_records_are_one_person(day, talked)
    await the_list_is_worked_through(day, rita)

    # In the evening.
    assert await day.at_risk() == []
    for patient_id in (walked_in, lucia, mother, *children, talked, *moved, *cancelled):
        journey = await day.journey(patient_id)
        assert (journey["risk_level"], journey["risk_indicators"]) == ("low", []), journey
    stages = {
        name: (await day.journey(key))["current_stage"] for name, key in (("walked in", walked_in), ("Lúcia", lucia))
    }
    assert stages == {"walked in": "attended", "Lúcia": "attended"}
    assert {(await day.journey(key))["cancelled_appointments"] for key in (*moved, *cancelled)} == {0}
    await log_holds(day.system.database)
    await read_models_equal_fold(day.system.database)
    await read_models_agree_with_counts(day.system.database)


async def yesterday(day: Day) -> tuple[UUID, UUID]:
    """Two who were marked as not having come, twice: of Lúcia it is wrong, once."""
    patients = []
    for name in ("Lúcia Barcelos", "Rita Alvarenga"):
        patients.append(await register(day.desk, full_name=name))
        for days in (-8, -1):
            booked = await book(day.importing, patients[-1], day.clinic, days=days, occurred_at=in_days(days - 1))
            path = f"/v1/appointments/{booked}/no-show"
            await does(day.importing, path, occurred_at=in_days(days + 0.1))
    return patients[0], patients[1]


async def somebody_walks_in(day: Day) -> UUID:
    """At this very minute, where the doctor has somebody already; seen, and gone within the hour."""
    this_minute = datetime.now(UTC).replace(second=0, microsecond=0)
    sooner = (this_minute - timedelta(minutes=10)).isoformat()
    first = await register(day.desk, full_name="Otávio Meneghel")
    at_the_desk = await book(day.desk, first, day.clinic, scheduled_for=sooner)
    walks_in = await register(day.desk, full_name="Sebastião Rangel")
    body = {
        "patient_id": str(walks_in),
        "clinic_id": str(day.clinic.clinic_id),
        "doctor_id": str(day.clinic.doctor_id),
        "scheduled_for": sooner,
        "appointment_type": "emergency",
    }
    full = await day.desk.post("/v1/appointments", json=body)
    assert (full.status_code, full.json()["rule"]) == (409, "doctor_overlap")
    squeezed = await day.desk.post("/v1/appointments", json=body | {"squeeze_in": True})
    assert squeezed.is_success, squeezed.text
    for appointment_id in (at_the_desk, squeezed.json()["id"]):
        await does(day.desk, f"/v1/appointments/{appointment_id}/arrival")
        await does(day.doctor, f"/v1/appointments/{appointment_id}/completion")
    return walks_in


async def a_family_on_one_phone(day: Day) -> tuple[UUID, list[UUID]]:
    """The bot registers a mother and her children, and knows who writes; each gets an appointment."""
    phone = new_phone()
    mother = await register(day.bot, full_name="Marta Coutinho", phone=phone, birth_date="1988-02-11")
    children = [
        await register(day.bot, full_name=f"{name} Coutinho", phone=phone, birth_date=born, guardian_phone=phone)
        for name, born in (("Ivo", "2016-07-02"), ("Luna", "2020-10-30"))
    ]
    for n, patient_id in enumerate((mother, *children)):
        await book(day.bot, patient_id, day.clinic, days=3 + n / 24, on_behalf_of_patient=True)
    await day.caught_up()
    writes = await day.bot.get("/v1/patients/writing", params={"phone": phone})
    assert (writes.json()["patient_id"], writes.json()["because"]) == (str(mother), "adult_registered_first")
    return mother, children


async def a_no_show_that_was_none(day: Day, lucia: UUID) -> None:
    """She sat in the waiting room: the doctor says so, the desk corrects it."""
    appointments = await listed(day.desk, "/v1/appointments", patient_id=str(lucia))
    wrong = max(appointments, key=lambda appointment: appointment["scheduled_for"])
    path = f"/v1/appointments/{wrong['appointment_id']}/correction"
    refused = await day.bot.post(path, json={"outcome": "completed", "reason": "ela veio"})
    assert refused.status_code == 403
    events = await does(day.desk, path, outcome="completed", reason="estava na sala de espera")
    assert events[0] == "AppointmentOutcomeCorrected"
    assert await day.at_risk() == ["Rita Alvarenga"]


async def the_doctor_is_ill(day: Day) -> tuple[list[UUID], list[UUID]]:
    """Fifteen appointments: ten go to the other doctor, four to next week, and one can't: the clinic cancels it."""
    patients = [await register(day.desk, full_name=f"Paciente {name}") for name in "ABCDEFGHIJKLMNO"]
    assert len(patients) == FIFTEEN
    for n, patient_id in enumerate(patients):
        await book(day.desk, patient_id, day.clinic, days=1 + n / 24)
    await day.caught_up()
    path = f"/v1/doctors/{day.clinic.doctor_id}/appointments"
    ill = [one for one in await listed(day.desk, path) if one["patient_id"] in set(map(str, patients))]
    assert len(ill) == FIFTEEN
    for n, one in enumerate(ill):
        appointment = f"/v1/appointments/{one['appointment_id']}"
        if n < 10:
            await does(day.desk, f"{appointment}/change", doctor_id=str(day.other_doctor), reason=ILL)
        elif n < 14:
            moved = {"scheduled_for": in_days(8 + n / 24), "on_whose_account": "clinic"}
            await does(day.desk, f"{appointment}/reschedule", **moved)
        else:
            await does(day.desk, f"{appointment}/cancellation", on_whose_account="clinic", reason=ILL)
    await day.caught_up()
    kept = await listed(day.desk, path)
    assert {one["patient_id"] for one in kept} & {str(key) for key in patients[:10]} == set()
    others = await listed(day.desk, f"/v1/doctors/{day.other_doctor}/appointments")
    assert {one["patient_id"] for one in others} == {str(key) for key in patients[:10]}
    return patients[:14], patients[14:]


async def messages_of_all_kinds(day: Day) -> UUID:
    """Shuffled, and each delivered twice; the last is edited, the desk answers on the clinic's own phone."""
    patient_id = await register(day.bot, full_name="Neusa Bittencourt")
    start = {"patient_id": str(patient_id), "clinic_id": str(day.clinic.clinic_id), "on_behalf_of_patient": True}
    answer = await day.bot.post("/v1/conversations", json=start)
    talk = f"/v1/conversations/{answer.json()['id']}"
    said = [{"direction": "inbound", "content": ""} | kind for kind in KINDS]
    deliveries = [one | {"whatsapp_message_id": f"wamid.day.{n}"} for n, one in enumerate(said)] * 2
    Random(14).shuffle(deliveries)
    made = await asyncio.gather(*(does(day.bot, f"{talk}/messages", **one) for one in deliveries))
    assert sorted(map(len, made)) == [0] * len(KINDS) + [1] * len(KINDS)
    edited = {"whatsapp_message_id": "wamid.day.0", "content": "Bom dia, quero marcar", "timestamp": in_days(0)}
    assert await does(day.bot, f"{talk}/edits", **edited) == ["MessageEdited"]
    await does(day.bot, f"{talk}/escalation", reason="explicit_request")
    await day.caught_up()
    assert [one["patient_name"] for one in await listed(day.desk, "/v1/conversations", status="escalated")] == [
        "Neusa Bittencourt"
    ]
    by_hand = {"direction": "outbound", "sender": "agent", "content": "Boa tarde, é a Bia da recepção"}
    await does(day.bot, f"{talk}/messages", **by_hand)
    await book(day.desk, patient_id, day.clinic, days=4)
    await does(day.desk, f"{talk}/resolution", resolution_notes="marcada")
    await does(day.desk, f"{talk}/closure", reason="marcada")
    await day.caught_up()
    messages = await listed(day.desk, f"{talk}/messages")
    assert len(messages) == len(KINDS) + 1
    assert edited["content"] in {message["content"] for message in messages}
    return patient_id


async def two_records_are_one_person(day: Day, neusa: UUID) -> None:
    """She was there last month, under her old number: the manager merges what the desk found twice."""
    before = await register(day.importing, full_name="Neusa Bitencourt")
    visit = await book(day.importing, before, day.clinic, days=-30, occurred_at=in_days(-33))
    await does(day.importing, f"/v1/appointments/{visit}/completion", occurred_at=in_days(-29.9))
    merge = {"other_patient_id": str(before)}
    refused = await day.desk.post(f"/v1/patients/{neusa}/merge", json=merge)
    assert refused.status_code == 403
    events = await does(day.manager, f"/v1/patients/{neusa}/merge", **merge)
    assert events[0] == "PatientAbsorbed"
    await day.caught_up()
    row = (await day.desk.get(f"/v1/patients/{neusa}")).json()
    assert (row["completed_appointments"], row["total_appointments"]) == (1, 2)
    found = await listed(day.desk, "/v1/patients", name="neusa")
    assert [one["patient_id"] for one in found] == [str(neusa)]
    late = await day.bot.post(
        "/v1/conversations", json={"patient_id": str(before), "clinic_id": str(day.clinic.clinic_id)}
    )
    assert (late.status_code, late.json()["rule"]) == (409, "patient_merged")


async def the_list_is_worked_through(day: Day, rita: UUID) -> None:
    """Claimed, called in vain, called again; she comes back, and has an appointment."""
    journey = f"/v1/journeys/{(await day.journey(rita))['journey_id']}"
    assert await does(day.desk, f"{journey}/claim") == ["JourneyAssigned"]
    assert await day.at_risk(mine="true") == ["Rita Alvarenga"]
    await does(day.desk, f"{journey}/calls", outcome="not_reached")
    await does(day.desk, f"{journey}/calls", outcome="reached", notes="vai voltar na quinta")
    await does(day.desk, f"{journey}/recovery", reason="vai voltar na quinta")
    await book(day.desk, rita, day.clinic, days=2)
