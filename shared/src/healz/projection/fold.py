"""Folds one tenant's events onto rows, as far as they can be folded."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from healz.events import Recorded
from healz.projection.halted import Halt, reason_of
from healz.projection.shape import PatientKey, Projection

Rows = TypeVar("Rows")
Changed = dict[PatientKey, tuple[Rows, Rows]]
"""(before, after) of each patient whose rows changed."""


def patients(log: Iterable[Recorded]) -> dict[PatientKey, list[Recorded]]:
    """Each patient's events, in order: nobody's rows depend on another patient's events."""
    events = defaultdict(list)
    for event in log:
        events[event.patient_id].append(event)
    return {(own[0].tenant_id, patient_id): own for patient_id, own in events.items()}


def fold(
    projection: Projection[Rows], before: Mapping[PatientKey, Rows], events: Mapping[PatientKey, Sequence[Recorded]]
) -> tuple[Changed[Rows], Halt | None]:
    """The rows after one tenant's ``events``, which follow those ``before``; up to the first that can't be folded."""
    changed: Changed[Rows] = {}
    for patient, own in events.items():
        known = after = before.get(patient, projection.empty)
        for event in own:
            try:
                after = projection.evolve(after, event)
            except Exception as error:  # whatever it is, it is that event that halts
                halt = Halt(event.position, f"{event.event_type} can't be folded: {reason_of(error)}")
                changed, earlier = fold(projection, before, _until(event.position, events))
                return changed, earlier or halt
        if after is not known:
            changed[patient] = (known, after)
    return changed, None


def _until(position: int, events: Mapping[PatientKey, Sequence[Recorded]]) -> dict[PatientKey, list[Recorded]]:
    return {patient: [event for event in own if event.position < position] for patient, own in events.items()}
