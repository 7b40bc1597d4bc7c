"""What a patient's rules need to know of their past."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from msgspec import Struct

from command_api.decide.patient.identifiers import mailbox_identities
from command_api.decide.patient.phones import spellings
from healz.events.patient_details import Address, MedicalHistory, Preferences

DEFAULT_PREFERENCES = Preferences(communication_channel="whatsapp", reminder_enabled=True, reminder_time_before=24 * 60)
"""What holds until a patient says otherwise."""

Status = Literal["active", "inactive", "suspended", "anonymized", "merged"]
Identity = tuple[Literal["phone", "email", "cpf"], str]


class PatientState(Struct, frozen=True):
    """``status`` is None before the registration."""

    status: Status | None = None
    phone: str = ""
    full_name: str = ""
    email: str | None = None
    birth_date: date | None = None
    cpf: str | None = None
    guardian_phone: str | None = None
    address: Address | None = None
    preferences: Preferences = DEFAULT_PREFERENCES
    medical_history: MedicalHistory | None = None
    shares_phone: bool = False
    """Others are reached on the phone too, as somebody has said."""
    holds_phone: bool = False
    """Whether the phone is theirs alone: a minor's may be the guardian's, and one that is shared is nobody's."""
    registered_at: datetime | None = None
    other_phone: str | None = None
    """Where they are reached too: that of a record which was merged into this one."""
    holds_other_phone: bool = False
    merged_into: UUID | None = None
    """The record that goes on, where the status is ``merged``."""

    @property
    def identities(self) -> frozenset[Identity]:
        """What nobody else in the tenant may have meanwhile."""
        held: set[Identity] = set()
        if self.holds_phone:
            held.update(("phone", form) for form in spellings(self.phone))
        if self.holds_other_phone and self.other_phone is not None:
            held.update(("phone", form) for form in spellings(self.other_phone))
        if self.email is not None:
            held.update(("email", form) for form in mailbox_identities(self.email))
        if self.cpf is not None:
            held.add(("cpf", self.cpf))
        return frozenset(held)


INITIAL = PatientState()
