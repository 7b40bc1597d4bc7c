"""What a projector says about its read model; all the rest is the engine's."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Generic, TypeVar
from uuid import UUID

from msgspec.structs import replace

from healz.events import Recorded
from healz.projection.figure import Figures
from healz.projection.table import Table

Rows = TypeVar("Rows")
PatientKey = tuple[UUID, UUID]
"""(tenant_id, patient_id)"""


@dataclass(frozen=True)
class Projection(Generic[Rows]):
    """``Rows`` is all that a read model holds of one patient: what the engine loads, folds and saves.

    ``schema`` is the PostgreSQL schema that the projector owns. ``tables`` says where ``Rows`` is kept: the one table
    whose row it is, or a table for each of its fields. Such a field holds a row or None; or a mapping of rows, by what
    tells them apart (``Table.place``). ``version`` is raised with each change after which rows of before are no longer
    what ``evolve`` would make of the same events: `healz-projection status` then shows whose rows have to be rebuilt.
    ``figures`` says what events count as for the clinics, when they are applied.
    """

    schema: str
    empty: Rows
    evolve: Callable[[Rows, Recorded], Rows]
    tables: Table[Any] | Mapping[str, Table[Any]]
    version: int = 1
    figures: Figures = field(default_factory=dict)

    @property
    def component(self) -> str:
        """What the projector is called: as a consumer group, in the log, in ``ops.halted_tenants``."""
        return f"projector-{self.schema}"

    @property
    def all_tables(self) -> list[Table[Any]]:
        """Every table, in the order in which the rows of each are taken and given here."""
        return [self.tables] if isinstance(self.tables, Table) else list(self.tables.values())

    def together(self, rows: Sequence[Iterable[Any]]) -> dict[PatientKey, Rows]:
        """Each patient's, of the rows of each table; who has none is left out."""
        if isinstance(self.tables, Table):
            return {(row.tenant_id, row.patient_id): row for row in rows[0]}
        held: dict[PatientKey, dict[str, Any]] = {}
        for (name, table), of_table in zip(self.tables.items(), rows, strict=True):
            many = isinstance(getattr(self.empty, name), Mapping)
            for row in of_table:
                fields = held.setdefault((row.tenant_id, row.patient_id), {})
                if many:
                    fields.setdefault(name, {})[table.place(row)] = row
                else:
                    fields[name] = row
        for fields in held.values():
            fields |= {name: type(getattr(self.empty, name))(fields[name]) for name in self.seldom if name in fields}
        return {patient: type(self.empty)(**fields) for patient, fields in held.items()}

    @cached_property
    def seldom(self) -> dict[str, Table[Any]]:
        """The fields whose rows of before the fold looks at on some events alone."""
        tables = {} if isinstance(self.tables, Table) else self.tables
        return {name: table for name, table in tables.items() if table.looked_at_by is not None}

    def looks_back(self, events: Iterable[Any]) -> bool:
        """Whether the fold of these looks at those rows. ``events``: of one patient; some may be no readable ones."""
        kinds = tuple(kind for table in self.seldom.values() for kind in table.looked_at_by or ())
        return bool(kinds) and any(isinstance(getattr(event, "event_data", None), kinds) for event in events)

    def without_seldom(self, rows: Rows) -> Rows:
        """``rows`` as the next fold needs them, unless it looks back."""
        if not any(getattr(rows, name) for name in self.seldom):
            return rows
        return replace(rows, **{name: getattr(self.empty, name) for name in self.seldom})  # type: ignore[type-var]

    def by_table(self, rows: Rows) -> list[dict[tuple[Any, ...], Any]]:
        """One patient's rows of each table, by their key."""
        if isinstance(self.tables, Table):
            return [self.tables.by_key(_rows(rows))]
        return [table.by_key(_rows(getattr(rows, field))) for field, table in self.tables.items()]

    def apart(self, changed: Iterable[tuple[Rows, Rows]]) -> list[list[Any]]:
        """For each table the rows that changed, and only those; ``changed`` is (before, after) of each patient."""
        pairs = list(changed)
        if isinstance(self.tables, Table):
            return [[after for _, after in pairs if after is not None]]
        return [
            list(_changed_rows((getattr(before, field), getattr(after, field)) for before, after in pairs))
            for field in self.tables
        ]

    def gone(self, changed: Iterable[tuple[Rows, Rows]]) -> list[list[Any]]:
        """For each table the rows that are no longer there, as they were; ``changed`` as for ``apart``."""
        pairs = list(changed)
        if isinstance(self.tables, Table):
            return [[before for before, after in pairs if before is not None and after is None]]
        return [
            [
                row
                for before, after in pairs
                if getattr(before, field) is not getattr(after, field)
                for row in _gone(getattr(before, field), getattr(after, field))
            ]
            for field in self.tables
        ]


def _rows(held: Any) -> Iterable[Any]:
    if isinstance(held, Mapping):
        return held.values()
    return [] if held is None else [held]


def _changed_rows(held: Iterable[tuple[Any, Any]]) -> Iterator[Any]:
    """Of each (before, after) of a field: the rows that are not the very objects of before."""
    for before, after in held:
        if isinstance(after, Mapping):
            yield from (row for key, row in after.items() if row is not before.get(key))
        elif after is not before:
            yield after


def _gone(before: Any, after: Any) -> Iterable[Any]:
    """Folds add rows or replace them, but where they begin anew: so only then each is looked for."""
    if not isinstance(before, Mapping):
        return [] if before is None or after is not None else [before]
    if len(after) >= len(before):
        return []
    return [row for key, row in before.items() if key not in after]
