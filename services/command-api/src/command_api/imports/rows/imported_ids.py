"""Ids that follow from what a row says, always: a file that is sent again finds what it has made."""

from datetime import datetime
from uuid import UUID, uuid5

from command_api.imports.rows.folded import folded
from command_api.imports.rows.row import ImportRow


def imported_ids(
    namespace: UUID, row: ImportRow, scheduled_for: datetime, booked_at: datetime | None, phone: str
) -> tuple[UUID, UUID]:
    """The appointment's and the patient's, in the tenant's own ``namespace``; times are UTC.

    ``booked_at`` None: the row says none.
    """
    who = (phone, folded(row.patient_name), row.patient_birth_date or "")
    what = (
        row.clinic_id,
        row.doctor_id,
        scheduled_for.isoformat(),
        booked_at.isoformat() if booked_at is not None else "",
    )
    return (
        uuid5(namespace, "\n".join(map(str, ("imported appointment", *who, *what)))),
        uuid5(namespace, "\n".join(map(str, ("imported patient", *who)))),
    )
