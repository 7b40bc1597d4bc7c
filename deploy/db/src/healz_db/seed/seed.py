"""Seeds: reference data as SQL, patients as command files."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote, urlsplit, urlunsplit

import asyncpg
from pydantic import SecretStr

from healz_db import bookkeeping
from healz_db.lock import one_deployer
from healz_db.migrations import SEED_NAME, BadMigration, Phase, Tree
from healz_db.passwords import Passwords
from healz_db.plan import find_phase, is_complete
from healz_db.refused import Refused
from healz_db.script import read, run
from healz_db.seed.file import Seed
from healz_db.settings import Settings

READ = "SELECT checksum, lines_done, done FROM ops.schema_seeds WHERE file = $1"
KEEP = """
INSERT INTO ops.schema_seeds AS s (file, version, phase, checksum, lines_done, done)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (file) DO UPDATE
   SET version = EXCLUDED.version, phase = EXCLUDED.phase, checksum = EXCLUDED.checksum,
       lines_done = EXCLUDED.lines_done, done = EXCLUDED.done,
       applied_by = EXCLUDED.applied_by, applied_at = EXCLUDED.applied_at
"""
# What a rollback dropped is not there any more. Rows are written again by running the SQL again; commands that were
# given stay given, in the event store, until that goes with its phase.
FORGET = """
DELETE FROM ops.schema_seeds
 WHERE phase = $1
   AND (file LIKE '%.sql' OR NOT EXISTS (SELECT FROM ops.schema_migrations WHERE phase = $1))
"""


NO_PASSWORDS = Passwords()


@dataclass(frozen=True)
class Seeding:
    """How command files reach the handler: the connection of healz_command and the key of identities."""

    command_url: str
    identity_key: SecretStr | None
    passwords: Passwords = NO_PASSWORDS

    @classmethod
    def of(cls, settings: Settings, database_url: str | None = None) -> "Seeding":
        """As the settings say; ``database_url`` is another database than theirs."""
        passwords = Passwords.of(settings)
        url = settings.healz_seed_command_url or as_role(
            database_url or settings.database_url, passwords.of_role("healz_command")
        )
        return cls(url, settings.healz_identity_key, passwords)


def as_role(database_url: str, password: str | None) -> str:
    """The same server and database as ``database_url``, as healz_command."""
    parts = urlsplit(database_url)
    secret = f":{quote(password, safe='')}" if password is not None else ""
    return urlunsplit(parts._replace(netloc=f"healz_command{secret}@{parts.netloc.rpartition('@')[2]}"))


async def seed(
    connection: asyncpg.Connection,
    tree: Tree,
    said: Callable[[str], None],
    lock_wait_seconds: float,
    seeding: Seeding,
    phase: str | None = None,
) -> list[str]:
    """Runs the seeds that are missing, of one phase or of all that are applied; returns their names.

    Raises Refused for a phase whose migrations aren't all there, or when a seed fails.
    """
    async with one_deployer(connection, said, lock_wait_seconds):
        await bookkeeping.ensure_tables(connection)
        rows = await bookkeeping.read_rows(connection)
        done: list[str] = []
        for entry in tree.manifest.phases if phase is None else [find_phase(tree, phase)]:
            if is_complete(tree, rows, entry.name):
                done += await seed_phase(connection, tree, entry, said, seeding)
            elif phase is not None:
                raise Refused(f"{entry.name} is not complete; apply it first: healz-db apply --phase {entry.number}")
        return done


async def seed_phase(
    connection: asyncpg.Connection, tree: Tree, phase: Phase, said: Callable[[str], None], seeding: Seeding
) -> list[str]:
    """Runs the phase's seeds that are missing, in order; returns their names. Raises Refused when one fails."""
    pending = await pending_seeds(connection, tree, phase)
    for seed in pending:
        if seed.path.suffix == ".sql":
            await _run_sql(connection, seed)
        else:
            await _give_commands(connection, seed, seeding)
        said(f"seeded {seed.name}")
    return [seed.name for seed in pending]


async def pending_seeds(connection: asyncpg.Connection, tree: Tree, phase: Phase) -> list[Seed]:
    """The phase's seeds that are not done: a changed SQL file is run again, commands can't be taken back.

    Raises BadMigration for a command file that was changed after its first line was given, or a missing file.
    """
    known = await connection.fetchval(bookkeeping.EXISTS)
    pending = []
    for path in tree.seeds(phase):
        name = SEED_NAME.fullmatch(path.name)
        if name is None or not path.is_file():
            raise BadMigration(
                f"{path.name} is named in the manifest; it must be a file S……__domain__slug.sql or .jsonl"
            )
        checksum = hashlib.sha256(path.read_bytes()).hexdigest()
        row = await connection.fetchrow(READ, path.name) if known else None
        if row is not None and row["checksum"] == checksum and row["done"]:
            continue
        if row is not None and row["checksum"] != checksum and path.suffix == ".jsonl":
            raise BadMigration(
                f"{path.name} was changed after its commands were given (then {row['checksum']}, now {checksum}); "
                "put it back and write a new seed"
            )
        pending.append(Seed(path, name["version"], phase.name, checksum, row["lines_done"] if row else 0))
    return pending


async def forget_seeds(connection: asyncpg.Connection, phase: str) -> None:
    """After a rollback in the phase: what has to be seeded again."""
    if await connection.fetchval(bookkeeping.EXISTS):
        await connection.execute(FORGET, phase)


async def _run_sql(connection: asyncpg.Connection, seed: Seed) -> None:
    async def done(_: int) -> None:
        await _keep(connection, seed, 0, done=True)

    await run(connection, read(seed.path), begin=done, done=done)


async def _give_commands(connection: asyncpg.Connection, seed: Seed, seeding: Seeding) -> None:
    # Imported here: only command files need the handler.
    from healz_db.seed.commands import give

    if seeding.identity_key is None:
        raise Refused(
            f"{seed.name} registers patients, whose phones are held unique under a key: "
            "set HEALZ_IDENTITY_KEY to the one that command-api has"
        )
    await seeding.passwords.put(connection)

    async def line_done(line: int) -> None:
        await _keep(connection, seed, line, done=False)

    lines = await give(seed, seeding.command_url, seeding.identity_key, line_done)
    await _keep(connection, seed, lines, done=True)


async def _keep(connection: asyncpg.Connection, seed: Seed, lines: int, *, done: bool) -> None:
    await connection.execute(KEEP, seed.name, seed.version, seed.phase, seed.checksum, lines, done)
