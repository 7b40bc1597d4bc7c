"""Where the journey read model lives: a row per journey, a patient in a clinic, a conversation, and the contact."""

from healz.projection import Projection, Table
from healz.projection.process import run
from healz.read_models.contact import PatientContact
from healz.read_models.journey import evolve
from healz.read_models.journey_row import ConversationRow, JourneyRow, JourneyRows, PatientClinicRow
from projector_journey.figures import FIGURES

PROJECTION = Projection(
    schema="journey",
    empty=JourneyRows(),
    evolve=evolve,
    tables={
        "contact": Table("journey.patient_contact", PatientContact, key=("tenant_id", "patient_id")),
        "clinics": Table("journey.patient_clinic", PatientClinicRow, key=("tenant_id", "patient_id", "clinic_id")),
        "journeys": Table("journey.journey_view", JourneyRow, key=("tenant_id", "journey_id")),
        "conversations": Table("journey.conversation", ConversationRow, key=("tenant_id", "conversation_id")),
    },
    figures=FIGURES,
)


def main() -> None:
    """The process; settings as in ``healz.projection.settings``."""
    run(PROJECTION)
