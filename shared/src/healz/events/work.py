"""What people do about a journey: whose it is, when the patient was called, until when it may rest.

It is over once the patient is won back, has come, or the journey has ended: who drifts away later is nobody's again.
"""

from datetime import datetime
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from healz.events.appointment import AppointmentCompleted
from healz.events.envelope import Event
from healz.events.journey import (
    JourneyAbandoned,
    JourneyCompleted,
    JourneyRecovered,
    JourneyStageChanged,
    RiskEscalated,
)
from healz.events.journey_work import CallMade, CallOutcome, JourneyAssigned, JourneySnoozed
from healz.events.stages import INACTIVE_STAGES


class Work(Struct, frozen=True):
    """Of one journey. ``calls`` are all of its life; the rest is of now."""

    assigned_to: UUID | None = None
    """Who sees to it."""
    snoozed_until: datetime | None = None
    worked_at: datetime | None = None
    """When somebody last did any of this."""
    calls: int = 0
    last_called_at: datetime | None = None
    last_call_outcome: CallOutcome | None = None


NO_WORK = Work()


def work_after(work: Work, event: Event) -> Work:
    """The work once ``event`` has happened to its journey; the same object where nothing of it changed."""
    match event:
        case JourneyAssigned(assigned_to=somebody, assigned_at=at):
            return replace(work, assigned_to=somebody, worked_at=_later(work, at))
        case JourneySnoozed(snoozed_until=until, snoozed_at=at):
            return replace(work, snoozed_until=until, worked_at=_later(work, at))
        case CallMade(called_at=at, outcome=outcome):
            called = replace(work, calls=work.calls + 1, worked_at=_later(work, at))
            if work.last_called_at is not None and at < work.last_called_at:
                return called
            return replace(called, last_called_at=at, last_call_outcome=outcome)
        case RiskEscalated(assigned_to=None):
            return work if work.snoozed_until is None else replace(work, snoozed_until=None)
        case RiskEscalated(assigned_to=somebody, escalated_at=at):
            return replace(work, assigned_to=somebody, snoozed_until=None, worked_at=_later(work, at))
        case JourneyRecovered() | JourneyAbandoned() | JourneyCompleted():
            return _over(work)
        case JourneyStageChanged(new_stage=stage) if stage in INACTIVE_STAGES:
            return _over(work)
        case AppointmentCompleted(completed_at=at) if work.worked_at is None or at >= work.worked_at:
            return _over(work)  # a visit of before, which comes late, undoes nothing
        case _:
            return work


def _over(work: Work) -> Work:
    if work.assigned_to is None and work.snoozed_until is None:
        return work
    return replace(work, assigned_to=None, snoozed_until=None)


def _later(work: Work, at: datetime) -> datetime:
    return max(at, work.worked_at or at)
