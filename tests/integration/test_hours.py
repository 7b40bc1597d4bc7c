"""Opening hours and schedules over HTTP: what is put is what bookings are held to."""

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import httpx
import pytest

from system import Clinic, System, put_clinic, register

SANTIAGO = ZoneInfo("America/Santiago")
TODAY = datetime.now(SANTIAGO).date()
"""For the whole run, at midnight too."""
WINDOW = {"weekday": 1, "opens_at": "08:00", "closes_at": "12:00"}


def monday(clock: str, weeks: int = 2) -> str:
    """On a Monday to come, by Santiago's clock."""
    day = TODAY + timedelta(days=7 * weeks - TODAY.weekday())
    return datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=SANTIAGO).isoformat()


async def put(client: httpx.AsyncClient, path: str, body: dict[str, Any], status: int = 204) -> Any:
    answer = await client.put(path, json=body)
    assert answer.status_code == status, answer.text
    return answer.json() if answer.content else None


async def hears(client: httpx.AsyncClient, path: str, body: dict[str, Any]) -> str:
    """ "accepted", or the rule that refuses it."""
    answer = await client.post(path, json=body)
    if answer.is_success:
        return "accepted"
    assert answer.status_code == 409, answer.text
    rule: str = answer.json()["rule"]
    return rule


class Desk:
    """Books in one clinic, each time another patient."""

    def __init__(self, client: httpx.AsyncClient, clinic: Clinic) -> None:
        self.client, self.clinic = client, clinic
        self.path = f"/v1/clinics/{clinic.clinic_id}"
        self.doctor_path = f"/v1/doctors/{clinic.doctor_id}"

    async def opens(self, windows: list[dict[str, Any]] | None) -> None:
        await put(self.client, self.path, {"name": "Centro", "time_zone": "America/Santiago", "opening_hours": windows})

    async def on_duty(self, *windows: dict[str, Any], clinics: list[UUID] | None = None) -> None:
        body = {"full_name": "Dra. Ana", "clinic_ids": [str(key) for key in clinics or [self.clinic.clinic_id]]}
        await put(self.client, self.doctor_path, body | {"schedule": list(windows)})

    async def books(self, at: str, minutes: int = 30, by: httpx.AsyncClient | None = None, **more: Any) -> str:
        body = {
            "patient_id": str(await register(self.client)),
            "clinic_id": str(self.clinic.clinic_id),
            "doctor_id": str(self.clinic.doctor_id),
            "scheduled_for": at,
            "duration": minutes,
            "appointment_type": "emergency",
        }
        return await hears(by or self.client, "/v1/appointments", body | more)


async def test_a_booking_lies_within_the_hours_and_the_schedule(api: System) -> None:
    async with api.client() as client, api.client("import") as importing:
        desk = Desk(client, await put_clinic(client))
        clinic_id = str(desk.clinic.clinic_id)
        await desk.opens([WINDOW, {"weekday": 1, "opens_at": "22:00", "closes_at": "24:00"}])
        assert await desk.books(monday("07:59")) == "clinic_closed"
        assert await desk.books(monday("11:31")) == "clinic_closed"
        assert await desk.books(monday("11:30")) == "accepted"
        assert await desk.books(monday("11:00")) == "accepted"  # they only touch
        assert await desk.books(monday("11:15")) == "doctor_overlap"
        assert await desk.books(monday("23:30"), 30) == "accepted"
        assert await desk.books(monday("23:00"), 61) == "clinic_closed"
        assert await desk.books(monday("07:00"), by=importing) == "accepted"
        assert await desk.books(monday("07:15"), by=importing) == "doctor_overlap"

        # 00:00 is how a time picker says the end of the day.
        night = {"weekday": 1, "opens_at": "20:00", "closes_at": "00:00"}
        await desk.opens([night, {"weekday": 2, "opens_at": "00:00", "closes_at": "02:00"}])
        assert await desk.books(monday("23:30", 3), 60) == "accepted"
        assert await desk.books(monday("11:30", 3)) == "clinic_closed"

        await desk.opens([])
        assert await desk.books(monday("09:00", 4)) == "clinic_closed"
        await desk.opens(None)
        assert await desk.books(monday("03:00", 4)) == "accepted"

        await desk.on_duty({"clinic_id": clinic_id, "weekday": 1, "from": "08:00", "until": "10:00"})
        assert await desk.books(monday("09:31", 5)) == "doctor_not_on_duty"
        assert await desk.books(monday("09:30", 5)) == "accepted"
        assert await desk.books(monday("20:00", 5), by=importing) == "accepted"
        # Nowhere named is never there, here; without a schedule: whenever it is open.
        elsewhere = await put_clinic(client)
        both = [desk.clinic.clinic_id, elsewhere.clinic_id]
        there = {"clinic_id": str(elsewhere.clinic_id), "weekday": 1, "from": "08:00", "until": "24:00"}
        await desk.on_duty(there, clinics=both)
        assert await desk.books(monday("08:00", 6)) == "doctor_not_on_duty"
        await put(client, desk.doctor_path, {"full_name": "A", "clinic_ids": [clinic_id], "schedule": None})
        assert await desk.books(monday("19:00", 6)) == "accepted"
        await desk.on_duty(there, clinics=both)
        # Leaving a clinic takes its part of the schedule along.
        await put(client, desk.doctor_path, {"full_name": "Dra. Ana", "clinic_ids": [clinic_id], "schedule": None})
        assert await desk.books(monday("08:00", 6)) == "accepted"


