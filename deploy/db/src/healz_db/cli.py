"""``healz-db apply``: the smallest runner; checks, rollbacks and drills come with the full tool."""

import argparse
import asyncio
import sys

import asyncpg
from rich.console import Console

from healz_db.apply import apply, set_passwords
from healz_db.migrations import BadMigration
from healz_db.settings import Settings


async def run(settings: Settings, console: Console) -> None:
    """Applies everything to ``settings.database_url``."""
    connection = await asyncpg.connect(settings.database_url)
    try:
        count = await apply(connection, console.print, settings.healz_db_lock_wait_seconds)
        if settings.healz_role_password is not None:
            await set_passwords(connection, settings.healz_role_password.get_secret_value())
    finally:
        await connection.close()
    console.print(f"{count} migrations applied" if count else "the schema is at its newest version")


def main() -> None:
    """Entry point; exit code 1 with one sentence when it could not be done."""
    parser = argparse.ArgumentParser(prog="healz-db", description="Healz's schema")
    parser.add_subparsers(dest="what", required=True).add_parser("apply", help="apply what is missing")
    parser.parse_args()
    console = Console(stderr=True, highlight=False)
    try:
        asyncio.run(run(Settings(), console))
    except (BadMigration, asyncpg.PostgresError, OSError, ValueError) as error:
        console.print(f"[red]healz-db:[/red] {error}")
        sys.exit(1)
