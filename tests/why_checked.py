"""Whether the event that is named for a cell is the last that changed it, by folding with it and without it."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from healz.events import Recorded
from healz.read_models.appointment_row import AppointmentRows
from healz.read_models.journey_row import JourneyRows
from projections import PROJECTIONS


def states(name: str, events: Sequence[Recorded]) -> list[Any]:
    """The rows of a projection before the first event, and after each."""
    rows = [PROJECTIONS[name].empty]
    for event in events:
        rows.append(PROJECTIONS[name].evolve(rows[-1], event))
    return rows


def row_in(rows: Any, key: str) -> Any:
    match rows:
        case AppointmentRows(appointments=appointments):
            return appointments.get(UUID(key))
        case JourneyRows(journeys=journeys):
            return journeys.get(UUID(key))
        case _:
            return rows


def check(events: Sequence[Recorded], rows: Sequence[Any], column: str, set_by: dict[str, Any]) -> None:
    """Up to before the event there is no such row or another value; from it on, the value is what it is at the end."""
    [n] = [n for n, event in enumerate(events) if str(event.event_id) == set_by["event_id"]]
    value = getattr(rows[-1], column)
    assert rows[n] is None or getattr(rows[n], column) != value, (column, set_by)
    assert all(getattr(row, column) == value for row in rows[n + 1 :]), (column, set_by)
