"""Name and phone of a patient, as two projectors keep them beside their own rows."""

from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from healz.events import Recorded
from healz.events.patient import PatientAnonymized, PatientContactUpdated, PatientRegistered
from healz.events.patient_event import PatientEvent
from healz.read_models.patient_row import ANONYMIZED_NAME


class PatientContact(Struct, frozen=True):
    """A row of a projector's ``patient_contact``."""

    tenant_id: UUID
    patient_id: UUID
    full_name: str
    phone: str

    @property
    def is_anonymized(self) -> bool:
        """Whether the patient was anonymised: nobody else is without a phone."""
        return self.phone == ""


def evolve(contact: PatientContact | None, event: Recorded) -> PatientContact | None:
    """Name and phone after ``event``; the same object when they did not change. Nothing names an anonymised patient."""
    if not isinstance(event.event_data, PatientEvent):
        return contact
    match event.event_data, contact:
        case _, PatientContact(is_anonymized=True):
            return contact
        case PatientRegistered(full_name=full_name, phone=phone), None:
            return PatientContact(event.tenant_id, event.patient_id, full_name, phone)
        case PatientContactUpdated(new_full_name=full_name, new_phone=phone), PatientContact():
            after = replace(contact, full_name=full_name or contact.full_name, phone=phone or contact.phone)
            return contact if after == contact else after
        case PatientAnonymized(), PatientContact():
            return replace(contact, full_name=ANONYMIZED_NAME, phone="")
        case _:
            return contact
