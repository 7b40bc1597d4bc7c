"""Two who decide on the same patient at the same moment, in two processes, 200 times each: what neither could have
known of the other, both are held to."""

import asyncio
import os
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from always_true import log_holds, read_models_equal_fold
from counted import read_models_agree_with_counts
from free_ports import free_port
from system import Clinic, System, put_clinic, register

ROUNDS = int(os.environ.get("HEALZ_RACE_ROUNDS", "60"))
AT_ONCE = 8
SLOT = timedelta(minutes=30)

Answers = tuple[httpx.Response, httpx.Response]
Told = tuple[tuple[int, str | None], tuple[int, str | None]]
DONE, MADE = (200, None), (201, None)


@dataclass(frozen=True)
class Two:
    """One of each: two processes of the API, two clinics, and the begin of a time that no other round touches."""

    client: httpx.AsyncClient
    other_client: httpx.AsyncClient
    here: Clinic
    there: Clinic
    free_from: datetime

    def booking(self, patient_id: UUID, clinic: Clinic, slot: int = 0) -> dict[str, Any]:
        return {
            "patient_id": str(patient_id),
            "clinic_id": str(clinic.clinic_id),
            "doctor_id": str(clinic.doctor_id),
            "scheduled_for": (self.free_from + slot * SLOT).isoformat(),
            "appointment_type": "first_visit",
        }

    async def book(self, patient_id: UUID, clinic: Clinic, slot: int = 0) -> str:
        """An appointment that is there before anybody races; returns its path."""
        answer = await self.client.post("/v1/appointments", json=self.booking(patient_id, clinic, slot))
        assert answer.status_code == 201, answer.text
        return f"/v1/appointments/{answer.json()['id']}"


Round = Callable[[Two, UUID], Awaitable[list[Awaitable[httpx.Response]]]]
"""Prepares a patient, and gives the two requests."""


async def race(system: System, play: Round, roles: tuple[str, str] = ("admin", "admin")) -> Counter[Told]:
    """What the two heard, in each of the rounds; afterwards everything that is always true is looked at.

    Who is in which process, and who is sent first, alternates.
    """
    await system.start_all()
    second = replace(system, api_port=free_port())
    second.start("command-api")
    await second.ready()
    told: Counter[Told] = Counter()
    async with AsyncExitStack() as stack:
        admin = await stack.enter_async_context(system.client())
        clients = [
            [await stack.enter_async_context(process.client(role)) for process in (system, second)] for role in roles
        ]
        here, there = [await put_clinic(admin) for _ in range(2)]
        base = datetime.now(UTC) + timedelta(days=1)
        numbers = iter(range(ROUNDS))

        async def rounds() -> None:
            for n in numbers:
                swapped, first = n % 4 // 2, n % 2
                two = Two(clients[0][swapped], clients[1][1 - swapped], here, there, base + n * 4 * SLOT)
                requests = await play(two, await register(admin))
                sent = await asyncio.gather(requests[first], requests[1 - first])
                told[_told(sent[first], sent[1 - first])] += 1

        await asyncio.gather(*(rounds() for _ in range(AT_ONCE)))
    assert told.total() == ROUNDS
    await system.caught_up()
    await log_holds(system.database)
    await read_models_equal_fold(system.database)
    await read_models_agree_with_counts(system.database)
    return told


def _told(*answers: httpx.Response) -> Any:
    return tuple((answer.status_code, answer.json().get("rule")) for answer in answers)


LEAVING: dict[str, tuple[str, str, dict[str, str]]] = {
    "anonymised": ("POST", "anonymize", {"reason": "patient_request"}),
    "suspended": ("PUT", "status", {"status": "suspended"}),
    "inactive": ("PUT", "status", {"status": "inactive"}),
}


@pytest.mark.parametrize(("method", "path", "body"), LEAVING.values(), ids=LEAVING)
async def test_who_leaves_while_another_clinic_books_is_booked_before_or_not_at_all(
    system: System, method: str, path: str, body: dict[str, str]
) -> None:
    async def leaves_and_is_booked(two: Two, patient_id: UUID) -> list[Awaitable[httpx.Response]]:
        await two.book(patient_id, two.here)
        return [
            two.client.request(method, f"/v1/patients/{patient_id}/{path}", json=body),
            two.other_client.post("/v1/appointments", json=two.booking(patient_id, two.there, 1)),
        ]

    told = await race(system, leaves_and_is_booked)
    assert told.keys() == {(DONE, MADE), (DONE, (409, "patient_not_active"))}, told

    rows = await system.database.admin.fetch(
        "SELECT status, count(*) FROM appointment.appointment_view GROUP BY status ORDER BY status"
    )
    live = {row["status"]: row["count"] for row in rows}
    booked = ROUNDS + told[DONE, MADE]
    assert live == (
        {"scheduled": booked} if path == "status" and body["status"] == "suspended" else {"cancelled": booked}
    )


