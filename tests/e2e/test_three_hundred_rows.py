"""Counts agree exactly: rows of the file ↔ events ↔ records in Kafka ↔ sums in the read models.

The facts are counted by the rows alone; what follows from them for the journeys, by the deciders in memory.
"""

import csv
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from uuid import UUID

import pytest

from command_api.decide.appointment.commands import BookAppointment
from command_api.decide.appointment.outcome.commands import CompleteAppointment, MarkAppointmentAsNoShow
from command_api.decide.appointment.reminder.commands import RecordReminder
from command_api.decide.case import Case, decide
from command_api.decide.command import Command
from command_api.decide.given import Doctor, Given
from command_api.decide.journey.past.state import ClinicJourney
from command_api.decide.patient.commands import RegisterPatient
from conftest import REAL_APPOINTMENTS
from contract_records import validated
from healz.events import Event
from healz_local.demo.allocate import allocate
from healz_local.demo.api import Api
from healz_local.demo.feed import Feed
from healz_local.demo.generate import generate_rows
from healz_local.demo.journeys import Standing, at_risk, looked_at, standing
from healz_local.demo.people import People
from healz_local.demo.plan import Step, plan
from healz_local.demo.reference import put_reference
from healz_local.demo.requests import booking, happening, registration
from healz_local.demo.rows import ZONE, Source, SourceRow, read_rows
from healz_local.settings import DEMO_TENANT, LocalSettings
from system import SECRET, System, data_of

ROWS = 300

RowsOf = Callable[[Path], tuple[Source, Counter[str]]]
"""A file's rows, and how many events of each type must come of them."""


def real_rows(folder: Path) -> tuple[Source, Counter[str]]:
    """The first rows of the real file; what must come of them is counted by the csv module alone."""
    if not REAL_APPOINTMENTS.exists():
        pytest.skip("the real appointments are not here: they are not the project's")
    lines = REAL_APPOINTMENTS.read_text().splitlines(keepends=True)[: ROWS + 1]
    file = folder / "rows.csv"
    file.write_text("".join(lines))
    rows = list(csv.DictReader(lines))
    assert len(rows) == ROWS
    return read_rows(file), Counter(
        PatientRegistered=len({row["PatientId"] for row in rows}),
        AppointmentScheduled=ROWS,
        AppointmentReminderSent=sum(row["SMS_received"] == "1" for row in rows),
        AppointmentMarkedAsNoShow=sum(row["No_show"] == "Yes" for row in rows),
        AppointmentCompleted=sum(row["No_show"] == "No" for row in rows),
        JourneyStarted=len({(row["PatientId"], row["Neighbourhood"]) for row in rows}),
    )


def generated_rows(_: Path) -> tuple[Source, Counter[str]]:
    """As many of a generated clinic."""
    source = generate_rows()
    rows: tuple[SourceRow, ...] = source.rows[:ROWS]
    return Source(source.name, source.identity, rows), Counter(
        PatientRegistered=len({row.patient for row in rows}),
        AppointmentScheduled=ROWS,
        AppointmentReminderSent=sum(row.reminded for row in rows),
        AppointmentMarkedAsNoShow=sum(row.no_show for row in rows),
        AppointmentCompleted=sum(not row.no_show for row in rows),
        JourneyStarted=len({(row.patient, row.neighbourhood) for row in rows}),
    )


HAPPENING: dict[str, type[Command]] = {
    "reminders": RecordReminder,
    "completion": CompleteAppointment,
    "no-show": MarkAppointmentAsNoShow,
}


def lived(steps: Iterable[Step], people: People) -> tuple[Case, list[Event]]:
    """One patient's steps through the deciders alone, and the events that came of them."""
    ids = (UUID(int=n) for n in count(1))
    patient_id, booked, case, events = next(ids), dict[str, UUID](), Case(), list[Event]()
    for step in steps:
        visit, target, command = step.visit, patient_id, Command()
        match step.kind:
            case "register":
                person = people.person(visit.row.patient)
                command = RegisterPatient.model_validate(registration(step, person))
            case "book":
                target = booked[visit.row.appointment] = next(ids)
                command = BookAppointment.model_validate(booking(step, patient_id))
            case _:
                path, body = happening(step)
                target, command = booked[visit.row.appointment], HAPPENING[path].model_validate(body)
        given = Given(
            now=step.at,
            role="import",
            target=target,
            patient_id=patient_id,
            journey_id=next(ids),
            reminder_id=next(ids),
            message_id=next(ids),
            clinic_zone=ZONE,
            doctor=Doctor("Dra. Ana", frozenset({visit.clinic_id})),
        )
        new = decide(command, case, given)
        case, events = case.after(new), [*events, *new]
    return case, events


