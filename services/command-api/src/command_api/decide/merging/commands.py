"""What may be asked of two records."""

from typing import ClassVar
from uuid import UUID

from command_api.decide.cast import OTHER_PATIENT
from command_api.decide.patient.commands import PatientCommand
from healz.events import patient_merging as events


class MergePatients(PatientCommand):
    """The other record of the same person, which is over then; its history is told again after this one's.

    It can't be taken back.
    """

    leads_to = (events.PatientAbsorbed, events.PatientMerged)
    refusals = (
        *PatientCommand.refusals,
        *("same_record", "two_persons", "patient_not_active", "patient_overlap", "history_too_long"),
        *("medical_history_too_long", "phone_taken"),
    )
    example: ClassVar = {"other_patient_id": OTHER_PATIENT}
    other_patient_id: UUID


COMMANDS: tuple[type[PatientCommand], ...] = (MergePatients,)