async def test_a_reschedule_is_held_to_them_too_and_what_is_booked_stays(api: System) -> None:
    async with api.client() as client:
        desk = Desk(client, await put_clinic(client))
        booking = {
            "patient_id": str(await register(client)),
            "clinic_id": str(desk.clinic.clinic_id),
            "doctor_id": str(desk.clinic.doctor_id),
            "scheduled_for": monday("15:00"),
            "appointment_type": "first_visit",
        }
        appointment = f"/v1/appointments/{(await client.post('/v1/appointments', json=booking)).json()['id']}"
        await desk.opens([WINDOW])
        assert await hears(client, f"{appointment}/confirmation", {"confirmation_method": "phone"}) == "accepted"
        answer = await client.post(f"{appointment}/reschedule", json={"scheduled_for": monday("12:00")})
        assert (answer.status_code, answer.json()["rule"]) == (409, "clinic_closed")
        assert "from 08:00 to 12:00 (America/Santiago)" in answer.json()["detail"]
        assert await hears(client, f"{appointment}/reschedule", {"scheduled_for": monday("11:30")}) == "accepted"


DUTY = {"clinic_id": "{clinic}", "weekday": 1, "from": "08:00", "until": "12:00"}
BAD_HOURS: list[tuple[str, list[Any] | Any, str]] = [
    ("weekday 0", [WINDOW | {"weekday": 0}], "weekday"),
    ("weekday 8", [WINDOW | {"weekday": 8}], "weekday"),
    ("no weekday", [{"opens_at": "08:00", "closes_at": "12:00"}], "weekday"),
    ("seconds", [WINDOW | {"opens_at": "08:00:00"}], "HH:MM"),
    ("one digit", [WINDOW | {"opens_at": "8:00"}], "HH:MM"),
    ("60 minutes", [WINDOW | {"opens_at": "08:60"}], "HH:MM"),
    ("opens at 24:00", [WINDOW | {"opens_at": "24:00", "closes_at": "24:00"}], "HH:MM"),
    ("24:01", [WINDOW | {"closes_at": "24:01"}], "HH:MM"),
    ("other digits", [WINDOW | {"opens_at": "٠٨:٠٠"}], "HH:MM"),
    ("NUL", [WINDOW | {"opens_at": "08:00\0"}], "HH:MM"),
    ("a number", [WINDOW | {"opens_at": 8}], "opens_at"),
    ("closes as it opens", [WINDOW | {"closes_at": "08:00"}], "no time within one day"),
    ("closes before it opens", [WINDOW | {"opens_at": "22:00", "closes_at": "06:00"}], "next weekday"),
    ("overlap", [WINDOW, WINDOW | {"opens_at": "11:59", "closes_at": "13:00"}], "overlap"),
    ("twice", [WINDOW, WINDOW], "overlap"),
    ("one within", [WINDOW | {"closes_at": "00:00"}, WINDOW | {"opens_at": "09:00"}], "overlap"),
    ("an unknown field", [WINDOW | {"note": "x"}], "note"),
    ("no list", {"1": "08:00-12:00"}, "opening_hours"),
    ("too many", [WINDOW] * 71, "opening_hours"),
]
BAD_SCHEDULES: list[tuple[str, list[Any], str]] = [
    ("a clinic that is not the doctor's", [DUTY | {"clinic_id": str(UUID(int=7))}], "that clinic_ids does not"),
    ("no clinic", [{"weekday": 1, "from": "08:00", "until": "12:00"}], "clinic_id"),
    ("weekday 8", [DUTY | {"weekday": 8}], "weekday"),
    ("from nonsense", [DUTY | {"from": "early"}], "HH:MM"),
    ("ends before it begins", [DUTY | {"until": "07:00"}], "no time within one day"),
    ("overlap", [DUTY, DUTY | {"from": "11:00", "until": "13:00"}], "overlap"),
    ("too many", [DUTY] * 401, "schedule"),
]


