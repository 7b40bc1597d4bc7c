"""A row of the patient read model."""

import unicodedata
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from msgspec import Struct, field

from healz.read_models.latest import Latest
from healz.read_models.live_appointments import LiveAppointments

ANONYMIZED_NAME = "Anonymized patient"
SEARCH_LENGTH_MAX = 255
"""As long as a name may be. Taken apart, one letter can become eighteen: more than an index entry takes."""


APOSTROPHES = dict.fromkeys(map(ord, "'\u2018\u2019\u201b\u2032\u02b9\u02bb\u02bc\u02bd\u0060\u00b4\uff07"))
"""As keyboards and copied text have them; in NFKD an acute accent that stands alone is a space and a combining one."""


def name_search(full_name: str) -> str:
    """Lower case, no accents, no apostrophes, single spaces, cut off: what a search for a name is compared with."""
    letters = full_name.translate(APOSTROPHES)
    plain = "".join(c for c in unicodedata.normalize("NFKD", letters) if not unicodedata.combining(c))
    return " ".join(plain.lower().split())[:SEARCH_LENGTH_MAX]


class PatientRow(Struct, frozen=True):
    """A row of ``patient.patient_view``, a field per column."""

    tenant_id: UUID
    patient_id: UUID
    version: int
    phone: str
    full_name: str
    email: str | None
    birth_date: date | None
    cpf: str | None
    registration_source: str
    status: str
    last_interaction_at: datetime
    first_contact_at: datetime
    preferred_clinic_id: UUID | None
    preferred_doctor_id: UUID | None
    guardian_phone: str | None
    name_search: str
    updated_at: datetime
    current_journey_stage: str | None = None
    risk_score: Decimal = Decimal("0.00")
    total_appointments: int = 0
    completed_appointments: int = 0
    cancelled_appointments: int = 0
    no_show_count: int = 0
    interaction_count: int = 1
    last_appointment_at: datetime | None = None
    next_appointment_at: datetime | None = None
    address: dict[str, Any] | None = None
    preferences: dict[str, Any] | None = None
    live_appointments: LiveAppointments = field(default_factory=dict)
    journeys: dict[str, dict[str, Any]] = field(default_factory=dict)
    latest: Latest = field(default_factory=dict)
    other_phone: str | None = None
    merged_into: UUID | None = None

    @property
    def is_anonymized(self) -> bool:
        """Whether the patient was anonymised: nobody else is without a phone."""
        return self.phone == ""
