"""Which columns an event changes: found by folding, and looking at the rows before and after."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from msgspec.structs import fields

from healz.events import Recorded
from healz.projection import Projection, Table
from pages.played import commits
from projections import PROJECTIONS

TABLES: list[Table[Any]] = [table for projection in PROJECTIONS.values() for table in projection.all_tables]


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
    for projection in PROJECTIONS.values():
        rows, before = projection.empty, dict[Any, Any]()
        for place, event in enumerate(log):
            rows = projection.evolve(rows, event)
            after = {(table.name, *key): row for table, key, row in _rows(projection, rows)}
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


def _rows(projection: Projection[Any], rows: Any) -> Iterator[tuple[Table[Any], tuple[Any, ...], Any]]:
    """What a read model holds of a patient, row by row."""
    if isinstance(projection.tables, Table):
        parts = [(projection.tables, rows)]
    else:
        parts = [(table, getattr(rows, field)) for field, table in projection.tables.items()]
    for table, part in parts:
        for row in part.values() if isinstance(part, Mapping) else [part] if part is not None else []:
            yield table, tuple(getattr(row, column) for column in table.key), row
