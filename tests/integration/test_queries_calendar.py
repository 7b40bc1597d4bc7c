"""Calendars: of clinics, doctors and patients; by days, by a range; and what goes on past midnight."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import httpx
from uuid_utils.compat import uuid7

from query_rows import Appointment, asked, put_appointments
from system import System

PATH = "/v1/appointments"
VITORIA, MANAUS = ZoneInfo("America/Sao_Paulo"), ZoneInfo("America/Manaus")
MONDAY = date(2026, 3, 2)


def on(day: date, at: str, zone: ZoneInfo = VITORIA) -> datetime:
    return datetime.combine(day, time.fromisoformat(at), zone).astimezone(UTC)


class Diary:
    """Appointments by a name of ours."""

    def __init__(self, api: System) -> None:
        self.api = api
        self.names: dict[str, str] = {}

    async def has(self, name: str, clinic: UUID, at: datetime, status: str = "scheduled", **also: Any) -> None:
        appointment = Appointment(self.api.tenant_id, clinic, at, status, also=also)
        self.names[str(appointment.appointment_id)] = name
        await put_appointments(self.api.database.admin, [appointment])

    async def shows(self, client: httpx.AsyncClient, **query: Any) -> list[str]:
        return [self.names[item["appointment_id"]] for item in await asked(client, PATH, **query)]


async def put(client: httpx.AsyncClient, path: str, **body: Any) -> None:
    (await client.put(path, json=body)).raise_for_status()


async def test_what_began_before_midnight_and_goes_on_is_in_the_next_day(api: System) -> None:
    clinic, diary = uuid7(), Diary(api)
    sunday, tuesday = MONDAY - timedelta(days=1), MONDAY + timedelta(days=1)
    await diary.has("ends at midnight", clinic, on(sunday, "23:30"), duration=30)
    await diary.has("over midnight", clinic, on(sunday, "23:30"), duration=31)
    await diary.has("a whole day", clinic, on(sunday, "00:01"), duration=24 * 60)
    await diary.has("at midnight", clinic, on(MONDAY, "00:00"))
    await diary.has("late", clinic, on(MONDAY, "23:45"), duration=60)
    await diary.has("next midnight", clinic, on(tuesday, "00:00"))
    async with api.client() as admin:
        of = {"clinic_id": str(clinic)}
        assert await diary.shows(admin, **of, day="2026-03-02", limit=2) == [
            *("a whole day", "over midnight", "at midnight", "late"),
        ]
        assert await diary.shows(admin, **of, day="2026-03-03") == ["late", "next midnight"]
        noon = {"from": "2026-03-02T23:50:00-03:00", "until": "2026-03-02T23:55:00-03:00"}
        assert await diary.shows(admin, **of, **noon) == ["late"]


async def test_a_week_is_asked_for_by_its_first_day(api: System) -> None:
    clinic, diary = uuid7(), Diary(api)
    for days in range(-1, 8):
        await diary.has(str(days), clinic, on(MONDAY + timedelta(days=days), "09:00"))
    async with api.client() as admin:
        of = {"clinic_id": str(clinic), "day": "2026-03-02"}
        assert await diary.shows(admin, **of, days=7) == ["0", "1", "2", "3", "4", "5", "6"]
        assert await diary.shows(admin, **of, days=2, limit=1) == ["0", "1"]
        assert await diary.shows(admin, **of) == ["0"]


async def test_several_clinics_are_one_calendar_on_the_clock_they_share(api: System) -> None:
    centro, serra, norte, diary = uuid7(), uuid7(), uuid7(), Diary(api)
    async with api.client() as admin, api.client("receptionist", clinics=[centro, serra]) as desk:
        for clinic, zone in ((centro, None), (serra, None), (norte, "America/Manaus")):
            await put(admin, f"/v1/clinics/{clinic}", name="Clínica", time_zone=zone)
        await put(admin, "/v1/tenant", name="Rede", time_zone="America/Manaus")
        await diary.has("centro", centro, on(MONDAY, "09:00", MANAUS))
        await diary.has("serra", serra, on(MONDAY, "08:00", MANAUS))
        await diary.has("norte", norte, on(MONDAY, "00:30", MANAUS))
        of = [str(centro), str(serra)]
        assert await diary.shows(desk, clinic_id=of, day="2026-03-02") == ["serra", "centro"]
        assert await diary.shows(admin, clinic_id=[*of, str(norte)], day="2026-03-02") == ["norte", "serra", "centro"]
        # Two clocks: the organisation's. One clock: theirs.
        await put(admin, "/v1/tenant", name="Rede", time_zone="America/Sao_Paulo")
        both = await admin.get(PATH, params={"clinic_id": [str(centro), str(norte)], "day": "2026-03-02"})
        assert both.json()["time_zone"] == "America/Sao_Paulo"
        alone = await admin.get(PATH, params={"clinic_id": str(norte), "day": "2026-03-02"})
        assert alone.json()["time_zone"] == "America/Manaus"
        assert (await desk.get(PATH, params={"clinic_id": [*of, str(norte)]})).status_code == 404


async def test_a_patients_appointments_are_all_there_be_they_over_or_ahead(api: System) -> None:
    centro, serra, maria, joao, diary = uuid7(), uuid7(), str(uuid7()), str(uuid7()), Diary(api)
    ana = str(uuid7())
    await diary.has("long ago", centro, on(date(2019, 3, 14), "09:00"), "completed", patient_id=maria)
    await diary.has("missed", serra, on(MONDAY, "09:00"), "no_show", patient_id=maria)
    await diary.has("ahead", centro, on(date(2031, 3, 14), "09:00"), patient_id=maria, doctor_id=ana)
    await diary.has("another's", centro, on(MONDAY, "09:00"), patient_id=joao)
    async with api.client() as admin, api.client("receptionist", clinics=[centro]) as desk:
        assert await diary.shows(admin, patient_id=maria, limit=1) == ["long ago", "missed", "ahead"]
        assert await diary.shows(admin, patient_id=maria, status="scheduled") == ["ahead"]
        assert await diary.shows(admin, patient_id=maria, day="2026-03-02") == ["missed"]
        assert await diary.shows(admin, patient_id=maria, clinic_id=str(centro)) == ["long ago", "ahead"]
        assert await diary.shows(admin, patient_id=maria, doctor_id=ana) == ["ahead"]
        # Another clinic's are not there for who is bound to one.
        assert await diary.shows(desk, patient_id=maria) == ["long ago", "ahead"]
        assert await diary.shows(admin, patient_id=str(uuid7())) == []
