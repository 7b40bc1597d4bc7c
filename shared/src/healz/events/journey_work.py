"""What people do about a patient's journey: they claim it, call, and leave it for later."""

from typing import Annotated, Literal
from uuid import UUID

from healz.events.fields import Actor, Instant, Notes, Reason
from healz.events.journey import JourneyEvent
from healz.events.personal import Personal

CallOutcome = Literal["reached", "not_reached", "wrong_number"]


class JourneyAssigned(JourneyEvent):
    """Somebody sees to this patient from here on: they claimed the journey, were given it, or let go of it."""

    assigned_to: UUID | None
    """Who: a user's id. Null: nobody any more."""
    assigned_by: Actor
    """Who said so."""
    assigned_at: Instant
    """When."""


class CallMade(JourneyEvent):
    """Somebody of the clinic called the patient.

    It is no sign of life and moves nothing, whoever answered: what the patient said follows as what it is, a booking, a
    recovery, a change of tone.
    """

    outcome: CallOutcome
    """Whether the patient was reached."""
    notes: Annotated[Notes, Personal("reason")] | None = None
    """What was said, in somebody's words."""
    called_by: Actor
    """Who called."""
    called_at: Instant
    """When."""


class JourneySnoozed(JourneyEvent):
    """Until a time nobody needs to see to this patient: the journey is off the list of those at risk."""

    snoozed_until: Instant | None
    """Until when; null: no longer, it is back on the list."""
    reason: Reason | None = None
    """Why, in somebody's words."""
    snoozed_by: Actor
    """Who said so."""
    snoozed_at: Instant
    """When."""


EVENTS: tuple[type[JourneyEvent], ...] = (JourneyAssigned, CallMade, JourneySnoozed)
