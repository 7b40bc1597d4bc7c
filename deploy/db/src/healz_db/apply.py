"""Brings a database to the newest version, one file a transaction, one deployer at a time."""

from collections.abc import Callable
from dataclasses import dataclass, field

import asyncpg

from healz_db import bookkeeping
from healz_db.lock import one_deployer
from healz_db.migrations import Migration, Phase, Tree
from healz_db.partitions import Partitions, ensure_partitions
from healz_db.plan import find_phase, is_complete, missing, unknown
from healz_db.seed.seed import Seeding, pending_seeds, seed_phase
from healz_db.step import up


@dataclass(frozen=True)
class ToApply:
    """What to apply: everything, or one ``phase``, or up to and including the version ``to``; with ``expand_only``
    contracts are left for later.

    ``dry_run`` only says what that is. With ``seeding`` each phase's seeds follow its migrations, once all of them are
    there.
    """

    phase: str | None = None
    to: str | None = None
    expand_only: bool = False
    dry_run: bool = False
    seeding: Seeding | None = None


@dataclass
class Outcome:
    """What was applied, or would be; file names, in order."""

    migrations: list[str] = field(default_factory=list)
    seeds: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    partitions: Partitions = field(default_factory=Partitions)


EVERYTHING = ToApply()


async def bring_up(
    connection: asyncpg.Connection,
    tree: Tree,
    said: Callable[[str], None],
    lock_wait_seconds: float,
    wanted: ToApply = EVERYTHING,
) -> Outcome:
    """Applies what is wanted and missing.

    Raises BadMigration when a file was changed after it was applied, Refused when a file fails (it leaves nothing
    behind, unless its header says that it can't run in a transaction), when a contract may not be applied, or when
    another deployer holds the lock for longer than ``lock_wait_seconds``.
    """
    if wanted.dry_run:
        return await _preview(connection, tree, said, wanted)
    async with one_deployer(connection, said, lock_wait_seconds):
        await bookkeeping.ensure_tables(connection)
        rows = await bookkeeping.read_rows(connection)
        outcome = Outcome(unknown=unknown(tree, rows))
        _say_unknown(outcome, said)
        found = missing(tree, rows, wanted.phase, wanted.to, expand_only=wanted.expand_only)
        for phase in _phases(tree, wanted):
            for migration in _of(phase, found):
                milliseconds = await up(connection, migration)
                outcome.migrations.append(migration.path.name)
                said(f"applied {migration.path.name} in {milliseconds} ms")
            if wanted.seeding and is_complete(tree, await bookkeeping.read_rows(connection), phase.name):
                outcome.seeds += await seed_phase(connection, tree, phase, said, wanted.seeding)
        outcome.partitions = await ensure_partitions(connection, said)
        return outcome


async def _preview(connection: asyncpg.Connection, tree: Tree, said: Callable[[str], None], wanted: ToApply) -> Outcome:
    """What would be done, in order; changes nothing and takes no lock."""
    rows = await bookkeeping.read_rows(connection)
    outcome = Outcome(unknown=unknown(tree, rows))
    _say_unknown(outcome, said)
    found = missing(tree, rows, wanted.phase, wanted.to, expand_only=wanted.expand_only)
    for phase in _phases(tree, wanted):
        applied_then = rows.keys() | {migration.version for migration in found}
        outcome.migrations += [migration.path.name for migration in _of(phase, found)]
        for migration in _of(phase, found):
            said(f"would apply {migration.path.name}")
        if wanted.seeding and all(
            migration.version in applied_then for migration in tree.migrations if migration.phase == phase.name
        ):
            for seed in await pending_seeds(connection, tree, phase):
                outcome.seeds.append(seed.name)
                said(f"would seed {seed.name}")
    return outcome


def _say_unknown(outcome: Outcome, said: Callable[[str], None]) -> None:
    if outcome.unknown:
        said(f"unknown here, applied by another release: {', '.join(f'V{version}' for version in outcome.unknown)}")


def _phases(tree: Tree, wanted: ToApply) -> list[Phase]:
    return tree.manifest.phases if wanted.phase is None else [find_phase(tree, wanted.phase)]


def _of(phase: Phase, found: list[Migration]) -> list[Migration]:
    return [migration for migration in found if migration.phase == phase.name]
