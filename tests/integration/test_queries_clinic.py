"""A clinic's day: its dashboard, whom to call, and the clinics and doctors themselves."""

import calendar
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import httpx
import pytest
from uuid_utils.compat import uuid7

from query_rows import Appointment, Journey, asked, now, put_appointments, put_journeys
from system import System

EAST, WEST = "Pacific/Kiritimati", "Pacific/Pago_Pago"
"""25 hours apart: never the same day."""
PERIODS = ("day", "week", "month")
MINUTE = timedelta(minutes=1)


def a_month(day: date, months: int) -> date:
    """So many months on, or that month's last day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def bounds(period: str, now: datetime, zone: str) -> tuple[datetime, datetime]:
    """Where the period behind begins, and where the one ahead ends."""
    today = now.astimezone(ZoneInfo(zone)).date()
    days = {"day": 1, "week": 7}
    back = today - timedelta(days=days[period]) if period in days else a_month(today, -1)
    on = today + timedelta(days=days[period]) if period in days else a_month(today, 1)
    first, end = (datetime.combine(day, time(), ZoneInfo(zone)) for day in (back + timedelta(days=1), on))
    return first.astimezone(UTC), end.astimezone(UTC)


async def put(client: httpx.AsyncClient, path: str, **body: Any) -> None:
    (await client.put(path, json=body)).raise_for_status()


def rate(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def came(number: int, at: datetime, status: str) -> dict[str, datetime]:
    """Who was seen waited from ten minutes on, each a minute longer; but the first's arrival nobody recorded, and the
    second's visit was completed, says an import, before they came; the sixth's, days after. Who cancelled there did not
    wait."""
    arrived = {"arrived_at": at - 10 * MINUTE}
    if status == "completed":
        ends = {"completed_at": at + {1: -11, 5: 3000}.get(number, number - 1) * MINUTE}
        return ends | (arrived if number else {})
    return arrived if status == "cancelled" else {}


def average_wait(appointments: list[Appointment]) -> float | None:
    waits = [
        (times["completed_at"] - times["arrived_at"]) // MINUTE
        for times in (appointment.also for appointment in appointments)
        if times.keys() == {"completed_at", "arrived_at"}
    ]
    waits = [minutes for minutes in waits if 0 <= minutes <= 12 * 60]
    if not waits:
        return None
    return float((Decimal(sum(waits)) / len(waits)).quantize(Decimal("0.1"), ROUND_HALF_UP))


@pytest.mark.parametrize("zone", [EAST, WEST])
async def test_a_dashboard_counts_its_clinics_own_days(api: System, zone: str) -> None:
    clinic, elsewhere, patient = uuid7(), uuid7(), uuid7()
    present = now()
    edges = [edge for period in PERIODS for edge in bounds(period, present, zone)]
    times = [
        *(edge + side for edge in edges for side in (-MINUTE, MINUTE)),
        present - 10 * MINUTE,
        present + 10 * MINUTE,
    ]
    statuses = ("scheduled", "confirmed", "completed", "no_show", "no_show", "cancelled")
    mine = [
        Appointment(api.tenant_id, clinic, at, status, confirmations=number % 2, also=came(place, at, status))
        for place, at in enumerate(times)
        for number, status in enumerate(statuses)
    ]
    since_first = [(now() - edge) / timedelta(days=1) for edge in edges if edge < now()]
    journeys = [
        Journey(api.tenant_id, clinic, stage, score, silent_days=days + side, patient_id=who)
        for days in since_first
        for side in (-0.01, 0.01)
        for stage, score, who in (
            ("scheduled", 0.7, uuid7()),
            ("at_risk", 0.3, uuid7()),
            ("follow_up", 0.69, patient),
            ("completed", 0.9, patient),
        )
    ]
    others = [
        *(
            Journey(tenant_id, place, "at_risk", 1)
            for tenant_id, place in ((api.tenant_id, elsewhere), (uuid7(), clinic))
        )
    ]
    await put_journeys(api.database.admin, [*journeys, *others])
    await put_appointments(api.database.admin, [*mine, Appointment(api.tenant_id, elsewhere, now() + MINUTE)])
    async with api.client() as admin, api.client("receptionist", clinics=[clinic]) as receptionist:
        for clinic_id in (clinic, elsewhere):
            await put(admin, f"/v1/clinics/{clinic_id}", name="Clínica Goiabeiras", time_zone=zone)
        for period in PERIODS:
            answer = await receptionist.get(f"/v1/clinics/{clinic}/dashboard", params={"period": period})
            assert answer.status_code == 200, answer.text
            told = answer.json()
            moment = datetime.fromisoformat(told.pop("now"))
            since, until = bounds(period, moment, zone)
            assert [datetime.fromisoformat(told.pop(key)) for key in ("since", "until")] == [since, until]
            behind = [appointment for appointment in mine if since <= appointment.scheduled_for < moment]
            counted = {
                what: sum(appointment.status == what for appointment in behind)
                for what in ("completed", "no_show", "cancelled")
            }
            confirmed = sum(
                appointment.confirmations > 0 and appointment.status != "cancelled" for appointment in behind
            )
            active = [journey for journey in journeys if journey.active]
            assert told == {
                "clinic_id": str(clinic),
                "name": "Clínica Goiabeiras",
                "time_zone": zone,
                "patients": len({journey.patient_id for journey in journeys if journey.last_interaction_at >= since}),
                "patients_ever": len({journey.patient_id for journey in journeys}),
                "active_journeys": len(active),
                "at_risk": sum(journey.stage == "at_risk" or journey.score >= 0.7 for journey in active),
                "needs_follow_up": sum(journey.follow_up for journey in active),
                "has_escalation": 0,
                "stages": {stage: len(since_first) * 2 for stage in ("scheduled", "at_risk", "follow_up")},
                "upcoming": sum(
                    moment <= appointment.scheduled_for < until and appointment.status in ("scheduled", "confirmed")
                    for appointment in mine
                ),
                "appointments": len(behind),
                "completed": counted["completed"],
                "no_shows": counted["no_show"],
                "cancelled": counted["cancelled"],
                "confirmed": confirmed,
                "no_show_rate": rate(counted["no_show"], counted["no_show"] + counted["completed"]),
                "confirmation_rate": rate(confirmed, len(behind) - counted["cancelled"]),
                "average_wait_minutes": average_wait(behind),
            }, period
            at_risk = await asked(receptionist, "/v1/journeys/at-risk", clinic_id=clinic)
            assert len(at_risk) == told["at_risk"]
        assert (await receptionist.get(f"/v1/clinics/{elsewhere}/dashboard")).status_code == 404
        assert (await admin.get(f"/v1/clinics/{uuid7()}/dashboard")).status_code == 404


async def test_a_clinic_without_anything_has_no_rates(api: System) -> None:
    clinic = uuid7()
    async with api.client() as admin:
        await put(admin, f"/v1/clinics/{clinic}", name="Nova")
        told = (await admin.get(f"/v1/clinics/{clinic}/dashboard")).json()
    assert (told["no_show_rate"], told["confirmation_rate"], told["stages"]) == (None, None, {})
    assert told["average_wait_minutes"] is None
    assert (told["time_zone"], told["patients"], told["upcoming"]) == ("America/Sao_Paulo", 0, 0)


async def test_whom_to_call_are_those_of_the_hours_ahead_who_have_not_confirmed(api: System) -> None:
    clinic, elsewhere = uuid7(), uuid7()
    made = [
        Appointment(tenant_id, place, now() + timedelta(hours=hours), status)
        for tenant_id in (api.tenant_id, uuid7())
        for place in (clinic, elsewhere)
        for hours in (1, 22.9, 23.1, 24, 24, 24.9, 25.1, 100)
        for status in ("scheduled", "confirmed", "cancelled")
    ]
    came_already = Appointment(api.tenant_id, clinic, now() + timedelta(hours=2), also={"arrived_at": now()})
    await put_appointments(api.database.admin, [*made, came_already])

    def ahead(first: float, last: float, places: list[UUID]) -> list[str]:
        found = [
            appointment
            for appointment in made
            if appointment.tenant_id == api.tenant_id
            and appointment.clinic_id in places
            and appointment.status == "scheduled"
            if first < (appointment.scheduled_for - now()) / timedelta(hours=1) < last
        ]
        return [
            str(appointment.appointment_id)
            for appointment in sorted(
                found, key=lambda appointment: (appointment.scheduled_for, appointment.appointment_id)
            )
        ]

    path, both = "/v1/appointments/unconfirmed", [clinic, elsewhere]
    async with api.client() as admin, api.client("receptionist", clinics=[clinic]) as receptionist:
        for query, expected in (
            ({}, ahead(23, 25, both)),
            ({"limit": 3}, ahead(23, 25, both)),
            ({"clinic_id": elsewhere}, ahead(23, 25, [elsewhere])),
            ({"hours_from": 0, "hours_until": 23}, ahead(0, 23, both)),
            ({"hours_from": 24.5, "hours_until": 168}, ahead(24.5, 168, both)),
        ):
            assert [item["appointment_id"] for item in await asked(admin, path, **query)] == expected, query
        assert [item["appointment_id"] for item in await asked(receptionist, path)] == ahead(23, 25, [clinic])
        assert (await receptionist.get(path, params={"clinic_id": str(elsewhere)})).status_code == 404
    assert len(ahead(23, 25, both)) == 8


async def test_clinics_and_doctors_are_there_for_who_may_see_them(api: System) -> None:
    centro, serra, ana, jose = uuid7(), uuid7(), uuid7(), uuid7()
    hours = [
        {"weekday": 1, "opens_at": "08:00", "closes_at": "12:00"},
        {"weekday": 1, "opens_at": "13:00", "closes_at": "24:00"},
    ]
    async with api.client() as admin, api.client("doctor", clinics=[serra]) as doctor:
        await put(admin, "/v1/tenant", name="Rede", time_zone="America/Manaus")
        await put(admin, f"/v1/clinics/{centro}", name="Centro", opening_hours=hours)
        await put(admin, f"/v1/clinics/{serra}", name="Serra", time_zone="America/Noronha", opening_hours=[])
        await put(admin, f"/v1/doctors/{ana}", full_name="Ana", clinic_ids=[str(centro), str(serra)])
        await put(admin, f"/v1/doctors/{jose}", full_name="José", clinic_ids=[str(centro)])

        first: dict[str, Any] = {"clinic_id": str(centro), "name": "Centro", "opening_hours": hours}
        first |= {"time_zone": "America/Manaus", "time_zone_inherited": True}
        second: dict[str, Any] = {"clinic_id": str(serra), "name": "Serra", "opening_hours": []}
        second |= {"time_zone": "America/Noronha", "time_zone_inherited": False}
        assert (await admin.get("/v1/clinics")).json()["items"] == [first, second]
        assert (await admin.get(f"/v1/clinics/{centro}")).json() == first
        assert (await doctor.get("/v1/clinics")).json()["items"] == [second]
        assert (await doctor.get(f"/v1/clinics/{centro}")).status_code == 404
        assert (await admin.get(f"/v1/clinics/{uuid7()}")).status_code == 404

        async def doctors(client: httpx.AsyncClient, **query: Any) -> dict[str, set[str]]:
            items = (await client.get("/v1/doctors", params=query)).json()["items"]
            return {item["full_name"]: set(item["clinic_ids"]) for item in items}

        assert await doctors(admin) == {"Ana": {str(centro), str(serra)}, "José": {str(centro)}}
        assert await doctors(admin, clinic_id=serra) == {"Ana": {str(centro), str(serra)}}
        assert await doctors(doctor) == {"Ana": {str(serra)}}
        assert (await doctor.get("/v1/doctors", params={"clinic_id": str(centro)})).status_code == 404
