"""A patient's timeline: by when things happened, whenever they were recorded; and how far they had come by a day."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from command_api.http.auth import Principal
from command_api.http.console.patient.history import part_of
from command_api.http.console.patient.stood import JourneyStood, stood
from command_api.http.console.patient.timeline import TIME_FIELDS, happened_at, lines, telling
from command_api.http.console.patient.values import known
from command_api.http.console.patient.whose import whose_doing
from command_api.http.console.words import Words
from command_api.http.queries.patient_in_clinics import OF_CLINICS
from examples import MARIA, TENANT, VITORIA
from healz.events import EVENTS

ZONE = ZoneInfo("America/Sao_Paulo")
IMPORTED = "2026-11-30T13:23:00Z"


def event(position: int, kind: str, created_at: str = IMPORTED, **data: Any) -> dict[str, Any]:
    return {
        **{"event_type": kind, "position": position, "created_at": created_at, "event_data": data},
        **{"correlation_id": "c1", "withheld": []},
    }


HISTORY = [
    event(1, "PatientRegistered", registered_at="2026-11-30T13:23:00Z", registration_source="import", full_name="Ana"),
    event(
        2,
        "AppointmentScheduled",
        appointment_id="a1",
        scheduled_for="2016-03-30T12:00:00Z",
        scheduled_at="2016-03-01T12:00:00Z",
        doctor_name="Dra. Bia",
        scheduled_by="import",
    ),
    event(
        3,
        "JourneyStarted",
        journey_id="j1",
        clinic_id="c1",
        started_at="2016-03-01T12:00:00Z",
        initiated_by="appointment_scheduled",
    ),
    event(
        4,
        "JourneyStageChanged",
        journey_id="j1",
        previous_stage="initiated",
        new_stage="scheduled",
        reason="appointment_scheduled",
        changed_at="2016-03-01T12:00:00Z",
    ),
    event(
        5, "AppointmentCompleted", appointment_id="a1", completed_at="2016-03-30T13:00:00Z", requires_follow_up=False
    ),
    event(
        6,
        "JourneyStageChanged",
        journey_id="j1",
        previous_stage="scheduled",
        new_stage="attended",
        reason="appointment_completed",
        changed_at="2016-03-30T13:00:00Z",
    ),
]


def test_each_event_says_when_it_happened() -> None:
    assert TIME_FIELDS.keys() == {kind.__name__ for kind in EVENTS}
    assert happened_at(HISTORY[4]) == datetime(2016, 3, 30, 13, tzinfo=UTC)
    unknown = event(9, "SomethingNew", created_at="2026-01-01T00:00:00Z", at="2020-01-01T00:00:00Z")
    assert happened_at(unknown) == datetime(2026, 1, 1, tzinfo=UTC)


def test_lines_are_in_the_order_in_which_things_happened() -> None:
    shown = lines(HISTORY)
    assert [line.event["position"] for line in shown] == [2, 3, 4, 5, 6, 1]
    assert [line.recorded_later(ZONE) for line in shown] == [date(2026, 11, 30)] * 5 + [None]


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("AppointmentCompleted", {"completed_at": "2016-04-02T15:00:00Z"}),
        ("AppointmentConfirmed", {"confirmed_at": "2016-03-28T15:00:00Z"}),
        ("AppointmentCancelled", {"cancelled_at": "2016-03-28T15:00:00Z"}),
        ("AppointmentArrived", {"arrived_at": "2016-03-30T11:00:00Z"}),
        ("AppointmentMarkedAsNoShow", {"marked_at": "2016-03-31T11:00:00Z", "scheduled_for": "2016-03-30T12:00:00Z"}),
    ],
)
def test_a_line_about_a_visit_says_of_which_day(kind: str, more: Mapping[str, Any]) -> None:
    line = lines([*HISTORY[:4], event(5, kind, appointment_id="a1", **more)])[-2]
    assert line.event["event_type"] == kind
    assert telling(Words("pt"), line, ZONE).startswith("consulta de 30/03/2016 09:00")


def test_the_visits_day_is_that_of_then() -> None:
    moved = event(
        5,
        "AppointmentRescheduled",
        appointment_id="a1",
        rescheduled_at="2016-03-29T12:00:00Z",
        previous_scheduled_for="2016-03-30T12:00:00Z",
        new_scheduled_for="2016-04-06T12:00:00Z",
    )
    done = event(6, "AppointmentCompleted", appointment_id="a1", completed_at="2016-04-06T13:00:00Z")
    confirmed = event(4, "AppointmentConfirmed", appointment_id="a1", confirmed_at="2016-03-28T12:00:00Z")
    told = [telling(Words("en"), line, ZONE) for line in lines([*HISTORY[:3], confirmed, moved, done])]
    assert told[2] == "appointment of 30 Mar 2016, 09:00"
    assert told[4].startswith("appointment of 6 Apr 2016, 09:00")


def test_how_far_a_patient_had_come_goes_by_when_things_happened() -> None:
    assert stood(HISTORY, datetime(2016, 2, 1, tzinfo=UTC)) is None
    booked, attended = (stood(HISTORY, datetime(2016, 3, day, 23, tzinfo=UTC)) for day in (15, 30))
    assert booked is not None
    assert attended is not None
    assert (booked.appointments, booked.journeys) == ({"scheduled": 1}, [JourneyStood("c1", "scheduled", None)])
    assert (attended.appointments, attended.journeys) == ({"completed": 1}, [JourneyStood("c1", "attended", None)])
    mistaken = event(
        7,
        "AppointmentOutcomeCorrected",
        appointment_id="a1",
        right_status="no_show",
        corrected_at="2016-04-01T00:00:00Z",
    )
    later = stood([*HISTORY, mistaken], datetime(2016, 4, 2, tzinfo=UTC))
    assert later is not None
    assert later.appointments == {"no_show": 1}


async def test_a_part_is_found_by_an_event_in_it() -> None:
    """Recorded first, happened last: it is on the last part, and found there."""
    api: Any = None  # nothing more is read: the history is not cut
    visits = [
        event(n, "MessageReceived", message_id="m", content=str(n), timestamp=f"2016-03-01T12:{n - 2:02}:00Z")
        for n in range(2, 60)
    ]
    events = [HISTORY[0], *visits]
    first = await part_of(api, MARIA, events)
    assert (len(first.shown), first.following, first.is_first) == (50, {"after": 0, "skip": 50}, True)
    rest = await part_of(api, MARIA, events, skip=50)
    assert (len(rest.shown), rest.following, rest.is_first) == (9, None, False)
    assert (await part_of(api, MARIA, events, event=1)) == rest
    assert (await part_of(api, MARIA, events, event=2)) == first


def test_what_is_only_not_told_is_no_zero() -> None:
    patient = {"current_journey_stage": None, "phone": "+5527999990000"} | {
        name: 0 for name in OF_CLINICS if name != "current_journey_stage"
    }
    bound = Principal(MARIA, TENANT, "viewer", frozenset((VITORIA,)))
    whole = Principal(MARIA, TENANT, "manager", None)
    assert [known(patient, bound)[name] for name in OF_CLINICS] == [None] * len(OF_CLINICS)
    assert known(patient, whole)["risk_score"] is None
    assert known(patient, whole)["total_appointments"] == 0
    here = patient | {"current_journey_stage": "scheduled"}
    assert known(here, bound) == here


def test_an_import_is_nobody_in_person() -> None:
    who = Principal(MARIA, TENANT, "manager", None)
    mine, others = str(MARIA), "01900000-0000-7000-8000-00000000beef"
    by_hand = event(5, "AppointmentConfirmed", confirmed_by="agent")
    untold = event(5, "AppointmentCompleted")
    journey = {"user_id": others, "correlation_id": "c1"}
    assert whose_doing(journey, HISTORY, who) == "import"
    assert whose_doing(journey, [by_hand], who) == "person"
    assert whose_doing(journey, [untold], who) == "user"
    assert whose_doing(journey | {"correlation_id": "c2"}, HISTORY, who) == "user"
    assert whose_doing(journey | {"user_id": mine}, [by_hand], who) == "you"
    assert whose_doing(journey | {"user_id": None}, [by_hand], who) == "system"
