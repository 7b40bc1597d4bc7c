"""Where the appointment read model lives: a row per appointment, and the contact whose name stands on it."""

from healz.projection import Projection, Table
from healz.projection.process import run
from healz.read_models.appointment import evolve
from healz.read_models.appointment_row import AppointmentRow, AppointmentRows
from healz.read_models.contact import PatientContact
from projector_appointment.figures import FIGURES

PROJECTION = Projection(
    schema="appointment",
    empty=AppointmentRows(),
    evolve=evolve,
    tables={
        "contact": Table("appointment.patient_contact", PatientContact, key=("tenant_id", "patient_id")),
        "appointments": Table("appointment.appointment_view", AppointmentRow, key=("tenant_id", "appointment_id")),
    },
    figures=FIGURES,
)


def main() -> None:
    """The process; settings as in ``healz.projection.settings``."""
    run(PROJECTION)
