"""Takes migrations back, newest first."""

from collections.abc import Callable, Iterable, Mapping

import asyncpg

from healz_db import bookkeeping
from healz_db.bookkeeping import MigrationRow
from healz_db.lock import one_deployer
from healz_db.migrations import Migration, Tree
from healz_db.plan import NONE, find, unknown
from healz_db.refused import Refused
from healz_db.script import backward
from healz_db.seed.seed import forget_seeds
from healz_db.step import down


async def to_take_back(
    connection: asyncpg.Connection, tree: Tree, *, named: str | None = None, to: str | None = None
) -> list[Migration]:
    """What a rollback of the file ``named``, or down to the version ``to`` (which stays), takes back: newest first.

    Raises Refused when the file isn't the newest one or isn't applied, BadMigration when a rollback file is missing.
    """
    rows = await bookkeeping.read_rows(connection)
    # One that was interrupted halfway is there too, as far as it got.
    there = [migration for migration in tree.migrations if migration.version in rows]
    chosen = _down_to(tree, there, to) if named is None else _newest(tree, there, named)
    if chosen:
        _check_unknown(tree, rows, chosen[-1])
    for migration in chosen:
        backward(migration)
    return chosen


async def rollback(
    connection: asyncpg.Connection,
    tree: Tree,
    agreed: list[Migration],
    said: Callable[[str], None],
    lock_wait_seconds: float,
) -> None:
    """Takes back what was agreed. Raises Refused when a file fails, or when the database has changed since."""
    async with one_deployer(connection, said, lock_wait_seconds):
        rows = await bookkeeping.read_rows(connection)
        there = [migration for migration in tree.migrations if migration.version in rows]
        if agreed != there[len(there) - len(agreed) :][::-1]:
            raise Refused("another deployer was here meanwhile; look at healz-db status and ask again")
        for migration in agreed:
            milliseconds = await down(connection, migration)
            await forget_seeds(connection, migration.phase)
            said(f"rolled back {migration.path.name} in {milliseconds} ms")


def _down_to(tree: Tree, there: list[Migration], to: str | None) -> list[Migration]:
    if to is None:
        raise Refused("name the file to take back, or --to the version that stays")
    if to.removeprefix("V") == NONE:
        return there[::-1]
    stays = find(tree, to)
    if stays not in there:
        raise Refused(f"{stays.path.name} is not applied, so it can't stay; healz-db status shows what is")
    return there[there.index(stays) + 1 :][::-1]


def _newest(tree: Tree, there: list[Migration], named: str) -> list[Migration]:
    migration = find(tree, named)
    if migration not in there:
        raise Refused(f"{migration.path.name} is not applied; healz-db status shows what is")
    place = there.index(migration)
    if above := there[place + 1 :]:
        before = there[place - 1].version if place else NONE
        raise Refused(
            f"{migration.path.name} is not the newest: {_named(newer.version for newer in above)} came after it; "
            f"to take them back with it: healz-db rollback --to {before}"
        )
    return [migration]


def _check_unknown(tree: Tree, rows: Mapping[str, MigrationRow], lowest: Migration) -> None:
    if above := [version for version in unknown(tree, rows) if version > lowest.version]:
        raise Refused(
            f"{_named(above)} came from another release and may need what you take back; "
            "roll back with that release's files"
        )


def _named(versions: Iterable[str]) -> str:
    return ", ".join(f"V{version}" for version in versions)
