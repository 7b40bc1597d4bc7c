"""Which columns an event changes: found by folding, and looking at the rows before and after."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from typing import Any

from healz.events import Recorded
from healz.projection import Projection, Table
from pages.played import commits
from projector_appointment import read_model as appointment_model
from projector_journey import read_model as journey_model
from projector_patient import read_model as patient_model

READ_MODELS: list[tuple[Projection[Any], list[Table[Any]]]] = [
    (module.PROJECTION, [table for table in vars(module).values() if isinstance(table, Table)])
    for module in (patient_model, appointment_model, journey_model)
]


@dataclass(frozen=True, order=True)
class Effect:
    """A column that an event changes, or with ``new``, that it sets in a row which it makes."""

    event: str
    table: str
    column: str
    new: bool


@cache
def effects() -> frozenset[Effect]:
    """All that the played examples show."""
    return frozenset(effect for commit in commits() for effect in effects_in(commit.log, len(commit.events)))


def effects_in(log: Sequence[Recorded], last: int) -> Iterator[Effect]:
    """Those of the last events of a patient's log."""
    for projection, tables in READ_MODELS:
        rows, before = projection.empty, dict[Any, Any]()
        for place, event in enumerate(log):
            rows = projection.evolve(rows, event)
            after = {(table.name, *key): row for table, key, row in _rows(rows, tables)}
            if place >= len(log) - last:
                for key, row in after.items():
                    was = before.get(key)
                    yield from (Effect(event.event_type, key[0], name, was is None) for name in _changed(was, row))
            before = after


def _changed(before: Any, after: Any) -> Iterator[str]:
    for field in fields(after):
        value = getattr(after, field.name)
        if (before is None and value) or (before is not None and value != getattr(before, field.name)):
            yield field.name


def _rows(rows: Any, tables: list[Table[Any]]) -> Iterator[tuple[Table[Any], tuple[Any, ...], Any]]:
    """What a read model holds of a patient, row by row: it is one row, or an object with rows and maps of rows."""
    of_row = {table.row: table for table in tables}
    parts = [rows] if type(rows) in of_row else [getattr(rows, part.name) for part in fields(rows)] if rows else []
    for part in parts:
        for row in part.values() if isinstance(part, dict) else [part] if is_dataclass(part) else []:
            table = of_row[type(row)]
            yield table, tuple(getattr(row, column) for column in table.key), row
