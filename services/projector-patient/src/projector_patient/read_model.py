"""Where the patient read model lives: one row per patient."""

from collections.abc import Mapping, Sequence
from typing import Any

from healz.projection import PatientKey, Projection, Table
from healz.read_models.patient import evolve
from healz.read_models.patient_row import PatientRow

PATIENT_VIEW = Table(name="patient.patient_view", row=PatientRow, key=("tenant_id", "patient_id"))


async def load(connection: Any, patients: Sequence[PatientKey]) -> dict[PatientKey, PatientRow | None]:
    """The rows of those patients that have one."""
    rows = await PATIENT_VIEW.of_patients(connection, *map(list, zip(*patients, strict=True)))
    return {(row.tenant_id, row.patient_id): row for row in rows}


async def save(connection: Any, changed: Mapping[PatientKey, tuple[PatientRow | None, PatientRow | None]]) -> None:
    """Writes the rows that changed."""
    await PATIENT_VIEW.save(connection, (after for _, after in changed.values() if after is not None))


PROJECTION: Projection[PatientRow | None] = Projection(
    schema="patient", empty=None, evolve=evolve, load=load, save=save
)
