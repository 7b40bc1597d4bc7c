"""The demonstration's few sweeps leave the journeys where a sweep every day would have left them."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from uuid import UUID

from command_api.decide.appointment.commands import BookAppointment
from command_api.decide.appointment.outcome.commands import CompleteAppointment, MarkAppointmentAsNoShow
from command_api.decide.appointment.reminder.commands import RecordReminder
from command_api.decide.case import Case, decide
from command_api.decide.command import Command
from command_api.decide.given import Doctor, Given
from command_api.decide.journey.commands import EndSilentJourney, RecalculateSilence
from command_api.decide.patient.commands import RegisterPatient
from healz_local.demo.allocate import allocate
from healz_local.demo.generate import generate_rows
from healz_local.demo.people import People
from healz_local.demo.plan import Step, plan
from healz_local.demo.requests import booking, happening, registration
from healz_local.demo.rows import ZONE
from healz_local.demo.sweep import runs

ROWS = 1500
AFTERWARDS = timedelta(days=3)
DAY = timedelta(days=1)
MUCH_LATER = datetime(2026, 1, 1, tzinfo=UTC)
"""The server's clock: all of it is past."""
SWEEPS: dict[str, type[Command]] = {"silence": RecalculateSilence, "abandonment": EndSilentJourney}
HAPPENING: dict[str, type[Command]] = {
    "reminders": RecordReminder,
    "completion": CompleteAppointment,
    "no-show": MarkAppointmentAsNoShow,
}


class Life:
    """One patient's, through the deciders alone."""

    def __init__(self, people: People) -> None:
        self._people = people
        self._ids = (UUID(int=n) for n in count(1))
        self._patient_id = next(self._ids)
        self._booked: dict[str, UUID] = {}
        self.case = Case()

    def step(self, step: Step) -> None:
        visit, target = step.visit, self._patient_id
        command: Command
        match step.kind:
            case "register":
                command = RegisterPatient.model_validate(registration(step, self._people.person(visit.row.patient)))
            case "book":
                target = self._booked[visit.row.appointment] = next(self._ids)
                command = BookAppointment.model_validate(booking(step, self._patient_id))
            case _:
                path, body = happening(step)
                target, command = self._booked[visit.row.appointment], HAPPENING[path].model_validate(body)
        self._decide(command, target, step.at, visit.clinic_id)

    def sweep(self, name: str, at: datetime) -> None:
        for journey in list(self.case.journeys.values()):
            assert journey.journey_id is not None
            self._decide(SWEEPS[name](occurred_at=at), journey.journey_id, at, journey.clinic_id)

    def _decide(self, command: Command, target: UUID, at: datetime, clinic_id: UUID) -> None:
        given = Given(
            now=MUCH_LATER,
            role="system" if isinstance(command, tuple(SWEEPS.values())) else "import",
            target=target,
            patient_id=self._patient_id,
            journey_id=next(self._ids),
            reminder_id=next(self._ids),
            message_id=next(self._ids),
            clinic_zone=ZONE,
            doctor=Doctor("Dra. Ana", frozenset({clinic_id})),
        )
        self.case = self.case.after(decide(command, self.case, given))


def with_daily_sweeps(steps: Sequence[Step], people: People, at: datetime) -> Life:
    """Facts and sweeps as they come, up to ``at``."""
    life = Life(people)
    waiting = list(reversed(steps))
    for morning in (at - n * DAY for n in range((at - steps[0].at) // DAY, -1, -1)):
        while waiting and waiting[-1].at <= morning:
            life.step(waiting.pop())
        life.sweep("silence", morning)
        life.sweep("abandonment", morning)
    assert not waiting
    return life


def with_the_demonstrations(steps: Sequence[Step], people: People, at: datetime) -> Life:
    """All facts, and then its sweeps."""
    life = Life(people)
    for step in steps:
        life.step(step)
    for name, as_of in runs(at):
        life.sweep(name, as_of)
    return life


def stages(life: Life) -> dict[UUID, str | None]:
    """By clinic."""
    return {key: journey.stage for key, journey in life.case.journeys.items()}


def test_they_come_to_the_stages_of_daily_ones() -> None:
    source = generate_rows()
    visits = allocate(source.rows[:ROWS])
    people, at = People(source.identity, source.rows), max(visit.ends_at for visit in visits) + AFTERWARDS
    ends, differing = Counter[str | None](), 0
    for steps in plan(visits).values():
        expected = stages(with_daily_sweeps(steps, people, at))
        differing += stages(with_the_demonstrations(steps, people, at)) != expected
        ends.update(expected.values())
    assert differing == 0
    assert {"attended", "follow_up", "at_risk", "abandoned"} <= ends.keys(), "too little happened to prove anything"
