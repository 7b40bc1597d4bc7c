"""What facts tell of risk in one clinic: counts that a visit or a recovery starts anew, and the tone. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from healz.events import Event
from healz.events.appointment import (
    AppointmentCancelled,
    AppointmentCompleted,
    AppointmentMarkedAsNoShow,
    AppointmentRescheduled,
)
from healz.events.conversation import MessageReceived
from healz.events.journey import RiskDetected


@dataclass(frozen=True)
class Signals:
    """Since the last visit or recovery out of ``at_risk``; ``reschedules`` by appointment."""

    no_shows: int = 0
    cancellations: int = 0
    reschedules: Mapping[UUID, int] = field(default_factory=dict)
    negative_message: UUID | None = None
    """The last message, while it is a negative one."""
    last_message_at: datetime | None = None
    reported: Mapping[str, Any] | None = None
    """What a person said of a change of tone: until a later message that is not negative, a visit or a recovery."""
    reported_at: datetime | None = None

    def after(self, event: Event) -> "Signals":
        """The signals once ``event`` has happened."""
        match event:
            case AppointmentMarkedAsNoShow():
                return replace(self, no_shows=self.no_shows + 1)
            case AppointmentCancelled():
                return replace(self, cancellations=self.cancellations + 1)
            case AppointmentRescheduled(appointment_id=key):
                return replace(self, reschedules={**self.reschedules, key: self.reschedules.get(key, 0) + 1})
            case AppointmentCompleted():
                return replace(self, no_shows=0, cancellations=0, reschedules={}, reported=None)
            case MessageReceived(timestamp=at) if self.last_message_at is None or at >= self.last_message_at:
                negative = event.message_id if event.sentiment == "negative" else None
                # What was written before somebody noticed, and came late, says nothing against them.
                stays = negative is not None or (self.reported_at is not None and at < self.reported_at)
                reported = self.reported if stays else None
                return replace(self, negative_message=negative, reported=reported, last_message_at=at)
            case RiskDetected(risk_type="tone_change", details=details, detected_at=at) if "reported_by" in details:
                return replace(self, reported=details, reported_at=at)
            case _:
                return self

    def cleared(self) -> "Signals":
        """Once the patient is won back."""
        return Signals(last_message_at=self.last_message_at)
