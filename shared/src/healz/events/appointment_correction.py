"""That what had been said to become of an appointment was a mistake."""

from healz.events.appointment_event import Account, AppointmentEvent, AppointmentStatus, Outcome
from healz.events.corrected import InClinic, InJourney
from healz.events.fields import Actor, Instant, Reason


class AppointmentOutcomeCorrected(AppointmentEvent):
    """What had been said to become of it was a mistake. That stays in the log; from here on this is so instead."""

    mistaken_outcome: Outcome
    """What had been said."""
    mistaken_account: Account | None = None
    """On whose account a mistaken cancellation stood, where somebody had said so."""
    right_status: AppointmentStatus
    """What is right: how it ended, or that it did not end: ``scheduled`` or ``confirmed``."""
    right_since: Instant
    """When it ended so; of one that did not end, when the mistake was made."""
    scheduled_for: Instant
    """When it begins, or was to begin."""
    requires_follow_up: bool | None = None
    """Of a visit, whether the patient should be seen again."""
    on_whose_account: Account | None = None
    """Of a cancellation, whose doing it was; where nobody said: the patient's."""
    reason: Reason
    """Why it is corrected, in somebody's words."""
    corrected_by: Actor
    """Who corrected it."""
    corrected_at: Instant
    """When."""
    in_clinic: InClinic
    """What is the latest there, now that this is right."""
    in_journey: InJourney | None = None
    """The journey that counted the mistake, and counts what is right; null where none was active."""

    def change(self, outcome: Outcome) -> int:
        """By how much there are more such outcomes that count: -1, 0 or 1."""
        was = outcome == self.mistaken_outcome and (outcome, self.mistaken_account) != ("cancelled", "clinic")
        now = outcome == self.right_status and (outcome, self.on_whose_account) != ("cancelled", "clinic")
        return now - was
