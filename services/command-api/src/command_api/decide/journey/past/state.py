"""What a journey's rules need to know of a patient's past in a clinic."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from immutables import Map
from msgspec import Struct, field

from command_api.decide.appointment.state import AppointmentState
from command_api.decide.journey.past.ending import Ending
from command_api.decide.journey.past.evidence import Evidence
from healz.events.risk import Factor, RiskType
from healz.events.stages import INACTIVE_STAGES, Stage
from healz.events.work import NO_WORK, Work

NO_SCORE = Decimal("0.00")
BY_SCORE, BY_SILENCE = "risk_score_critical", "silence"
"""Why the rules escalate and abandon, where a person gives words of their own."""


class ClinicJourney(Struct, frozen=True):
    """One patient in one clinic: the newest journey, and what is remembered of earlier ones."""

    clinic_id: UUID
    evidence: Evidence = field(default_factory=Evidence)
    live: Mapping[UUID, AppointmentState] = field(default_factory=dict)
    """The appointments in this clinic that are scheduled or confirmed."""
    seen_at: datetime | None = None
    """The latest time that any event tells: the past is judged as it happened, and what comes late undoes nothing."""
    last_interaction_at: datetime | None = None
    earlier: Map[UUID, None] = field(default_factory=Map)
    """Journeys before this one, as a set; each is over."""
    endings: Map[UUID, Ending] = field(default_factory=Map)
    """By appointment: what a correction goes by."""
    last_ended: UUID | None = None
    """The appointment whose outcome was said, or corrected, last."""
    others_at: datetime | None = None
    """The last interaction that is no appointment's outcome."""

    journey_id: UUID | None = None
    started_at: datetime | None = None
    stage: Stage | None = None
    stage_since: datetime | None = None
    moved_at: datetime | None = None
    """When a fact or a person last moved it: what only a score brings, a sweep may have brought long afterwards."""
    moved_by: UUID | None = None
    """The appointment whose outcome moved it last; None: something else did."""
    own_others_at: datetime | None = None
    """As ``others_at``, of this journey alone."""
    escalated_at: datetime | None = None
    by_score: bool = False
    """Whether the score called for a person then, and not somebody."""
    given_up: bool = False
    """Abandoned by the sweep: a correction may take that back."""
    last_visit_at: datetime | None = None
    appointments: int = 0
    missed: int = 0
    cancelled: int = 0
    score: Decimal = NO_SCORE
    indicators: Mapping[RiskType, Factor] = field(default_factory=dict)
    """Those that made the last score."""
    work: Work = NO_WORK
    scores: int = 0
    """How many were calculated."""
    scores_sum: Decimal = Decimal(0)

    def has(self, journey_id: UUID) -> bool:
        """Whether it is a journey of this patient and clinic, be it an earlier one."""
        return journey_id == self.journey_id or journey_id in self.earlier

    @property
    def is_active(self) -> bool:
        return self.stage is not None and self.stage not in INACTIVE_STAGES

    def lies_ahead(self, at: datetime, grace: timedelta) -> bool:
        """Whether a live appointment lies ahead; it does until ``grace`` after its end."""
        return any(at < appointment.ends_at + grace for appointment in self.live.values())

    @property
    def open_appointment(self) -> AppointmentState | None:
        """The last that was to begin of those that nobody has closed; what lies ahead is none."""
        return max(self.live.values(), key=lambda appointment: appointment.scheduled_for, default=None)


Journeys = Mapping[UUID, ClinicJourney]
"""By clinic."""

INITIAL: Journeys = {}
