"""One table of a read model: its rows as values of PostgreSQL, and the parts of statements that read and write them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from operator import attrgetter
from types import NoneType
from typing import Any, Generic, TypeVar, get_args, get_origin, get_type_hints
from uuid import UUID

import msgspec

from healz.events import Event

Row = TypeVar("Row")

SQL_TYPES = {
    UUID: "uuid",
    str: "text",
    int: "integer",
    bool: "boolean",
    Decimal: "numeric",
    datetime: "timestamptz",
    date: "date",
    dict: "jsonb",
    list: "jsonb",
}


@dataclass(frozen=True)
class Table(Generic[Row]):
    """``row`` is a struct with a field per column; ``key`` names the columns of the primary key.

    ``looked_at_by``: the events on which alone the fold looks at a patient's rows of before, and then at all of them.
    For any other they aren't read: so a table may grow with all that is ever said. None: at any event.
    """

    name: str
    row: type[Row]
    key: tuple[str, ...]
    looked_at_by: tuple[type[Event], ...] | None = None

    @cached_property
    def columns(self) -> dict[str, str]:
        """{column: SQL type}, from the row's fields."""
        return {name: _sql_type(hint) for name, hint in get_type_hints(self.row).items()}

    @property
    def selected(self) -> str:
        """The rows of the patients in ``patients (tenant_id, patient_id)``, as one array."""
        return self.selected_of("patients")

    def selected_of(self, patients: str) -> str:
        """The rows of the patients in that relation, as one array."""
        return (
            f"ARRAY(SELECT ROW({', '.join(f't.{column}' for column in self.columns)}) FROM {patients} AS p\n"
            f"         JOIN {self.name} AS t ON t.tenant_id = p.tenant_id AND t.patient_id = p.patient_id)"
        )

    def upsert(self, first: int) -> str:
        """Inserts or replaces rows of the tenants in ``moved (tenant_id)``; an array per column, from $``first`` on."""
        # An array of jsonb whose elements are lists would be taken for a matrix, so JSON travels as text.
        arrays = ", ".join(
            f"${n}::{'text' if kind == 'jsonb' else kind}[]" for n, kind in enumerate(self.columns.values(), first)
        )
        selected = ", ".join(
            f"n.{column}::jsonb" if kind == "jsonb" else f"n.{column}" for column, kind in self.columns.items()
        )
        assigned = ", ".join(f"{column} = EXCLUDED.{column}" for column in self.columns if column not in self.key)
        names = ", ".join(self.columns)
        return (
            f"INSERT INTO {self.name} ({names})\n"
            f"SELECT {selected} FROM unnest({arrays}) AS n ({names})\n"
            " WHERE n.tenant_id = ANY (ARRAY(SELECT m.tenant_id FROM moved AS m))\n"
            f"ON CONFLICT ({', '.join(self.key)}) DO UPDATE SET {assigned}"
        )

    @cached_property
    def rest_of_key(self) -> tuple[str, ...]:
        """What tells a patient's rows apart."""
        return tuple(column for column in self.key if column not in {"tenant_id", "patient_id"})

    def place(self, row: Row) -> Any:
        """What tells ``row`` from the patient's other rows: one value, or a tuple of several."""
        values = tuple(getattr(row, column) for column in self.rest_of_key)
        return values[0] if len(values) == 1 else values

    @cached_property
    def delete(self) -> str:
        """Deletes rows of the tenant $1: an array of the patients whose they are, and one per column of rest_of_key."""
        names = ("patient_id", *self.rest_of_key)
        arrays = ", ".join(f"${n}::{self.columns[name]}[]" for n, name in enumerate(names, 2))
        same = "".join(f" AND t.{name} = k.{name}" for name in names)
        return (
            f"DELETE FROM {self.name} AS t USING unnest({arrays}) AS k ({', '.join(names)})\n"
            f" WHERE t.tenant_id = $1{same}"
        )

    def removal(self, first: int) -> str:
        """Deletes rows of the tenants in ``moved (tenant_id)``; an array per column of ``gone_by``, from $``first``
        on."""
        arrays = ", ".join(f"${n}::{self.columns[name]}[]" for n, name in enumerate(self.gone_by, first))
        same = " AND ".join(f"t.{name} = k.{name}" for name in self.gone_by)
        return (
            f"DELETE FROM {self.name} AS t USING unnest({arrays}) AS k ({', '.join(self.gone_by)})\n"
            f" WHERE {same} AND t.tenant_id = ANY (ARRAY(SELECT m.tenant_id FROM moved AS m))"
        )

    @cached_property
    def gone_by(self) -> tuple[str, ...]:
        """What names a row that is to go, and whose it is."""
        return ("tenant_id", "patient_id", *self.rest_of_key)

    def by_key(self, rows: Iterable[Row]) -> dict[tuple[Any, ...], Row]:
        """Each under the values of its key's columns."""
        return {tuple(getattr(row, column) for column in self.key): row for row in rows}

    def read(self, values: Sequence[Any]) -> Row:
        """A row of what ``selected`` gave."""
        return self.row(
            *(
                msgspec.json.decode(value) if value is not None and kind == "jsonb" else value
                for value, kind in zip(values, self.columns.values(), strict=True)
            )
        )

    def arrays(self, rows: Iterable[Row]) -> list[list[Any]]:
        """The arguments of ``upsert``."""
        kept = list(rows)
        columns = ((list(map(attrgetter(column), kept)), kind) for column, kind in self.columns.items())
        return [list(map(_as_json, values)) if kind == "jsonb" else values for values, kind in columns]


def _as_json(value: Any) -> str | None:
    return None if value is None else msgspec.json.encode(value).decode()


def _sql_type(hint: Any) -> str:
    """``hint`` is one of SQL_TYPES, a generic of one, or either of them or None."""
    kind = next((arg for arg in get_args(hint) if arg is not NoneType), hint) if NoneType in get_args(hint) else hint
    return SQL_TYPES[get_origin(kind) or kind]