async def test_of_two_cancellations_of_one_appointment_one_counts(system: System) -> None:
    async def both_cancel_it(two: Two, patient_id: UUID) -> list[Awaitable[httpx.Response]]:
        path = f"{await two.book(patient_id, two.here)}/cancellation"
        return [two.client.post(path, json={}), two.other_client.post(path, json={})]

    told = await race(system, both_cancel_it)
    refused = (409, "appointment_not_live")
    assert told.keys() == {(DONE, refused), (refused, DONE)}, told
    assert await cancellations(system) == {(1, "first_contact", None): ROUNDS}


async def test_two_appointments_cancelled_at_once_are_two_cancellations_and_one_risk(system: System) -> None:
    async def each_cancels_one(two: Two, patient_id: UUID) -> list[Awaitable[httpx.Response]]:
        paths = [f"{await two.book(patient_id, two.here, slot)}/cancellation" for slot in range(2)]
        return [two.client.post(paths[0], json={}), two.other_client.post(paths[1], json={})]

    assert await race(system, each_cancels_one) == {(DONE, DONE): ROUNDS}
    assert await cancellations(system) == {(2, "first_contact", "0.5"): ROUNDS}


async def cancellations(system: System) -> dict[tuple[int, str, str | None], int]:
    """{(cancellations, stage, score that they were weighed with): journeys}, by the read model and the log."""
    rows = await system.database.admin.fetch(
        """
        SELECT v.cancelled_appointments, v.current_stage, r.scores, count(*) AS journeys
          FROM journey.journey_view AS v
          CROSS JOIN LATERAL (
              SELECT string_agg(event_data ->> 'new_score', ' ' ORDER BY position) AS scores
                FROM event_store.events AS e
               WHERE e.tenant_id = v.tenant_id AND e.aggregate_id = v.journey_id
                 AND e.event_type = 'RiskScoreRecalculated') AS r
         GROUP BY 1, 2, 3
        """
    )
    return {tuple(row)[:3]: row["journeys"] for row in rows}


@dataclass(frozen=True)
class First:
    """Two first contacts: by whom, and how; what they may hear, and how often each kind of start may be seen."""

    roles: tuple[str, str]
    play: Round
    told: set[Told]
    started_by: set[str]


async def two_conversations(two: Two, patient_id: UUID) -> list[Awaitable[httpx.Response]]:
    return [talk(two.client, two, patient_id), talk(two.other_client, two, patient_id)]


async def a_message_and_a_booking(two: Two, patient_id: UUID) -> list[Awaitable[httpx.Response]]:
    # Begun by the clinic: that is no contact of the patient's yet.
    answer = await two.other_client.post("/v1/conversations", json=_names(two, patient_id))
    said = {"direction": "inbound", "content": "Olá"}
    return [
        two.client.post(f"/v1/conversations/{answer.json()['id']}/messages", json=said),
        two.other_client.post("/v1/appointments", json=two.booking(patient_id, two.here)),
    ]


async def two_bookings(two: Two, patient_id: UUID) -> list[Awaitable[httpx.Response]]:
    return [
        client.post("/v1/appointments", json=two.booking(patient_id, two.here, slot))
        for slot, client in enumerate((two.client, two.other_client))
    ]


async def a_start_by_hand_and_a_booking(two: Two, patient_id: UUID) -> list[Awaitable[httpx.Response]]:
    return [
        two.client.post("/v1/journeys", json=_names(two, patient_id)),
        two.other_client.post("/v1/appointments", json=two.booking(patient_id, two.here)),
    ]


def talk(client: httpx.AsyncClient, two: Two, patient_id: UUID) -> Awaitable[httpx.Response]:
    return client.post("/v1/conversations", json=_names(two, patient_id) | {"on_behalf_of_patient": True})


def _names(two: Two, patient_id: UUID) -> dict[str, Any]:
    return {"patient_id": str(patient_id), "clinic_id": str(two.here.clinic_id)}


OPEN, ACTIVE = (409, "conversation_open_already"), (409, "journey_active_already")
FIRST = {
    "two conversations": First(("bot", "bot"), two_conversations, {(MADE, OPEN), (OPEN, MADE)}, {"first_contact"}),
    "a message and a booking": First(
        ("bot", "admin"), a_message_and_a_booking, {(DONE, MADE)}, {"first_contact", "appointment_scheduled"}
    ),
    "two bookings": First(("bot", "admin"), two_bookings, {(MADE, MADE)}, {"appointment_scheduled"}),
    "a start by hand and a booking": First(
        ("admin", "admin"),
        a_start_by_hand_and_a_booking,
        {(MADE, MADE), (ACTIVE, MADE)},
        {"manual", "appointment_scheduled"},
    ),
}


@pytest.mark.parametrize("first", FIRST.values(), ids=FIRST)
async def test_two_first_contacts_at_once_start_one_journey(system: System, first: First) -> None:
    assert (await race(system, first.play, first.roles)).keys() == first.told
    journeys = await system.database.admin.fetch(
        "SELECT patient_id, count(*) FILTER (WHERE is_active) AS active FROM journey.journey_view GROUP BY patient_id"
    )
    assert [row["active"] for row in journeys] == [1] * ROUNDS
    log = await system.database.log(system.tenant_id)
    started = [event.event_data.model_dump() for event in log if event.event_type == "JourneyStarted"]
    assert len(started) == ROUNDS
    assert {journey["initiated_by"] for journey in started} == first.started_by
