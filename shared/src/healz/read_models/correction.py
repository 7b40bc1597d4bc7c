"""A correction in the rows: what is right takes the place of the mistake, as if it had been said at first."""

from datetime import datetime

from msgspec.structs import replace

from healz.events.appointment_correction import AppointmentOutcomeCorrected
from healz.read_models.appointment_row import AppointmentRow
from healz.read_models.journey_row import JourneyRow


def of_appointment(row: AppointmentRow, fact: AppointmentOutcomeCorrected) -> AppointmentRow:
    """The appointment; who did not come never arrived. Why a cancellation stands now is why it was corrected."""
    status, since = fact.right_status, fact.right_since
    reason = row.cancellation_reason if fact.mistaken_outcome == "cancelled" else fact.reason
    cancelled = status == "cancelled"
    return replace(
        row,
        status=status,
        completed_at=since if status == "completed" else None,
        cancelled_at=since if cancelled else None,
        cancellation_reason=reason if cancelled else None,
        on_whose_account=fact.on_whose_account if cancelled else None,
        arrived_at=None if status == "no_show" else row.arrived_at,
    )


def of_journey(row: JourneyRow, fact: AppointmentOutcomeCorrected, next_appointment_at: datetime | None) -> JourneyRow:
    """The journey that counted the mistake. (Whether an escalation is taken back, the caller sees to.)"""
    assert fact.in_journey is not None
    told = fact.in_journey
    return replace(
        row,
        missed_appointments=row.missed_appointments + fact.change("no_show"),
        cancelled_appointments=row.cancelled_appointments + fact.change("cancelled"),
        last_appointment_at=told.last_visit_at,
        last_interaction_at=told.last_interaction_at or row.last_interaction_at,
        # One that was given up may go on with this.
        next_appointment_at=next_appointment_at if row.current_stage == "abandoned" else row.next_appointment_at,
    )
