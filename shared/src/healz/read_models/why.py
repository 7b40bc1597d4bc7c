"""Why a cell is as it is: of each column of each row the event that last changed it (the cell's provenance).

It falls out of the fold: apply one event, and see which values are no longer what they were. What is kept is a cell's
newest value and event, never the states in between; so a history of any length is gone through a page at a time.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from operator import attrgetter
from typing import Any, Generic, NamedTuple, TypeVar, get_type_hints

from healz.events import Recorded

Rows = TypeVar("Rows")
Evolve = Callable[[Rows, Recorded], Rows]
Place = tuple[type, Hashable]
"""Where a row is: its class, which is that of one table, and what tells it from the patient's other rows there (the
last column of the table's key; the patient's id where a patient has one row)."""


class Cell(NamedTuple):
    """``event`` is the last after which the value was another one than before: of a column that never changed, the
    event that made the row. ``row`` is the row right after it: how all else stood then."""

    value: Any
    event: Recorded
    row: Any


Cells = Mapping[Place, Mapping[str, Cell]]
"""{row: {column: cell}} of one patient."""


@dataclass(frozen=True)
class Explained(Generic[Rows]):
    """``rows`` is the fold of a patient's first events, and ``cells`` says why each of them is as it is."""

    rows: Rows
    cells: Cells = field(default_factory=dict)


def why(evolve: Evolve[Rows], empty: Rows, events: Iterable[Recorded]) -> Cells:
    """Of a patient's rows after these events, which are all of theirs in order, why each cell is as it is."""
    explained = Explained(empty)
    for event in events:
        explained = go_on(evolve, explained, event)
    return explained.cells


def go_on(evolve: Evolve[Rows], explained: Explained[Rows], event: Recorded) -> Explained[Rows]:
    """One event further; what was explained before is left as it is."""
    rows = evolve(explained.rows, event)
    if rows is explained.rows:
        return explained
    changed = {
        place: _cells(explained.cells.get(place, {}), before, row, event)
        for place, before, row in _changed(explained.rows, rows)
    }
    return Explained(rows, {**explained.cells, **changed})


def _cells(known: Mapping[str, Cell], before: Any, row: Any, event: Recorded) -> Mapping[str, Cell]:
    columns, values_of = _fields(row.__class__), _values_of(row.__class__)
    values = values_of(row)
    if before is None:
        return {column: Cell(value, event, row) for column, value in zip(columns, values, strict=True)}
    return dict(known) | {
        column: Cell(value, event, row)
        for column, old, value in zip(columns, values_of(before), values, strict=True)
        if old is not value and old != value
    }


def _changed(before: Any, after: Any) -> Iterator[tuple[Place, Any, Any]]:
    """The rows in ``after`` that are not the very objects of before, each with what it was; None: there was none."""
    if after is before or after is None:
        return
    if isinstance(after, Mapping):
        for key, row in after.items():
            if row is not (old := before.get(key)):
                yield (type(row), key), old, row
    elif "tenant_id" in _fields(after.__class__):
        yield (type(after), after.patient_id), before, after
    else:
        for name in _fields(after.__class__):
            yield from _changed(getattr(before, name), getattr(after, name))


@cache
def _fields(kind: Hashable) -> tuple[str, ...]:
    return tuple(get_type_hints(kind))


@cache
def _values_of(kind: Hashable) -> Callable[[Any], tuple[Any, ...]]:
    """All of a row's values at once: the fold of a long log does this for each row that changed."""
    return attrgetter(*_fields(kind))
