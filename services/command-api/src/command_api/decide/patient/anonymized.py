"""Who was anonymised is nobody any more: nothing further is recorded of them."""

from command_api.decide.patient.state import Status
from command_api.decide.rejected import Rejected


def check_not_anonymized(status: Status | None) -> None:
    """Raises Rejected."""
    if status == "anonymized":
        raise Rejected("patient_anonymized", "an anonymised patient accepts no further command; register them anew")
