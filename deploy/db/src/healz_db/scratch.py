"""A database that lives as long as one command."""

import os
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit, urlunsplit

import asyncpg


def elsewhere(database_url: str, database: str) -> str:
    """The same server and login, another database."""
    return urlunsplit(urlsplit(database_url)._replace(path=f"/{database}"))


@asynccontextmanager
async def scratch_database(database_url: str, *, keep: bool) -> AsyncIterator[str]:
    """Its URL, on the same server; dropped afterwards unless it is kept."""
    name = f"healz_scratch_{os.getpid()}_{secrets.token_hex(3)}"
    await _execute(database_url, f'CREATE DATABASE "{name}"')
    try:
        yield elsewhere(database_url, name)
    finally:
        if not keep:
            await _execute(database_url, f'DROP DATABASE "{name}" WITH (FORCE)')


async def _execute(database_url: str, statement: str) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
