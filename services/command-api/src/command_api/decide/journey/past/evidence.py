"""The evidence of risk: what speaks against a patient in one clinic. Risk indicators follow from it."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import reduce
from typing import Any
from uuid import UUID

from msgspec import Struct, field
from msgspec.structs import replace

from command_api.decide.journey.past.sign import Sign, corrected_sign, lengthened, sign_of
from healz.events import Event
from healz.events.appointment import AppointmentCompleted
from healz.events.appointment_correction import AppointmentOutcomeCorrected
from healz.events.journey import RiskDetected
from healz.events.message import MessageReceived


class Evidence(Struct, frozen=True):
    """No-shows, cancellations, reschedules and the tone since the last visit, recovery or start of a journey.

    (Since a recovery out of ``at_risk``; one out of ``no_show`` clears nothing.)

    By the facts' own time: an imported past, or a message that comes late, neither counts against the present nor
    clears it.
    """

    since: datetime | None = None
    no_shows: tuple[datetime, ...] = ()
    cancellations: tuple[datetime, ...] = ()
    reschedules: Mapping[UUID, tuple[datetime, ...]] = field(default_factory=dict)
    """By appointment."""
    negative_message: UUID | None = None
    """The last message, while it is a negative one."""
    last_message_at: datetime | None = None
    reported: Mapping[str, Any] | None = None
    """What a person said of a change of tone: until a later message that is not negative, a visit or a recovery."""
    reported_at: datetime | None = None
    trail: tuple[Sign, ...] = ()
    """The latest signs, in the order in which they were recorded: from these a correction makes the evidence anew."""
    trail_since: datetime | None = None
    """What ``since`` was before the first of them."""

    def after(self, event: Event) -> "Evidence":
        """The evidence once ``event`` has happened."""
        if (sign := sign_of(event)) is not None:
            signed = self._left(sign)._after(sign)
            return signed._heard(sign.at) if isinstance(event, AppointmentCompleted) else signed
        at = event.happened_at
        match event:
            case AppointmentOutcomeCorrected(right_status=status, right_since=since):
                anew = self._anew_from(tuple(corrected_sign(sign, event) for sign in self.trail))
                return anew._heard(since) if status == "completed" else anew
            case MessageReceived() if self.last_message_at is None or at >= self.last_message_at:
                negative = event.message_id if event.sentiment == "negative" else None
                # What was written before somebody noticed, and came late, says nothing against them.
                stays = negative is not None or (self.reported_at is not None and at < self.reported_at)
                reported = self.reported if stays else None
                return replace(self, negative_message=negative, reported=reported, last_message_at=at)
            case RiskDetected(risk_type="tone_change", details=details) if "reported_by" in details:
                return replace(self, reported=details, reported_at=at)
            case _:
                return self

    def recovered(self, at: datetime) -> "Evidence":
        """Once the patient is won back out of ``at_risk``: nothing is held against them."""
        sign = Sign("cleared", None, at)
        return replace(self._left(sign)._after(sign), negative_message=None, reported=None)

    def started(self, at: datetime) -> "Evidence":
        """Once a journey has started: with the fact that started it, and nothing from before."""
        anew = self._anew(at, lambda when: when >= at)
        wrote_since = self.last_message_at is not None and self.last_message_at >= at
        return replace(
            anew,
            negative_message=self.negative_message if wrote_since else None,
            reported=None,
            trail=tuple(sign for sign in self.trail if sign.at >= at),
            trail_since=anew.since,
        )

    def _left(self, sign: Sign) -> "Evidence":
        """With ``sign`` on the trail."""
        trail, since = lengthened(self.trail, self.trail_since, sign)
        return replace(self, trail=trail, trail_since=since)

    def _anew_from(self, trail: tuple[Sign, ...]) -> "Evidence":
        """As if these had been the signs."""
        nothing = replace(self, since=self.trail_since, no_shows=(), cancellations=(), reschedules={}, trail=trail)
        return reduce(Evidence._after, trail, nothing)

    def _after(self, sign: Sign) -> "Evidence":
        at, key = sign.at, sign.appointment_id
        match sign.kind:
            case "visit" | "cleared":
                return self._anew(at, lambda when: when > at)
            case _ if self.since is not None and at < self.since:
                return self
            case "no_show":
                return replace(self, no_shows=(*self.no_shows, at))
            case "cancellation":
                return replace(self, cancellations=(*self.cancellations, at))
            case "move" if key is not None:
                return replace(self, reschedules={**self.reschedules, key: (*self.reschedules.get(key, ()), at)})
            case _:
                return self

    def _heard(self, at: datetime) -> "Evidence":
        """After a visit at ``at``: what was reported before it is over."""
        return self if self.reported_at is not None and at < self.reported_at else replace(self, reported=None)

    def _anew(self, at: datetime, later: Callable[[datetime], bool]) -> "Evidence":
        reschedules = {key: tuple(filter(later, moves)) for key, moves in self.reschedules.items()}
        return replace(
            self,
            since=max(at, self.since or at),
            no_shows=tuple(filter(later, self.no_shows)),
            cancellations=tuple(filter(later, self.cancellations)),
            reschedules={key: moves for key, moves in reschedules.items() if moves},
        )
