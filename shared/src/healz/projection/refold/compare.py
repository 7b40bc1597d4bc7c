"""How the rows that are there differ from those that there should be."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

from healz.projection.shape import Projection
from healz.projection.table import Table

Rows = TypeVar("Rows")


@dataclass(frozen=True)
class RowDifference:
    """A row that is not as it should be, which is ``row``; None: it should not be there.

    ``columns`` are those that differ, {name: (is, should be)}; none of a row that is missing or extra.
    """

    table: Table[Any]
    key: tuple[Any, ...]
    row: Any
    columns: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)

    @property
    def what(self) -> Literal["differs", "missing", "extra"]:
        """In a word."""
        if self.row is None:
            return "extra"
        return "differs" if self.columns else "missing"


def differences(projection: Projection[Rows], there: Rows, right: Rows) -> Iterator[RowDifference]:
    """Of one patient's rows, table by table."""
    for table, those, these in zip(
        projection.all_tables, projection.by_table(there), projection.by_table(right), strict=True
    ):
        for key, row in these.items():
            if key not in those:
                yield RowDifference(table, key, row)
            elif columns := _columns(table, those[key], row):
                yield RowDifference(table, key, row, columns)
        yield from (RowDifference(table, key, None) for key in those.keys() - these.keys())


def _columns(table: Table[Any], there: Any, right: Any) -> dict[str, tuple[Any, Any]]:
    if there == right:
        return {}
    pairs = ((name, getattr(there, name), getattr(right, name)) for name in table.columns)
    return {name: (one, other) for name, one, other in pairs if one != other}
