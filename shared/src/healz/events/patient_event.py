"""What all events of a patient's record say."""

from typing import ClassVar
from uuid import UUID

from healz.events.envelope import Event


class PatientEvent(Event):
    aggregate_type: ClassVar[str] = "Patient"

    @property
    def aggregate_id(self) -> UUID:
        return self.patient_id
