"""Journeys after any history, judged by the events alone: no move that no row allows, no score that its signs don't
make.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, get_args
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from command_api.decide.appointment.change.commands import ChangeAppointment
from command_api.decide.appointment.outcome.commands import CorrectOutcome
from command_api.decide.case import Case, decide
from command_api.decide.given import Given
from command_api.decide.journey.commands import EndSilentJourney, EscalateRisk, RecalculateSilence
from command_api.decide.merging.commands import MergePatients
from examples import DAY
from healz.events import Event
from healz.events.appointment import (
    AppointmentCancelled,
    AppointmentCompleted,
    AppointmentMarkedAsNoShow,
    AppointmentRescheduled,
    AppointmentScheduled,
)
from healz.events.appointment_change import AppointmentChanged
from healz.events.appointment_correction import AppointmentOutcomeCorrected
from healz.events.journey import (
    JourneyAbandoned,
    JourneyCompleted,
    JourneyEvent,
    JourneyRecovered,
    JourneyStageChanged,
    JourneyStarted,
    RiskDetected,
    RiskEscalated,
    RiskScoreRecalculated,
)
from healz.events.journey_work import CallMade, JourneyAssigned, JourneySnoozed
from healz.events.risk import Factor
from healz.events.stages import Stage
from properties.histories import Commit, History, histories

ACTIVE = set(get_args(Stage)) - {"abandoned", "completed", "cancelled"}
BOOKED = {"scheduled", "confirmed", "returned"}
AFTER_A_CHANGE = {"scheduled", "confirmed", "returned", "follow_up", "first_contact"}
ROWS: dict[str, list[tuple[set[str], set[str]]]] = {
    "conversation_started": [({"initiated"}, {"first_contact"})],
    "message_received": [({"initiated"}, {"first_contact"})],
    "appointment_scheduled": [
        ({"initiated", "first_contact", "recovered", "no_show", "at_risk", "attended"}, {"scheduled"}),
        ({"follow_up"}, {"returned", "scheduled"}),
    ],
    "appointment_confirmed": [(ACTIVE - {"attended", "follow_up"}, {"confirmed"})],
    "appointment_completed": [(ACTIVE, {"attended"}), ({"attended"}, {"follow_up"})],
    "appointment_marked_as_no_show": [(ACTIVE - {"at_risk"}, {"no_show"}), (ACTIVE, {"at_risk"})],
    "appointment_cancelled": [(BOOKED, AFTER_A_CHANGE)],
    "appointment_rescheduled": [(BOOKED, AFTER_A_CHANGE)],
    "appointment_outcome_corrected": [(ACTIVE | {"abandoned"}, ACTIVE)],
    "risk_score_recalculated": [(ACTIVE, {"at_risk"})],
    "patient_absorbed": [(ACTIVE, ACTIVE)],
    "patient_inactive": [(ACTIVE, {"cancelled"})],
    "patient_anonymized": [(ACTIVE, {"cancelled"})],
}
"""From where to where each reason may move a journey."""
ORDER = [
    "JourneyStarted",
    "row",
    "JourneyRecovered",
    "RiskDetected",
    "RiskScoreRecalculated",
    "at risk",
    "RiskEscalated",
]
HIGH, CRITICAL = Decimal("0.70"), Decimal("0.85")
SEVERITIES = ("low", "medium", "high")


@dataclass
class Told:
    """One journey, by its events."""

    clinic_id: UUID
    stage: str = "initiated"
    score: Decimal = Decimal(0)
    factors: tuple[Factor, ...] = ()


@dataclass
class Past:
    """All journeys, and which appointments are live in which clinic until when."""

    journeys: dict[UUID, Told] = field(default_factory=dict)
    live: dict[UUID, tuple[UUID, datetime, timedelta]] = field(default_factory=dict)
    lengths: dict[UUID, timedelta] = field(default_factory=dict)

    def active(self, clinic_id: UUID) -> list[Told]:
        return [
            journey for journey in self.journeys.values() if journey.clinic_id == clinic_id and journey.stage in ACTIVE
        ]

    def lies_ahead(self, clinic_id: UUID, at: datetime) -> bool:
        return any(clinic == clinic_id and at < ends + DAY for clinic, ends, _ in self.live.values())

    def add(self, event: Event) -> None:
        match event:
            case AppointmentScheduled(appointment_id=key, clinic_id=clinic, scheduled_for=at, duration=minutes):
                length = timedelta(minutes=minutes)
                self.live[key] = (clinic, at + length, length)
                self.lengths[key] = length
            case AppointmentOutcomeCorrected(appointment_id=key, clinic_id=clinic, scheduled_for=at):
                if event.right_status in ("scheduled", "confirmed"):
                    self.live[key] = (clinic, at + self.lengths[key], self.lengths[key])
            case AppointmentChanged(appointment_id=key, duration=minutes):
                clinic, ends_at, length = self.live[key]
                self.lengths[key] = timedelta(minutes=minutes)
                self.live[key] = (clinic, ends_at - length + self.lengths[key], self.lengths[key])
            case AppointmentRescheduled(appointment_id=key, new_scheduled_for=at):
                clinic, _, length = self.live[key]
                self.live[key] = (clinic, at + length, length)
            case AppointmentCancelled() | AppointmentMarkedAsNoShow() | AppointmentCompleted():
                del self.live[event.appointment_id]
            case JourneyStarted(journey_id=key, clinic_id=clinic):
                self.journeys[key] = Told(clinic)
            case JourneyStageChanged(journey_id=key, new_stage=stage):
                self.journeys[key].stage = stage
            case JourneyRecovered(journey_id=key):
                self.journeys[key].stage = "recovered"
            case JourneyAbandoned(journey_id=key):
                self.journeys[key].stage = "abandoned"
            case JourneyCompleted(journey_id=key):
                self.journeys[key].stage = "completed"
            case RiskScoreRecalculated(journey_id=key, new_score=score, contributing_factors=factors):
                self.journeys[key].score, self.journeys[key].factors = score, factors
            case _:
                pass


def played(history: History) -> Iterator[tuple[Commit, Past, Event]]:
    """Each event with what was so just before it; the Past goes on when the next is asked for."""
    past = Past()
    for commit in history.commits:
        for event in commit.events:
            yield commit, past, event
            past.add(event)


def merges(commit: Commit) -> bool:
    return isinstance(commit.step.command, MergePatients)


@given(histories())
def test_no_journey_moves_where_no_row_leads(history: History) -> None:
    for commit, past, event in played(history):
        match event:
            case JourneyStarted():
                assert past.active(event.clinic_id) == [], "one active journey of a patient and clinic"
                assert event.journey_id not in past.journeys
                # One that is told again was started when the other record says.
                assert merges(commit) or event.started_at == commit.events[0].happened_at
            case JourneyStageChanged(previous_stage=start, new_stage=end):
                assert start == past.journeys[event.journey_id].stage
                assert start != end
                assert any(start in starts and end in ends for starts, ends in ROWS[event.reason]), event
            case JourneyRecovered():
                assert past.journeys[event.journey_id].stage in ("at_risk", "no_show")
                assert event.previous_risk_score == past.journeys[event.journey_id].score
            case JourneyAbandoned(abandonment_reason="silence"):
                assert past.journeys[event.journey_id].stage == "at_risk"
                assert not past.lies_ahead(event.clinic_id, event.abandoned_at)
                assert event.final_risk_score == past.journeys[event.journey_id].score
            case JourneyCompleted():
                stage = past.journeys[event.journey_id].stage
                by_time = isinstance(commit.step.command, EndSilentJourney)
                assert stage in ({"attended", "returned"} if by_time else ACTIVE | {"abandoned"})
            case JourneyEvent():
                # A move out of an end is a correction's, which the rows know.
                assert past.journeys[event.journey_id].stage in ACTIVE, "what is over stays as it is"
            case _:
                pass


@given(histories())
def test_a_commits_events_are_in_their_order(history: History) -> None:
    for commit in history.commits:
        if merges(commit):
            continue  # a whole history, told again
        ranks = [_rank(event) for event in commit.events if isinstance(event, JourneyEvent)]
        if not commit.events or {"patient_inactive", "patient_anonymized"} & {
            getattr(event, "reason", None) for event in commit.events
        }:
            continue
        assert ranks == sorted(ranks), [type(event).__name__ for event in commit.events]
        # No fact of an appointment or a conversation comes after the first, but for a change that is also a move: that
        # one is what was asked for.
        changes = isinstance(commit.step.command, ChangeAppointment)
        may_follow = JourneyEvent | AppointmentRescheduled | AppointmentCancelled if changes else JourneyEvent
        assert all(isinstance(event, may_follow) for event in commit.events[1:])


def _rank(event: JourneyEvent) -> int:
    match event:
        case JourneyStageChanged(reason="risk_score_recalculated"):
            return ORDER.index("at risk")
        case JourneyStageChanged():
            return ORDER.index("row")
        case JourneyAbandoned() | JourneyCompleted() | JourneyAssigned() | CallMade() | JourneySnoozed():
            return 0
        case _:
            return ORDER.index(type(event).__name__)


@given(histories())
def test_a_score_is_that_of_its_signs(history: History) -> None:
    for _, past, event in played(history):
        if not isinstance(event, RiskScoreRecalculated):
            continue
        before, factors = past.journeys[event.journey_id], event.contributing_factors
        sums = [
            factor.value + sum((other.weight * other.value for other in factors if other is not factor), Decimal(0))
            for factor in factors
        ]
        whole = min(max(sums, default=Decimal(0)), Decimal(1)).quantize(Decimal("0.01"), ROUND_HALF_UP)
        assert event.new_score == whole
        assert event.previous_score == before.score
        bounds = [(CRITICAL, "critical"), (HIGH, "high"), (Decimal("0.30"), "medium"), (Decimal(0), "low")]
        assert event.risk_level == next(name for bound, name in bounds if whole >= bound)
        assert len({factor.type for factor in factors}) == len(factors)
        assert _signs(factors) != _signs(before.factors), "told only when the signs changed"


def _signs(factors: tuple[Factor, ...]) -> set[tuple[Any, ...]]:
    return {(factor.type, factor.value, factor.severity) for factor in factors}


@given(histories())
def test_what_follows_from_a_score_follows_at_once(history: History) -> None:
    past = Past()
    for commit in history.commits:
        if merges(commit):
            for event in commit.events:
                past.add(event)
            continue
        news = {event.risk_type: event for event in commit.events if isinstance(event, RiskDetected)}
        weighed = [event for event in commit.events if isinstance(event, RiskScoreRecalculated)]
        assert len(weighed) <= 1
        assert not news or weighed
        was = {
            key: (journey.score, {sign.type: sign for sign in journey.factors})
            for key, journey in past.journeys.items()
        }
        for event in commit.events:
            past.add(event)
        escalated = [event for event in commit.events if isinstance(event, RiskEscalated)]
        corrected = isinstance(commit.step.command, CorrectOutcome)
        if not weighed:
            assert not escalated or isinstance(commit.step.command, EscalateRisk) or corrected
            continue
        (event,) = weighed
        score, known = was.get(event.journey_id, (Decimal(0), {}))
        # What a correction takes back it may say again.
        assert len(escalated) == int(score < CRITICAL <= event.new_score) or (corrected and len(escalated) == 1)
        rose = event.new_score >= HIGH > score
        alone = not past.lies_ahead(event.clinic_id, event.recalculated_at)
        if rose or (event.new_score >= HIGH and alone):
            assert past.journeys[event.journey_id].stage == "at_risk"
        for sign in event.contributing_factors:
            old = known.get(sign.type)
            is_news = old is None or SEVERITIES.index(sign.severity) > SEVERITIES.index(old.severity)
            assert is_news == (sign.type in news)
            if old is None or is_news:
                told = news.pop(sign.type)
                assert (told.value, told.severity, told.detected_at) == (sign.value, sign.severity, sign.detected_at)
                assert sign.detected_at == event.recalculated_at
            else:
                assert sign.detected_at == old.detected_at
        assert not news


@given(histories())
def test_who_was_at_risk_and_is_won_back_starts_without_a_sign(history: History) -> None:
    """Silence apart: an import may tell of a message that was the last, and long ago."""
    past = Past()
    for commit in history.commits:
        was = {key: journey.stage for key, journey in past.journeys.items()}
        for event in commit.events:
            past.add(event)
        for event in commit.events:
            if isinstance(event, JourneyRecovered) and was[event.journey_id] == "at_risk":
                left = {factor.type for factor in past.journeys[event.journey_id].factors}
                assert left <= {"silence"}


@given(histories(), st.sampled_from([0, 14, 30, 40, 200]))
def test_a_sweep_run_twice_changes_nothing_more(history: History, days: int) -> None:
    if not history.commits:
        return
    now = history.commits[-1].now + days * DAY
    case = history.case
    for command in (RecalculateSilence(), EndSilentJourney()):
        for key in [journey.journey_id for journey in case.journeys.values() if journey.journey_id is not None]:
            if case.patient.status not in ("anonymized", "merged"):
                given = _given(history, key, now)
                after = case.after(decide(command, case, given))
                assert decide(command, after, given) == []
                case = after


def _given(history: History, target: UUID, now: datetime) -> Given:
    last = history.commits[-1].given
    return Given(
        now=now,
        role="system",
        target=target,
        patient_id=last.patient_id,
        journey_id=UUID(int=0xABC),
        reminder_id=UUID(int=0xABD),
        message_id=UUID(int=0xABE),
    )


@given(histories())
def test_one_clinics_facts_say_nothing_of_another(history: History) -> None:
    """What is known of one is the same without the events of all others."""
    whole = history.case
    for clinic_id, journey in whole.journeys.items():
        alone = Case().after(event for event in history.events if event.clinic in (None, clinic_id))
        assert alone.journeys[clinic_id] == journey


@given(histories())
def test_the_time_of_a_stage_never_goes_back(history: History) -> None:
    """Not by an imported past, nor by a message that comes late."""
    since: dict[UUID, datetime] = {}
    for event in history.events:
        match event:
            case JourneyStarted(journey_id=key, started_at=at):
                since[key] = at
            case JourneyStageChanged(journey_id=key, changed_at=at) | JourneyRecovered(journey_id=key, recovered_at=at):
                assert at >= since[key]
                since[key] = at
            case _:
                pass
