"""Where the patient read model lives: one row per patient."""

from healz.projection import Projection, Table
from healz.projection.process import run
from healz.read_models.patient import evolve
from healz.read_models.patient_row import PatientRow

PROJECTION: Projection[PatientRow | None] = Projection(
    schema="patient",
    empty=None,
    evolve=evolve,
    tables=Table(name="patient.patient_view", row=PatientRow, key=("tenant_id", "patient_id")),
    version=3,  # 2: name_search without apostrophes; 3: latest
)


def main() -> None:
    """The process; settings as in ``healz.projection.settings``."""
    run(PROJECTION)
