"""A doctor's day in a clinic: what is taken, and what is free."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from command_api.http.console.clinic.day import DoctorsDay, doctors_day, windows

ZONE = ZoneInfo("America/Sao_Paulo")
DAY = date(2026, 3, 2)  # a Monday
CLINIC: dict[str, Any] = {
    "clinic_id": "c1",
    "opening_hours": [
        {"weekday": 1, "opens_at": "13:00", "closes_at": "18:00"},
        {"weekday": 1, "opens_at": "08:00", "closes_at": "12:00"},
        {"weekday": 2, "opens_at": "08:00", "closes_at": "12:00"},
    ],
}
EARLIER = datetime(2026, 3, 1, tzinfo=ZONE)
DOCTOR: dict[str, Any] = {"doctor_id": "d1", "full_name": "Dra. Ana", "schedule": None}


def at(clock: str, minutes: int = 30, status: str = "scheduled") -> dict[str, Any]:
    return {"scheduled_for": f"2026-03-02T{clock}:00-03:00", "duration": minutes, "status": status}


def day(
    *appointments: dict[str, Any],
    doctor: dict[str, Any] = DOCTOR,
    clinic: dict[str, Any] = CLINIC,
    now: datetime = EARLIER,
) -> DoctorsDay:
    return doctors_day(doctor, windows(DAY, ZONE, clinic, doctor), appointments, now)


def shown(found: DoctorsDay) -> list[str]:
    return [
        f"{one.begins.astimezone(ZONE):%H:%M}-{one.ends.astimezone(ZONE):%H:%M}"
        f" {one.appointment['status'] if one.appointment else 'free'}"
        for one in found.stretches
    ]


def test_what_lies_between_appointments_is_free_while_the_clinic_is_open() -> None:
    found = day(at("10:00"), at("08:00"))
    assert shown(found) == [
        *("08:00-08:30 scheduled", "08:30-10:00 free", "10:00-10:30 scheduled", "10:30-12:00 free"),
        "13:00-18:00 free",
    ]
    assert (found.taken_minutes, found.free_minutes) == (60, 480)


def test_who_cancelled_or_did_not_come_leaves_the_time_free() -> None:
    found = day(at("08:00", status="cancelled"), at("09:00", status="no_show"), at("13:00", 300, "completed"))
    assert shown(found) == ["08:00-08:30 cancelled", "08:00-12:00 free", "09:00-09:30 no_show", "13:00-18:00 completed"]


def test_a_doctors_own_schedule_goes_before_the_clinics_hours() -> None:
    schedule = [
        {"clinic_id": "c1", "weekday": 1, "from": "09:00", "until": "10:00"},
        {"clinic_id": "another", "weekday": 1, "from": "15:00", "until": "16:00"},
    ]
    assert shown(day(doctor=DOCTOR | {"schedule": schedule})) == ["09:00-10:00 free"]


def test_nothing_is_called_free_where_nobody_said_when_it_is_open() -> None:
    found = day(at("08:00"), clinic=CLINIC | {"opening_hours": None})
    assert shown(found) == ["08:00-08:30 scheduled"]
    assert not found.hours_known


def test_of_two_at_a_time_the_later_end_counts() -> None:
    found = day(at("08:00", 120), at("08:30"), clinic=CLINIC | {"opening_hours": CLINIC["opening_hours"][1:2]})
    assert shown(found) == ["08:00-10:00 scheduled", "08:30-09:00 scheduled", "10:00-12:00 free"]


def test_the_end_of_the_day_is_midnight() -> None:
    hours = [{"weekday": 1, "opens_at": "23:00", "closes_at": "24:00"}]
    assert shown(day(clinic=CLINIC | {"opening_hours": hours})) == ["23:00-00:00 free"]


def test_time_that_is_past_is_not_free() -> None:
    now = datetime(2026, 3, 2, 10, 31, tzinfo=ZONE)
    found = day(at("08:00"), at("10:00", 60), at("11:30"), now=now)
    assert shown(found) == [
        *("08:00-08:30 scheduled", "10:00-11:00 scheduled", "11:00-11:30 free", "11:30-12:00 scheduled"),
        "13:00-18:00 free",
    ]
    assert day(now=now).free_minutes == 89 + 300


def test_nothing_of_a_past_day_is_free_though_somebody_was_there() -> None:
    found = day(at("08:00", status="completed"), now=EARLIER + timedelta(days=300))
    assert shown(found) == ["08:00-08:30 completed"]
    assert (found.free_minutes, found.is_there) == (0, True)
