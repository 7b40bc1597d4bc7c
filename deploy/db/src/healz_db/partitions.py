"""The job for every day: the months ahead have their partitions."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

import asyncpg

MONTHS_AHEAD = 3
EXISTS = """
SELECT EXISTS (SELECT FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace
                WHERE n.nspname = 'ops' AND p.proname = 'ensure_partitions')
"""


@dataclass(frozen=True)
class Partitions:
    """Months, each by its first day: those that were made, and those that are still missing."""

    made: list[date] = field(default_factory=list)
    missing: list[date] = field(default_factory=list)


async def ensure_partitions(
    connection: asyncpg.Connection, said: Callable[[str], None], months_ahead: int = MONTHS_AHEAD
) -> Partitions:
    """Makes the partitions that are missing; nothing while the schema isn't there yet."""
    if not await connection.fetchval(EXISTS):
        return Partitions()
    # Commits month by month, so the role is the session's and no transaction is open.
    await connection.execute("SET ROLE healz_migrator")
    try:
        (row,) = await connection.fetch("CALL ops.ensure_partitions($1)", months_ahead)
    finally:
        await connection.execute("RESET ROLE")
    for month in row["o_made"]:
        said(f"made the partition of {month:%Y-%m}")
    for month in row["o_missing"]:
        said(f"the partition of {month:%Y-%m} is missing: somebody holds a lock; try again")
    return Partitions(row["o_made"], row["o_missing"])


async def missing_partitions(connection: asyncpg.Connection, months_ahead: int = MONTHS_AHEAD) -> list[date]:
    """The months without one; none while the schema isn't there yet."""
    if not await connection.fetchval(EXISTS):
        return []
    rows = await connection.fetch("SELECT month FROM ops.missing_partitions($1) AS month", months_ahead)
    return [row["month"] for row in rows]
