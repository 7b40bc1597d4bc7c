"""What comes in with a command from outside: the clock, new ids, who asks, reference data."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from command_api.decide.appointment.hours import Hours
from command_api.decide.command import Command
from command_api.decide.journey.rules import DEFAULT_RULES, JourneyRules
from command_api.decide.limits import DEFAULT_LIMITS, Limits
from command_api.decide.rejected import Rejected
from healz.events import Event
from healz.events.fields import Actor

if TYPE_CHECKING:
    from command_api.decide.case import Case

Role = Literal["admin", "manager", "doctor", "receptionist", "bot", "import", "viewer"]
STAFF: tuple[Role, ...] = ("admin", "manager", "doctor", "receptionist")
"""Who works at a clinic."""


@dataclass(frozen=True)
class Doctor:
    """A doctor as the reference data knows them."""

    full_name: str
    clinic_ids: frozenset[UUID]
    schedule: Hours | None = None
    """When they are in the named clinic; None: whenever it is open."""


@dataclass(frozen=True)
class Other:
    """Another record of the tenant: its case, and the facts that it was folded from, in order."""

    patient_id: UUID
    case: "Case"
    facts: Sequence[Event]


@dataclass(frozen=True)
class Given:
    """What comes in with a command: the clock, new ids, who asks, and the reference data that it names."""

    now: datetime
    role: Role | Literal["system"]
    target: UUID
    """The aggregate that the command is about; new for one that makes it."""
    patient_id: UUID
    """Whose command it is."""
    journey_id: UUID
    """Of the journey that this command starts, should it start one."""
    reminder_id: UUID
    """Of the reminder that this command records, where it names none."""
    message_id: UUID
    """Of the message that this command records, where it names none."""
    user_id: UUID | None = None
    """Who asks, by the token."""
    limits: Limits = DEFAULT_LIMITS
    rules: JourneyRules = DEFAULT_RULES
    """What journeys are judged by, in this tenant."""
    clinic_zone: ZoneInfo | None = None
    """The named clinic's time zone; None: no such clinic."""
    opening_hours: Hours | None = None
    """The named clinic's; None: nobody said, so at any time."""
    doctor: Doctor | None = None
    squeeze_in_roles: frozenset[str] = frozenset()
    """Who may squeeze in, in this tenant."""
    other: "Other | None" = None
    """The record that the command merges into its own."""

    @property
    def second_id(self) -> UUID:
        """Of a second aggregate that a command makes. (None makes one and records a reminder or a message, too.)"""
        return self.reminder_id

    @property
    def bookable_from(self) -> datetime:
        """The earliest that an appointment may begin which is booked now: staff write down who has just walked in."""
        if self.role not in STAFF:
            return self.now
        return self.now.replace(second=0, microsecond=0) - self.limits.booking_behind

    @property
    def importing(self) -> bool:
        """Whether this is about the past."""
        return self.role == "import"

    def at(self, command: Command) -> datetime:
        """When the fact happened. Raises Rejected when the body says so and may not, or says a time to come."""
        if command.occurred_at is None:
            return self.now
        if self.role not in ("import", "system"):
            self._check_staff_say_when(command, command.occurred_at)
        if command.occurred_at > self.now + self.limits.clock_ahead:
            raise Rejected("time_to_come", f"occurred_at lies ahead of the clock, which is at {self.now.isoformat()}")
        return command.occurred_at

    def _check_staff_say_when(self, command: Command, occurred_at: datetime) -> None:
        if not command.staff_say_when:
            raise Rejected(
                "time_is_not_yours_to_say", "leave out occurred_at; only the role import may say when it happened"
            )
        if self.role not in STAFF:
            raise Rejected("time_is_not_yours_to_say", "leave out occurred_at; only staff may say when it happened")
        if occurred_at < self.now - self.limits.outcome_age:
            days = self.limits.outcome_age / timedelta(days=1)
            raise Rejected("too_long_ago", f"occurred_at may lie {days:g} days back at most; older visits are imported")

    def actor(self, command: Command) -> Actor:
        """Who did it, by the token's role, never by the body."""
        match self.role:
            case "bot":
                return "patient" if command.on_behalf_of_patient else "bot"
            case "doctor" | "import" | "system":
                actor: Actor = self.role
            case _:
                actor = "agent"
        if command.on_behalf_of_patient:
            raise Rejected("only_the_bot_speaks_for_patients", "leave out on_behalf_of_patient; it is the bot's")
        return actor
