"""What each word of the command line does."""

import sys
from argparse import Namespace
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from datetime import timedelta
from importlib import import_module

import asyncpg
from pydantic import SecretStr, ValidationError

from healz.start import said
from healz_db import apply as applying
from healz_db import new as writing
from healz_db import rollback as rolling_back
from healz_db import schema as schemas
from healz_db.ask import ask as asking
from healz_db.ask import show as showing
from healz_db.drill import drill as drilling
from healz_db.migrations import Migration, Tree
from healz_db.output import Output
from healz_db.partitions import ensure_partitions
from healz_db.passwords import Passwords
from healz_db.purge import purge_idempotency_keys
from healz_db.refused import Refused
from healz_db.scratch import scratch_database
from healz_db.seed import seed as seeding
from healz_db.seed.seed import Seeding
from healz_db.settings import Settings
from healz_db.status import read_status

# A deployer that was killed must not go on in the server, in the middle of its statement.
CONNECTION = {"application_name": "healz-db", "client_connection_check_interval": "1s"}

VIEWS = ("clinic_metrics_daily", "patient_retention_monthly")


async def apply(asked: Namespace, tree: Tree, output: Output) -> int:
    settings = _settings()
    seeding = Seeding.of(settings) if asked.seeds else None
    wanted = applying.ToApply(asked.phase, asked.to, asked.expand_only, asked.dry_run, seeding)
    async with _connected(settings.database_url) as connection:
        outcome = await applying.bring_up(connection, tree, output.say, settings.healz_db_lock_wait_seconds, wanted)
        if not asked.dry_run:
            await Passwords.of(settings).put(connection)
    if not (outcome.migrations or outcome.seeds):
        output.say("nothing to do: what was asked for is there")
    output.answer(asdict(outcome) | {"dry_run": asked.dry_run})
    return 0


async def rollback(asked: Namespace, tree: Tree, output: Output) -> int:
    settings = _settings()
    async with _connected(settings.database_url) as connection:
        chosen = await rolling_back.to_take_back(connection, tree, named=asked.file, to=asked.to)
        if chosen:
            _confirm(chosen, output, yes=asked.yes)
            await rolling_back.rollback(connection, tree, chosen, output.say, settings.healz_db_lock_wait_seconds)
        else:
            output.say("nothing to take back")
    output.answer({"rolled_back": [migration.path.name for migration in chosen]})
    return 0


async def seed(asked: Namespace, tree: Tree, output: Output) -> int:
    settings = _settings()
    async with _connected(settings.database_url) as connection:
        done = await seeding.seed(
            connection, tree, output.say, settings.healz_db_lock_wait_seconds, Seeding.of(settings), asked.phase
        )
    if not done:
        output.say("nothing to do: the seeds are there")
    output.answer({"seeds": done})
    return 0


async def status(_: Namespace, tree: Tree, output: Output) -> int:
    async with _connected(_settings().database_url) as connection:
        found = await read_status(connection, tree)
    output.show_status(found)
    output.answer(found)
    return 0


async def partitions(asked: Namespace, _: Tree, output: Output) -> int:
    async with _connected(_settings().database_url) as connection:
        found = await ensure_partitions(connection, output.say, asked.months)
    if not (found.made or found.missing):
        output.say("nothing to do: the partitions are there")
    output.answer(found)
    return 1 if found.missing else 0


async def refresh(asked: Namespace, _: Tree, output: Output) -> int:
    async with _connected(_settings().database_url) as connection:
        await connection.execute("CALL analytics.refresh($1)", asked.view)
    output.say(f"refreshed {asked.view}")
    output.answer({"refreshed": asked.view})
    return 0


async def purge(_: Namespace, __: Tree, output: Output) -> int:
    settings = _settings()
    async with _connected(settings.database_url) as connection:
        purged = await purge_idempotency_keys(connection, timedelta(hours=settings.healz_idempotency_key_hours))
    output.say(f"deleted {purged.keys} expired idempotency keys of {purged.tenants} tenants")
    output.answer(purged)
    return 0


