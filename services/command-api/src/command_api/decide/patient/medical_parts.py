"""Parts of a medical history, as a body gives them."""

from pydantic import ConfigDict

from command_api.decide.clearing import Changes
from healz.events.patient_details import Lines


class MedicalHistoryParts(Changes):
    """The lists that change, each whole; one that is left out stays."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    never_null = ("allergies", "chronic_conditions", "medications")

    allergies: Lines | None = None
    chronic_conditions: Lines | None = None
    medications: Lines | None = None
