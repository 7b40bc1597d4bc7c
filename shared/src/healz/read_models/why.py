"""Why a cell is as it is: of each column of each row the event that last changed it (the cell's provenance).

It falls out of the fold: apply one event, and see which values are no longer what they were. What is kept is a cell's
newest value and event, never the states in between; so a history of any length is gone through a page at a time.
"""

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import compress
from operator import attrgetter, is_not
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


def why(evolve: Evolve[Rows], empty: Rows, events: Iterable[Recorded], only: Collection[type] | None = None) -> Cells:
    """Of a patient's rows after these events, which are all of theirs in order, why each cell is as it is.

    ``only``: of the rows of these classes; None: of all.
    """
    explained = Explained(empty)
    for event in events:
        explained = go_on(evolve, explained, event, only)
    return explained.cells


def go_on(
    evolve: Evolve[Rows], explained: Explained[Rows], event: Recorded, only: Collection[type] | None = None
) -> Explained[Rows]:
    """One event further; what was explained before is left as it is."""
    rows = evolve(explained.rows, event)
    if rows is explained.rows:
        return explained
    cells = {**explained.cells}
    for place, before, row in _changed(explained.rows, rows, only):
        if row is None:
            cells.pop(place, None)
        else:
            cells[place] = _cells(cells.get(place, {}), before, row, event)
    return Explained(rows, cells)


def _cells(known: Mapping[str, Cell], before: Any, row: Any, event: Recorded) -> Mapping[str, Cell]:
    columns, values_of = _fields(row.__class__), _values_of(row.__class__)
    values = values_of(row)
    if before is None:
        return {column: Cell(value, event, row) for column, value in zip(columns, values, strict=True)}
    old = values_of(before)
    # Most values are the very same objects, and need no comparison.
    others = compress(zip(columns, old, values, strict=True), map(is_not, old, values))
    return dict(known) | {column: Cell(value, event, row) for column, was, value in others if was != value}


def _changed(before: Any, after: Any, only: Collection[type] | None) -> Iterator[tuple[Place, Any, Any]]:
    """The rows in ``after`` that are not the very objects of before, each with what it was, None: there was none; and
    those that are gone, with None for what they are."""
    if after is before or after is None:
        return
    if isinstance(after, Mapping):
        if only is not None and after and next(iter(after.values())).__class__ not in only:
            return
        if len(after) < len(before):
            yield from (((old.__class__, key), old, None) for key, old in before.items() if key not in after)
        for key, row in after.items():
            if row is not (old := before.get(key)):
                yield (row.__class__, key), old, row
    elif "tenant_id" in _fields(after.__class__):
        if only is None or after.__class__ in only:
            yield (after.__class__, after.patient_id), before, after
    else:
        for name in _fields(after.__class__):
            yield from _changed(getattr(before, name), getattr(after, name), only)


@cache
def _fields(kind: Hashable) -> tuple[str, ...]:
    return tuple(get_type_hints(kind))


@cache
def _values_of(kind: Hashable) -> Callable[[Any], tuple[Any, ...]]:
    """All of a row's values at once: the fold of a long log does this for each row that changed."""
    return attrgetter(*_fields(kind))
