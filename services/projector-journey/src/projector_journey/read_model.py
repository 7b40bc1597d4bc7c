"""Where the journey read model lives: rows of journeys, patients in clinics, conversations, messages; the contact."""

from healz.events.patient import PatientAnonymized
from healz.events.patient_merging import PatientMerged
from healz.projection import Projection, Table
from healz.projection.process import run
from healz.read_models.contact import PatientContact
from healz.read_models.conversation_row import ConversationRow, MessageChangeRow, MessageRow, MessageStatusRow
from healz.read_models.journey_messages import evolve
from healz.read_models.journey_row import JourneyRow, JourneyRows, PatientClinicRow
from projector_journey.figures import FIGURES

FORGETS = (PatientAnonymized, PatientMerged)
OF_A_MESSAGE = ("tenant_id", "conversation_id", "message_id")

PROJECTION = Projection(
    schema="journey",
    empty=JourneyRows(),
    evolve=evolve,
    tables={
        "contact": Table("journey.patient_contact", PatientContact, key=("tenant_id", "patient_id")),
        "clinics": Table("journey.patient_clinic", PatientClinicRow, key=("tenant_id", "patient_id", "clinic_id")),
        "journeys": Table("journey.journey_view", JourneyRow, key=("tenant_id", "journey_id")),
        "conversations": Table("journey.conversation", ConversationRow, key=("tenant_id", "conversation_id")),
        "messages": Table(
            "journey.message",
            MessageRow,
            key=("tenant_id", "conversation_id", "said_at", "message_id"),
            looked_at_by=FORGETS,
        ),
        "message_statuses": Table("journey.message_status", MessageStatusRow, key=OF_A_MESSAGE, looked_at_by=FORGETS),
        "message_changes": Table("journey.message_change", MessageChangeRow, key=OF_A_MESSAGE, looked_at_by=FORGETS),
    },
    version=2,  # conversations say who waits, messages are kept, and whose a journey is
    figures=FIGURES,
)


def main() -> None:
    """The process; settings as in ``healz.projection.settings``."""
    run(PROJECTION)
