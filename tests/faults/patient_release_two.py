"""A release of the patient projection that is not out: one column more, and one that counts otherwise."""

from pathlib import Path

from msgspec import structs

from healz.events import Recorded
from healz.events.appointment import AppointmentConfirmed, AppointmentRescheduled
from healz.projection import Projection, Table
from healz.projection.process import run
from healz.read_models.patient import evolve as evolve_of_release_one
from healz.read_models.patient_row import PatientRow
from projector_patient import read_model as release_one

COLUMN = "rescheduled_appointments"


class PatientRowOfReleaseTwo(PatientRow, frozen=True):
    rescheduled_appointments: int = 0


def evolve(patient: PatientRowOfReleaseTwo | None, event: Recorded) -> PatientRowOfReleaseTwo | None:
    """Reschedules are counted; and a confirmation, which was none so far, is an interaction."""
    after = evolve_of_release_one(patient, event)
    if after is None:
        return None
    if not isinstance(after, PatientRowOfReleaseTwo):
        after = PatientRowOfReleaseTwo(**structs.asdict(after))
    match event.event_data:
        case AppointmentRescheduled():
            after = structs.replace(after, rescheduled_appointments=after.rescheduled_appointments + 1)
        case AppointmentConfirmed():
            after = structs.replace(after, interaction_count=after.interaction_count + 1)
        case _:
            return after
    return structs.replace(after, updated_at=event.created_at)


PROJECTION: Projection[PatientRowOfReleaseTwo | None] = Projection(
    schema="patient",
    empty=None,
    evolve=evolve,
    tables=Table(name="patient.patient_view", row=PatientRowOfReleaseTwo, key=("tenant_id", "patient_id")),
    version=release_one.PROJECTION.version + 1,
)


def install(folder: Path) -> dict[str, str]:
    """Beside the release of this repository; what finds this one first, as environment of a process."""
    distribution = folder / "healz_projector_patient-2.dist-info"
    distribution.mkdir(parents=True)
    (distribution / "METADATA").write_text("Metadata-Version: 2.1\nName: healz-projector-patient\nVersion: 2\n")
    (distribution / "entry_points.txt").write_text(f"[healz.projections]\npatient = {__name__}:PROJECTION\n")
    return {"PYTHONPATH": f"{folder}:{Path(__file__).parents[1]}"}


def main() -> None:
    run(PROJECTION)
