"""Folds events onto the rows of their patients; whose event can't be folded is parked there."""

import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from healz.events import Recorded
from healz.events.patient import PatientAnonymized
from healz.projection.halted import reason_of
from healz.projection.parked import Parked, Parking, Unreadable
from healz.projection.shape import PatientKey, Projection
from healz.traces.context import context_of

log = logging.getLogger(__name__)

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
    before: Mapping[PatientKey, Rows | Parked[Rows]],
    events: Mapping[PatientKey, Sequence[Logged]],
) -> tuple[Changed[Rows], dict[PatientKey, Parking]]:
    """The rows after ``events``, which follow those ``before``; and who is parked from now on, with the rows so far.

    Who is parked already is passed over, but for being anonymised.
    """
    changed: Changed[Rows] = {}
    parked: dict[PatientKey, Parking] = {}
    for patient, own in events.items():
        known = before.get(patient, projection.empty)
        why = None
        if isinstance(known, Parked):
            rows: Rows = known.rows
            after = forgotten(projection, rows, own)
        else:
            rows = known
            after, why = fold_one(projection, rows, own)
        if after is not rows:
            changed[patient] = (rows, after)
        if why is not None:
            parked[patient] = why
    return changed, parked


def fold_one(projection: Projection[Rows], rows: Rows, events: Sequence[Logged]) -> tuple[Rows, Parking | None]:
    """One patient's rows after ``events``; or, as ``forgotten`` has it, after those before one that can't be folded."""
    for n, event in enumerate(events):
        if isinstance(event, Unreadable):
            why = event.why
        else:
            try:
                rows = projection.evolve(rows, event)
            except Exception as error:  # whatever it is, it is that event's
                why = reason_of(error)
            else:
                continue
        parking = Parking(event.position, event.event_type, why, operation_of(event))
        return forgotten(projection, rows, events[n + 1 :]), parking
    return rows, None


def operation_of(event: Logged) -> dict[str, object]:
    """Which operation an event is of, as lines of the log say it."""
    if not isinstance(event, Recorded):
        return {}
    context = context_of((event.metadata or {}).get("traceparent"))
    trace = {} if context is None else {"trace_id": f"{context.trace_id:032x}"}
    return {"correlation_id": event.correlation_id, **trace}


def forgotten(projection: Projection[Rows], rows: Rows, events: Iterable[Logged]) -> Rows:
    """The rows of somebody who is parked, after later ``events``: nothing personal is left once they are anonymised."""
    for event in events:
        if isinstance(event, Recorded) and isinstance(event.event_data, PatientAnonymized):
            try:
                rows = projection.evolve(rows, event)
            except Exception as error:  # told apart from the one that parked them by nobody: both wait for a release
                about = {"tenant_id": event.tenant_id, "position": event.position, "reason": reason_of(error)}
                log.critical("a parked patient can't be forgotten", extra=about)
    return rows
