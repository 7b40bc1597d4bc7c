"""Folds events onto the rows of their patients; whose event can't be folded is parked there."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from healz.events import Recorded
from healz.projection.halted import reason_of
from healz.projection.parked import Parked, Parking, Unreadable
from healz.projection.shape import PatientKey, Projection

Rows = TypeVar("Rows")
Logged = Recorded | Unreadable
Changed = dict[PatientKey, tuple[Rows, Rows]]
"""(before, after) of each patient whose rows changed."""


def patients(log: Iterable[Logged]) -> dict[PatientKey, list[Logged]]:
    """Each patient's events, in order: nobody's rows depend on another patient's events."""
    events = defaultdict(list)
    for event in log:
        events[event.patient_id].append(event)
    return {(own[0].tenant_id, patient_id): own for patient_id, own in events.items()}


def fold(
    projection: Projection[Rows],
    before: Mapping[PatientKey, Rows | Parked],
    events: Mapping[PatientKey, Sequence[Logged]],
) -> tuple[Changed[Rows], dict[PatientKey, Parking]]:
    """The rows after ``events``, which follow those ``before``; and who is parked from now on, with the rows so far.

    Who is parked already is passed over.
    """
    changed: Changed[Rows] = {}
    parked: dict[PatientKey, Parking] = {}
    for patient, own in events.items():
        known = before.get(patient, projection.empty)
        if isinstance(known, Parked):
            continue
        after, why = fold_one(projection, known, own)
        if after is not known:
            changed[patient] = (known, after)
        if why is not None:
            parked[patient] = why
    return changed, parked


def fold_one(projection: Projection[Rows], rows: Rows, events: Sequence[Logged]) -> tuple[Rows, Parking | None]:
    """One patient's rows after ``events``, or after those before the first that can't be folded."""
    for event in events:
        if isinstance(event, Unreadable):
            return rows, Parking(event.position, event.event_type, event.why)
        try:
            rows = projection.evolve(rows, event)
        except Exception as error:  # whatever it is, it is that event's
            return rows, Parking(event.position, event.event_type, reason_of(error))
    return rows, None
