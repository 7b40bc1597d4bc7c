"""All real appointments, with the daily sweeps as of each day until 200 days after each patient's last fact.

The figures to compare with come from two independent simulations of the rules (bookings, visits and no-shows alone, no
follow-up asked for): about 5,360 journeys completed and 1,494 abandoned. Whoever changes a rule runs this again.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
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
from command_api.decide.journey.commands import EndSilentJourney, RecalculateSilence
from command_api.decide.patient.commands import RegisterPatient
from healz.events import Event
from healz.events.journey import JourneyAbandoned, JourneyCompleted
from healz_local.demo.allocate import allocate
from healz_local.demo.plan import ORDER, Step, plan
from healz_local.demo.rows import ZONE, read_rows

pytestmark = pytest.mark.timeout(900)
"""All real patients, day by day, three times over: a minute and a half each on a machine that does nothing else."""

REAL_DATA = Path(__file__).parents[2].parent / "shared" / "data" / "appointments_vitoria_2016.csv"
AFTERWARDS = timedelta(days=200)
SWEPT_AT = time(8)
MUCH_LATER = datetime(2017, 6, 1, tzinfo=UTC)
"""The server's clock: all of it is past."""


@dataclass(frozen=True)
class Ended:
    """What became of one patient; ``last_day`` is what came of the appointments of their last day, in order."""

    case: Case
    events: list[Event]
    abandoned_too_early: int
    last_day: tuple[str, ...]


def lived(steps: list[Step], phone: str, *, follow_up: bool = False) -> Ended:
    """The patient's commands in time order, and between them the sweeps of each morning.

    ``follow_up``: visits of those with hypertension or diabetes ask for another, as in the demonstration.
    """
    ids = (UUID(int=n) for n in count(1))
    patient_id, appointments = next(ids), {step.visit.row.appointment: next(ids) for step in steps}
    doctor = Doctor("Dra. Ana", frozenset(step.visit.clinic_id for step in steps))
    case, events, too_early = Case(), list[Event](), 0

    def given(role: str, target: UUID) -> Given:
        return Given(
            now=MUCH_LATER,
            role=role,  # type: ignore[arg-type]  # one of two
            target=target,
            patient_id=patient_id,
            journey_id=next(ids),
            reminder_id=next(ids),
            message_id=next(ids),
            clinic_zone=ZONE,
            doctor=doctor,
        )

    waiting = list(reversed(steps))
    for morning in mornings(steps[0].at, steps[-1].at + AFTERWARDS):
        while waiting and waiting[-1].at <= morning:
            step = waiting.pop()
            target = patient_id if step.kind == "register" else appointments[step.visit.row.appointment]
            new = decide(command_of(step, patient_id, phone, follow_up), case, given("import", target))
            case, events = case.after(new), [*events, *new]
        for journey in [journey for journey in case.journeys.values() if journey.is_active]:
            assert journey.journey_id is not None
            for sweep in (RecalculateSilence(occurred_at=morning), EndSilentJourney(occurred_at=morning)):
                new = decide(sweep, case, given("system", journey.journey_id))
                too_early += sum(isinstance(event, JourneyAbandoned) for event in new) if journey.live else 0
                case, events = case.after(new), [*events, *new]
    ends = [step for step in steps if step.ends_the_row]
    last = tuple(step.kind for step in ends if local_day(step.at) == local_day(ends[-1].at))
    return Ended(case, events, too_early, last)


def phone_of(n: int) -> str:
    """The phone of the ``n``-th patient, none with eight digits alike."""
    return f"+5527{981_230_000 + n}"


def command_of(step: Step, patient_id: UUID, phone: str, follow_up: bool) -> Command:
    """The step as a command, as of its time."""
    match step.kind:
        case "register":
            return RegisterPatient(phone=phone, full_name="Maria da Silva", birth_date=date(1980, 1, 1))
        case "book":
            return BookAppointment(
                patient_id=patient_id,
                clinic_id=step.visit.clinic_id,
                doctor_id=step.visit.doctor_id,
                scheduled_for=step.visit.starts_at,
                appointment_type="first_visit",
                occurred_at=step.at,
            )
        case "remind":
            return RecordReminder(channel="sms", delivery_status="sent", occurred_at=step.at)
        case "complete":
            return CompleteAppointment(requires_follow_up=follow_up and is_ill(step), occurred_at=step.at)
        case "no_show":
            return MarkAppointmentAsNoShow(occurred_at=step.at)


