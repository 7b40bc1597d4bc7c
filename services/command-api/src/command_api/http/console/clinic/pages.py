"""A clinic's pages: which clinics there are, a day of one, and whom it is about to lose."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from litestar import Request, Response, get
from litestar.di import NamedDependency

from command_api.decide import times
from command_api.http.console.asking import OwnApi
from command_api.http.console.clinic.day import doctors_day, windows
from command_api.http.console.page import DONE, page, words_of
from command_api.http.console.sentences import reasons
from command_api.http.console.session.cookie import Session
from command_api.http.console.session.done import Done
from command_api.http.problems import Problem
from command_api.http.queries.reader import After, written

APPOINTMENTS_SHOWN_MAX = 1000
"""Of one day; more are said to be there."""
AT_RISK_SHOWN = 25
STATUSES = ("scheduled", "confirmed", "completed", "no_show", "cancelled")


@get("/clinics")
async def clinics_page(request: Request[Any, Any, Any], session: NamedDependency[Session]) -> Response[str]:
    clinics = (await OwnApi(request, session).get("/v1/clinics"))["items"]
    return page(request, "clinic/clinics.html", session=session, clinics=clinics)


@get("/clinics/{clinic_id:uuid}")
async def day_page(
    request: Request[Any, Any, Any], session: NamedDependency[Session], clinic_id: UUID, day: str | None = None
) -> Response[str]:
    api = OwnApi(request, session)
    clinic, doctors, figures = await asyncio.gather(
        api.get(f"/v1/clinics/{clinic_id}"),
        api.get("/v1/doctors", clinic_id=clinic_id),
        api.get(f"/v1/clinics/{clinic_id}/dashboard", period="day"),
    )
    zone = ZoneInfo(clinic["time_zone"])
    shown = written("day", day or None, times.day_asked) or datetime.now(zone).date()
    appointments = await _appointments(api, clinic_id, shown)
    # To the minute: so "free from" is a time that can be said.
    now = datetime.now(UTC)
    minute = now.replace(second=0, microsecond=0)
    days = [
        doctors_day(
            doctor,
            windows(shown, zone, clinic, doctor),
            [one for one in appointments if _is_of(one, doctor)],
            minute,
        )
        for doctor in doctors["items"]
    ]
    # Who has left since is in no list of doctors.
    known = {doctor["doctor_id"] for doctor in doctors["items"]}
    left = {one["doctor_id"]: one["doctor_name"] for one in appointments if one["doctor_id"] not in known}
    days += [
        doctors_day(
            {"doctor_id": key, "full_name": name},
            None,
            [one for one in appointments if one["doctor_id"] == key],
            minute,
        )
        for key, name in left.items()
    ]
    return page(
        request,
        "clinic/day.html",
        session=session,
        clinic=clinic,
        figures=figures,
        zone=zone,
        day=shown,
        today=now.astimezone(zone).date(),
        before=_beside(shown, -1),
        after=_beside(shown, 1),
        days=sorted(days, key=lambda one: (not one.stretches, one.name)),
        cut=len(appointments) >= APPOINTMENTS_SHOWN_MAX,
        now=now,
    )


@get("/clinics/{clinic_id:uuid}/at-risk")
async def at_risk_page(
    request: Request[Any, Any, Any],
    session: NamedDependency[Session],
    clinic_id: UUID,
    whose: str | None = None,
    after: After = None,
) -> Response[str]:
    api, say = OwnApi(request, session), words_of(request)
    chosen: dict[str, Any] = {"mine": {"mine": True}, "free": {"claimed": False}, "snoozed": {"snoozed": True}}
    asked = {"clinic_id": clinic_id, "limit": AT_RISK_SHOWN, "after": after} | chosen.get(whose or "", {})
    done: Done | None = request.scope["state"].get(DONE)
    clinic, (found, follows) = await asyncio.gather(
        api.get(f"/v1/clinics/{clinic_id}"), _at_risk(api, done.position if done is not None else 0, asked)
    )
    return page(
        request,
        "clinic/at_risk.html",
        session=session,
        clinic=clinic,
        zone=ZoneInfo(clinic["time_zone"]),
        whose=whose or "all",
        journeys=[(journey, reasons(say, journey)) for journey in found["items"]],
        following=found["next"],
        first=after is None,
        follows=follows,
        now=datetime.now(UTC),
    )


async def _at_risk(api: OwnApi, position: int, asked: dict[str, Any]) -> tuple[Any, bool]:
    """As of after what was just done; else as it is, and True: it follows."""
    if position:
        try:
            return await api.get("/v1/journeys/at-risk", position=position, **asked), False
        except Problem as problem:
            if problem.status != 503:
                raise
    return await api.get("/v1/journeys/at-risk", **asked), bool(position)


async def _appointments(api: OwnApi, clinic_id: UUID, day: date) -> list[dict[str, Any]]:
    """All of that day, page by page."""
    found: list[dict[str, Any]] = []
    after = None
    while len(found) < APPOINTMENTS_SHOWN_MAX:
        answer = await api.get(
            "/v1/appointments", clinic_id=clinic_id, day=day.isoformat(), status=list(STATUSES), after=after, limit=200
        )
        found += answer["items"]
        after = answer["next"]
        if after is None:
            break
    return found


def _is_of(appointment: dict[str, Any], doctor: dict[str, Any]) -> bool:
    return bool(appointment["doctor_id"] == doctor["doctor_id"])


def _beside(day: date, days: int) -> date | None:
    """None at the end of the calendar."""
    try:
        return day + timedelta(days=days)
    except OverflowError:
        return None


handlers = [clinics_page, day_page, at_risk_page]
