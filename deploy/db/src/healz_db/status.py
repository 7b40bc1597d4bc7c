"""What the tree has, what the database has, and where they differ."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

import asyncpg

from healz_db import bookkeeping
from healz_db.bookkeeping import MigrationRow
from healz_db.lock import holder
from healz_db.migrations import Migration, Tree
from healz_db.partitions import missing_partitions
from healz_db.plan import unknown

SEEDS = "SELECT file, checksum, lines_done, done, applied_by, applied_at FROM ops.schema_seeds ORDER BY file"


@dataclass(frozen=True)
class MigrationStanding:
    """One migration. ``state``: applied, missing, changed, running, interrupted, or unknown to this tree."""

    version: str
    phase: str
    domain: str
    change: str
    state: str
    applied_at: datetime | None = None
    applied_by: str | None = None
    duration_ms: int | None = None


@dataclass(frozen=True)
class SeedStanding:
    """One seed. ``state``: done, missing, or interrupted at its line."""

    file: str
    phase: str
    state: str
    lines_done: int = 0
    applied_at: datetime | None = None
    applied_by: str | None = None


@dataclass(frozen=True)
class Status:
    """``deployer``: who is at it now; ``partitions_missing``: months, by their first day."""

    migrations: list[MigrationStanding]
    seeds: list[SeedStanding]
    deployer: str | None = None
    partitions_missing: list[date] = field(default_factory=list)


async def read_status(connection: asyncpg.Connection, tree: Tree) -> Status:
    """Reads alone; needs no lock."""
    rows = await bookkeeping.read_rows(connection)
    deployer = await holder(connection)
    known = [_standing(migration, rows.get(migration.version), deployer) for migration in tree.migrations]
    foreign = [_row(rows[version], "unknown") for version in unknown(tree, rows)]
    return Status(
        sorted(known + foreign, key=lambda migration: migration.version),
        await _seeds(connection, tree),
        deployer,
        await missing_partitions(connection),
    )


def _standing(migration: Migration, row: MigrationRow | None, deployer: str | None) -> MigrationStanding:
    if row is None:
        return MigrationStanding(migration.version, migration.phase, migration.domain, migration.change, "missing")
    if row.state != "applied":
        return _row(row, "running" if deployer else "interrupted")
    return _row(row, "applied" if row.checksum == migration.checksum else "changed")


def _row(row: MigrationRow, state: str) -> MigrationStanding:
    return MigrationStanding(
        row.version, row.phase, row.domain, row.change, state, row.applied_at, row.applied_by, row.duration_ms
    )


async def _seeds(connection: asyncpg.Connection, tree: Tree) -> list[SeedStanding]:
    there: Mapping[str, asyncpg.Record] = {}
    if await connection.fetchval(bookkeeping.EXISTS):
        there = {row["file"]: row for row in await connection.fetch(SEEDS)}
    standing = []
    for phase in tree.manifest.phases:
        for name in phase.seeds:
            row = there.get(name)
            if row is None:
                standing.append(SeedStanding(name, phase.name, "missing"))
            else:
                state = "done" if row["done"] else "interrupted"
                standing.append(
                    SeedStanding(name, phase.name, state, row["lines_done"], row["applied_at"], row["applied_by"])
                )
    return standing
