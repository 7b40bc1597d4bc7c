"""The stages of a journey, and what moves it from one to the next."""

from typing import Literal

Stage = Literal[
    "initiated",
    "first_contact",
    "scheduled",
    "confirmed",
    "attended",
    "follow_up",
    "returned",
    "at_risk",
    "no_show",
    "recovered",
    "abandoned",
    "completed",
    "cancelled",
]
INACTIVE_STAGES: frozenset[Stage] = frozenset({"abandoned", "completed", "cancelled"})
StageReason = Literal[
    "conversation_started",
    "message_received",
    "appointment_scheduled",
    "appointment_confirmed",
    "appointment_rescheduled",
    "appointment_cancelled",
    "appointment_completed",
    "appointment_marked_as_no_show",
    "appointment_outcome_corrected",
    "risk_score_recalculated",
    "patient_absorbed",
    "patient_inactive",
    "patient_anonymized",
    "other",
]
"""The fact that moved it; ``other`` is only read, from events of version 1."""
