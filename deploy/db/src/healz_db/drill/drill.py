"""Proves that every migration can be taken back: up, down, up again, over real rows, compared object by object."""

from collections.abc import Callable
from dataclasses import dataclass, field

import asyncpg

from healz_db import bookkeeping
from healz_db.drill.catalogue import Catalogue, Difference, differences, take_catalogue
from healz_db.drill.table_rows import Data, changed_data, take_data
from healz_db.migrations import BadMigration, Migration, Phase, Tree
from healz_db.refused import Refused
from healz_db.script import Script, run
from healz_db.seed.seed import Seeding, seed_phase
from healz_db.step import down, up


@dataclass(frozen=True)
class Fault:
    """What a migration or its rollback did that it may not, or why it could not be run (then no differences)."""

    file: str
    what: str
    differences: list[Difference] = field(default_factory=list)


@dataclass
class Drilled:
    """How far it got, and what was wrong."""

    migrations: list[str] = field(default_factory=list)
    rows: int = 0
    """In all tables, at the end."""
    empty: list[str] = field(default_factory=list)
    """Tables without a row at the end: about their data nothing was proved."""
    faults: list[Fault] = field(default_factory=list)


async def drill(
    connection: asyncpg.Connection, tree: Tree, said: Callable[[str], None], seeding: Seeding, *, back: bool = True
) -> Drilled:
    """Drills every migration of the tree on an empty database.

    Goes on after a difference, so that one run shows all; stops where a file can't be run. After each migration
    drill/D<version>.sql leaves rows behind, after each phase its seeds do. With ``back``, and nothing wrong so far,
    everything is taken down again in the end, over those rows.
    """
    drilled = Drilled()
    await bookkeeping.ensure_tables(connection)
    nothing = await take_catalogue(connection)
    for phase in tree.manifest.phases:
        for migration in tree.migrations:
            if migration.phase == phase.name and not await _drill_one(connection, tree, migration, said, drilled):
                return drilled
        if not await _leave_seeds(connection, tree, phase, said, seeding, drilled):
            return drilled
    tables = (await take_data(connection)).tables
    drilled.rows = sum(len(table.rows) for table in tables.values())
    drilled.empty = [name for name, table in tables.items() if not table.rows]
    if back and not drilled.faults:
        await _back_to_nothing(connection, tree, nothing, said, drilled)
    return drilled


async def _back_to_nothing(
    connection: asyncpg.Connection, tree: Tree, nothing: Catalogue, said: Callable[[str], None], drilled: Drilled
) -> None:
    """Everything down, over the rows that were written after each file was up."""
    for migration in reversed(tree.migrations):
        try:
            await down(connection, migration)
        except (Refused, BadMigration) as error:
            file = migration.rollback_path.name
            drilled.faults.append(Fault(f"{file}, over rows written since", str(error)))
            said(f"failed {file} over rows written since: {error}")
            return
    _check_schema(drilled, "all rollbacks together", "don't lead back", nothing, await take_catalogue(connection))
    said("everything back to nothing, over those rows")


async def _drill_one(
    connection: asyncpg.Connection, tree: Tree, migration: Migration, said: Callable[[str], None], drilled: Drilled
) -> bool:
    """False when nothing can come after it."""
    file, rollback = migration.path.name, migration.rollback_path.name
    faults_before = len(drilled.faults)
    before, rows = await take_catalogue(connection), await take_data(connection)
    doing = file
    try:
        await up(connection, migration)
        there = await take_catalogue(connection)
        _check_data(drilled, file, "changes rows that were there", rows, await take_data(connection), migration)
        doing = rollback
        await down(connection, migration)
        _check_schema(drilled, rollback, "doesn't lead back", before, await take_catalogue(connection))
        _check_data(drilled, rollback, "changes rows that were there", rows, await take_data(connection), migration)
        doing = f"{file}, a second time"
        await up(connection, migration)
        again = await take_catalogue(connection)
        _check_schema(drilled, file, "makes something else the second time", there, again)
        _check_data(drilled, file, "changes rows the second time", rows, await take_data(connection), migration)
        doing = f"D{migration.version}.sql"
        await _leave_rows(connection, tree, migration)
    except (Refused, BadMigration) as error:
        drilled.faults.append(Fault(doing, str(error)))
        said(f"failed {doing}: {error}")
        return False
    for fault in drilled.faults[faults_before:]:
        said(f"failed {fault.file} {fault.what}: {len(fault.differences)} differences")
    if len(drilled.faults) == faults_before:
        said(f"drilled {file}: up, down, up; {len(again)} objects")
    drilled.migrations.append(file)
    return True


def _check_schema(drilled: Drilled, file: str, what: str, before: Catalogue, after: Catalogue) -> None:
    if found := differences(before, after):
        drilled.faults.append(Fault(file, what, found))


def _check_data(drilled: Drilled, file: str, what: str, before: Data, after: Data, migration: Migration) -> None:
    if found := changed_data(before, after, migration.fills):
        drilled.faults.append(Fault(file, what, found))


async def _leave_rows(connection: asyncpg.Connection, tree: Tree, migration: Migration) -> None:
    path = tree.root / "drill" / f"D{migration.version}.sql"
    if path.is_file():
        await run(connection, Script(path.name, path.read_text(), role="admin"), begin=_unrecorded, done=_unrecorded)


async def _leave_seeds(
    connection: asyncpg.Connection,
    tree: Tree,
    phase: Phase,
    said: Callable[[str], None],
    seeding: Seeding,
    drilled: Drilled,
) -> bool:
    try:
        await seed_phase(connection, tree, phase, said, seeding)
    except (Refused, BadMigration) as error:
        drilled.faults.append(Fault(f"the seeds of {phase.name}", str(error)))
        said(f"failed the seeds of {phase.name}: {error}")
        return False
    return True


async def _unrecorded(_: int) -> None:
    """The rows of a drill aren't remembered."""
