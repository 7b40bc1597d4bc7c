"""What the evidence of risk is made of: what became of appointments, each sign with its own time."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from healz.events import Event
from healz.events.appointment import (
    AppointmentCancelled,
    AppointmentCompleted,
    AppointmentMarkedAsNoShow,
    AppointmentRescheduled,
)
from healz.events.appointment_correction import AppointmentOutcomeCorrected
from healz.events.appointment_event import Account, AppointmentStatus

SignKind = Literal["no_show", "cancellation", "move", "visit", "cleared", "none"]
"""``visit`` and ``cleared`` (a recovery) start the evidence anew; ``none`` does not count against the patient."""

TRAIL_MAX = 64
"""A correction of what lies further back changes no sign of risk."""


class Sign(Struct, frozen=True):
    """One entry of the evidence. ``ends``: it is what became of the appointment."""

    kind: SignKind
    appointment_id: UUID | None
    at: datetime
    ends: bool = False

    @property
    def clears(self) -> bool:
        """Whether the evidence starts anew with it."""
        return self.kind in ("visit", "cleared")


def sign_of(event: Event) -> Sign | None:
    """What an event says for or against the patient; None of one that is not about what becomes of an appointment."""
    match event:
        case AppointmentMarkedAsNoShow(appointment_id=key, marked_at=at):
            return Sign("no_show", key, at, ends=True)
        case AppointmentCancelled(appointment_id=key, cancelled_at=at, on_whose_account=whose):
            return Sign(_outcome("cancelled", whose), key, at, ends=True)
        case AppointmentRescheduled(appointment_id=key, rescheduled_at=at, on_whose_account=whose):
            return None if whose == "clinic" else Sign("move", key, at)
        case AppointmentCompleted(appointment_id=key, completed_at=at):
            return Sign("visit", key, at, ends=True)
        case _:
            return None


def corrected_sign(sign: Sign, event: AppointmentOutcomeCorrected) -> Sign:
    """The sign as it is right, where it is the outcome that was corrected.

    Of an appointment that has not ended it is none: what it comes to later is a sign of its own.
    """
    if sign.appointment_id != event.appointment_id or not sign.ends:
        return sign
    kind = _outcome(event.right_status, event.on_whose_account)
    return replace(sign, kind=kind, at=event.right_since, ends=event.right_status not in ("scheduled", "confirmed"))


def lengthened(trail: tuple[Sign, ...], since: datetime | None, sign: Sign) -> tuple[tuple[Sign, ...], datetime | None]:
    """The trail with ``sign``, and since when it counts: it forgets its first where it would be too long."""
    trail = (*trail, sign)
    if len(trail) <= TRAIL_MAX:
        return trail, since
    first = trail[0]
    return trail[1:], max(first.at, since or first.at) if first.clears else since


def _outcome(status: AppointmentStatus, whose: Account | None) -> SignKind:
    match status:
        case "completed":
            return "visit"
        case "no_show":
            return "no_show"
        case "cancelled" if whose != "clinic":
            return "cancellation"
        case _:
            return "none"