async def end_analyses(_: Namespace, __: Tree, output: Output) -> int:
    async with _connected(_settings().database_url) as connection:
        ended = await connection.fetchval("SELECT ops.end_analyses()")
    output.say(f"ended {ended} sessions of analysts")
    output.answer({"ended": ended})
    return 0


async def ask(asked: Namespace, _: Tree, output: Output) -> int:
    if asked.question is None:
        if not asked.json:
            showing.show_questions(showing.standard_output())
        output.answer([{"question": name, "tells": answers} for name, answers in asking.questions()])
        return 0
    asking.comment(asked.question)  # an unknown one is refused before anybody connects
    async with _connected(_settings().database_url) as connection:
        rows = await asking.ask(connection, asked.question)
    if not asked.json:
        showing.show(showing.standard_output(), asked.question, rows)
    output.answer(asking.plain(rows))
    return 0


async def new(asked: Namespace, tree: Tree, output: Output) -> int:
    written = writing.write_new(tree, asked.phase, asked.domain, asked.change, asked.slug, asked.undoes)
    for path in written:
        output.say(f"made {path}")
    output.answer({"files": written})
    return 0


async def lint(_: Namespace, tree: Tree, output: Output) -> int:
    # Imported here: only this command needs the parser's whole tree.
    problems = import_module("healz_db.lint.lint").lint(tree)
    for problem in problems:
        output.say(f"{problem.file}:{problem.line}: {problem.rule}: {problem.message}")
    if not problems:
        output.say("no problem found")
    output.answer([asdict(problem) for problem in problems])
    return 1 if problems else 0


async def schema(_: Namespace, tree: Tree, output: Output) -> int:
    settings = _settings()
    async with scratch_database(settings.database_url, keep=False) as url:
        async with _connected(url) as connection:
            await applying.bring_up(connection, tree, output.say, settings.healz_db_lock_wait_seconds)
        files = await schemas.schema_files(url)
    changed = schemas.write_schema(tree.root, files)
    for path in changed:
        output.say(f"{'wrote' if path in files else 'removed'} {schemas.FOLDER}/{path}")
    if not changed:
        output.say("nothing to do: the folder shows the schema as it stands")
    output.answer({"files": len(files), "changed": changed})
    return 0


async def drill(asked: Namespace, tree: Tree, output: Output) -> int:
    settings = _settings()
    async with scratch_database(settings.database_url, keep=asked.keep) as url:
        # Whom the drill's patients are hidden from doesn't matter.
        key = settings.healz_identity_key or SecretStr("drill")
        seeding = Seeding.of(
            settings.model_copy(update={"healz_identity_key": key, "healz_seed_command_url": None}), url
        )
        async with _connected(url) as connection:
            drilled = await drilling.drill(connection, tree, output.say, seeding, back=not asked.keep)
        if asked.keep:
            output.say(f"kept: {url}")
    for fault in drilled.faults:
        output.show_fault(fault)
    count = f"{len(drilled.migrations)} of {len(tree.migrations)} migrations"
    if drilled.empty:
        output.say(f"unknown is what happens to data in {', '.join(drilled.empty)}: leave rows with drill/D……sql")
    if not drilled.faults:
        output.say(f"drilled {count}: up, down and up again, over {drilled.rows} rows; nothing differs")
    output.answer(drilled)
    if drilled.faults:
        output.complain(f"{len(drilled.faults)} faults in {count}; mend the files named and drill again")
        return 1
    return 0


@asynccontextmanager
async def _connected(url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(url, server_settings=CONNECTION)
    try:
        yield connection
    finally:
        await connection.close()


def _settings() -> Settings:
    try:
        return Settings()
    except ValidationError as error:
        raise Refused(f"{'; '.join(said(error))}: set it in the environment or in deploy/db/.env") from error


def _confirm(chosen: list[Migration], output: Output, *, yes: bool) -> None:
    if yes:
        return
    names = ", ".join(f"V{migration.version}" for migration in chosen)
    if not sys.stdin.isatty():
        raise Refused(f"this takes {names} back and may lose what they hold; say --yes if that is meant")
    newest = f"V{chosen[0].version}"
    output.say(f"This takes back {names}, and what only they hold is lost.")
    if input(f"Type {newest} to go on: ").strip() != newest:
        raise Refused("nothing was taken back")