async def test_what_are_no_hours_is_refused_field_by_field_and_changes_nothing(api: System) -> None:
    async with api.client() as client:
        desk = Desk(client, await put_clinic(client))
        await desk.opens([WINDOW, WINDOW | {"opens_at": "12:00", "closes_at": "14:00"}])  # they only touch
        wrong = []
        for what, windows, told in BAD_HOURS:
            document = await put(client, desk.path, {"name": "Centro", "opening_hours": windows}, 422)
            wrong += complaints(what, document, told)
        for what, windows, told in BAD_SCHEDULES:
            given = [window | {"clinic_id": window["clinic_id"].replace("{clinic}", str(desk.clinic.clinic_id))}
                     if "clinic_id" in window else window for window in windows]  # fmt: skip
            body = {"full_name": "Dra. Ana", "clinic_ids": [str(desk.clinic.clinic_id)], "schedule": given}
            wrong += complaints(what, await put(client, desk.doctor_path, body, 422), told)
        assert not wrong, "\n".join(wrong)
        assert await desk.books(monday("13:30")) == "accepted"
        assert await desk.books(monday("13:31")) == "clinic_closed"


def complaints(what: str, document: dict[str, Any], told: str) -> list[str]:
    """What is not right with this refusal."""
    errors = document.get("errors", [])
    if not errors or not any(told in f"{error['field']} {error['message']}" for error in errors):
        return [f"{what}: {document}"]
    return [] if "pydantic" not in str(document).lower() else [f"{what}: {document}"]


async def test_the_api_tells_of_them(api: System) -> None:
    async with api.client() as client:
        schemas = (await client.get("/schema/openapi.json")).json()["components"]["schemas"]
    window = schemas["ScheduleWindow"]["properties"]
    assert set(window) == {"clinic_id", "weekday", "from", "until"}
    assert "24:00" in window["until"]["description"]
    for put_of, field in (("PutClinic", "opening_hours"), ("PutDoctor", "schedule")):
        assert "left out" in schemas[put_of]["properties"][field]["description"]


@pytest.mark.parametrize("field", ["opening_hours", "schedule"])
async def test_two_who_put_at_once_leave_what_one_of_them_put(api: System, field: str) -> None:
    async with api.client() as client:
        clinic = await put_clinic(client)
        for _ in range(5):
            hours = [{"weekday": day, "opens_at": "08:00", "closes_at": f"{10 + day}:00"} for day in range(1, 8)]
            bodies: list[dict[str, Any]] = [{"name": "C", "opening_hours": [window]} for window in hours]
            path = f"/v1/clinics/{clinic.clinic_id}"
            if field == "schedule":
                path, who = f"/v1/doctors/{uuid4()}", {"full_name": "D", "clinic_ids": [str(clinic.clinic_id)]}
                duty = [DUTY | {"clinic_id": str(clinic.clinic_id), "weekday": day} for day in range(1, 8)]
                bodies = [who | {"schedule": [window]} for window in duty]
            answers = await asyncio.gather(*(client.put(path, json=body) for body in bodies))
            assert {answer.status_code for answer in answers} == {204}, [answer.text for answer in answers]
        table, key = ("opening_hours", "clinic_id") if field == "opening_hours" else ("doctor_schedules", "doctor_id")
        rows = await api.database.admin.fetch(f"SELECT count(*) AS n FROM reference.{table} GROUP BY {key}")
        assert {row["n"] for row in rows} == {1}
