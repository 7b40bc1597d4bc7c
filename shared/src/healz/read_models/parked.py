"""What a parked patient's rows lack: the event that parked them and whatever follows, but for an anonymisation."""

from healz.events import Recorded
from healz.events.patient import PatientAnonymized


def is_left_out(event: Recorded, parked: int | None) -> bool:
    """Whether it is, of a patient whom the event at position ``parked`` parked; None: they are not.

    Who is parked is forgotten all the same: a later anonymisation is not left out.
    """
    if parked is None or event.position < parked:
        return False
    return event.position == parked or not isinstance(event.event_data, PatientAnonymized)
