"""Asks a running database how it is: ``deploy/db/observability/queries``, one question a file."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg

from healz_db.refused import Refused
from healz_db.settings import DEPLOY_DB

QUERIES = DEPLOY_DB / "observability" / "queries"
# Somebody who looks waits for nobody, and lets nobody wait behind them.
LOCK_TIMEOUT = "SET LOCAL lock_timeout = '5s'"


def questions() -> list[tuple[str, str]]:
    """Each question's name and what it tells, by name."""
    return [(file.stem, comment(file.stem).partition("\n")[0]) for file in sorted(QUERIES.glob("*.sql"))]


def comment(question: str) -> str:
    """The lines that the file begins with: what it tells, what is normal, what to do else. Raises Refused."""
    lines = []
    for line in _file(question).read_text().splitlines():
        if not line.startswith("-- "):
            break
        lines.append(line.removeprefix("-- "))
    return "\n".join(lines)


async def ask(connection: asyncpg.Connection, question: str) -> list[asyncpg.Record]:
    """The answer's rows; nothing is written. ``connection`` is the admin's. Raises Refused for an unknown question."""
    sql = _file(question).read_text()
    async with connection.transaction(readonly=True):
        await connection.execute(LOCK_TIMEOUT)
        return await connection.fetch(sql)


def plain(rows: Sequence[asyncpg.Record]) -> list[dict[str, Any]]:
    """For a program: figures as numbers, times as RFC 3339."""
    return [{name: _plain(value) for name, value in row.items()} for row in rows]


def _file(question: str) -> Path:
    files = {file.stem: file for file in QUERIES.glob("*.sql")}
    if question not in files:
        raise Refused(f"there is no question '{question}'; there are: {', '.join(sorted(files))}")
    return files[question]


def _plain(value: Any) -> Any:
    match value:
        case Decimal():
            return float(value)
        case datetime():
            return value.isoformat()
        case UUID():
            return str(value)
    return value
