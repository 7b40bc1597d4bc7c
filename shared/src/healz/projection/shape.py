"""What a projector says about its read model; all the rest is the engine's."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import UUID

from healz.events import Recorded
from healz.projection.table import Table

Rows = TypeVar("Rows")
PatientKey = tuple[UUID, UUID]
"""(tenant_id, patient_id)"""


@dataclass(frozen=True)
class Projection(Generic[Rows]):
    """``Rows`` is all that a read model holds of one patient: what the engine loads, folds and saves.

    ``schema`` is the PostgreSQL schema that the projector owns. ``tables`` says where ``Rows`` is kept: the one table
    whose row it is, or a table for each of its fields. Such a field holds a row or None; or a dict of rows, by the last
    column of the table's key.
    """

    schema: str
    empty: Rows
    evolve: Callable[[Rows, Recorded], Rows]
    tables: Table[Any] | Mapping[str, Table[Any]]

    @property
    def component(self) -> str:
        """What the projector is called: as a consumer group, in the log, in ``ops.halted_tenants``."""
        return f"projector-{self.schema}"

    async def load(self, connection: Any, patients: Sequence[PatientKey]) -> dict[PatientKey, Rows]:
        """The rows of those patients that have any."""
        keys = [tenant_id for tenant_id, _ in patients], [patient_id for _, patient_id in patients]
        if isinstance(self.tables, Table):
            rows = await self.tables.of_patients(connection, *keys)
            return {(row.tenant_id, row.patient_id): row for row in rows}
        loaded: dict[PatientKey, dict[str, Any]] = {}
        for field, table in self.tables.items():
            many = isinstance(getattr(self.empty, field), dict)
            for row in await table.of_patients(connection, *keys):
                fields = loaded.setdefault((row.tenant_id, row.patient_id), {})
                if many:
                    fields.setdefault(field, {})[getattr(row, table.key[-1])] = row
                else:
                    fields[field] = row
        return {patient: type(self.empty)(**fields) for patient, fields in loaded.items()}

    async def save(self, connection: Any, changed: Iterable[tuple[Rows, Rows]]) -> None:
        """Writes the rows that changed, and only those; ``changed`` is (before, after) of each patient."""
        pairs = list(changed)
        if isinstance(self.tables, Table):
            await self.tables.save(connection, (after for _, after in pairs if after is not None))
            return
        for field, table in self.tables.items():
            held = ((getattr(before, field), getattr(after, field)) for before, after in pairs)
            await table.save(connection, _changed_rows(held))


def _changed_rows(held: Iterable[tuple[Any, Any]]) -> Iterator[Any]:
    """Of each (before, after) of a field: the rows that are not the very objects of before."""
    for before, after in held:
        if isinstance(after, dict):
            yield from (row for key, row in after.items() if row is not before.get(key))
        elif after is not before:
            yield after
