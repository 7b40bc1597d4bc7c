"""One table of a read model: how many patients' rows are read in one query and written in one statement."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from types import NoneType
from typing import Any, Generic, TypeVar, get_args, get_origin, get_type_hints
from uuid import UUID

import asyncpg

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
    """``row`` is a dataclass with a field per column; ``key`` names the columns of the primary key."""

    name: str
    row: type[Row]
    key: tuple[str, ...]

    async def of_patients(self, connection: Any, tenants: Sequence[UUID], patients: Sequence[UUID]) -> list[Row]:
        """All rows of these patients; the two sequences go pairwise."""
        records = await connection.fetch(self.select_sql, tenants, patients)
        return [self._row(record) for record in records]

    async def save(self, connection: Any, rows: Iterable[Row]) -> None:
        """Inserts or replaces these rows in one statement."""
        kept = list(rows)
        if kept:
            values = ([self._value(row, column) for row in kept] for column in self.columns)
            await connection.execute(self.upsert_sql, *values)

    @cached_property
    def columns(self) -> dict[str, str]:
        """{column: SQL type}, from the row's fields."""
        return {name: _sql_type(hint) for name, hint in get_type_hints(self.row).items()}

    @cached_property
    def select_sql(self) -> str:
        """$1 tenants, $2 patients."""
        return (
            f"SELECT {', '.join(f't.{column}' for column in self.columns)}\n"
            "  FROM unnest($1::uuid[], $2::uuid[]) AS k (tenant_id, patient_id)\n"
            f"  JOIN {self.name} AS t ON t.tenant_id = k.tenant_id AND t.patient_id = k.patient_id"
        )

    @cached_property
    def upsert_sql(self) -> str:
        """An array per column."""
        # An array of jsonb whose elements are lists would be taken for a matrix, so JSON travels as text.
        arrays = ", ".join(
            f"${n}::{'text' if kind == 'jsonb' else kind}[]" for n, kind in enumerate(self.columns.values(), start=1)
        )
        selected = ", ".join(
            f"n.{column}::jsonb" if kind == "jsonb" else f"n.{column}" for column, kind in self.columns.items()
        )
        assigned = ", ".join(f"{column} = EXCLUDED.{column}" for column in self.columns if column not in self.key)
        names = ", ".join(self.columns)
        return (
            f"INSERT INTO {self.name} ({names})\n"
            f"SELECT {selected} FROM unnest({arrays}) AS n ({names})\n"
            f"ON CONFLICT ({', '.join(self.key)}) DO UPDATE SET {assigned}"
        )

    def _row(self, record: asyncpg.Record) -> Row:
        fields = dict(record)
        for column, kind in self.columns.items():
            if kind == "jsonb" and fields[column] is not None:
                fields[column] = json.loads(fields[column])
        return self.row(**fields)

    def _value(self, row: Row, column: str) -> Any:
        value = getattr(row, column)
        return json.dumps(value, ensure_ascii=False) if value is not None and self.columns[column] == "jsonb" else value


def _sql_type(hint: Any) -> str:
    """``hint`` is one of SQL_TYPES, a generic of one, or either of them or None."""
    kind = next((arg for arg in get_args(hint) if arg is not NoneType), hint) if NoneType in get_args(hint) else hint
    return SQL_TYPES[get_origin(kind) or kind]
