"""docs/read-models.md: tables and columns as the schema has them, and the events that move each."""

from collections.abc import Iterator

from healz.events import EVENTS
from pages.blocks import code, table
from pages.effects import TABLES, effects
from pages.schema import columns_of, comments_in_sql, explained_views

EACH = {"version": "each event of its aggregate", "updated_at": "each event that moves the row"}
TYPES = {"timestamptz": "time", "jsonb": "JSON"}


def blocks() -> dict[str, str]:
    """By the name of the table."""
    tables = (table.name for table in TABLES)
    return {name: of_table(name) for name in tables} | {name: of_view(name) for name in explained_views()}


def of_table(name: str) -> str:
    """What it is, and its columns."""
    comments = comments_in_sql()
    head = ["column", "type", "meaning", "moved by"]
    lines = (
        (
            code(column) + ("" if required else "?"),
            TYPES.get(kind, kind),
            comments.get(f"{name}.{column}", ""),
            " ".join(_moved_by(name, column)),
        )
        for column, (kind, required) in columns_of(name).items()
    )
    return f"{comments.get(name, '')}\n\n{table(head, lines)}"


def of_view(name: str) -> str:
    """What it is, and those of its columns that it adds."""
    comments = comments_in_sql()
    lines = (
        (code(column.rpartition(".")[2]), meaning)
        for column, meaning in comments.items()
        if column.startswith(f"{name}.")
    )
    return f"{comments.get(name, '')}\n\n{table(['column', 'meaning'], lines)}"


def _moved_by(name: str, column: str) -> Iterator[str]:
    by = {
        effect.event: effect.new
        for effect in sorted(effects(), reverse=True)
        if (effect.table, effect.column) == (name, column)
    }
    if column in EACH:
        yield EACH[column]
    elif all(by.values()):
        yield "the new row"
    else:
        yield from (
            f"[`{event.__name__}`](events.md#{event.__name__.lower()})" for event in EVENTS if event.__name__ in by
        )