@pytest.mark.parametrize("rows_of", [real_rows, generated_rows])
async def test_counts_agree_from_the_file_to_the_read_models(system: System, rows_of: RowsOf, tmp_path: Path) -> None:
    source, expected = rows_of(tmp_path)
    (tmp_path / "jwt-development-secret").write_text(SECRET)
    await system.start_all()

    visits, people = allocate(source.rows), People(source.identity, source.rows)
    steps = plan(visits)
    async with Api(LocalSettings(local_home=tmp_path, api_port=system.api_port)) as api:
        await put_reference(api, visits)
        await Feed(api, people, source.identity, {}, 0, lambda *_: None).run(steps)
    await system.caught_up()
    await system.outbox_empty()

    admin = system.database.admin
    events = await admin.fetch(
        "SELECT event_type, count(*) FROM event_store.events WHERE tenant_id = $1 GROUP BY 1", DEMO_TENANT
    )
    stored = {row["event_type"]: row["count"] for row in events}
    records = await system.records()
    published = Counter(data_of(record)["event_type"] for record in records)
    assert validated(records).total() == len(records), "each keeps the schema that it names"
    lives = [lived(own, people) for own in steps.values()]
    decided = Counter(type(event).__name__ for _, events in lives for event in events)
    for follows in ("JourneyStageChanged", "RiskDetected", "RiskScoreRecalculated", "RiskEscalated"):
        expected[follows] = decided[follows]
        assert decided[follows] > 0, "too little happened to prove anything"
    assert stored == expected
    assert published == stored

    [patients] = await admin.fetch(
        "SELECT count(*) AS patients, sum(total_appointments) AS booked, sum(no_show_count) AS missed,"
        " sum(completed_appointments) AS came FROM patient.patient_view"
    )
    appointments = await admin.fetch("SELECT status, count(*) FROM appointment.appointment_view GROUP BY 1")
    reminded = await admin.fetchval(
        "SELECT count(*) FROM appointment.appointment_view WHERE reminder_sent_at IS NOT NULL"
    )
    [journeys] = await admin.fetch(
        "SELECT count(*) AS journeys, sum(total_appointments) AS booked, sum(missed_appointments) AS missed"
        " FROM journey.journey_view"
    )
    missed, came = expected["AppointmentMarkedAsNoShow"], expected["AppointmentCompleted"]
    assert tuple(patients) == (expected["PatientRegistered"], ROWS, missed, came)
    assert {row["status"]: row["count"] for row in appointments} == {"no_show": missed, "completed": came}
    assert reminded == expected["AppointmentReminderSent"]
    assert tuple(journeys) == (expected["JourneyStarted"], ROWS, missed)
    ends = [journey for case, _ in lives for journey in case.journeys.values()]
    as_of = max(visit.ends_at for visit in visits)
    assert await standing(admin, DEMO_TENANT, as_of) == Standing(stages(ends), later=0)
    scores = await admin.fetch("SELECT risk_score, count(*) FROM journey.journey_view GROUP BY 1")
    assert {row["risk_score"]: row["count"] for row in scores} == Counter(journey.score for journey in ends)

    shown = await at_risk(admin, DEMO_TENANT, ROWS, as_of)
    assert [journey.score for journey in shown] == sorted((journey.score for journey in shown), reverse=True)
    assert Counter((journey.score, frozenset(journey.reasons)) for journey in shown) == Counter(
        (journey.score, frozenset(reasons(journey, as_of))) for journey in ends if journey.stage == "at_risk"
    )

    assert await looked_at(admin, DEMO_TENANT, as_of) == as_of
    before = as_of - timedelta(days=30)
    assert await looked_at(admin, DEMO_TENANT, before) > as_of, "no-shows of later days have judged journeys"
    then = await standing(admin, DEMO_TENANT, before)
    until = [
        journey for journey in ends if journey.last_interaction_at is not None and journey.last_interaction_at <= before
    ]
    assert then == Standing(stages(until), later=len(ends) - len(until))
    assert 0 < len(until) < len(ends)


def stages(journeys: Iterable[ClinicJourney]) -> Counter[str]:
    """How many stand in each."""
    return Counter(journey.stage for journey in journeys if journey.stage is not None)


def reasons(journey: ClinicJourney, as_of: datetime) -> Iterator[str]:
    """The signs in the journey's score; a figure counts the journey's whole life, as the API has it."""
    assert journey.last_interaction_at is not None
    silent = (as_of - journey.last_interaction_at).days
    for sign in journey.indicators:
        yield {
            "no_show": f"{journey.missed} no-shows" if len(journey.evidence.no_shows) > 1 else "missed an appointment",
            "silence": f"silent for {silent} days",
        }[sign]
