"""The event that is named is the last that changed the cell: before it the value was another, after it none is."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healz.events import Recorded
from healz.projection import Projection, Table
from healz.read_models.why import Cells, Explained, Place, go_on, why
from journey_walks import walk
from projections import PROJECTIONS
from properties.histories import histories

# What the rules lead to, and what chance does.
logs = histories().map(lambda history: history.recorded) | st.randoms(use_true_random=False).map(walk)
each_projection = pytest.mark.parametrize("projection", PROJECTIONS.values(), ids=list(PROJECTIONS))


def rows_of(projection: Projection[Any], rows: Any) -> dict[Place, dict[str, Any]]:
    """What the tables hold, as the projection itself takes it apart: {row: {column: value}}."""
    apart = projection.apart([(projection.empty, rows)])
    held: dict[Place, dict[str, Any]] = {}
    for table, of_table in zip(projection.all_tables, apart, strict=True):
        for row in of_table:
            place = table.place(row) if table.rest_of_key else row.patient_id
            held[table.row, place] = {column: getattr(row, column) for column in table.columns}
    return held


def values(cells: Cells) -> dict[Place, dict[str, Any]]:
    return {place: {column: cell.value for column, cell in row.items()} for place, row in cells.items()}


@each_projection
@given(events=logs)
def test_the_named_event_is_the_last_that_changed_the_cell(
    projection: Projection[Any], events: tuple[Recorded, ...]
) -> None:
    rows, states = projection.empty, [rows_of(projection, projection.empty)]
    for event in events:
        rows = projection.evolve(rows, event)
        states.append(rows_of(projection, rows))
    cells = why(projection.evolve, projection.empty, events)
    assert values(cells) == states[-1], "each cell of each row, and no other"
    number = {event.event_id: n for n, event in enumerate(events)}
    for place, row in cells.items():
        for column, cell in row.items():
            n = number[cell.event.event_id]
            assert place not in states[n] or states[n][place][column] != cell.value, (place, column)
            assert all(state[place][column] == cell.value for state in states[n + 1 :]), (place, column)
            assert {name: getattr(cell.row, name) for name in row} == states[n + 1][place]


@each_projection
@given(events=logs, cut=st.integers(0, 80))
def test_it_goes_on_from_where_it_was_and_leaves_that_as_it_is(
    projection: Projection[Any], events: tuple[Recorded, ...], cut: int
) -> None:
    first: Explained[Any] = Explained(projection.empty)
    for event in events[:cut]:
        first = go_on(projection.evolve, first, event)
    then = values(first.cells)
    rest = first
    for event in events[cut:]:
        rest = go_on(projection.evolve, rest, event)
    assert rest.cells == why(projection.evolve, projection.empty, events)
    assert values(first.cells) == then


@each_projection
@given(events=logs)
def test_rows_of_some_classes_are_explained_as_they_are_among_all(
    projection: Projection[Any], events: tuple[Recorded, ...]
) -> None:
    cells = why(projection.evolve, projection.empty, events)
    for table in projection.all_tables:
        some = why(projection.evolve, projection.empty, events, {table.row})
        assert some == {place: row for place, row in cells.items() if place[0] is table.row}


def test_a_row_is_found_by_the_class_and_key_that_its_table_names() -> None:
    for projection in PROJECTIONS.values():
        kinds = [table.row for table in projection.all_tables]
        assert len(set(kinds)) == len(kinds), "two tables of one class could not be told apart"
        assert all(isinstance(table, Table) and table.key[0] == "tenant_id" for table in projection.all_tables)
