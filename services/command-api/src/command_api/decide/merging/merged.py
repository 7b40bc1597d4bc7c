"""A record that was merged into another: how it ends, and that it points on."""

from typing import TYPE_CHECKING
from uuid import UUID

from command_api.decide.leaving import leave
from command_api.decide.patient.state import PatientState
from command_api.decide.rejected import Rejected
from healz.events import Event
from healz.events.fields import Actor
from healz.events.patient import PatientAnonymized
from healz.events.patient_merging import PatientMerged

if TYPE_CHECKING:
    from datetime import datetime

    from command_api.decide.given import Other


def check_not_merged(patient: PatientState) -> None:
    """Raises Rejected, which names the record that goes on."""
    if patient.status == "merged":
        raise Rejected("patient_merged", f"this record was merged into the patient {patient.merged_into}; go on there")


def ended(other: "Other", into: UUID, actor: Actor, at: "datetime") -> list[Event]:
    """The other record's last events: nothing is live there, nothing personal is left, and it says where it went."""
    forgotten = PatientAnonymized(
        patient_id=other.patient_id, reason="recorded_by_mistake", requested_by=actor, anonymized_at=at
    )
    case = other.case
    ends = leave(forgotten, case.appointments, case.conversations, case.journeys)
    return [forgotten, *ends, PatientMerged(patient_id=other.patient_id, merged_into=into, merged_at=at)]
