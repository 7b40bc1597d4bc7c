"""Tables and columns as they stand, and what the database says of each: from deploy/db/schema."""

import re
from pathlib import Path

SCHEMA = Path(__file__).resolve().parents[2] / "deploy" / "db" / "schema"
CREATE_TABLE = re.compile(r"^CREATE TABLE ([\w.]+) \(\n(.*?)\n\)", re.DOTALL | re.MULTILINE)
CREATE_VIEW = re.compile(r"^CREATE VIEW ([\w.]+)", re.MULTILINE)
COLUMN = re.compile(r"^    (?!CONSTRAINT )(\w+) (.+?)( DEFAULT .+?)?( NOT NULL)?,?$", re.MULTILINE)
COMMENT = re.compile(r"^COMMENT ON (?:TABLE|VIEW|COLUMN) ([\w.]+) IS '((?:[^']|'')*)';", re.MULTILINE)
SHORT = {"character varying": "varchar", "timestamp with time zone": "timestamptz"}
"""As our own SQL writes the types."""


def columns_in_sql() -> dict[str, dict[str, tuple[str, bool]]]:
    """{table: {column: (type, not null)}}"""
    return {
        table: {name: (_short(kind), bool(required)) for name, kind, _, required in COLUMN.findall(body)}
        for table, body in CREATE_TABLE.findall(_schema())
    }


def columns_of(table: str) -> dict[str, tuple[str, bool]]:
    """{column: (type, not null)} of one table. Raises LookupError when deploy/db/schema doesn't show it."""
    tables = columns_in_sql()
    if table not in tables:
        raise LookupError(f"deploy/db/schema has no table {table}: run `make db-schema` first, after its migration")
    return tables[table]


def explained_views() -> list[str]:
    """The views that say what columns of theirs mean: they are read as tables are, and no event moves their rows."""
    columns = comments_in_sql()
    return [view for view in CREATE_VIEW.findall(_schema()) if any(name.startswith(f"{view}.") for name in columns)]


def comments_in_sql() -> dict[str, str]:
    """{"schema.table" or "schema.table.column": its comment}"""
    return {name: text.replace("''", "'") for name, text in COMMENT.findall(_schema())}


def _short(kind: str) -> str:
    name, bracket, rest = kind.partition("(")
    return SHORT.get(name, name) + bracket + rest


def _schema() -> str:
    return "\n".join(file.read_text() for file in sorted(SCHEMA.rglob("*.sql")))
