"""A patient's pages: the search, and one with timeline, journeys, values and how they stood then."""

import asyncio
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any, Literal
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import Parameter

from command_api.http.console.asking import OwnApi
from command_api.http.console.organisation import zone_of
from command_api.http.console.page import page, words_of
from command_api.http.console.patient.history import events_of, is_cut, part_of
from command_api.http.console.patient.parked import parked_of
from command_api.http.console.patient.picture import HALF_HEIGHT, HEIGHT, WIDTH, moves_of, picture
from command_api.http.console.patient.search import found
from command_api.http.console.patient.stood import stood
from command_api.http.console.patient.timeline import happened_at, telling
from command_api.http.console.patient.values import JOURNEY, PATIENT, known, rows, written
from command_api.http.console.patient.whose import whose_doing
from command_api.http.console.sentences import reasons, sentence
from command_api.http.console.session.cookie import Session
from command_api.http.problems import Problem
from command_api.http.queries.reader import After, AfterPosition

PATIENTS_SHOWN = 25
NEAR = 50
"""Positions before an event in which the command that led to it is looked for: a commit is shorter."""


@get("/patients")
async def patients_page(
    request: Request[Any, Any, Any], session: NamedDependency[Session], q: str = "", after: After = None
) -> Response[str]:
    """By name, phone or its last digits, e-mail, CPF or birth date."""
    page_found, fault = await found(OwnApi(request, session), q.strip(), after, PATIENTS_SHOWN)
    return page(
        request,
        "patient/patients.html",
        session=session,
        q=q,
        patients=[known(patient, session.user) for patient in page_found["items"]],
        following=page_found["next"],
        fault=fault,
        written=written,
    )


@get("/patients/{patient_id:uuid}")
async def patient_page(
    request: Request[Any, Any, Any],
    session: NamedDependency[Session],
    patient_id: UUID,
    after: AfterPosition = 0,
    skip: AfterPosition = 0,
    event: Annotated[int | None, Parameter(ge=1, le=2**62)] = None,
) -> Response[str]:
    """``event``: the position of one that is to be on the page."""
    api, say = OwnApi(request, session), words_of(request)
    zone, patient, journeys, clinics, events = await asyncio.gather(
        zone_of(request, session),
        api.get(f"/v1/patients/{patient_id}"),
        api.get("/v1/journeys", patient_id=patient_id, limit=50),
        api.get("/v1/clinics"),
        events_of(api, patient_id),
    )
    part, parked = await asyncio.gather(
        part_of(api, patient_id, events, after=after, skip=skip, event=event),
        parked_of(api, patient_id, journeys["items"]),
    )
    names = {clinic["clinic_id"]: clinic["name"] for clinic in clinics["items"]}
    today = datetime.now(zone).date()
    happened = [_day(happened_at(one), zone) for one in events]
    recorded = [_day(one["created_at"], zone) for one in events]
    return page(
        request,
        "patient/patient.html",
        session=session,
        zone=zone,
        patient=patient,
        parked=parked,
        values=rows(say, PATIENT, known(patient, session.user), zone),
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
        is_cut=is_cut(events),
        size=(WIDTH, HEIGHT),
        half_height=HALF_HEIGHT,
        lines=[(line, telling(say, line, zone), line.recorded_later(zone)) for line in part.shown],
        following=urlencode(part.following) if part.following else None,
        is_first=part.is_first,
        first=min([*happened, *recorded], default=today),
        recorded_first=min(recorded, default=today),
        today=today,
        now=datetime.now(UTC),
    )


@get("/patients/{patient_id:uuid}/then")
async def patient_then(
    request: Request[Any, Any, Any], session: NamedDependency[Session], patient_id: UUID, day: int
) -> Response[str]:
    """What had happened by the end of a day, and what was recorded by then. The day is counted from 1 January of the
    year 1, as a slider does.
    """
    api, say = OwnApi(request, session), words_of(request)
    try:
        asked = date.fromordinal(day)
        after = date.fromordinal(day + 1)
    except (ValueError, OverflowError) as error:
        raise Problem(422, "that is no day") from error
    zone, patient, clinics, events, then = await asyncio.gather(
        zone_of(request, session),
        api.get(f"/v1/patients/{patient_id}"),
        api.get("/v1/clinics"),
        events_of(api, patient_id),
        _recorded(api, patient_id, asked),
    )
    had_happened = stood(events, datetime.combine(after, time(), zone) - timedelta(microseconds=1))
    if had_happened is None and then is None:
        raise Problem(404, "nothing had happened by then, and nothing was recorded")
    before, now = (known(then, session.user) if then else None), known(patient, session.user)
    return _part(
        request,
        session,
        "patient/then.html",
        day=asked,
        stood=had_happened,
        clinics={clinic["clinic_id"]: clinic["name"] for clinic in clinics["items"]},
        parked=then["parked_at_position"] if then else None,
        shown=[
            (column, written(say, column, before[column], zone), written(say, column, now[column], zone))
            for column in PATIENT
        ]
        if before
        else None,
        recorded_first=min((_day(one["created_at"], zone) for one in events), default=asked),
    )


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
    zone, why = await asyncio.gather(zone_of(request, session), api.get(f"/v1/{of}/{key}/why", column=column))
    told = why["columns"][column]
    said = [sentence(say, one) for one in told["words"]]
    event, by = None, ""
    if (set_by := told["set_by"]) is not None:
        before = max(0, set_by["position"] - NEAR)
        near = await api.get(f"/v1/patients/{patient_id}/history", after=before, limit=2 * NEAR)
        event = next((one for one in near["items"] if one["position"] == set_by["position"]), None)
        by = whose_doing(set_by, near["items"], session.user)
    return _part(
        request,
        session,
        "patient/why.html",
        column=column,
        why=told,
        said=said,
        by=by,
        at=happened_at(event) if event else None,
        zone=zone,
        patient_id=patient_id,
    )


def _part(request: Request[Any, Any, Any], session: Session, template: str, **values: Any) -> Response[str]:
    """The part alone for htmx, a page for a browser without scripts."""
    around = "part.html" if request.headers.get("hx-request") else "layout.html"
    return page(request, template, session=session, around=around, **values)


async def _recorded(api: OwnApi, patient_id: UUID, day: date) -> Any:
    """The patient as was recorded by the end of that day; None: nothing was."""
    try:
        return await api.get(f"/v1/patients/{patient_id}/as-of", at=day.isoformat())
    except Problem as problem:
        if problem.status not in (404, 422):
            raise
        return None


def _day(at: datetime | str, zone: ZoneInfo) -> date:
    moment = datetime.fromisoformat(at) if isinstance(at, str) else at
    return moment.astimezone(zone).date()


handlers = [patients_page, patient_page, patient_then, value_why]