def is_ill(step: Step) -> bool:
    return step.visit.row.hypertension or step.visit.row.diabetes


def mornings(first: datetime, last: datetime) -> Iterator[datetime]:
    """Each day's sweep, from the first that comes after ``first`` to the first after ``last``."""
    day = local_day(first)
    while True:
        at = datetime.combine(day, SWEPT_AT, ZONE).astimezone(UTC)
        if at >= first:
            yield at
        if at >= last:
            return
        day += timedelta(days=1)


def local_day(at: datetime) -> date:
    return at.astimezone(ZONE).date()


def at_the_end_of_the_day(steps: list[Step]) -> list[Step]:
    """The data says the day alone: outcomes of a day at its end, completions before no-shows."""

    def late(step: Step) -> Step:
        evening = datetime.combine(local_day(step.at), time(21), ZONE)
        return replace(step, at=max(step.at, evening)) if step.ends_the_row else step

    return sorted(map(late, steps), key=lambda step: (step.at, ORDER.index(step.kind)))


@pytest.fixture(scope="module")
def steps() -> dict[str, list[Step]]:
    if not REAL_DATA.exists():
        pytest.skip(f"the real appointments are not there: {REAL_DATA}")
    return plan(allocate(read_rows(REAL_DATA).rows))


@pytest.fixture(scope="module")
def by_the_day(steps: dict[str, list[Step]]) -> list[Ended]:
    return [lived(at_the_end_of_the_day(own), phone_of(n)) for n, own in enumerate(steps.values())]


@pytest.fixture(scope="module")
def by_the_quarter_hour(steps: dict[str, list[Step]]) -> list[Ended]:
    return [lived(own, phone_of(n)) for n, own in enumerate(steps.values())]


def stages(ended: list[Ended]) -> Counter[str | None]:
    return Counter(journey.stage for patient in ended for journey in patient.case.journeys.values())


def test_real_journeys_end_as_the_independent_figures_say(by_the_day: list[Ended]) -> None:
    assert stages(by_the_day) == {"completed": 5360, "abandoned": 1494}
    assert sum(patient.abandoned_too_early for patient in by_the_day) == 0, "a visit was booked"


def test_patients_who_came_back_began_a_second_journey(by_the_day: list[Ended]) -> None:
    """Sixteen booked again after they had been given up; so more journeys were abandoned than end so."""
    ends = Counter(type(event) for patient in by_the_day for event in patient.events)
    again = [journey for patient in by_the_day for journey in patient.case.journeys.values() if journey.earlier]
    assert (len(again), ends[JourneyAbandoned], ends[JourneyCompleted]) == (16, 1494 + 16, 5360)


def test_a_day_with_a_visit_and_a_no_show_ends_as_its_last_hour_does(
    by_the_day: list[Ended], by_the_quarter_hour: list[Ended]
) -> None:
    """The whole difference to the demonstration, where each outcome comes at its appointment's end: on the last day of
    forty patients a visit followed a no-show, which the day alone can't tell."""
    assert stages(by_the_quarter_hour) == {"completed": 5400, "abandoned": 1454}
    differing = [
        (late.last_day, exact.last_day)
        for late, exact in zip(by_the_day, by_the_quarter_hour, strict=True)
        if stages([late]) != stages([exact])
    ]
    assert len(differing) == 40
    for late_day, exact_day in differing:
        assert Counter(late_day) == Counter(exact_day)
        assert {"complete", "no_show"} == set(exact_day)
        assert (late_day[-1], exact_day[-1]) == ("no_show", "complete")


def test_who_was_asked_to_come_again_and_did_not_is_lost_too(steps: dict[str, list[Step]]) -> None:
    """As the demonstration feeds them: the ill are asked to come again. Then a journey ends well only where the last
    appointment was kept and asked for no other."""
    ended = [lived(own, phone_of(n), follow_up=True) for n, own in enumerate(steps.values())]
    assert stages(ended) == {"completed": 4192, "abandoned": 2662}
    last = [[step for step in own if step.ends_the_row][-1] for own in steps.values()]
    well = [step for step in last if step.kind == "complete" and not is_ill(step)]
    assert len(well) == 4192
