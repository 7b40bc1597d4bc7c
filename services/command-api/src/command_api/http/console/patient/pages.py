"""A patient's pages: the search, and one with timeline, journeys, values and how they stood then."""

import asyncio
from datetime import UTC, date, datetime
from typing import Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from litestar import Request, Response, get
from litestar.di import NamedDependency

from command_api.decide.times import DEFAULT_TIME_ZONE
from command_api.http.console.asking import OwnApi
from command_api.http.console.page import page, words_of
from command_api.http.console.patient.picture import HALF_HEIGHT, HALF_WIDTH, HEIGHT, WIDTH, moves_of, picture
from command_api.http.console.patient.timeline import telling
from command_api.http.console.patient.values import JOURNEY, PATIENT, rows, written
from command_api.http.console.sentences import reasons, sentence
from command_api.http.console.session.cookie import Session
from command_api.http.problems import Problem
from command_api.http.queries.reader import After, AfterPosition

PATIENTS_SHOWN = 25
EVENTS_SHOWN = 50
MOVES_EVENTS_MAX = 1000
"""Of a patient; of a longer history the picture shows what came first."""
EVENTS_AT_ONCE = 200


@get("/patients")
async def patients_page(
    request: Request[Any, Any, Any], session: NamedDependency[Session], q: str = "", after: After = None
) -> Response[str]:
    """By name, or by a phone or its last digits."""
    asked = q.strip()
    by = {"phone": asked} if asked and not any(letter.isalpha() for letter in asked) else {"name": asked or None}
    found = await OwnApi(request, session).get("/v1/patients", **by, limit=PATIENTS_SHOWN, after=after)
    return page(
        request, "patient/patients.html", session=session, q=q, patients=found["items"], following=found["next"]
    )


@get("/patients/{patient_id:uuid}")
async def patient_page(
    request: Request[Any, Any, Any], session: NamedDependency[Session], patient_id: UUID, after: AfterPosition = 0
) -> Response[str]:
    api, say = OwnApi(request, session), words_of(request)
    zone, patient, journeys, clinics, events, timeline = await asyncio.gather(
        _zone(api),
        api.get(f"/v1/patients/{patient_id}"),
        api.get("/v1/journeys", patient_id=patient_id, limit=50),
        api.get("/v1/clinics"),
        _events(api, patient_id),
        api.get(f"/v1/patients/{patient_id}/history", after=after, limit=EVENTS_SHOWN),
    )
    names = {clinic["clinic_id"]: clinic["name"] for clinic in clinics["items"]}
    today = datetime.now(zone).date()
    first = datetime.fromisoformat(events[0]["created_at"]).astimezone(zone).date() if events else today
    return page(
        request,
        "patient/patient.html",
        session=session,
        zone=zone,
        patient=patient,
        values=rows(say, PATIENT, patient, zone),
        journeys=[
            {
                "row": journey,
                "clinic": names.get(journey["clinic_id"], ""),
                "values": rows(say, JOURNEY, journey, zone),
                "why": reasons(say, journey),
                "picture": picture(list(moves_of(journey["journey_id"], events))),
            }
            for journey in sorted(journeys["items"], key=lambda one: one["started_at"], reverse=True)
        ],
        is_cut=len(events) >= MOVES_EVENTS_MAX,
        size=(WIDTH, HEIGHT),
        box=(HALF_WIDTH, HALF_HEIGHT),
        events=[(event, telling(say, event, zone)) for event in timeline["items"]],
        following=timeline["next"],
        begins=after,
        first=first,
        today=today,
        now=datetime.now(UTC),
    )


@get("/patients/{patient_id:uuid}/then")
async def patient_then(
    request: Request[Any, Any, Any], session: NamedDependency[Session], patient_id: UUID, day: int
) -> Response[str]:
    """As they stood at the end of a day, which is counted from 1 January of the year 1, as a slider does."""
    api, say = OwnApi(request, session), words_of(request)
    try:
        asked = date.fromordinal(day)
    except (ValueError, OverflowError) as error:
        raise Problem(422, "that is no day") from error
    zone, patient, then = await asyncio.gather(
        _zone(api),
        api.get(f"/v1/patients/{patient_id}"),
        api.get(f"/v1/patients/{patient_id}/as-of", at=asked.isoformat()),
    )
    shown = [
        (column, written(say, column, then[column], zone), written(say, column, patient[column], zone))
        for column in PATIENT
    ]
    return _part(request, session, "patient/then.html", day=asked, then=then, shown=shown)


@get("/patients/{patient_id:uuid}/why/{of:str}/{key:uuid}/{column:str}")
async def value_why(
    request: Request[Any, Any, Any],
    session: NamedDependency[Session],
    patient_id: UUID,
    of: Literal["patients", "journeys"],
    key: UUID,
    column: str,
) -> Response[str]:
    """Which event set a value, and why."""
    api, say = OwnApi(request, session), words_of(request)
    zone, why = await asyncio.gather(_zone(api), api.get(f"/v1/{of}/{key}/why", column=column))
    told = why["columns"][column]
    said = [sentence(say, one) for one in told["words"]]
    return _part(
        request, session, "patient/why.html", column=column, why=told, said=said, zone=zone, patient_id=patient_id
    )


def _part(request: Request[Any, Any, Any], session: Session, template: str, **values: Any) -> Response[str]:
    """The part alone for htmx, a page for a browser without scripts."""
    around = "part.html" if request.headers.get("hx-request") else "layout.html"
    return page(request, template, session=session, around=around, **values)


async def _events(api: OwnApi, patient_id: UUID) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    after: int | None = 0
    while after is not None and len(found) < MOVES_EVENTS_MAX:
        answer = await api.get(f"/v1/patients/{patient_id}/history", after=after, limit=EVENTS_AT_ONCE)
        found += answer["items"]
        after = answer["next"]
    return found


async def _zone(api: OwnApi) -> ZoneInfo:
    """The organisation's."""
    try:
        return ZoneInfo((await api.get("/v1/tenant"))["time_zone"])
    except Problem as problem:
        if problem.status != 404:
            raise
        return ZoneInfo(DEFAULT_TIME_ZONE)


handlers = [patients_page, patient_page, patient_then, value_why]
