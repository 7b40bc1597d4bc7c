"""What the last verifies of all tenants have found, kept beside the read model: whoever watches need not read a log."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

# A finding stands until a verify of as large a share, at least, has compared all tenants and found nothing wrong; a
# rebuild of all leaves a row as such a verify does. Of several that of the largest share counts, then the newest.
STANDING = """
SELECT f.*
  FROM {schema}.verification AS f
 WHERE f.wrong > 0
   AND NOT EXISTS (SELECT FROM {schema}.verification AS n
                    WHERE n.verified_at > f.verified_at AND n.share >= f.share AND n.wrong = 0 AND n.not_done = 0)
 ORDER BY f.share DESC, f.verified_at DESC
 LIMIT 1
"""
# The rows of before are those that this statement sees: the new one is no part of them. Whatever its age, the finding
# that stands is kept.
KEEP = """
WITH new AS (
       INSERT INTO {schema}.verification (share, tenants, patients, events, wrong, parked, not_done)
       VALUES ($2, $3, $4, $5, $6, $7, $8)),
     standing AS ({standing})
DELETE FROM {schema}.verification
 WHERE verified_at IN (SELECT v.verified_at FROM {schema}.verification AS v ORDER BY v.verified_at DESC OFFSET $1 - 1)
   AND verified_at NOT IN (SELECT s.verified_at FROM standing AS s)
"""
LAST = """
SELECT v.share, v.tenants, v.patients, v.events, v.wrong, v.parked, v.not_done, v.verified_at
  FROM {schema}.verification AS v
 ORDER BY v.verified_at DESC
 LIMIT 1
"""
FINDING = """
SELECT s.share, s.tenants, s.patients, s.events, s.wrong, s.parked, s.not_done, s.verified_at
  FROM ({standing}) AS s
"""
FOUND_SINCE = "SELECT EXISTS (SELECT FROM {schema}.verification WHERE wrong > 0 AND verified_at > $1)"
PLAIN = ("seconds", "share", "patients", "wrong", "not_done")
"""What programs are told of one."""


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

    def seconds_ago(self, now: datetime) -> float:
        """How old it is."""
        assert self.verified_at is not None
        return (now - self.verified_at).total_seconds()

    def in_words(self, now: datetime) -> str:
        """When, how much of it, and what was found."""
        found = f"{self.wrong:,} rows wrong" if self.wrong else "nothing wrong"
        left = f", {self.not_done:,} tenants could not be compared" if self.not_done else ""
        of = f"{self.share * 100:.3g} %, {self.patients:,} patients"
        return f"verified {_ago(self.seconds_ago(now))} ago, {of}, {found}{left}"

    def as_plain(self, now: datetime) -> dict[str, Any]:
        """For programs."""
        seconds = round(self.seconds_ago(now), 1)
        return dict(zip(PLAIN, (seconds, self.share, self.patients, self.wrong, self.not_done), strict=True))


async def keep(connection: Any, schema: str, found: Verification, kept_max: int) -> None:
    """Writes it down, and takes the oldest away beyond ``kept_max``."""
    await connection.execute(
        _of(schema, KEEP),
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
    return await _one(connection, _of(schema, LAST))


async def finding(connection: Any, schema: str) -> Verification | None:
    """What is wrong as far as anybody knows; None: nothing."""
    return await _one(connection, _of(schema, FINDING))


async def found_since(connection: Any, schema: str, then: datetime) -> bool:
    """Whether a verify that ended after ``then`` found anything wrong."""
    return bool(await connection.fetchval(_of(schema, FOUND_SINCE), then))


async def _one(connection: Any, statement: str) -> Verification | None:
    row = await connection.fetchrow(statement)
    return None if row is None else Verification(*row)


def _of(schema: str, statement: str) -> str:
    return statement.format(schema=schema, standing=STANDING.format(schema=schema))


def _ago(seconds: float) -> str:
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"
