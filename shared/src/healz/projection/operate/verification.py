"""What the last verifies of all tenants have found, kept beside the read model: whoever watches need not read a log."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

# The rows of before are those that this statement sees: the new one is no part of them.
KEEP = """
WITH new AS (
       INSERT INTO {schema}.verification (share, tenants, patients, events, wrong, parked, not_done)
       VALUES ($2, $3, $4, $5, $6, $7, $8))
DELETE FROM {schema}.verification
 WHERE verified_at IN (SELECT v.verified_at FROM {schema}.verification AS v ORDER BY v.verified_at DESC OFFSET $1 - 1)
"""
LAST = """
SELECT v.share, v.tenants, v.patients, v.events, v.wrong, v.parked, v.not_done, v.verified_at
  FROM {schema}.verification AS v
 ORDER BY v.verified_at DESC
 LIMIT 1
"""


@dataclass(frozen=True)
class Verification:
    """``share``: of the patients, below 1 taken at random. ``wrong``: rows, and tenants' checkpoints.

    ``not_done``: tenants that could not be compared. ``verified_at`` is the database's.
    """

    share: float
    tenants: int
    patients: int
    events: int
    wrong: int
    parked: int
    not_done: int
    verified_at: datetime | None = None

    def in_words(self, now: datetime) -> str:
        """When, how much of it, and what was found."""
        assert self.verified_at is not None
        found = f"{self.wrong:,} rows wrong" if self.wrong else "nothing wrong"
        left = f", {self.not_done:,} tenants could not be compared" if self.not_done else ""
        return f"verified {_ago((now - self.verified_at).total_seconds())} ago, {self.share * 100:g} %, {found}{left}"


async def keep(connection: Any, schema: str, found: Verification, kept_max: int) -> None:
    """Writes it down, and takes the oldest away beyond ``kept_max``."""
    await connection.execute(
        KEEP.format(schema=schema),
        kept_max,
        found.share,
        found.tenants,
        found.patients,
        found.events,
        found.wrong,
        found.parked,
        found.not_done,
    )


async def last(connection: Any, schema: str) -> Verification | None:
    """The newest; None: nobody has verified yet."""
    row = await connection.fetchrow(LAST.format(schema=schema))
    return None if row is None else Verification(*row)


def _ago(seconds: float) -> str:
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"
