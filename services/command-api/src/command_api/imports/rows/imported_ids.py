"""Ids that follow from what a row says, always: a file that is sent again finds what it has made."""

import unicodedata
from datetime import datetime
from uuid import UUID, uuid5

from command_api.imports.rows.row import ImportRow


def imported_ids(
    namespace: UUID, row: ImportRow, scheduled_for: datetime, booked_at: datetime, phone: str
) -> tuple[UUID, UUID]:
    """The appointment's and the patient's, in the tenant's own ``namespace``; times are UTC."""
    who = (phone, _folded(row.patient_name), row.patient_birth_date or "")
    what = (row.clinic_id, row.doctor_id, scheduled_for.isoformat(), booked_at.isoformat())
    return (
        uuid5(namespace, "\n".join(map(str, ("imported appointment", *who, *what)))),
        uuid5(namespace, "\n".join(map(str, ("imported patient", *who)))),
    )


def _folded(name: str) -> str:
    """João  da Conceição is joao da conceicao: accents, capitals and spaces make nobody another person."""
    plain = "".join(letter for letter in unicodedata.normalize("NFKD", name) if not unicodedata.combining(letter))
    return " ".join(plain.casefold().split())
