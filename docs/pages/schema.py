"""Tables and columns as the migrations make them, and what they say of each."""

import re
from pathlib import Path

MIGRATIONS = Path(__file__).resolve().parents[2] / "deploy" / "db" / "migrations"
CREATE_TABLE = re.compile(r"CREATE TABLE (\w+\.\w+) \(\n(.*?)\n\)", re.DOTALL)
ADD_COLUMN = re.compile(r"ALTER TABLE (\w+\.\w+)\s+ADD COLUMN (?:IF NOT EXISTS )?(\w+)\s+(\w+(?:\([\d, ]+\))?)([^;]*)")
COLUMN = re.compile(r"^    (\w+)\s+(\w+(?:\([\d, ]+\))?)(.*)$")
COMMENT = re.compile(r"^COMMENT ON (?:TABLE|VIEW|COLUMN) ([\w.]+)\s+IS '((?:[^']|'')*)';", re.MULTILINE)
KEYWORDS = {"PRIMARY", "UNIQUE", "CHECK", "CONSTRAINT", "FOREIGN", "EXCLUDE"}


def columns_in_sql() -> dict[str, dict[str, tuple[str, bool]]]:
    """{table: {column: (type, not null)}}"""
    made: dict[str, dict[str, tuple[str, bool]]] = {}
    for sql in _migrations():
        for table, body in CREATE_TABLE.findall(sql):
            lines = (COLUMN.match(line) for line in body.splitlines())
            made[table] = {
                line[1]: (line[2], "NOT NULL" in line[3]) for line in lines if line and line[1] not in KEYWORDS
            }
        for table, column, kind, rest in ADD_COLUMN.findall(sql):
            made[table][column] = (kind, "NOT NULL" in rest)
    return made


def comments_in_sql() -> dict[str, str]:
    """{"schema.table" or "schema.table.column": its comment}; the newest counts."""
    return {name: text.replace("''", "'") for sql in _migrations() for name, text in COMMENT.findall(sql)}


def _migrations() -> list[str]:
    return [file.read_text() for file in sorted(MIGRATIONS.rglob("V*.sql"))]
