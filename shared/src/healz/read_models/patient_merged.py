"""What a merge does to the rows of the two records."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from healz.events.patient_merging import PatientAbsorbed, PatientMerged
from healz.read_models.patient_row import PatientRow

TOLD_ELSEWHERE: Mapping[str, Any] = {
    "current_journey_stage": None,
    "risk_score": Decimal("0.00"),
    "total_appointments": 0,
    "completed_appointments": 0,
    "cancelled_appointments": 0,
    "no_show_count": 0,
    "interaction_count": 0,
    "last_appointment_at": None,
    "next_appointment_at": None,
    "live_appointments": {},
    "journeys": {},
    "latest": {},
}
"""What is counted in the row of the record that goes on, once this one was merged into it."""


def merged(patient: PatientRow, fact: PatientAbsorbed | PatientMerged) -> PatientRow:
    """The row after it. Nothing personal comes back to a patient who was anonymised."""
    match fact:
        case PatientMerged(merged_into=into):
            return replace(patient, merged_into=into, **TOLD_ELSEWHERE)
        case PatientAbsorbed() if patient.is_anonymized:
            return patient
        case PatientAbsorbed(known_since=since, other_phone=other):
            phone = patient.other_phone if other is None else other
            return replace(patient, first_contact_at=min(since, patient.first_contact_at), other_phone=phone)
