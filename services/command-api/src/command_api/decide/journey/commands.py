"""What may be asked of a journey: by a person, and by the sweeps that run as time goes by."""

from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

from pydantic import Field

from command_api.decide.cast import AGENT, CLINIC, PATIENT
from command_api.decide.command import Beginning, Command, once_called
from command_api.decide.times import GivenInstant
from healz.events import journey as events
from healz.events import journey_work as work
from healz.events.fields import Notes, Reason
from healz.events.journey import CompletionReason
from healz.events.journey_work import CallOutcome
from healz.events.json_kinds import Flag

JUDGED = (events.RiskDetected, events.RiskScoreRecalculated, events.JourneyStageChanged, events.RiskEscalated)
"""What may follow when the risk is weighed anew."""
Said = Annotated[Reason, Field(min_length=1)]


class JourneyCommand(Command):
    """Any command about a journey."""

    refusals = (*Command.refusals, "patient_anonymized", "journey_not_active")


class StartJourney(Beginning, JourneyCommand):
    leads_to = (events.JourneyStarted,)
    refusals = (
        *Command.refusals,
        *("patient_anonymized", "patient_unknown", "patient_not_active", "clinic_unknown", "journey_active_already"),
    )
    example: ClassVar = {"patient_id": PATIENT, "clinic_id": CLINIC}


class ReportRisk(JourneyCommand):
    """What a person noticed; all other signs follow from facts."""

    leads_to = JUDGED
    example: ClassVar = {"risk_type": "tone_change", "notes": "sounded annoyed about the wait"}
    risk_type: Literal["tone_change"]
    notes: Notes | None = None


class EscalateRisk(JourneyCommand):
    leads_to = (events.RiskEscalated,)
    example: ClassVar = {"reason": "second complaint in a week", "assigned_to": AGENT}
    reason: Said = once_called("escalation_reason")
    assigned_to: UUID | None = None


class RecoverJourney(JourneyCommand):
    leads_to = (events.JourneyRecovered,)
    refusals = (*JourneyCommand.refusals, "journey_not_at_risk")
    example: ClassVar = {"reason": "booked again after a call"}
    reason: Said = once_called("recovery_reason")


class AbandonJourney(JourneyCommand):
    leads_to = (events.JourneyAbandoned,)
    example: ClassVar = {"reason": "found a clinic nearer to home"}
    reason: Said = once_called("abandonment_reason")


class CompleteJourney(JourneyCommand):
    leads_to = (events.JourneyCompleted,)
    example: ClassVar = {"reason": "successful_treatment"}
    reason: CompletionReason = once_called("completion_reason")


class ClaimJourney(JourneyCommand):
    """``assigned_to`` left out: who asks. Somebody else's is taken over only where ``take_over`` says so."""

    leads_to = (work.JourneyAssigned,)
    refusals = (*JourneyCommand.refusals, "journey_claimed_already", "assignee_unknown")
    example: ClassVar = {"assigned_to": AGENT}
    assigned_to: UUID | None = None
    take_over: Flag = False


class ReleaseJourney(JourneyCommand):
    leads_to = (work.JourneyAssigned,)
    example: ClassVar[dict[str, Any]] = {}


class RecordCall(JourneyCommand):
    leads_to = (work.CallMade,)
    example: ClassVar = {"outcome": "reached", "notes": "comes back after the holidays"}
    outcome: CallOutcome
    notes: Notes | None = None


class SnoozeJourney(JourneyCommand):
    """``until`` null: no longer."""

    leads_to = (work.JourneySnoozed,)
    refusals = (*JourneyCommand.refusals, "snooze_over_already", "snooze_too_long")
    example: ClassVar = {"until": "2198-03-09T08:00:00-03:00", "reason": "travels until then"}
    until: GivenInstant | None
    reason: Said | None = None


class RecalculateSilence(JourneyCommand):
    """The silence sweep's: how long it has been, as of ``occurred_at``."""

    leads_to = JUDGED


class EndSilentJourney(JourneyCommand):
    """The abandonment sweep's: given up when silent and at risk for long (``abandonment_silence_days``,
    ``abandonment_at_risk_days``); completed when silent for long after a visit (``completion_silence_days``)."""

    leads_to = (events.JourneyAbandoned, events.JourneyCompleted)


COMMANDS: tuple[type[JourneyCommand], ...] = tuple(JourneyCommand.__subclasses__())
"""All of them, in the order of this file."""
